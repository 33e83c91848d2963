"""The conditions on a formula's arguments, as a function of blocks of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.stable.stable_forms import stable
from derive.arrays.targets.numpy.executing import Array, block_values
from derive.arrays.targets.numpy.kernel_module import Argument, Design
from derive.core.atoms import Dim
from derive.errors import KernelError
from derive.rulebook.loading import Rulebook


def condition_function(conditions: Sequence[Any], arrays: dict[Any, Any],
                       arguments: Sequence[Argument], dims: Sequence[Dim],
                       rulebook: Rulebook, size: int) -> Callable[[list[Array]], Array]:
    """Which examples of a block meet all conditions; those that cannot be lowered count as met."""
    lowering = Lowering(arrays, dims)
    results: dict[str, Any] = {}
    for number, condition in enumerate(conditions):
        try:
            results[f"c{number}"] = lowering.value(stable(condition, rulebook)).source, ()
        except KernelError:
            continue
    if not results:
        return lambda blocks: np.ones(len(blocks[0]), bool)
    design = Design(tuple(arguments), lowering.program, results, {"value": tuple(results)}, {},
                    False, "", {}, size=size)
    values = block_values(design, "value")

    def holds(blocks: list[Array]) -> Array:
        computed = values(blocks[:len(arguments)], np.dtype(float))
        met = np.ones(len(blocks[0]), bool)
        for number, _ in results.values():
            met &= computed[f"t{number}"]
        return met

    return holds
