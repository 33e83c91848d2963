"""Formulas at many points at once, in plain floats: no derivation, no kernel, no guards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from derive.arrays.lowering.index_lowering import Leaf, Lowering
from derive.arrays.stable.stable_forms import stable
from derive.arrays.targets.numpy.executing import executed
from derive.arrays.targets.numpy.kernel_module import Argument, Design, code
from derive.arrays.verifier import verify
from derive.core.atoms import Dim
from derive.core.exact import exact
from derive.core.indexing import free_names
from derive.core.kinds import Kind
from derive.functions.decisions import settled
from derive.rulebook.loading import Rulebook

_PLAN = "values"
_MOST = 1 << 20  # elements of the widest array at a time


class BatchedFormulas:
    """Scalar formulas as one function of arrays whose first axis counts points.

    Raises KernelError for a formula that no array code computes.
    """

    @exact
    def __init__(self, formulas: Sequence[Expr], leaves: Sequence[Leaf], rulebook: Rulebook,
                 ) -> None:
        formulas = [stable(settled(f), rulebook) for f in formulas]
        self.leaves = _arguments(formulas, leaves)
        kinds = {x: x.kind if x.kind.domain == "label" else Kind("real", x.kind.shape)
                 for x in self.leaves}
        arguments = tuple(Argument(f"given{n}", f"given{n}", kinds[x])
                          for n, x in enumerate(self.leaves))
        lowering = Lowering({x: (a.name, a.kind) for x, a in
                             zip(self.leaves, arguments, strict=True)},
                            {d for x in self.leaves for d in x.kind.shape})
        results = {f"result{n}": (lowering.result(f), ()) for n, f in enumerate(formulas)}
        verify(lowering.program)
        design = Design(arguments, lowering.program, results, {_PLAN: tuple(results)}, {}, False,
                        "", {_PLAN: "Values."})
        self._values = executed([code(design)])[_PLAN]
        self._count = len(formulas)

    def __call__(self, fixed: Mapping[Leaf, Any], moving: Mapping[Leaf, NDArray[Any]],
                 ) -> list[NDArray[Any]]:
        """The value of each formula at every point; NaN where it has none.

        `fixed` are values that all points share, `moving` arrays whose first axis counts points.
        """
        points = len(next(iter(moving.values()))) if moving else 1
        if not points:
            return [np.empty(0)] * self._count
        width = max([1, *(np.size(fixed[x]) for x in self.leaves if x in fixed)])
        step = max(1, _MOST // width)
        parts = [self._block(fixed, {x: v[n:n + step] for x, v in moving.items()},
                             min(step, points - n)) for n in range(0, points, step)]
        return [np.concatenate(rows) for rows in zip(*parts, strict=True)]

    def _block(self, fixed: Mapping[Leaf, Any], moving: Mapping[Leaf, NDArray[Any]], points: int,
               ) -> tuple[NDArray[Any], ...]:
        with np.errstate(all="ignore"):
            values = self._values(*(moving[x] if x in moving else fixed[x] for x in self.leaves))
        values = values if isinstance(values, tuple) else (values,)
        return tuple(np.broadcast_to(np.asarray(v, float), (points,)) for v in values)


def _arguments(formulas: Sequence[Expr], leaves: Sequence[Leaf]) -> list[Leaf]:
    """The names that formulas hold, or whose sizes they need."""
    used: set[Expr] = set().union(*(free_names(f) for f in formulas))
    sizes = {n for n in used if isinstance(n, Dim)}
    return [x for x in leaves if x in used or sizes & {*x.kind.shape}]


def batched_formulas(formulas: Sequence[Expr], leaves: Sequence[Leaf], rulebook: Rulebook,
                     ) -> BatchedFormulas:
    """The formulas as a function of arrays."""
    return BatchedFormulas(formulas, leaves, rulebook)
