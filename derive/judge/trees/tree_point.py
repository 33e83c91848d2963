"""A point at which trees are evaluated: sizes, scalars, indices, elements of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from itertools import product
from typing import Any

from sympy import Expr

from derive.core.atoms import Dim, Tensor
from derive.core.stored import Stored
from derive.deferred_dataclass import dataclass
from derive.errors import EvaluationError
from derive.judge.precision import Number, own
from derive.judge.reading.lazy_arrays import Meter
from derive.judge.reading.typed_matrices import varies


@dataclass(frozen=True)
class Law(Stored):
    """The distribution of a random variable: its density, and conditions on its values."""

    variable: Any
    density: Any
    conditions: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Point:
    """Values for every free name: sizes of dimensions, scalars, indices, elements of tensors.

    An unknown function is a callable of its argument and the order of the derivative; `laws` are
    those of random variables.
    """

    sizes: dict[Any, int] = field(default_factory=dict)
    scalars: dict[Any, Any] = field(default_factory=dict)
    tensors: dict[Tensor, dict[tuple[int, ...], Any]] = field(default_factory=dict)
    functions: dict[str, Callable[[Any, int], Any]] = field(default_factory=dict)
    laws: Mapping[Any, Law] = field(default_factory=dict)
    memos: dict[Any, Any] = field(default_factory=dict, init=False, compare=False)  # never copied
    meter: Meter = field(default_factory=lambda: Meter(math.inf, doing="evaluating at points"),
                         compare=False)  # of the terms computed so far

    @property
    def values(self) -> dict[Any, Any]:
        """The values of scalars, indices and tensors by their leaves."""
        return {**self.scalars, **self.tensors}

    def size(self, dim: Any) -> int:
        """The size of a dimension, symbolic or given as a number."""
        return self.sizes[dim] if dim in self.sizes or isinstance(dim, Dim) else int(dim)

    def shape(self, dims: tuple[Any, ...]) -> tuple[int, ...]:
        """The sizes of several dimensions."""
        return tuple(self.size(d) for d in dims)

    def entries(self, shape: tuple[Any, ...]) -> Iterator[tuple[int, ...]]:
        """All subscripts of a tensor of that shape."""
        return product(*map(range, self.shape(shape)))

    def holding(self, scalars: Mapping[Any, Any]) -> Point:
        """The point with further values of variables and indices."""
        return self._with({**self.scalars, **scalars}, self.tensors)

    def with_scalar(self, variable: Expr, value: Any) -> Point:
        """The point with another value of a variable."""
        return self._with({**self.scalars, variable: value}, self.tensors)

    def with_tensor(self, tensor: Tensor, values: dict[tuple[int, ...], Any]) -> Point:
        """The point with other elements of a tensor."""
        return self._with(self.scalars, {**self.tensors, tensor: values})

    def _with(self, scalars: dict[Any, Any],
              tensors: dict[Tensor, dict[tuple[int, ...], Any]]) -> Point:
        # What `replace` would give; points are made by the million.
        return Point(self.sizes, scalars, tensors, self.functions, self.laws, meter=self.meter)

    def having(self, name: Any, value: Any) -> Point:
        """The point with another value of a leaf."""
        return self.with_tensor(name, value) if isinstance(name, Tensor) else \
            self.with_scalar(name, value)

    def moved(self, variable: Expr, subscripts: tuple[int, ...], step: Number) -> Point:
        """The point with one coordinate moved by `step`."""
        if isinstance(variable, Tensor):
            known = self.tensors[variable]
            if subscripts not in known:
                raise EvaluationError(f"no element {subscripts} of {variable.name}")
            if not varies(variable.kind.domain, subscripts):
                return self
            return self.with_tensor(variable, {**known, subscripts: own(known[subscripts]) + step})
        return self.with_scalar(variable, own(self.scalars[variable]) + step)
