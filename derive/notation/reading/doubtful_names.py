"""Names that nothing declares and that may be meant otherwise: products, elements, functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from derive.errors import NotationError
from derive.notation.reading.scope import Scope
from derive.notation.reading.surface_signs import SIGNS_OF
from derive.notation.reading.syntax import CONSTANTS, EULER, column
from derive.notation.reading.undeclared_axes import Use
from derive.notation.reading.written_formulas import Formula, missing_ranges

_INDICES = tuple("ijklmnt")  # letters that are read as numbers of a range by themselves
_APPLIED = ("sin", "cos", "tan", "log", "ln", "exp", "sqrt", "abs", "tanh", "sinh", "cosh")


def check_name(use: Use, names: dict[str, Use], scope: Scope, wrt: str) -> None:
    """Raises NotationError for names that may be two, and for Euler's number."""
    name = use.name

    def fail(message: str) -> NotationError:
        return NotationError(message, use.line, use.place, len(name))

    if name == EULER and len(name) == 1 and not _subscripted(use):
        raise fail("e is read in powers, e^x; Euler's number is exp(1); a variable of that name "
                   "is declared, as in e: real")
    _check_products(name, {*names, *scope.names, *CONSTANTS}, wrt.partition("[")[0].strip(), fail)
    if not name.isascii() and any(c in SIGNS_OF.values() for c in name) and "_" not in name \
            and name[0] not in "Δδ∂":
        raise fail(f"{name} is one name here; write a sign between factors, or declare it, as in "
                   f"{name}: real")


def check_element(use: Use, letters: set[str], known: set[str]) -> None:
    """Raises NotationError for y_i beside an index i or an array y, and for letters run together.

    What begins with the name of a function is refused too: sinx, logp, xe^x.
    """
    base, _, place = use.name.partition("_")
    if base and place and (place in letters or {base, place} <= known):
        raise NotationError(f"{use.name} is one name here; write {base}[{place}] for an element, "
                            f"or declare {use.name}: real", use.line, use.place, len(use.name))
    for word in _APPLIED:
        rest = use.name.removeprefix(word)
        if rest != use.name and 1 <= len(rest) <= 2 and rest.isalpha():
            raise NotationError(f"{use.name} is one name here; write {word}({rest}), or declare "
                                f"{use.name}: real", use.line, use.place, len(use.name))
    if len(use.name) == 2 and use.name[1] == EULER and re.search(
            rf"(?<!\w){use.name}\s*(\^|\*\*)", use.line):
        raise NotationError(f"{use.name} is one name here; write {use.name[0]}*{EULER}^… for a "
                            "product", use.line, use.place, len(use.name))


def check_sources(formulas: Sequence[Formula], scope: Scope) -> None:
    """Raises NotationError for `x**2 for x in xs`: an index runs over a dimension."""
    missing = missing_ranges(formulas, scope)
    for formula in formulas:
        for node in ast.walk(formula.tree):
            if not isinstance(node, ast.GeneratorExp):
                continue
            placed = {n.id for part in ast.walk(node) for n in _places(part)}
            for g in node.generators:
                if isinstance(g.iter, ast.Name) and g.iter.id in missing and \
                        isinstance(g.target, ast.Name) and g.target.id not in placed and not (
                            g.target.id in _INDICES and g.iter.id.isupper()):
                    place, width = column(formula.line, g.iter, formula.start)
                    raise NotationError(
                        "an index runs over a dimension; write x[i] for i in N for the elements "
                        f"of an array, or declare {g.target.id}: index({g.iter.id})",
                        formula.line, place, width)


def _places(node: ast.AST) -> Iterator[ast.Name]:
    """The names that stand as indices at a node: in subscripts, deltas and comparisons."""
    parts: Iterable[ast.AST] = ()
    if isinstance(node, ast.Subscript):
        parts = (node.slice,)
    elif isinstance(node, ast.Compare):
        parts = (node.left, *node.comparators)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and \
            node.func.id == "delta":
        parts = node.args
    yield from (n for part in parts for n in ast.walk(part) if isinstance(n, ast.Name))


def _check_products(name: str, known: set[str], asked: str,
                    fail: Callable[[str], NotationError]) -> None:
    """Raises NotationError for a name that may be a product of others: wx, Ax."""
    for first, second in ((name[:cut], name[cut:]) for cut in range(1, len(name))):
        if {first, second} <= known or (asked in (first, second) and asked not in known):
            raise fail(f"{name} is one name here; write {first}*{second} for a product, or "
                       f"declare {name}: real")
    if len(name) == 2 and name[0].isupper() and name[1].islower():
        raise fail(f"{name} is one name here; write {name[0]} @ {name[1]} for a matrix and a "
                   f"vector, {name[0]}*{name[1]} for numbers, or declare {name}: real")


def check_counts(names: dict[str, Use]) -> None:
    """Raises NotationError for a capital letter that may be the length of an array."""
    arrays = [u for u in names.values() if any(not axis.name for axis in u.axes or ())]
    for use in names.values():
        if arrays and use.axes is None and use.over is None and len(use.name) == 1 \
                and use.name.isupper():
            form = ", ".join(axis.name or use.name for axis in arrays[0].axes or ())
            raise NotationError(
                f"say what {use.name} is: a dimension, as in {arrays[0].name}: real[{form}], or a "
                f"number, {use.name}: real", use.line, use.place, 1)


def check_transposes(formulas: Sequence[Formula], names: dict[str, Use]) -> None:
    """Raises NotationError for A^T, where no T is declared."""
    for formula in formulas:
        for node in ast.walk(formula.tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and \
                    isinstance(node.right, ast.Name) and node.right.id == "T" in names:
                place, width = column(formula.line, node, formula.start)
                base = ast.unparse(node.left)
                raise NotationError(f"write {base}.T for a transpose; as a power T is declared, "
                                    "as in T: real", formula.line, place, width)


def _subscripted(use: Use) -> bool:
    return re.search(rf"\b{EULER}\s*\[", use.line) is not None
