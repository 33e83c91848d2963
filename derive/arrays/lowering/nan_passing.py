"""NaN in, NaN out: case distinctions whose tests compare NaN, and arguments that a result loses.

A comparison with NaN is false, so a distinction takes its last case there. It costs nothing where
that case computes with the number compared; else the two cases change places, or 0 is added to the
last, made of the number so that it is NaN where that is: `min(abs(u), 0)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

from derive.arrays.lowering.node_building import ZERO, Builder, Scope
from derive.arrays.operations import BY_ELEMENT, Family, Op
from derive.arrays.program import Node, Operand, Value

Place = tuple[int, tuple[int | None, ...]]  # a node, with the axis of it along each of a result's
BOUNDED = frozenset({"binary", "onehot", "probability", "simplex"})  # never infinite
_ORDERS = {Op.LESS: Op.LESS_EQUAL, Op.LESS_EQUAL: Op.LESS}
_ALL = frozenset({Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.NEGATIVE, Op.SQRT, Op.FUNCTION,
                  Op.DIFFERENCE, Op.LIMIT_MULTIPLY, Op.BELOW_MAX, Op.SCALE, Op.SPREAD})


class NanPaths:
    """Through which nodes of a program NaN passes; `bounded` are the arguments never infinite."""

    def __init__(self, build: Builder, bounded: Iterable[str]) -> None:
        self.build, self.program, self.bounded = build, build.program, frozenset(bounded)
        self._sure: dict[int, frozenset[Place]] = {}
        self._reached: dict[int, frozenset[int]] = {}

    def choose(self, test: Value, then: Value, other: Value, scope: Scope) -> Value:
        """A case distinction that is NaN where its test compares NaN."""
        build, compared = self.build, list(self._compared(test))
        node = None if test.number else build.of(test)
        if node is not None and node.op in (*_ORDERS, Op.EQUAL):
            lost = [v for v in compared if not self.passes(v, other)]
            if lost and node.op in _ORDERS and all(self.passes(v, then) for v in compared):
                left, right = (self._value(o, test) for o in node.operands)
                test = build.elementwise(_ORDERS[node.op], right, left, scope=scope)
                then, other, lost = other, then, []
            return build.elementwise(Op.WHERE, test, then, self.tainted(other, lost, scope),
                                     scope=scope)
        value = build.elementwise(Op.WHERE, test, then, other, scope=scope)
        return self.tainted(value, [v for v in compared if not (
            self.passes(v, then) and self.passes(v, other))], scope)

    def complete(self, number: int, scope: Scope, leaves: Iterable[int]) -> int:
        """A result that is NaN where any of these arguments is, all of it for those it loses."""
        nodes = self.program.nodes
        sure = {place[0] for place in self.sure(number)}
        lost = [Value(n, ()) for n in leaves if nodes[n].kind == "f" and n not in (
            self.reached(number) if nodes[n].dims else sure)]
        if not lost:
            return number
        value = Value(number, scope)
        parts = [self._least(v) if nodes[v.source].dims else v for v in lost]
        return int(self.tainted(value, parts, scope).source)

    def _least(self, leaf: Value) -> Value:
        """The smallest size of the elements of an array, NaN where there is NaN."""
        dims = self.program.nodes[leaf.source].dims
        value = self.program.assign(Node(
            Op.FUNCTION, (Operand(leaf.source, tuple(range(len(dims)))),), dims, detail=("abs",)))
        for rank in range(len(dims), 0, -1):
            value = self.program.assign(Node(
                Op.MIN, (Operand(value, tuple(range(rank))),), dims[:rank - 1],
                detail=(rank - 1,)))
        return Value(value)

    def tainted(self, value: Value, lost: list[Value], scope: Scope) -> Value:
        """A value plus 0, or plus NaN where one of the lost numbers is NaN."""
        zeros = (self._nothing(v, scope) for v in dict.fromkeys(map(self._origin, lost)))
        return reduce(lambda total, zero: zero if total.zero else self.build.elementwise(
            Op.ADD, total, zero, scope=scope), zeros, value)

    def _origin(self, value: Value) -> Value:
        """The number of which a value is a function, as long as that is of one number alone."""
        node = self.build.of(value)
        operands = [o for o in node.operands if not o.number]
        while node.op in _ALL and len(operands) == 1 and not operands[0].number and \
                self.program.node(operands[0]).kind == "f":
            value = self._value(operands[0], value)
            node = self.build.of(value)
            operands = [o for o in node.operands if not o.number]
        return value

    def _nothing(self, value: Value, scope: Scope) -> Value:
        """0, and NaN where a number is."""
        build, node = self.build, self.build.of(value)
        if node.op is Op.INPUT and node.detail[0] in self.bounded:
            return build.elementwise(Op.SUBTRACT, value, value, scope=scope)
        size = build.elementwise(Op.FUNCTION, value, scope=scope, detail=("abs",))
        return build.elementwise(Op.FUNCTION, size, ZERO, scope=scope, detail=("min",))

    # What passes

    def passes(self, value: Value, result: Value) -> bool:
        """Whether NaN in a value, where it comes from the arguments, is NaN in a result."""
        if result.number:
            return False
        indices = tuple(dict.fromkeys((*value.indices, *result.indices)))
        have = {(n, _through(axes, result.along(indices)))
                for n, axes in self.sure(int(result.source))}
        have.add((int(result.source), result.along(indices).axes))
        return self._covered(value.along(indices), have)

    def _covered(self, operand: Operand, have: set[Place]) -> bool:
        """Whether an operand, or all that it is computed from, is among some values."""
        if operand.number or (int(operand.source), operand.axes) in have:
            return True
        node = self.program.node(operand)
        if node.kind != "f":
            return True
        return node.op in _ALL and all(
            o.number or self._covered(Operand(o.source, _through(o.axes, operand)), have)
            for o in node.operands)

    def sure(self, number: int) -> frozenset[Place]:
        """The values whose NaN makes every element of a node NaN that they belong to."""
        if number not in self._sure:
            self._sure[number] = self._surely(number)
        return self._sure[number]

    def _surely(self, number: int) -> frozenset[Place]:
        node = self.program.nodes[number]
        if node.op is Op.INPUT:
            return frozenset({(number, tuple(range(len(node.dims))))})
        if node.op is Op.WHERE:
            test, *cases = node.operands
            kept = frozenset.intersection(*(self._of(o) for o in cases))
            return kept.union(*(self._of(o) for o in self._tested(test)))
        if node.op is Op.POWER:
            base, exponent = node.operands
            fixed = exponent.number and exponent.source != 0
            return self._of(base) if fixed else self._of(base) & self._of(exponent)
        if node.op in _ALL:
            return frozenset().union(*(self._of(o) for o in node.operands))
        return self._of_examples(node)

    def _of_examples(self, node: Node) -> frozenset[Place]:
        """The values without axes of which an operation that moves or sums elements has NaN."""
        parts = [frozenset((n, (None,) * len(node.dims)) for n, axes in self.sure(o.source)
                           if all(a is None for a in axes)) for o in node.operands
                 if not o.number and self.program.node(o).kind == "f"]
        if node.op in (Op.PUT, Op.PUT_DIAGONAL):
            return frozenset.intersection(*parts) if len(parts) == 2 else frozenset()
        return frozenset().union(*parts)

    def _of(self, operand: Operand) -> frozenset[Place]:
        """The values that an operand surely has NaN of, with their axes along the result's."""
        if operand.number:
            return frozenset()
        own = frozenset((n, _through(axes, operand)) for n, axes in self.sure(int(operand.source)))
        return own | {(int(operand.source), operand.axes)}

    def reached(self, number: int) -> frozenset[int]:
        """The arguments of which some NaN comes through to some element of a node."""
        if number not in self._reached:
            node = self.program.nodes[number]
            parts = [self.reached(s) for s in node.sources
                     if self.program.nodes[s].kind in ("f", "b")]
            if node.op is Op.WHERE:
                test, *cases = node.operands
                sides = [frozenset() if o.number else self.reached(int(o.source)) for o in cases]
                parts = [frozenset.intersection(*sides), self.reached(int(test.source))]
            own = frozenset({number}) if node.op is Op.INPUT else frozenset()
            self._reached[number] = own.union(*parts)
        return self._reached[number]

    # What is compared

    def _compared(self, test: Value) -> Iterator[Value]:
        """The numbers that a condition compares, without the exact ones."""
        if not test.number:
            for operand in self._tested(test.alone()):
                if not operand.number and self.program.node(operand).kind == "f":
                    yield self._value(operand, test)

    def _tested(self, operand: Operand) -> Iterator[Operand]:
        """The operands of the comparisons in a condition, their axes along the result's."""
        if operand.number:
            return
        node = self.program.node(operand)
        for inner in node.operands if node.op.family in BY_ELEMENT else ():
            through = inner if inner.number else \
                Operand(inner.source, _through(inner.axes, operand))
            if node.op.family is Family.COMPARISON:
                yield through
            elif node.op.family is Family.LOGIC:
                yield from self._tested(through)

    @staticmethod
    def _value(operand: Operand, around: Value) -> Value:
        """An operand of a condition as a value with its indices."""
        if operand.number:
            return Value(operand.source)
        places = sorted((axis, index) for axis, index in zip(operand.axes, around.indices,
                                                              strict=False) if axis is not None)
        return Value(operand.source, tuple(index for _, index in places))


def _through(axes: tuple[int | None, ...], operand: Operand) -> tuple[int | None, ...]:
    """Axes along those of a node, as axes along those of a result that has it as an operand."""
    return tuple(None if a is None else axes[a] for a in operand.axes)
