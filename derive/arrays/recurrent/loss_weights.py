"""The weight of each step's loss: ∂L/∂l[n, t] of a reduction, derived and computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sympy import Add, Mul, Pow
from sympy.core.numbers import Rational

from derive.calculus.gradient.gradient import grad
from derive.core import heads
from derive.core.atoms import Dim
from derive.core.walk import around, enter
from derive.errors import KernelError
from derive.notation.printing.plain import plain
from derive.tables.cell_table import Reduction

Axes = tuple[Any, ...]
Labelled = tuple[Any, Axes]  # an array with the index of each of its axes

_CALLS: dict[str, Any] = {"max": np.maximum, "min": np.minimum, "exp": np.exp, "log": np.log,
                          "sqrt": np.sqrt, "abs": np.abs}


class Weights:
    """The derivative of a reduction by the losses of the steps; it must be linear in them."""

    def __init__(self, reduction: Reduction) -> None:
        batched = reduction.batched
        self.derivation = grad(reduction.loss, given=reduction.given,
                               wrt="l[n, t]" if batched else "l[t]")
        self.indices = self.derivation.indices
        self.masked, self.batch = reduction.masked, reduction.batch
        if any(leaf.name == "l" for leaf in _tensors(self.derivation.result)):
            raise KernelError(f"the reduction {reduction.name} is not linear in the losses")

    def __call__(self, mask: Any) -> Any:
        """The weights (T, B) for a mask (T, B) of 0 and 1, in its dtype."""
        found, axes = self.value(self.derivation.result, np.ascontiguousarray(mask.T))
        # A reduction of one sequence has no index of sequences: None stands for it.
        due = self.indices if len(self.indices) == 2 else (None, *self.indices)
        whole = np.broadcast_to(_aligned(found, axes, due), mask.shape[::-1])
        return whole.T.astype(mask.dtype)

    def value(self, node: Any, mask: Any) -> Labelled:
        """The value of a part of the formula."""
        for kind in type(node).__mro__:
            if kind in _READERS:
                return _READERS[kind](self, node, mask)
        raise _foreign(node)

    def element(self, node: Any, mask: Any) -> Labelled:
        axes = tuple(node.indices)
        return (mask, axes) if len(axes) == 2 else (mask, (None, *axes))

    def applied(self, node: Any, mask: Any) -> Labelled:
        if node.name not in _CALLS:
            raise _foreign(node)
        return self.joined(_CALLS[node.name], node.args[1:], mask)

    def sum(self, node: Any, mask: Any) -> Labelled:
        if node.family.args[2].args:
            raise _foreign(node)
        index, body, _, _ = enter(node.family, around(node))
        found, axes = self.value(body, mask)
        if index not in axes:
            return found * self.length(index.dim, mask), axes
        return found.sum(axes.index(index)), tuple(a for a in axes if a != index)

    def length(self, dim: Any, mask: Any) -> float:
        """The size of a dimension: of the sequences, or of their steps."""
        return float(mask.shape[0 if str(dim) == self.batch else 1])

    def joined(self, call: Any, args: Any, mask: Any) -> Labelled:
        """An operation on parts, their axes aligned."""
        parts = [self.value(a, mask) for a in args]
        axes: Axes = tuple(dict.fromkeys(i for _, own in parts for i in own))
        total = _aligned(*parts[0], axes)
        for part in parts[1:]:
            total = call(total, _aligned(*part, axes))
        return total, axes


def _foreign(node: Any) -> KernelError:
    return KernelError(f"the weight of a step cannot hold {plain(node)}")


_READERS: dict[type, Callable[[Weights, Any, Any], Labelled]] = {
    Rational: lambda run, node, mask: (node.p / node.q, ()),
    Dim: lambda run, node, mask: (run.length(node, mask), ()),
    heads.Element: Weights.element, heads.Apply: Weights.applied, heads.Sum: Weights.sum,
    Add: lambda run, node, mask: run.joined(np.add, node.args, mask),
    Mul: lambda run, node, mask: run.joined(np.multiply, node.args, mask),
    Pow: lambda run, node, mask: run.joined(np.power, node.args, mask),
}


def _aligned(array: Any, own: Axes, axes: Axes) -> Any:
    if not own:
        return array
    kept = [i for i in axes if i in own]
    array = np.transpose(array, [own.index(i) for i in kept])
    return array[tuple(slice(None) if i in own else None for i in axes)]


def _tensors(node: Any) -> set[Any]:
    from derive.core.indexing import free_names

    return {leaf for leaf in free_names(node) if hasattr(leaf, "kind")}
