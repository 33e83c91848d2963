"""Array program → the text of a function in scaled double-double arithmetic, for rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derive.arrays.program import Node, Operand, Program
from derive.arrays.targets.numpy.axis_layout import Layout, arange, batch_places
from derive.arrays.targets.numpy.block_writer import NEUTRAL
from derive.errors import KernelError
from derive.functions.function_records import standard_functions
from derive.judge.precision import mp, mpf

_ROWS = Layout()
_ARITHMETIC = {
    "np.add": "wide_add", "np.subtract": "wide_subtract", "np.multiply": "wide_multiply",
    "np.divide": "wide_divide", "np.negative": "wide_negative", "np.sqrt": "wide_sqrt",
    "np.power": "wide_power", "difference": "wide_subtract", "below-max": "wide_subtract",
}
_COMPARE = {"np.less": "wide_less", "np.less_equal": "wide_less_equal", "np.equal": "wide_equal",
            "np.not_equal": "wide_not_equal"}
_REDUCE = {"sum": "wide_sum", "prod": "wide_product", "max": "wide_max", "min": "wide_min",
           "argmax": "wide_argmax"}


def wide_functions() -> dict[str, str]:
    """The wide function for the NumPy function of each entry of the function table."""
    found = {f.numpy: f.wide for f in standard_functions().values() if f.numpy and f.wide}
    return {**found, **_ARITHMETIC}


def number_text(value: Any) -> str:
    """An exact number as the sum of two floats. Raises KernelError for one that is too large."""
    if isinstance(value, float):
        return f"wide_of({'-' if value < 0 else ''}np.inf)"
    if value.is_Rational:
        fraction = Fraction(int(value.p), int(value.q))
        try:
            high = float(fraction)
        except OverflowError:
            raise KernelError("a number in the formula is beyond those of float64") from None
        low = float(fraction - Fraction(high))
    else:
        with mp.workdps(60):
            exact = mpf(str(value.evalf(60)))
            high = float(exact)
            low = float(exact - mpf(high))
    return f"wide_of({high!r})" if low == 0 else f"wide_add(wide_of({high!r}), wide_of({low!r}))"


@dataclass
class WideBlock:
    """Writes the statements that compute the results of a program in wide arithmetic."""

    program: Program
    outputs: Mapping[str, int]
    names: Mapping[str, str]
    sizes: Mapping[Any, str]
    lines: list[str] = field(default_factory=list)

    def body(self) -> list[str]:
        """The statements, in order. Raises KernelError where an operation has no wide form."""
        for number in self.program.needed(list(self.outputs.values())):
            node = self.program.nodes[number]
            text = _WRITERS.get(node.op, WideBlock.elementwise)(self, node)
            if text:
                self.lines.append(f"t{number} = {text}")
        return self.lines

    def dim(self, dim: Any) -> str:
        return self.sizes.get(dim, str(dim))

    def name(self, number: int) -> str:
        node = self.program.nodes[number]
        integral = node.op == "input" and node.kind == "i"
        return self.names[node.detail[0]] if integral else f"t{number}"

    def raw(self, operand: Operand) -> str:
        """An operand of integers or conditions."""
        if operand.number:
            return str(int(operand.source))
        node = self.program.nodes[operand.source]
        return _ROWS.aligned(self.name(operand.source), operand.axes, len(operand.axes),
                             node.batched)

    def text(self, operand: Operand) -> str:
        """An operand as a wide number."""
        if operand.number:
            return number_text(operand.source)
        node = self.program.nodes[operand.source]
        if node.kind == "i":
            return f"wide_of({self.raw(operand)})"
        name = self.name(operand.source)
        aligned = _ROWS.aligned("part", operand.axes, len(operand.axes), node.batched)
        return name if aligned == "part" else f"wide_map({name}, lambda part: {aligned})"

    # Operations

    def elementwise(self, node: Node) -> str:
        if node.kind == "i":
            return f"{node.op}({', '.join(self.raw(o) for o in node.operands)})"
        function = wide_functions().get(node.op)
        if function is None:
            raise KernelError(f"{node.op} has no wide form")
        exponent = node.operands[-1].source
        if node.op == "np.power" and node.operands[-1].number and exponent.is_Integer:
            return f"wide_integer_power({self.text(node.operands[0])}, {int(exponent)})"
        operands = [self.text(o) for o in node.operands]
        return function.format(*operands) if "{" in function else \
            f"{function}({', '.join(operands)})"

    def compare(self, node: Node) -> str:
        kinds = {("i" if o.source.is_Integer else "f") if o.number
                 else self.program.nodes[o.source].kind for o in node.operands}
        if kinds == {"i"}:
            return f"{node.op}({', '.join(self.raw(o) for o in node.operands)})"
        return f"{_COMPARE[node.op]}({', '.join(self.text(o) for o in node.operands)})"

    def logical(self, node: Node) -> str:
        return f"{node.op}({', '.join(self.raw(o) for o in node.operands)})"

    def where(self, node: Node) -> str:
        test, then, other = node.operands
        return f"wide_where({self.raw(test)}, {self.text(then)}, {self.text(other)})"

    def full(self, operand: Operand, node: Node) -> str:
        """An operand with all the axes of a node."""
        shape = _ROWS.shape(tuple(self.dim(d) for d in node.dims))
        return (f"wide_map({self.text(operand)}, lambda part: "
                f"np.broadcast_to(part, {shape}))")

    def scale(self, node: Node) -> str:
        """The operand itself: wide results are weighted after they were rounded."""
        operand = node.operands[0]
        if operand.number or not self.program.nodes[operand.source].batched:
            return self.full(operand, node)
        return self.text(operand)

    def reduce(self, node: Node) -> str:
        vector = node.operands[0]
        inner = self.program.nodes[vector.source]
        text = self.name(vector.source)
        if inner.kind == "i":
            text = f"wide_of({text})"
        if len(node.operands) > 1:
            neutral = NEUTRAL.get(node.op, "0.0")
            rank = len(inner.dims)
            out = tuple(None if a == node.detail[0] else a - (a > node.detail[0])
                        for a in range(rank))
            key = self.key(inner, node.operands[1], out, rank - 1)
            text = f"wide_put({text}, {key}, wide_of({neutral}))"
        if node.op not in _REDUCE:
            raise KernelError(f"{node.op} has no wide form")
        return f"{_REDUCE[node.op]}({text}, {_ROWS.axis(node.detail[0])})"

    def key(self, inner: Node, label: Operand, out: tuple[int | None, ...], rank: int,
            inside: str = "") -> str:
        """The subscripts of the elements at a label, all of them arrays."""
        parts = [inside or self.raw(label) if place is None else
                 arange(self.dim(inner.dims[a]), place, rank, _ROWS)
                 for a, place in enumerate(out)]
        return f"({', '.join([batch_places(rank, _ROWS), *parts])})"

    def pick(self, node: Node) -> str:
        vector, label = node.operands
        inner = self.program.nodes[vector.source]
        _, shifted, out = node.detail
        if shifted:
            text, size = self.raw(label), self.dim(inner.dims[node.detail[0]])
            inside = f"np.minimum(np.maximum({text}, 0), {size} - 1)"
            key = self.key(inner, label, out, len(node.dims), inside)
            return (f"wide_where({inside} == {text}, wide_index({self.name(vector.source)}, "
                    f"{key}), wide_of(np.nan))")
        key = self.key(inner, label, out, len(node.dims))
        if inner.kind == "i":
            return f"{self.name(vector.source)}[{key[1:-1]}]"
        return f"wide_index({self.name(vector.source)}, {key})"

    def put(self, node: Node) -> str:
        base, label, amount = node.operands
        rank, axis = len(node.dims), node.detail[0]
        out = tuple(None if a == axis else a - (a > axis) for a in range(rank))
        key = self.key(node, label, out, rank - 1)
        return f"wide_put({self.full(base, node)}, {key}, {self.text(amount)})"

    def diagonal_key(self, dims: tuple[Any, ...], axis: int, other: int,
                     batched: bool = True) -> str:
        rank = len(dims)
        rest = [n for n in range(rank) if n != axis]
        parts = [arange(self.dim(dims[n]), rest.index(other if n == axis else n), rank - 1, _ROWS)
                 for n in range(rank)]
        batch = [batch_places(rank - 1, _ROWS)] if batched else []
        return f"({', '.join([*batch, *parts])})"

    def put_diagonal(self, node: Node) -> str:
        base, amount = node.operands
        key = self.diagonal_key(node.dims, *node.detail)
        return f"wide_put({self.full(base, node)}, {key}, {self.text(amount)})"

    def diagonal(self, node: Node) -> str:
        source = node.operands[0].source
        inner = self.program.nodes[source]
        axis, other = node.detail
        key = self.diagonal_key(inner.dims, axis, other, inner.batched)
        return f"wide_index({self.name(source)}, {key})"

    def contract(self, node: Node) -> str:
        first, second, out = node.detail
        summed = next(letter for letter in first if letter not in out)
        letters = out + summed
        parts = []
        for own, operand in zip((first, second), node.operands, strict=True):
            axes = tuple(own.index(letter) if letter in own else None for letter in letters)
            parts.append(self.text(Operand(operand.source, axes)))
        return f"wide_sum(wide_multiply({', '.join(parts)}), {_ROWS.axis(len(out))})"


_WRITERS: dict[str, Callable[[WideBlock, Node], str]] = {
    "input": lambda run, node: "" if node.kind == "i" else f"wide_of({run.names[node.detail[0]]})",
    "size": lambda run, node: f"wide_of(float({run.dim(node.detail[0])}))",
    "iota": lambda run, node: f"np.arange({run.dim(node.dims[0])})",
    "scale": WideBlock.scale,
    "spread": lambda run, node: run.full(node.operands[0], node),
    "where": WideBlock.where, "pick": WideBlock.pick, "put": WideBlock.put,
    "put-diagonal": WideBlock.put_diagonal, "diagonal": WideBlock.diagonal,
    "contract": WideBlock.contract,
    **dict.fromkeys(_COMPARE, WideBlock.compare),
    **dict.fromkeys(("np.logical_and", "np.logical_or", "np.logical_not"), WideBlock.logical),
    **dict.fromkeys([*_REDUCE, "np.median"], WideBlock.reduce),
}
