"""The terms of priors: those of each entry of a parameter, smooth or with a kink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Add, Expr, Integer, Mul, true

from derive.calculus.formulas import free_name
from derive.calculus.likelihood.densities.statistical_model import Parameter, Sample
from derive.calculus.likelihood.regression.column_choice import ModelData
from derive.calculus.likelihood.regression.design_matrices import Slots
from derive.calculus.likelihood.regression.observation_formulas import ArrayFormulas, formulas_of
from derive.calculus.likelihood.regression.observation_terms import ObservationTerms, Predictor
from derive.calculus.likelihood.search.array_likelihood import Terms
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.factors import factors_apart
from derive.core.indexing import depends, free_names
from derive.core.kinds import Kind
from derive.core.walk import enter, substitute
from derive.errors import DeriveError
from derive.rulebook.loading import Rulebook

Array = NDArray[Any]


@dataclass(frozen=True)
class KinkTerms(Terms):
    """Terms -w |b - m|, of which the derivatives by b are left to the steps.

    `places` are those of the entries b, `centres` their m; the formulas are those of -w times a
    number, `size`, by the other parameters.
    """

    places: Array = field(default_factory=lambda: np.zeros(0, int))
    centres: Array = field(default_factory=lambda: np.zeros(0))
    size: Variable | None = None

    def moving(self, theta: Array, exactly: bool = False) -> dict[Variable, Array]:
        """The values of the variables; the distance to the kinks is a number."""
        values = super().moving(theta, exactly)
        assert self.size is not None
        return {**values, self.size: np.abs(theta[self.places] - self.centres)}

    def weights(self, theta: Array) -> Array:
        """The weights w at parameters."""
        assert self.size is not None
        values = super().moving(theta)
        return -self.formulas.value({**values, self.size: np.ones(self.rows)}, self.rows)


class Priors:
    """The terms of the logarithm of priors, as functions of the parameters."""

    def __init__(self, sample: Sample, data: ModelData, slots: Slots,
                 fixed: Mapping[Variable, float], rulebook: Rulebook) -> None:
        self.sample, self.data, self.slots = sample, data, slots
        self.fixed, self.rulebook = fixed, rulebook

    def terms(self, priors: Sequence[Expr]) -> tuple[tuple[Terms, ...], tuple[KinkTerms, ...]]:
        """Smooth terms, and those with kinks. Raises DeriveError for others."""
        smooth, kinks = list[Terms](), list[KinkTerms]()
        sizes = {**self.data.sizes, self.sample.dim: self.data.rows}
        for prior in priors:
            body, tensor = self._entry(substitute(prior, {
                d: Integer(n) for d, n in sizes.items()}))
            if tensor is None:
                smooth.append(self._smooth(body, None))
                continue
            (leaf, array) = tensor
            bent = [t for t in Add.make_args(body) if _kink(t, leaf) is not None]
            rest = Add(*(t for t in Add.make_args(body) if t not in bent))
            if rest != 0:
                smooth.append(self._smooth(rest, (leaf, array)))
            kinks += [self._bent(term, leaf, array) for term in bent]
        return tuple(smooth), tuple(kinks)

    def _entry(self, prior: Expr) -> tuple[Expr, tuple[Variable, Parameter] | None]:
        """The term of one entry of an array, or of a number, with a name for it."""
        sums, factors = factors_apart(prior, lambda f: isinstance(f, heads.Sum))
        own = [p for p in self.sample.model.parameters if depends(prior, p)]
        name = free_name({*self.sample.scope.names, *self.sample.scope.dims}, "b", "bb")
        leaf = Variable(name, Kind("real"))
        if not sums:
            bent = next((p for p in own if isinstance(p, Variable) and _bends(prior, p)), None)
            return (prior, None) if bent is None else (substitute(prior, {bent: leaf}),
                                                       (leaf, bent))
        opened = enter(sums[0].family)
        arrays = [p for p in own if isinstance(p, Tensor)]
        body = substitute(Mul(*factors, opened.body), {
            heads.Element(p, opened.index): leaf for p in arrays[:1]})
        arrays_left = any(isinstance(n, Tensor) for n in free_names(body))
        if opened.where != true or arrays_left or body.has(heads.Sum):
            raise DeriveError("estimates at data are computed for priors of numbers, and of the "
                              "entries of one array by themselves")
        return body, (leaf, arrays[0])

    def _formulas(self, body: Expr, leaves: Sequence[Variable]) -> tuple[ArrayFormulas,
                                                                         tuple[int, ...]]:
        direct = tuple(p for p in self.sample.model.parameters
                       if isinstance(p, Variable) and depends(body, p))
        terms = ObservationTerms(body, tuple(Predictor(leaf, ()) for leaf in leaves), direct, {},
                                 ())
        formulas = formulas_of(terms, (), self.rulebook)
        arrays = ArrayFormulas(formulas, self.fixed, self.sample.model.conditions, self.rulebook)
        return arrays, tuple(self.slots.ranges[p][0] for p in direct)

    def _smooth(self, body: Expr, of: tuple[Variable, Parameter] | None) -> Terms:
        formulas, direct = self._formulas(body, [of[0]] if of else [])
        if of is None:
            return Terms(formulas, (), direct, {}, 1)
        places = np.array(self.slots.ranges[of[1]])
        return Terms(formulas, ((np.eye(len(places)), places),), direct, {}, len(places))

    def _bent(self, term: Expr, leaf: Variable, array: Parameter) -> KinkTerms:
        kink = _kink(term, leaf)
        assert kink is not None
        before, centre = kink
        size = Variable(free_name({*self.sample.scope.names, leaf.name}, "size", "size1"),
                        Kind("real"))
        formulas, direct = self._formulas(Mul(before, size), [])
        places = np.array(self.slots.ranges[array])
        values = substitute(centre, {v: _exact(x) for v, x in self.fixed.items()})
        if not values.is_number:
            raise DeriveError("a prior with a kink has it at a number, such as 0")
        return KinkTerms(formulas, (), direct, {}, len(places), places,
                         np.full(len(places), float(values)), size)


def _exact(value: float) -> Expr:
    from sympy import Float

    return Float(value)


def _bends(prior: Expr, leaf: Variable) -> bool:
    return any(_kink(t, leaf) is not None for t in Add.make_args(prior))


def _kink(term: Expr, leaf: Variable) -> tuple[Expr, Expr] | None:
    """What stands before |b - m|, and m; None for a term that has no such factor."""
    factors = Mul.make_args(term)
    bent = [f for f in factors if isinstance(f, heads.Apply) and f.name == "abs"
            and depends(f, leaf)]
    if len(bent) != 1:
        return None
    before = Mul(*(f for f in factors if f is not bent[0]))
    inside = bent[0].args[1]
    rest = Add(*(t for t in Add.make_args(inside) if t not in (leaf, Mul(-1, leaf))))
    if depends(before, leaf) or depends(rest, leaf):
        return None
    return before, (Mul(-1, rest) if leaf in Add.make_args(inside) else rest)
