"""What stands before the first step or after the last: a number, a parameter, numbers by index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from sympy import Expr, Integer

from derive.arrays.targets.numpy.executing import Array
from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.exact import exact
from derive.core.indexing import free_names
from derive.core.kinds import Dimension
from derive.core.walk import substitute
from derive.errors import KernelError
from derive.functions.decisions import settled
from derive.limits import tick
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import Definition


@dataclass(frozen=True)
class NumbersByIndex:
    """Initial values that follow from the place alone: `a[-1, s] = 0 if s == 0 else -10**9`."""

    indices: tuple[Index, ...]
    body: Expr

    @exact
    def array(self, length: Callable[[Dimension], int]) -> Array:
        """The values for given sizes."""
        sizes = {d: Integer(length(d)) for d in free_names(self.body) if isinstance(d, Dim)}
        shape = [length(i.dim) for i in self.indices]
        made = np.zeros(shape)
        for at in product(*map(range, shape)):
            tick("computing initial values")
            places: Mapping[Expr, Expr] = dict(zip(self.indices, map(Integer, at), strict=True))
            number = settled(substitute(self.body, {**sizes, **places}))
            if not number.is_Rational:
                raise KernelError(f"the initial value {plain(self.body)} is no number; this is "
                                  "not compiled")
            made[at] = float(number)
        return made


def edge_value(definition: Definition) -> str | float | NumbersByIndex:
    """An initial value that needs no equation. Raises KernelError for what has to be computed."""
    value = plain_edge(definition)
    if value is None:
        raise KernelError(f"the initial value {plain(definition.body)} is neither a number nor a "
                          "parameter; this is not compiled")
    return value


def plain_edge(definition: Definition) -> str | float | NumbersByIndex | None:
    """An initial value: a number, the name of an array, or numbers by index; else None."""
    body = definition.body
    if body.is_Rational:
        return float(body)
    leaf = body.tensor if isinstance(body, heads.Element) else body
    if isinstance(leaf, (Tensor, Variable)) and (
            leaf is body or tuple(body.indices) == definition.indices):
        return str(leaf)
    if all(isinstance(n, (Dim, Index)) for n in free_names(body)):
        return NumbersByIndex(definition.indices, body)
    return None
