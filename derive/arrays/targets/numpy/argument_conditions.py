"""The conditions on a formula's arguments, as a function of blocks of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.arrays.certificate.trial import runtime_names
from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.runtime.row_blocks import buffers
from derive.arrays.stable.stable_forms import stable
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.block_emission import Block
from derive.arrays.targets.numpy.kernel_module import Argument
from derive.errors import KernelError
from derive.rulebook.loading import Rulebook

Array = NDArray[Any]


def condition_function(conditions: Sequence[Any], arrays: dict[Any, Any],
                       arguments: Sequence[Argument], sizes: dict[Any, str],
                       rulebook: Rulebook, size: int) -> Callable[[list[Array]], Array]:
    """Which examples of a block meet all conditions; those that cannot be lowered count as met."""
    lowering = Lowering(arrays, list(sizes))
    nodes = {}
    for number, condition in enumerate(conditions):
        try:
            value = lowering.value(stable(condition, rulebook))
        except KernelError:
            continue
        nodes[f"c{number}"] = value.source
    names = {a.name: a.safe for a in arguments}
    made = Block(lowering.program, Layout(), nodes, names, sizes, kept=True)
    lines = made.body()

    def holds(blocks: list[Array]) -> Array:
        found = np.ones(len(blocks[0]), bool)
        if not nodes:
            return found
        space = dict(runtime_names())
        space.update(zip((a.safe for a in arguments), blocks, strict=False))
        space.update(dict.fromkeys(sizes.values(), size), n=len(found),
                     places=np.arange(len(found)))
        lengths = [((len(found), *(int(d) if d.isdigit() else size for d in dims)), kind)
                   for dims, kind in made.shapes()]
        space.update(zip(made.work(), buffers(lengths, np.dtype(float)), strict=True),
                     real=np.dtype(float))
        for name in nodes:
            space[name] = np.empty(len(found), bool)
        exec("\n".join(lines), space)
        for number in nodes.values():
            found &= np.broadcast_to(space[f"t{number}"], found.shape)
        return found

    return holds
