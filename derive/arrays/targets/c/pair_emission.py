"""Array program → C in pairs of doubles with bounds of their error: examples computed again.

Examples lie side by side in tiles, each operation is a loop over them. The function tells which
examples it knows: where the bound is small beside every result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from derive.arrays.operations import Family, Op
from derive.arrays.program import Node, Operand
from derive.arrays.targets.c.loop_groups import CONTRACTIONS, contraction_letters
from derive.arrays.targets.c.math.c_functions import c_functions, c_parts
from derive.arrays.targets.c.pair_tiles import PairTiles
from derive.arrays.targets.numpy.kernel_module import Design
from derive.errors import KernelError
from derive.functions.function_records import standard_functions

HEADERS = ARITHMETIC, _, SPECIAL = "pair_arithmetic.h", "pair_angles.h", "pair_special.h"
CALLS: dict[Op, str] = {
    Op.ADD: "add", Op.SUBTRACT: "subtract", Op.MULTIPLY: "multiply", Op.DIVIDE: "divide",
    Op.NEGATIVE: "negative", Op.SQRT: "sqrt", Op.POWER: "power", Op.DIFFERENCE: "subtract",
    Op.LIMIT_MULTIPLY: "multiply", Op.BELOW_MAX: "subtract", Op.SUM: "add", Op.PRODUCT: "multiply",
    Op.MAX: "maximum", Op.MIN: "minimum", Op.CONTRACT: "add", Op.LIMIT_CONTRACT: "add"}
_LOGIC = {Op.AND: "{} & {}", Op.OR: "{} | {}", Op.NOT: "!{}", Op.ADD: "{} + {}",
          Op.SUBTRACT: "{} - {}", Op.MULTIPLY: "{} * {}", Op.LESS: "{} < {}",
          Op.LESS_EQUAL: "{} <= {}", Op.EQUAL: "{} == {}", Op.NOT_EQUAL: "{} != {}"}
_COMPARED = {Op.LESS: "pair_less({0}, {1})", Op.LESS_EQUAL: "!pair_less({1}, {0})",
             Op.EQUAL: "pair_equal({0}, {1})", Op.NOT_EQUAL: "!pair_equal({0}, {1})"}
_START = {Op.SUM: "0.0", Op.PRODUCT: "1.0", Op.MAX: "-INFINITY", Op.MIN: "INFINITY",
          Op.CONTRACT: "0.0", Op.LIMIT_CONTRACT: "0.0"}


def pair_text(design: Design, plan: str) -> str:
    """The library's text for one plan. Raises KernelError where an operation has no pairs."""
    function = PairFunction(design, plan)
    body = function.lines()
    used = [name for name in HEADERS if name == ARITHMETIC or any(
        call in line for line in body for call in calls(name))]
    texts = [header(name) for name in (HEADERS if SPECIAL in used else used)]
    names = sorted({name for text in texts for name in re.findall(r"\bf64_(\w+)\(", text)
                    if f"f64_{name}" in c_parts()})
    return "\n".join([
        c_functions(names, "float64"),
        "#include <float.h>", "#include <stddef.h>", "#include <stdlib.h>", "",
        *texts, *body, ""])


