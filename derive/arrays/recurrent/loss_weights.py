"""The weight of each step's loss: ∂L/∂l[n, t] of a reduction, derived and computed."""

from __future__ import annotations

import numpy as np

from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.targets.numpy.executing import Array, block_values
from derive.arrays.targets.numpy.kernel_module import Argument, Design
from derive.calculus.gradient.gradient import grad
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import free_names
from derive.core.kinds import Kind
from derive.errors import KernelError
from derive.tables.cell_table import Reduction

MASK = "m"


class Weights:
    """The derivative of a reduction by the losses of the steps; it must be linear in them."""

    def __init__(self, reduction: Reduction) -> None:
        self.masked, self.batched = reduction.masked, reduction.batched
        self.derivation = grad(reduction.loss, given=reduction.given,
                               wrt="l[n, t]" if reduction.batched else "l[t]")
        formula, indices = self.derivation.result, self.derivation.indices
        tensors = [leaf for leaf in free_names(formula) if isinstance(leaf, (Tensor, Variable))]
        if any(leaf.name != MASK for leaf in tensors):
            raise KernelError(f"the reduction {reduction.name} is not linear in the losses")
        mask = Kind("real", tuple(i.dim for i in indices))
        lowering = Lowering(dict.fromkeys(tensors, (MASK, mask)), mask.shape)
        self.node = lowering.result(formula, indices)
        self.values = block_values(Design(
            (Argument(MASK, MASK, mask),), lowering.program, {"gradient": (self.node, mask.shape)},
            {"grad": ("gradient",)}, {}, False, reduction.title, {}), "grad")

    def __call__(self, mask: Array) -> Array:
        """The weights (T, B) for a mask (T, B) of 0 and 1, in its dtype."""
        sequences = np.ascontiguousarray(mask.T)
        block = sequences[None] if self.batched else sequences
        values = self.values([block], mask.dtype, block.shape[1:])
        weights: Array = np.broadcast_to(values[f"t{self.node}"], block.shape)
        return (weights[0] if self.batched else weights).T.astype(mask.dtype)
