"""The design matrices of linear predictors: what the data put before each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Mul

from derive.calculus.likelihood.densities.statistical_model import Parameter
from derive.calculus.likelihood.regression.column_choice import ModelData
from derive.calculus.likelihood.regression.observation_terms import Linear, Predictor
from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.indexing import free_names, occurs
from derive.core.walk import transform
from derive.errors import DeriveError
from derive.provided import provided
from derive.rulebook.loading import Rulebook

Array = NDArray[Any]


@dataclass(frozen=True)
class Slots:
    """The places of the parameters in a vector of numbers, and a name for each entry.

    `columns` are the names of the columns of data before them, where there are any.
    """

    ranges: dict[Parameter, range]
    names: tuple[str, ...]
    columns: tuple[str, ...]
    domains: tuple[str, ...]

    @property
    def size(self) -> int:
        """The number of entries."""
        return len(self.names)


def slots_of(parameters: Sequence[Parameter], predictors: Sequence[Predictor], data: ModelData,
             ) -> Slots:
    """A place for each parameter; the entries of an array are named by the columns before them.

    Raises DeriveError for an array whose size the data do not tell.
    """
    terms = [t for p in predictors for t in p.terms]
    labels = {t.parameter: _labels(t, data, data.labels) for t in terms}
    called = {t.parameter: _labels(t, data, data.column_names) for t in terms}
    ranges = dict[Parameter, range]()
    names, columns, domains = list[str](), list[str](), list[str]()
    for parameter in parameters:
        start = len(names)
        if isinstance(parameter, Variable):
            names.append(parameter.name)
            columns += called.get(parameter) or [""]
        else:
            own = labels.get(parameter) or _numbered(parameter, data)
            names += [f"{parameter.name}[{label}]" for label in own]
            columns += called.get(parameter) or own
        domains += [parameter.kind.domain] * (len(names) - start)
        ranges[parameter] = range(start, len(names))
    return Slots(ranges, tuple(names), tuple(columns), tuple(domains))


def _numbered(parameter: Tensor, data: ModelData) -> list[str]:
    if len(parameter.kind.shape) != 1:
        raise DeriveError(f"{parameter.name} has the shape {parameter.kind}; estimates at data are "
                          "computed for numbers and vectors of parameters")
    dim = parameter.kind.shape[0]
    size = dim.fixed if isinstance(dim, Dim) and dim.fixed else data.sizes.get(dim)
    if size is None:
        raise DeriveError(f"the data do not tell how many entries {parameter.name} has")
    return [str(k) for k in range(size)]


def _labels(term: Linear, data: ModelData, named: Mapping[Tensor, tuple[str, ...]]) -> list[str]:
    """The names of what stands before the entries of a parameter."""
    if isinstance(term.parameter, Variable):
        return [" ".join(str(n.name) for n in free_names(term.factor)
                         if isinstance(n, Tensor)) or "1"]
    for leaf in sorted(free_names(term.factor), key=str):
        if leaf in named and isinstance(term.inner, Index):
            return list(named[leaf])
    return _numbered(term.parameter, data)


class Designs:
    """What computes design matrices: blocks of columns for the terms of a predictor."""

    def __init__(self, data: ModelData, slots: Slots, fixed: Mapping[Variable, float],
                 rulebook: Rulebook) -> None:
        self.data, self.slots, self.fixed, self.rulebook = data, slots, fixed, rulebook

    def matrix(self, predictor: Predictor) -> tuple[Array, Array]:
        """The columns of a predictor, and the places of their parameters."""
        places = np.concatenate([list(self.slots.ranges[t.parameter]) for t in predictor.terms])
        blocks = [self.block(t) for t in predictor.terms]
        return np.asfortranarray(np.hstack(blocks)), places.astype(int)

    def block(self, term: Linear) -> Array:
        """The columns before one parameter."""
        count = len(self.slots.ranges[term.parameter])
        if term.inner is None:
            return self._vector(term.factor, term.index).reshape(-1, 1)
        if not isinstance(term.inner, Index):
            chosen = self.data.arrays[term.inner.tensor].astype(int)
            marks: Array = (chosen[:, None] == np.arange(count)).astype(float)
            return marks * self._vector(term.factor, term.index)[:, None]
        inside = [f for f in Mul.make_args(term.factor) if occurs(term.inner, f)]
        outside = Mul(*(f for f in Mul.make_args(term.factor) if f not in inside))
        block = np.ones((self.data.rows, count))
        for factor in inside:
            block = block * self._element(factor, term)
        return block if outside == 1 else block * self._vector(outside, term.index)[:, None]

    def _element(self, factor: Expr, term: Linear) -> Array:
        if isinstance(factor, heads.Element) and factor.tensor in self.data.arrays:
            array = self.data.arrays[factor.tensor]
            if factor.indices == (term.index, term.inner):
                return array
        raise DeriveError("a linear predictor with other factors than columns of the data is not "
                          "computed; assign the products as columns of their own")

    def _vector(self, factor: Expr, index: Index) -> Array:
        """A factor that has a number for each observation."""
        numbers = dict[Variable, Array]()

        def visit(part: Expr) -> Expr | None:
            if isinstance(part, heads.Element) and part.indices == (index,):
                leaf = Variable(part.tensor.name, part.tensor.kind.__class__(
                    part.tensor.kind.domain))
                numbers[leaf] = self.data.arrays[part.tensor]
                return leaf
            return None

        body = transform(factor, visit, (index,))
        if body.is_number:
            return np.full(self.data.rows, float(body))
        call = provided("batched_formulas")([body], [*numbers, *self.fixed], self.rulebook)
        values: Array = call(self.fixed, numbers)[0]
        return np.broadcast_to(values, (self.data.rows,))
