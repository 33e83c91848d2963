"""A program without the weights of examples, for functions that are weighted by who calls them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Integer

from derive.arrays.operations import BY_ELEMENT, Op
from derive.arrays.program import Node, Operand, Program
from derive.core.kinds import Dimension

Results = Mapping[str, tuple[int, tuple[Dimension, ...]]]


def weightless(program: Program, results: Results) -> tuple[Program, dict[str, int]]:
    """The program of some results as if all weights were 1, and where the results stand in it."""
    made = Program()
    known: dict[int, Any] = {}  # by node: its node in the new program, or an exact number
    for number in program.needed([n for n, _ in results.values()]):
        node = program.nodes[number]
        operands = tuple(_renamed(o, known) for o in node.operands)
        kept = _kept(node, operands)
        known[number] = made.assign(_rebuilt(node, operands, made)) if kept is None else \
            kept.source
    placed = {name: _placed(known[n], dims, made) for name, (n, dims) in results.items()}
    return made, placed


def _renamed(operand: Operand, known: Mapping[int, Any]) -> Operand:
    """An operand in the new program."""
    source = operand.source if operand.number else known[operand.source]
    number = operand.number or not isinstance(source, int)
    return Operand(source, () if number else operand.axes, number)


def _kept(node: Node, operands: tuple[Operand, ...]) -> Operand | None:
    """The operand that a node is the same as: a weight that is 1, or a product with it."""
    full = tuple(range(len(node.dims)))
    if node.op is Op.SCALE:
        return operands[0]
    if node.op is Op.MULTIPLY:
        for operand, other in (operands, operands[::-1]):
            unit = operand.number and operand.source == Integer(1)
            if unit and not other.number and other.axes == full:
                return other
    return None


def _rebuilt(node: Node, operands: Iterable[Operand], made: Program) -> Node:
    """A node with other operands; one number for the call where all of them are such."""
    operands = tuple(operands)
    batched, kind = node.batched, node.kind
    if operands and node.op is not Op.SPREAD:
        nodes = [made.node(o) for o in operands if not o.number]
        batched = any(n.batched for n in nodes)
        by_element = node.op.family in BY_ELEMENT and not node.dims
        if by_element and kind == "f" and all(n.kind == "s" for n in nodes):
            kind = "s"
    return Node(node.op, operands, node.dims, kind, node.detail, batched)


def _placed(source: Any, dims: tuple[Dimension, ...], made: Program) -> int:
    """The node of a result; an array of its shape where it is one number."""
    if not isinstance(source, int):
        operand = Operand(source, (), True)
    elif made.nodes[source].batched and made.nodes[source].kind != "s":
        return source
    else:
        own = made.nodes[source].dims
        operand = Operand(source, tuple(range(len(dims))) if own else (None,) * len(dims))
    return made.assign(Node(Op.SPREAD, (operand,), dims))
