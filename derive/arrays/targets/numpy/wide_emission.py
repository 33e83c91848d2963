"""Array program → the text of a function in scaled double-double arithmetic, for rows."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from derive.arrays.operations import Family, Op, Rounding
from derive.arrays.program import Node, Operand, Program
from derive.arrays.targets.numpy import numpy_operations
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.block_emission import Signature
from derive.arrays.targets.numpy.label_writers import left_over, subscripts
from derive.arrays.targets.numpy.matrix_writers import MATRIX_WRITERS, call_text
from derive.core.kinds import Dimension
from derive.errors import KernelError
from derive.functions.function_records import standard_functions
from derive.judge.precision import mp, mpf

_ROWS = Layout()
CALLS: dict[Op, str] = {
    Op.ADD: "{0} + {1}", Op.SUBTRACT: "{0} - {1}", Op.MULTIPLY: "{0} * {1}",
    Op.DIVIDE: "{0} / {1}", Op.NEGATIVE: "-{0}", Op.SQRT: "wide_sqrt",
    Op.POWER: "wide_power", Op.DIFFERENCE: "{0} - {1}",
    Op.LIMIT_MULTIPLY: "{0} * {1}", Op.BELOW_MAX: "{0} - {1}",
    Op.LESS: "wide_less", Op.LESS_EQUAL: "wide_less_equal", Op.EQUAL: "wide_equal",
    Op.NOT_EQUAL: "wide_not_equal",
    Op.SUM: "wide_sum", Op.PRODUCT: "wide_product", Op.MAX: "wide_max", Op.MIN: "wide_min",
    Op.ARGMAX: "wide_argmax",
}


def function_text(node: Node) -> str:
    """The wide function of a node. Raises KernelError where there is none."""
    text = standard_functions()[node.detail[0]].wide if node.op is Op.FUNCTION else \
        CALLS.get(node.op, "")
    if not text:
        raise KernelError(f"{node.op.label} {node.detail[0] if node.detail else ''} has no wide "
                          "form")
    return text


def number_text(value: Any) -> str:
    """An exact number as the sum of at most three floats: one more than wide numbers can hold.

    Raises KernelError for one that is too large.
    """
    if isinstance(value, float):
        return f"wide_of({'-' if value < 0 else ''}np.inf)"
    with mp.workdps(80):
        exact = mpf(str(value.evalf(80)))
    rest = Fraction(int(value.p), int(value.q)) if value.is_Rational else \
        Fraction(-1 if exact < 0 else 1) * int(exact.man) * Fraction(2) ** int(exact.exp)
    parts: list[float] = []
    while len(parts) < 3 and (rest or not parts):
        try:
            parts.append(float(rest))
        except OverflowError:
            raise KernelError("a number in the formula is beyond those of float64") from None
        rest -= Fraction(parts[-1])
    text = f"wide_of({parts[0]!r})"
    for part in parts[1:]:
        text = f"wide_add({text}, wide_of({part!r}))"
    return text


class WideBlock:
    """Writes the statements that compute the results of a program in wide arithmetic."""

    places = "places"

    def __init__(self, program: Program, signature: Signature, watched: bool = False) -> None:
        self.program, self.signature, self.watched = program, signature, watched

    def body(self) -> list[str]:
        """The statements, in order. Raises KernelError where an operation has no wide form."""
        lines = []
        for number in self.program.needed(list(self.signature.outputs.values())):
            node = self.program.nodes[number]
            text = _WRITERS[node.op](self, node)
            if text:
                lines.append(f"t{number} = {text}")
            if self.watched and node.op.rounding is Rounding.CANCELS and node.batched and \
                    node.kind == "f":
                lines.append(f"lost |= wide_lost(t{number}, {self.terms(node)})")
        return ["lost = np.zeros(n, bool)", *lines] if self.watched else lines

    def terms(self, node: Node) -> str:
        """What a sum is compared with, to see whether it cancels."""
        if node.op.family is Family.REDUCTION:
            return f"wide_peak({self.text(node.operands[0])}, {_ROWS.axis(node.detail[0])})"
        if node.op.family is Family.CONTRACTION:
            return f"wide_peak({self.products(node)}, {_ROWS.axis(len(node.dims))})"
        return next(self.text(o) for o in node.operands if not o.number)

    def dim(self, dim: Dimension) -> str:
        """A dimension."""
        return self.signature.sizes.get(dim, str(dim))

    def argument(self, node: Node) -> str:
        """An argument as a wide number; integers are read as they are."""
        return "" if node.kind == "i" else f"wide_of({self.signature.names[node.detail[0]]})"

    def name(self, number: int) -> str:
        """A value with its own axes."""
        node = self.program.nodes[number]
        integral = node.op is Op.INPUT and node.kind == "i"
        return self.signature.names[node.detail[0]] if integral else f"t{number}"

    def raw(self, operand: Operand) -> str:
        """An operand of integers or conditions."""
        if operand.number:
            return str(int(operand.source))
        node = self.program.nodes[operand.source]
        return self.name(operand.source) + _ROWS.suffix(operand.axes, node.batched)

    def text(self, operand: Operand) -> str:
        """An operand as a wide number."""
        if operand.number:
            return number_text(operand.source)
        node, name = self.program.nodes[operand.source], self.name(operand.source)
        if node.kind == "i":
            return f"wide_of({self.raw(operand)})"
        suffix = _ROWS.suffix(operand.axes, node.batched)
        return f"wide_map({name}, lambda part: part{suffix})" if suffix else name

    def integral(self, operand: Operand) -> bool:
        """Whether an operand is integers."""
        return bool(operand.source.is_Integer) if operand.number else \
            self.program.nodes[operand.source].kind == "i"

    # Operations

    def elementwise(self, node: Node) -> str:
        """A call with wide numbers, or NumPy's own with integers and conditions."""
        integral = all(map(self.integral, node.operands))
        if node.kind == "i" or node.op.family is Family.LOGIC or (
                node.op.family is Family.COMPARISON and integral):
            return numpy_operations.called(numpy_operations.function_text(node),
                                           list(map(self.raw, node.operands)))
        operands = list(map(self.text, node.operands))
        if node.op is Op.POWER and node.operands[1].number and self.integral(node.operands[1]):
            return f"wide_integer_power({operands[0]}, {int(node.operands[1].source)})"
        return numpy_operations.called(function_text(node), operands)

    def where(self, node: Node) -> str:
        """A case distinction."""
        test, then, other = node.operands
        return f"wide_where({self.raw(test)}, {self.text(then)}, {self.text(other)})"

    def full(self, operand: Operand, node: Node) -> str:
        """An operand with all the axes of a node."""
        shape = _ROWS.shape(tuple(map(self.dim, node.dims)))
        return (f"wide_map({self.text(operand)}, lambda part: "
                f"np.broadcast_to(part, {shape}))")

    def scale(self, node: Node) -> str:
        """The operand itself: wide results are weighted after they were rounded."""
        operand = node.operands[0]
        if operand.number or not self.program.nodes[operand.source].batched:
            return self.full(operand, node)
        return self.text(operand)

    def reduce(self, node: Node) -> str:
        """A reduction along an axis; a place that is left out is neutral."""
        vector, axis = node.operands[0], node.detail[0]
        inner, text = self.program.nodes[vector.source], self.text(vector)
        if len(node.operands) > 1:
            rank = len(inner.dims)
            key = self.key(inner, left_over(rank, axis), self.raw(node.operands[1]), rank - 1)
            text = f"wide_put({text}, {key}, {number_text(node.op.neutral)})"
        return f"{function_text(node)}({text}, {_ROWS.axis(axis)})"

    def key(self, inner: Node, along: tuple[int | None, ...], label: str, rank: int) -> str:
        """The subscripts of the elements at a label."""
        return f"({subscripts(self, _ROWS, inner, along, label, rank)})"

    def pick(self, node: Node) -> str:
        """The elements at a label; NaN outside of the axis, where it is shifted."""
        vector, label = node.operands
        inner, (axis, shifted, along) = self.program.nodes[vector.source], node.detail
        text, name = self.raw(label), self.name(vector.source)
        if shifted:
            inside = f"np.minimum(np.maximum({text}, 0), {self.dim(inner.dims[axis])} - 1)"
            key = self.key(inner, along, inside, len(node.dims))
            return f"wide_where({inside} == {text}, wide_index({name}, {key}), wide_of(np.nan))"
        key = self.key(inner, along, text, len(node.dims))
        return f"{name}[{key[1:-1]}]" if inner.kind == "i" else f"wide_index({name}, {key})"

    def put(self, node: Node) -> str:
        """An array with other elements at a label."""
        base, label, amount = node.operands
        rank = len(node.dims)
        key = self.key(node, left_over(rank, node.detail[0]), self.raw(label), rank - 1)
        return f"wide_put({self.full(base, node)}, {key}, {self.text(amount)})"

    def diagonal_key(self, inner: Node, axis: int, other: int) -> str:
        """The subscripts of the elements where two axes have the same place."""
        along = list(left_over(len(inner.dims), axis))
        along[axis] = along[other]
        return self.key(inner, tuple(along), "", len(along) - 1)

    def put_diagonal(self, node: Node) -> str:
        """An array with another diagonal."""
        base, amount = node.operands
        return (f"wide_put({self.full(base, node)}, {self.diagonal_key(node, *node.detail)}, "
                f"{self.text(amount)})")

    def diagonal(self, node: Node) -> str:
        """The elements where two axes have the same place."""
        source = node.operands[0].source
        key = self.diagonal_key(self.program.nodes[source], *node.detail)
        name = self.name(source)
        return f"{name}[{key[1:-1]}]" if node.kind == "i" else f"wide_index({name}, {key})"

    def contract(self, node: Node) -> str:
        """A sum of products."""
        return f"wide_sum({self.products(node)}, {_ROWS.axis(len(node.dims))})"

    def products(self, node: Node) -> str:
        """The products of a contraction, the summed axis last."""
        *words, out = node.detail
        summed = next(letter for letter in words[0] if letter not in out)
        parts = []
        for own, operand in zip(words, node.operands, strict=True):
            axes = tuple(own.index(letter) if letter in own else None for letter in out + summed)
            parts.append(self.text(Operand(operand.source, axes)))
        return f"{parts[0]} * {parts[1]}"

    def linear(self, node: Node) -> str:
        """A function of matrices."""
        return call_text(node, list(map(self.text, node.operands)), wide=True)

    def missing(self, node: Node) -> str:
        """Of recurrent programs alone."""
        raise KernelError(f"{node.op.label} has no wide form")


