"""Which operations of a program share a loop, and which values must be stored between loops.

Operations over the same axes share a loop, unless one of them needs what another gives only at
the end of it: a reduction, or elements at other places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from derive.arrays.operations import Family, Op
from derive.arrays.program import Node, Operand, Program
from derive.core.kinds import Dimension
from derive.lazy import cached_property

Dims = tuple[Dimension, ...]
CONTRACTIONS = frozenset({Op.CONTRACT, Op.LIMIT_CONTRACT})
REDUCTIONS = frozenset({Op.SUM, Op.PRODUCT, Op.MAX, Op.MIN, Op.ARGMAX, *CONTRACTIONS})
_SOURCES = frozenset({Op.INPUT, Op.SIZE})
_CHEAP = frozenset({Family.COMPARISON, Family.LOGIC})


@dataclass
class Group:
    """Operations in one nest of loops over some axes; `level` counts the nests before it.

    Where `serial`, each pass of the loop rests on the one before it.
    """

    level: int
    dims: Dims
    serial: bool = False
    nodes: list[int] = field(default_factory=list)


@dataclass
class Grouping:
    """The groups of some nodes of a program, those of `batched` ones or the others."""

    program: Program
    order: list[int]
    results: frozenset[int]
    batched: bool = True

    @cached_property
    def of(self) -> dict[int, Group]:
        """The group of each node that has one."""
        groups: dict[tuple[int, Dims, bool], Group] = {}
        made: dict[int, Group] = {}
        for number in self.order:
            node = self.program.nodes[number]
            if node.batched is not self.batched or not self.looped(number):
                continue
            dims, serial = self.looped_dims(node), node.op is Op.ARGMAX
            level = max((self._ready(number, node, operand, made) for operand in node.operands
                         if not operand.number), default=0)
            key = (level, dims, serial)
            group = groups.setdefault(key, Group(level, dims, serial))
            group.nodes.append(number)
            made[number] = group
        return made

    @cached_property
    def groups(self) -> list[Group]:
        """The groups in an order that computes everything before it is read."""
        unique = {id(group): group for group in self.of.values()}
        return sorted(unique.values(), key=lambda group: (group.level, len(group.dims)))

    def looped(self, number: int) -> bool:
        """Whether a node is computed in a loop; others are written out where they are read."""
        node = self.program.nodes[number]
        return node.op not in _SOURCES and node.kind != "s" and not self.inline(number)

    def inline(self, number: int) -> bool:
        """Whether a value of integers alone that does not vary is written out where it is read."""
        node = self.program.nodes[number]
        if node.batched or node.op in _SOURCES:
            return False
        if node.op is Op.IOTA:
            return True
        cheap = node.op.family in _CHEAP or (
            node.kind == "i" and node.op.family is Family.ELEMENTWISE)
        return cheap and all(o.number or self.inline(o.source)
                             or self.program.node(o).op is Op.SIZE for o in node.operands)

    def looped_dims(self, node: Node) -> Dims:
        """The axes of the loop that computes a node."""
        if node.op in CONTRACTIONS:
            letters = contraction_letters(node)
            lengths = {letter: dim for word, operand in zip(node.detail, node.operands,
                                                            strict=False)
                       for letter, dim in zip(word, self.program.node(operand).dims, strict=True)}
            return tuple(lengths[letter] for letter in letters)
        if node.op in REDUCTIONS:
            return self.program.node(node.operands[0]).dims
        return node.dims

    def _ready(self, number: int, node: Node, operand: Operand, made: dict[int, Group]) -> int:
        """The first level at which an operand can be read."""
        group = made.get(operand.source)
        if group is None:
            return 0
        return group.level + (0 if self.flows(number, operand, group) else 1)

    def flows(self, number: int, operand: Operand, group: Group) -> bool:
        """Whether an operand of a node can be read in the pass that computes it in a group."""
        node, source = self.program.nodes[number], operand.source
        if self.program.nodes[source].op in REDUCTIONS and group.dims:
            return False
        if self.looped_dims(node) != group.dims or group.serial or (
                node.op is Op.ARGMAX and group.dims):
            return False
        places = self.places(node, operand)
        return places == tuple(range(len(group.dims)))

    def places(self, node: Node, operand: Operand) -> tuple[int, ...] | None:
        """For each axis of an operand, the axis of the loop along which it lies.

        None for what is read at other places as well.
        """
        first = operand is node.operands[0]
        if node.op in CONTRACTIONS:
            letters = contraction_letters(node)
            word = node.detail[next(n for n, o in enumerate(node.operands) if o is operand)]
            return tuple(letters.index(letter) for letter in word)
        if node.op in REDUCTIONS:
            rank = len(self.looped_dims(node))
            if first:
                return tuple(range(rank))
            rest = tuple(n for n in range(rank) if n != node.detail[0])
            return axes_along(operand, rest)
        if node.op in (Op.PUT, Op.PUT_DIAGONAL) and not first:
            rest = tuple(n for n in range(len(node.dims)) if n != node.detail[0])
            return axes_along(operand, rest)
        if first and node.op in (Op.PICK, Op.DIAGONAL, Op.BELOW_MAX):
            return None
        return axes_along(operand, tuple(range(len(node.dims))))

    @cached_property
    def stored(self) -> frozenset[int]:
        """The values that are read in another group than their own, and the results."""
        stored = {n for n in self.of if n in self.results or not self.batched
                  or self.program.nodes[n].op in REDUCTIONS}
        for number in self.order:
            node = self.program.nodes[number]
            for operand in node.operands:
                if operand.number or operand.source not in self.of:
                    continue
                group = self.of[operand.source]
                if self.of.get(number) is not group or not self.flows(number, operand, group):
                    stored.add(operand.source)
        return frozenset(stored)


def axes_along(operand: Operand, loops: Iterable[int]) -> tuple[int, ...]:
    """For each axis of an operand the loop along which it lies; `loops` are those of its reader."""
    along = {axis: loop for loop, axis in zip(loops, operand.axes, strict=True)
             if axis is not None}
    return tuple(along[axis] for axis in range(len(along)))


def contraction_letters(node: Node) -> str:
    """The letters of a contraction's loops: those of the result, then the one that is summed."""
    *words, out = node.detail
    return str(out) + "".join(dict.fromkeys(c for word in words for c in word if c not in out))
