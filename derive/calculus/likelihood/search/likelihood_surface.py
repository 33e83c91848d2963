"""The log-likelihood at data as a function of arrays, and the bounds of its parameters there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.likelihood.estimates.parameter_bounds import (
    bounds_of,
    by_extremes,
    conditions_of,
    names_in,
)
from derive.calculus.likelihood.search.evaluated_formulas import EvaluatedFormulas
from derive.calculus.likelihood.search.observed_data import DIGITS
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.comparisons import gap
from derive.core.exact import exact
from derive.core.indexing import free_names, occurs
from derive.errors import EvaluationError, KernelError
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.pretty import pretty
from derive.provided import provided
from derive.rulebook.loading import Rulebook

Array = NDArray[Any]
_ORDERINGS = 4  # parameters up to which every order is tried
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Place:
    """One number that is looked for: a parameter, or an element of one."""

    leaf: Variable | Tensor
    at: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The name as it is printed for data."""
        inner = f"[{', '.join(map(str, self.at))}]" if isinstance(self.leaf, Tensor) else ""
        return f"{pretty(self.leaf) if not inner else self.leaf.name}{inner}"


@dataclass(frozen=True)
class End:
    """One end of what a place may be: a number, and formulas of places before it."""

    number: float
    strict: bool
    exact: Any
    formulas: tuple[tuple[Any, bool], ...] = ()


class Surface:
    """The log-likelihood of the data at a point, over the parameters that have no value there."""

    @exact
    def __init__(self, sample: Sample, logarithm: Expr, point: Point, rulebook: Rulebook) -> None:
        self.sample, self.point, self.rulebook = sample, point, rulebook
        self.parameters = _ordered(sample, [p for p in sample.model.parameters
                                            if p not in point.scalars and p not in point.tensors])
        self.places = [Place(p, at) for p in self.parameters for at in _entries(p, point)]
        self.leaves = [*point.tensors, *point.scalars, *self.parameters]
        self.fixed = {**{y: _array(y, point) for y in point.tensors},
                      **{x: np.asarray(float(v)) for x, v in point.scalars.items()}}
        self.likelihood = sample.total(logarithm)
        self._level = self._compiled([self.likelihood])
        self.lower, self.upper = (
            [self._end(p.leaf, upper) for p in self.places] for upper in (False, True))
        self._least, self._most = (np.array([e.number for e in ends])
                                   for ends in (self.lower, self.upper))
        self._gaps = self._filters()

    def _compiled(self, formulas: Sequence[Expr]) -> Any:
        try:
            return provided("batched_formulas")(formulas, self.leaves, self.rulebook)
        except KernelError:
            return EvaluatedFormulas(formulas, self.point)

    def _end(self, x: Variable | Tensor, upper: bool) -> End:
        values = x.kind.interval
        if isinstance(x, Tensor):
            end = values.high if upper else values.low
            return End(float(end), values.high_open if upper else values.low_open, end)
        earlier = self.parameters[:self.parameters.index(x)]
        number, strict, exactly = math.inf * (1 if upper else -1), True, mpf(0)
        formulas = []
        for value, is_strict in by_extremes(self.sample, bounds_of(self.sample, x), upper):
            unknown = names_in(value) & set(self.parameters)
            if unknown <= set(earlier) and unknown:
                formulas.append((self._compiled([value]), is_strict))
            elif not unknown and not _missing(value, self.point):
                end = evaluate(value, self.point, DIGITS)
                here = float(end)
                if here == number:
                    strict = strict or is_strict
                elif (here < number) is upper:
                    number, strict, exactly = here, is_strict, end
        return End(number, strict, exactly, tuple(formulas))

    def _filters(self) -> Any:
        """Conditions as formulas that are not negative where they hold."""
        gaps = []
        for condition in conditions_of(self.sample):
            if not isinstance(condition, (heads.Less, heads.LessEqual)) or not (
                    free_names(condition) & set(self.parameters)) or \
                    _missing(condition, self.point, self.parameters):
                continue
            apart = gap(condition)
            gaps.append(heads.Minimum.over(apart, self.sample.index)
                        if occurs(self.sample.index, apart) else apart)
        return self._compiled(gaps) if gaps else None

    def moving(self, rows: Array) -> dict[Any, Array]:
        """The arrays of the parameters for rows of numbers, one for each place."""
        arrays: dict[Any, Array] = {}
        for p in self.parameters:
            columns = [n for n, place in enumerate(self.places) if place.leaf == p]
            shape = self.point.shape(p.kind.shape) if isinstance(p, Tensor) else ()
            arrays[p] = rows[:, columns].reshape((len(rows), *shape))
        return arrays

    def ends(self, rows: Array, place: int) -> tuple[Array, Array]:
        """The ends of a place's values, for rows whose earlier places are known."""
        sides = []
        for end, gather in ((self.lower[place], np.maximum), (self.upper[place], np.minimum)):
            bound = np.full(len(rows), end.number)
            for formula, _ in end.formulas:
                bound = gather(bound, formula(self.fixed, self.moving(rows))[0])
            sides.append(bound)
        return sides[0], sides[1]

    def reaches(self, row: Array, place: int, upper: bool) -> bool:
        """Whether a place may be at its end: no strict condition has that end there."""
        end = (self.upper if upper else self.lower)[place]
        bound = float(self.ends(row[None], place)[upper][0])
        strict = [end.strict] if end.number == bound else []
        for formula, is_strict in end.formulas:
            if float(formula(self.fixed, self.moving(row[None]))[0][0]) == bound:
                strict.append(is_strict)
        return math.isfinite(bound) and not any(strict)

    def levels(self, rows: Array) -> Array:
        """The log-likelihood at rows of numbers; -inf where they are not allowed."""
        if not len(rows):
            return np.empty(0)
        values: Array = self._level(self.fixed, self.moving(rows))[0].copy()
        values[np.isnan(values) | (values == np.inf) | ~self._inside(rows)] = -np.inf
        return values

    def _inside(self, rows: Array) -> Array:
        """Which rows are allowed, but for rounding."""
        slack = _ROUNDING * (1 + np.abs(rows))
        inside: Any = ((rows >= self._least - slack) & (rows <= self._most + slack)).all(axis=1)
        if self._gaps is not None:
            for bound in self._gaps(self.fixed, self.moving(rows)):
                inside = inside & (bound >= -slack.max(axis=1))
        return np.asarray(inside)

    def allowed(self, row: Array) -> bool:
        """Whether types, conditions and observations allow a row."""
        return bool(self._inside(row[None])[0])

    def at(self, row: Iterable[Any]) -> Point:
        """The point with a row of numbers."""
        point = self.point
        for p in self.parameters:
            entries = {q.at: mpf(v) for q, v in zip(self.places, row, strict=True) if q.leaf == p}
            point = point.having(p, entries if isinstance(p, Tensor) else entries[()])
        return point

    def level(self, row: Iterable[Any], digits: int = 30) -> Float:
        """The log-likelihood at one row, in the judge's numbers; -inf where it has none."""
        try:
            return evaluate(self.likelihood, self.at(row), digits)
        except EvaluationError:
            return -mp.inf


