"""Along what the values of a step's program vary: data and steps, or parameters alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sympy import Expr

from derive.arrays.operations import Op
from derive.arrays.program import Node, Program
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import leaves


@dataclass(frozen=True)
class Times:
    """What has a value at each step: inputs that are `stepped`, and names that are `delayed`.

    `bound` holds the nodes of names.
    """

    program: Program
    bound: Mapping[str, int]
    stepped: Collection[str]
    delayed: Collection[str]


def varies(program: Program, number: int) -> bool:
    """Whether a node is computed from data, or from other steps: not from parameters alone."""
    return _reaches(program, number, lambda _, node: node.op is Op.INPUT and node.batched)


def changes(formula: Expr, times: Times) -> bool:
    """Whether a formula of one step may have another value at each of them."""
    placed = {number for name, number in times.bound.items() if name in times.delayed}

    def changing(number: int, node: Node) -> bool:
        return number in placed or (node.op is Op.INPUT and node.detail[0] in times.stepped)

    names = {leaf.name for leaf in leaves(formula) if isinstance(leaf, (Tensor, Variable))}
    return any(_reaches(times.program, times.bound[name], changing) if name in times.bound
               else name in times.stepped for name in names)


def _reaches(program: Program, number: int, holds: Callable[[int, Node], bool]) -> bool:
    """Whether something holds of a node, or of one that it is computed from."""
    waiting, seen = [number], {number}
    while waiting:
        place = waiting.pop()
        node = program.nodes[place]
        if holds(place, node):
            return True
        waiting += [s for s in node.sources if s not in seen]
        seen.update(node.sources)
    return False
