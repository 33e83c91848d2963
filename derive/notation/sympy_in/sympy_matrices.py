"""Matrix expressions of SymPy as text: columns and rows are vectors, their product is a dot."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sympy.core.basic import Basic
from sympy.matrices.expressions import (
    Determinant,
    HadamardProduct,
    Identity,
    Inverse,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    Trace,
    Transpose,
)
from sympy.matrices.expressions.dotproduct import DotProduct

MATRICES = (Determinant, DotProduct, HadamardProduct, Identity, Inverse, MatAdd, MatMul, MatPow,
            MatrixSymbol, Trace, Transpose)
_TURNED = {"column": "row", "row": "column", "matrix": "matrix", "number": "number"}
_NAMED = {"row column": ("dot({0}, {1})", "number"), "column row": ("outer({0}, {1})", "matrix")}


Scalar = Callable[[Basic], str]


class ArrayText(NamedTuple):
    """The text of a whole array, how much brackets it needs, and what it is."""

    text: str
    kind: str  # matrix, column, row or number
    tight: bool = True  # whether it stands in a product without brackets

    def inside(self) -> str:
        """The text as a factor."""
        return self.text if self.tight else f"({self.text})"


class NoArrayText(Exception):  # not of the DeriveError family: it never leaves the room
    """A node that whole arrays of the notation do not have."""

    def __init__(self, node: Basic) -> None:
        super().__init__(str(node))
        self.node = node


Writer = Callable[[Basic, Scalar], ArrayText]


def array_text(node: Basic, scalar: Scalar) -> ArrayText:
    """A matrix expression as text; `scalar` writes numbers and names. Raises NoArrayText."""
    for kind, write in _WRITERS.items():
        if isinstance(node, kind):
            return write(node, scalar)
    raise NoArrayText(node)


def _symbol(node: Basic, scalar: Scalar) -> ArrayText:
    return ArrayText(scalar(node), _kind_of(node))


def _kind_of(node: Basic) -> str:
    rows, columns = node.shape
    if rows == columns == 1:
        raise NoArrayText(node)
    return "column" if columns == 1 else "row" if rows == 1 else "matrix"


def _transposed(node: Basic, scalar: Scalar) -> ArrayText:
    inner = array_text(node.arg, scalar)
    if inner.kind != "matrix":
        return inner._replace(kind=_TURNED[inner.kind])
    return ArrayText(f"{inner.inside()}.T", "matrix")


def _sum(node: Basic, scalar: Scalar) -> ArrayText:
    parts = [array_text(a, scalar) for a in node.args]
    if len({part.kind for part in parts}) != 1:
        raise NoArrayText(node)
    text = " + ".join(part.text for part in parts).replace("+ -", "- ")
    return ArrayText(text, parts[0].kind, tight=False)


def _product(node: Basic, scalar: Scalar) -> ArrayText:
    coefficient, factors = node.as_coeff_matrices()
    total: ArrayText | None = None
    numbers: list[str] = []
    for factor in factors:
        part = array_text(factor, scalar)
        total = part if total is None else _pair(total, part)
        if total.kind == "number":  # a row times a column: what follows is multiplied by it
            numbers.append(total.inside())
            total = None
    if coefficient == 1 and not numbers and total is not None:
        return total
    text = "*".join([*numbers, *([total.inside()] if total is not None else [])])
    kind = "number" if total is None else total.kind
    if coefficient != 1:
        sign, size = ("-", -coefficient) if coefficient.could_extract_minus_sign() else \
            ("", coefficient)
        number = scalar(size) if size.is_Atom else f"({scalar(size)})"
        text = f"{sign}{text}" if size == 1 else f"{sign}{number}*{text}"
    return ArrayText(text, kind, tight=coefficient == 1 and len(numbers) == 1 and total is None)


def _pair(left: ArrayText, right: ArrayText) -> ArrayText:
    form, kind = _NAMED.get(f"{left.kind} {right.kind}", ("", ""))
    if form:
        return ArrayText(form.format(left.text, right.text), kind)
    kind = left.kind if right.kind == "matrix" else right.kind
    return ArrayText(f"{left.inside()} @ {right.inside()}", kind, tight=False)


def _power(node: Basic, scalar: Scalar) -> ArrayText:
    base = array_text(node.base, scalar)
    if node.exp == -1:
        return ArrayText(f"inv({base.text})", "matrix")
    if not node.exp.is_Integer or not 2 <= node.exp <= 9:
        raise NoArrayText(node)
    return ArrayText(" @ ".join([base.inside()] * int(node.exp)), "matrix", tight=False)


def _elementwise(node: Basic, scalar: Scalar) -> ArrayText:
    parts = [array_text(a, scalar) for a in node.args]
    return ArrayText("*".join(part.inside() for part in parts), parts[0].kind, tight=False)


def _function(word: str, kind: str = "number") -> Writer:
    return lambda node, scalar: ArrayText(
        f"{word}({', '.join(array_text(a, scalar).text for a in node.args)})", kind)


_WRITERS: dict[type, Writer] = {
    MatrixSymbol: _symbol, Transpose: _transposed, MatAdd: _sum, MatMul: _product,
    Inverse: _power, MatPow: _power, HadamardProduct: _elementwise,
    Identity: lambda node, scalar: ArrayText(f"eye({scalar(node.shape[0])})", "matrix"),
    Trace: _function("trace"), Determinant: _function("det"), DotProduct: _function("dot")}