_FAMILIES: dict[Family, Callable[[WideBlock, Node], str]] = {
    Family.ELEMENTWISE: WideBlock.elementwise, Family.COMPARISON: WideBlock.elementwise,
    Family.LOGIC: WideBlock.elementwise, Family.REDUCTION: WideBlock.reduce}
_WRITERS: dict[Op, Callable[[WideBlock, Node], str]] = {
    **{op: _FAMILIES.get(op.family, WideBlock.missing) for op in Op},
    **dict.fromkeys(MATRIX_WRITERS, WideBlock.linear),
    Op.INPUT: WideBlock.argument,
    Op.SIZE: lambda run, node: f"wide_of(float({run.dim(node.detail[0])}))",
    Op.IOTA: lambda run, node: f"np.arange({run.dim(node.dims[0])})",
    Op.SPREAD: lambda run, node: run.full(node.operands[0], node),
    Op.SCALE: WideBlock.scale, Op.WHERE: WideBlock.where, Op.PICK: WideBlock.pick,
    Op.PUT: WideBlock.put, Op.PUT_DIAGONAL: WideBlock.put_diagonal,
    Op.DIAGONAL: WideBlock.diagonal, Op.CONTRACT: WideBlock.contract,
    Op.LIMIT_CONTRACT: WideBlock.contract,
}