def header(name: str) -> str:
    """The text of a header."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


@cache
def calls(name: str) -> frozenset[str]:
    """How the functions of a header are called, up to the bracket."""
    return frozenset(re.findall(r"^INLINE pair (pair_\w+\()", header(name), re.MULTILINE))


def integer_power(text: str, exponent: int) -> str:
    """A pair to the power of an integer, by squaring."""
    if exponent < 0:
        return f"pair_divide(pair_of(1.0), {integer_power(text, -exponent)})"
    if exponent < 2:
        return text if exponent else "pair_of(1.0)"
    if exponent % 2:
        return f"pair_multiply({text}, {integer_power(text, exponent - 1)})"
    return f"pair_square({integer_power(text, exponent // 2)})"


class PairFunction(PairTiles):
    """Writes the function of one plan."""

    def write(self, number: int, node: Node) -> None:
        """Adds the statements of a node. Raises KernelError where it has none."""
        self.loops = tuple(f"i{n}" for n in range(len(node.dims)))
        if node.op is Op.INPUT:
            self.gathered(number, node)
        elif node.op in _START:
            self.reduced(number, node)
        elif node.op is Op.ARGMAX:
            self.largest_place(number, node)
        else:
            writer = _WRITERS.get(node.op)
            if writer is None:
                raise KernelError(f"{node.op.label} has no pairs in C")
            self.looped(node.dims, self.stored(number, writer(self, node)))

    def elementwise(self, node: Node) -> str:
        """A call of the function of pairs, or an expression of integers."""
        plain = all(getattr(o.source, "is_Integer", False) if o.number else self.integral(
            self.program.nodes[o.source]) for o in node.operands)
        if self.integral(node) and (plain or node.op.family is Family.LOGIC):
            texts = [self.operand(o, self.loops, True) for o in node.operands]
            return _LOGIC[node.op].format(*texts)
        texts = [self.operand(o, self.loops) for o in node.operands]
        if node.op in _COMPARED and node.kind == "b":
            self.looped(node.dims, [f"odd[r] |= !({text}.h == {text}.h);" for text in texts])
            return _COMPARED[node.op].format(*texts)
        power = node.operands[1] if node.op is Op.POWER else None
        if power is not None and power.number and power.source.is_Integer:
            return integer_power(texts[0], int(power.source))
        return f"pair_{self.function(node)}({', '.join(texts)})"

    def function(self, node: Node) -> str:
        """The name of a node's function. Raises KernelError where there is none."""
        if node.op is Op.FUNCTION:
            name = standard_functions()[node.detail[0]].wide.removeprefix("wide_")
            file = next((h for h in HEADERS if f"pair_{name}(" in calls(h)), "")
            if not file:
                raise KernelError(f"{node.detail[0]} has no pairs in C")
            if file == SPECIAL:
                self.special.add(self.program.known[node])
            return name
        return CALLS[node.op]

    def where(self, node: Node) -> str:
        """A case distinction."""
        test, then, other = node.operands
        if self.integral(node):
            texts = [self.operand(o, self.loops, True) for o in node.operands]
            return f"{texts[0]} ? {texts[1]} : {texts[2]}"
        return f"pair_where({self.operand(test, self.loops, True)}, " \
               f"{self.operand(then, self.loops)}, {self.operand(other, self.loops)})"

    def at_label(self, loop: str, label: Operand, rest: Sequence[str]) -> str:
        """Whether a loop is at a label."""
        return f"{loop} == {self.operand(label, rest, True)}"

    def pick(self, node: Node) -> str:
        """The element at a label."""
        vector, label = node.operands
        axis, shifted, along = node.detail
        if shifted:
            raise KernelError("a shifted label has no pairs in C")
        at = ["" if place is None else self.loops[place] for place in along]
        at[axis] = self.operand(label, self.loops, True)
        return self.element(vector.source, at)

    def put(self, node: Node) -> str:
        """The base, or the amount where the axis is at the label."""
        base, label, amount = node.operands
        axis = node.detail[0]
        rest = [*self.loops[:axis], *self.loops[axis + 1:]]
        return f"pair_where({self.at_label(self.loops[axis], label, rest)}, " \
               f"{self.operand(amount, rest)}, {self.operand(base, self.loops)})"

    def put_diagonal(self, node: Node) -> str:
        """The base, or the amount where two axes are at the same place."""
        base, amount = node.operands
        axis, other = node.detail
        rest = [*self.loops[:axis], *self.loops[axis + 1:]]
        return f"pair_where({self.loops[axis]} == {self.loops[other]}, " \
               f"{self.operand(amount, rest)}, {self.operand(base, self.loops)})"

    def diagonal(self, node: Node) -> str:
        """The element at which two axes have the same place."""
        axis, other = node.detail
        at = list(self.loops)
        at.insert(axis, self.loops[other - (other > axis)])
        return self.element(node.operands[0].source, at)

    def moved(self, node: Node) -> str:
        """The operand itself."""
        return self.operand(node.operands[0], self.loops)

    def reduced(self, number: int, node: Node) -> None:
        """A reduction, term by term."""
        letters = contraction_letters(node) if node.op in CONTRACTIONS else ""
        dims = self.program.node(node.operands[0]).dims
        if letters:
            lengths = {letter: dim for word, o in zip(node.detail, node.operands, strict=False)
                       for letter, dim in zip(word, self.program.node(o).dims, strict=True)}
            dims = tuple(lengths[letter] for letter in letters)
        axis = len(dims) - 1 if letters else node.detail[0]
        loops = [f"i{n}" for n in range(len(dims))]
        rest = [*loops[:axis], *loops[axis + 1:]]
        if letters:
            first, second = (self.element(o.source, [loops[letters.index(c)] for c in word])
                             for word, o in zip(node.detail, node.operands, strict=False))
            term = f"pair_multiply({first}, {second})"
        else:
            term = self.operand(node.operands[0], loops)
            if len(node.operands) > 1:
                left_out = self.at_label(loops[axis], node.operands[1], rest)
                term = f"pair_where({left_out}, pair_of({_START[node.op]}), {term})"
        kept = [f"i{n}" for n in range(len(rest))]
        self.looped([*dims[:axis], *dims[axis + 1:]],
                    self.stored(number, f"pair_of({_START[node.op]})", kept))
        step = f"pair_{CALLS[node.op]}({self.element(number, rest)}, {term})"
        self.looped(dims, self.stored(number, step, rest))

    def largest_place(self, number: int, node: Node) -> None:
        """Where along an axis the largest stands, the first of equals."""
        dims, axis = self.program.node(node.operands[0]).dims, node.detail[0]
        loops = [f"i{n}" for n in range(len(dims))]
        rest = [*loops[:axis], *loops[axis + 1:]]
        best = self.element(number, rest)
        here = self.operand(node.operands[0], loops)
        there = self.operand(node.operands[0], [*loops[:axis], best, *loops[axis + 1:]])
        if len(node.operands) > 1:
            label, least = node.operands[1], "pair_of(-INFINITY)"
            here, there = (f"pair_where({self.at_label(at, label, rest)}, {least}, {text})"
                           for at, text in ((loops[axis], here), (best, there)))
        self.looped([*dims[:axis], *dims[axis + 1:]],
                    self.stored(number, "0", [f"i{n}" for n in range(len(rest))]))
        self.looped(dims, [f"const pair x = {here}, top = {there};", "odd[r] |= !(x.h == x.h);",
                           *self.stored(number, f"pair_less(top, x) ? {loops[axis]} : {best}",
                                        rest)])


_WRITERS: dict[Op, Callable[[PairFunction, Node], str]] = {
    **dict.fromkeys((*(op for op in CALLS if op not in _START), *_LOGIC, Op.FUNCTION),
                    PairFunction.elementwise),
    Op.SIZE: lambda run, node: f"pair_of((double){run.dim(node.detail[0])})",
    Op.IOTA: lambda run, node: "i0", Op.WHERE: PairFunction.where, Op.PICK: PairFunction.pick,
    Op.PUT: PairFunction.put, Op.PUT_DIAGONAL: PairFunction.put_diagonal,
    Op.DIAGONAL: PairFunction.diagonal, Op.SPREAD: PairFunction.moved,
    Op.SCALE: PairFunction.moved}