def _missing(node: Expr, point: Point, known: Sequence[Any] = ()) -> bool:
    """Whether a formula holds names without a value."""
    return any(isinstance(n, (Variable, Tensor)) and n not in point.scalars
               and n not in point.tensors and n not in known for n in free_names(node))


def _entries(x: Variable | Tensor, point: Point) -> Iterator[tuple[int, ...]]:
    if not isinstance(x, Tensor):
        return iter([()])
    return point.entries(x.kind.shape)


def _array(y: Tensor, point: Point) -> Array:
    shape = point.shape(y.kind.shape)
    values = np.array([float(point.tensors[y][at]) for at in point.entries(y.kind.shape)])
    shaped = values.reshape(shape)
    return shaped.astype(np.int64) if y.kind.domain == "label" else shaped


def _ordered(sample: Sample, parameters: list[Any]) -> list[Any]:
    """The parameters in an order in which most conditions bound one by those before it."""
    scalars = [p for p in parameters if isinstance(p, Variable)]
    tied = [c for c in conditions_of(sample) if len(free_names(c) & set(scalars)) > 1]
    if not tied or len(scalars) > _ORDERINGS:
        return parameters
    solved = {(c, x) for x in scalars for c in (b.source for b in bounds_of(sample, x))}
    best = max(permutations(scalars), key=lambda order: sum(
        (c, _last(order, c)) in solved for c in tied))
    return [*best, *(p for p in parameters if not isinstance(p, Variable))]


def _last(order: Sequence[Any], condition: Expr) -> Any:
    """The last of some names that a condition holds."""
    return [x for x in order if x in free_names(condition)][-1]
