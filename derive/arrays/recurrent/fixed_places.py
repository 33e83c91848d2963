"""Lengths of axes: those that a model knows, and those that it needs at fixed places, h[t, 5]."""

from __future__ import annotations

from collections.abc import Mapping

from derive.arrays.operations import Op
from derive.arrays.program import Program
from derive.core.atoms import Tensor, Variable
from derive.core.kinds import Dimension
from derive.errors import KernelError
from derive.notation.reading.model_equations import Model


def known_lengths(model: Model) -> set[Dimension]:
    """The dimensions that a model's names have, or range over as labels: all have a size."""
    kinds = [leaf.kind for leaf in model.scope.names.values()
             if isinstance(leaf, (Tensor, Variable))]
    return {d for kind in kinds for d in (*kind.shape, kind.over) if d is not None}


def least_lengths(program: Program) -> dict[Dimension, int]:
    """The least length of each dimension along which an element at a number is read."""
    least: dict[Dimension, int] = {}
    for node in program.nodes:
        if node.op is not Op.PICK or not node.operands[1].number or node.detail[1]:
            continue
        place = int(node.operands[1].source)
        dim = program.nodes[node.operands[0].source].dims[node.detail[0]]
        least[dim] = max(least.get(dim, 0), place + 1 if place >= 0 else -place)
    return least


def check_lengths(least: Mapping[Dimension, int], lengths: Mapping[str, int]) -> None:
    """Refuses dimensions that are shorter than what the model reads of them."""
    for dim, number in least.items():
        length = lengths.get(str(dim), number)
        if length < number:
            raise KernelError(f"the model reads place {number} along {dim} (counted from 1, or "
                              f"from the end), and {dim} is {length}; give {dim} {number} or more")
