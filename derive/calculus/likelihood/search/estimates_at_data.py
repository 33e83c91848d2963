"""Estimates at observations: by the rules, and by numbers where no rule solves an equation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Expr, Integer

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.likelihood.estimates.feasible_estimates import outside
from derive.calculus.likelihood.estimates.matrix_estimates import not_definite
from derive.calculus.likelihood.estimates.maximum import IF_FEASIBLE
from derive.calculus.likelihood.search.observed_data import (
    DIGITS,
    ON_BOUND,
    check_support,
    exact_number,
    point_of,
    read_data,
    read_value,
    shown,
)
from derive.core import heads
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.indexing import free_names, root
from derive.core.kinds import MATRICES
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError
from derive.judge.precision import Float
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook, standard_rulebook

_UNTRIED = ("open", "whether other values are likelier was not tried: that search needs NumPy")


def with_data(derivation: Derivation, sample: Sample, data: str | Sequence[Any] | None,
              fixed: Mapping[str, Any] | None = None, rulebook: Rulebook | None = None,
              ) -> Derivation:
    """The derivation with the estimates at the observations, as remarks.

    `fixed` are values of names that are not estimated, such as a number of trials. Raises
    DeriveError for what is no list of numbers or lies outside the support.
    """
    if data is None:
        if fixed:
            raise DeriveError(f"the value of {', '.join(fixed)} is for observations; "
                              "give them with --data")
        return derivation
    rows = read_data(data, sample)
    point = _with_fixed(point_of(rows, sample), sample, fixed or {})
    check_support(rows, sample, point)
    estimates = _Estimates(point)
    estimates.take((derivation, *derivation.others), sample, rulebook or standard_rulebook())
    count = f"{len(rows)} observation{'s' * (len(rows) != 1)}"
    kept = tuple(r for r in derivation.remarks if not r[1].startswith(IF_FEASIBLE))
    if estimates.changed:
        kept = tuple(r for r in kept if r[0] not in ("maximum", "boundary"))
    return replace(derivation, remarks=(*kept, ("data", count), *estimates.remarks),
                   estimates=tuple(estimates.values.items()))


def levels_at_data(derivation: Derivation, sample: Sample, data: Any,
                   fixed: Mapping[str, Any] | None, rulebook: Rulebook) -> Derivation:
    """The derivation of a log-likelihood with its maximum at observations, found by its values.

    Raises DeriveError as `with_data`.
    """
    rows = read_data(data, sample)
    point = _with_fixed(point_of(rows, sample), sample, fixed or {})
    check_support(rows, sample, point)
    missing = _unknown(sample.model.density, point) - {
        *sample.model.parameters, *sample.model.observed}
    values: dict[str, Float] = {}
    if missing:
        remarks = [_not_known(sorted(n.name for n in missing))]
    else:
        from derive.calculus.likelihood.search.estimate_search import (
            Search,  # NumPy, with data alone
        )

        values, remarks = Search([derivation], sample, point, rulebook, False).result({})
    count = f"{len(rows)} observation{'s' * (len(rows) != 1)}"
    return replace(derivation, remarks=(*derivation.remarks, ("data", count), *remarks),
                   estimates=tuple(values.items()))


def _with_fixed(point: Point, sample: Sample, fixed: Mapping[str, Any]) -> Point:
    """The point with the values of names that are not estimated."""
    for name, value in fixed.items():
        leaf = sample.scope.names.get(name)
        dim = sample.scope.dims.get(name)
        if dim is not None and dim not in point.sizes:
            size = int(read_value(name, value, "count"))
            point = replace(point, sizes={**point.sizes, dim: size})
            continue
        if not isinstance(leaf, Variable) or leaf in sample.model.parameters:
            raise DeriveError(f"{name!r} is no name with a fixed value here; a parameter that is "
                              "left out of --wrt is one")
        exact = read_value(name, value, leaf.kind.domain)
        point = point.with_scalar(leaf, exact_number(exact))
    sizes = sorted(str(d) for d in free_names(sample.model.density) if isinstance(d, Dim)
                   and not d.fixed and d not in point.sizes)
    if sizes:
        raise DeriveError(f"the observations do not tell the size {sizes[0]}; give it with --value "
                          f"{sizes[0]}=3")
    return point


@dataclass
class _Estimates:
    """What the data tell: a point that grows with every estimate, values by name, remarks.

    `changed` says that the estimates are others than those of the equations.
    """

    point: Point
    values: dict[str, Float] = field(default_factory=dict)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    changed: bool = False

    def take(self, derivations: Sequence[Derivation], sample: Sample, rulebook: Rulebook) -> None:
        """The estimates of the rules where they are a maximum, else what numbers give."""
        start = self.point
        left = self.closed(d for d in derivations if d.goal != "equation")
        left = self.closed(self.closed(left))  # some rest on others that come later
        missing = _unknown(sample.model.density, start) - {
            *sample.model.parameters, *sample.model.observed}
        if missing and left:
            self.remarks.append(_not_known(sorted(n.name for n in missing)))
        elif any(p.kind.domain == "simplex" for p in sample.model.parameters):
            return
        elif any(p.kind.domain in MATRICES for p in sample.model.parameters):
            singular = not_definite(self.point, sample)
            if singular:
                self.take_back(derivations, f"{singular} is not positive definite at these "
                                            "observations")
                self.values, self.changed = {}, True
            return
        elif missing:
            why = outside(self.point, sample)
            if why:
                self.take_back(derivations, why)
        else:
            complete = not left and all(d.goal != "equation" for d in derivations)
            self.search(derivations, sample, (start, rulebook), complete)

    def search(self, derivations: Sequence[Derivation], sample: Sample,
               given: tuple[Point, Rulebook], complete: bool) -> None:
        """Looks for the maximum, unless there are `complete` closed estimates that are one.

        Raises ModuleNotFoundError without NumPy, unless there are such estimates.
        """
        why = outside(self.point, sample) if complete else ""
        try:
            from derive.calculus.likelihood.search.estimate_search import Search
        except ModuleNotFoundError:  # NumPy, which a page that runs Python by itself lacks
            if not complete or why:
                raise
            self.remarks.append(_UNTRIED)
            return
        search = Search(derivations, sample, *given)
        values = self.values
        if complete:
            if not why and search.is_highest(self.point):
                return
            self.take_back(derivations, why or "other values are likelier")
        else:
            self.remarks = [r for r in self.remarks if r[0] != "estimate"]
        self.changed = True
        self.values, remarks = search.result(values)
        self.remarks += remarks

    def take_back(self, derivations: Sequence[Derivation], why: str) -> None:
        """Estimates that are none."""
        numbers = ", ".join(f"{name} = {shown(value)}" for name, value in self.values.items())
        zero = all(isinstance(d.start, heads.Root) for d in derivations)
        self.remarks = [r for r in self.remarks if r[0] != "estimate"]
        self.remarks.append(("boundary", (f"the score is 0 at {numbers}" if zero else numbers) +
                             f", which is no estimate: {why}"))

    def closed(self, derivations: Iterable[Derivation]) -> list[Derivation]:
        """Takes the estimates that have a value at the point; those that have none are left."""
        left = []
        for derivation in derivations:
            results = _at(derivation, self.point)
            for name, value in results:
                self.values[name] = value
                self.remarks.append(("estimate", f"{name} = {shown(value)}" +
                                     self.of_bound(derivation, value)))
            if results:
                self.point = _with_estimate(derivation, self.point)
            else:
                left.append(derivation)
        return left

    def of_bound(self, derivation: Derivation, value: Float) -> str:
        """That an estimate lies on a bound, or in the middle of an interval of maxima."""
        if derivation.start.has(heads.Root) or not isinstance(derivation.quantity, Variable):
            return ""
        score = next((p for p in derivation.parts if p.goal == "score"), None)
        if score is None:
            return ""
        if score.result == 0:
            return ", the middle of the interval above"
        zero = next((p for p in derivation.parts if p.goal == "mle"), None)
        if zero is not None and _value(zero, self.point) == value:
            return ""
        return ON_BOUND


def _not_known(names: list[str]) -> tuple[str, str]:
    return ("open", f"the data do not tell {', '.join(names)}; give a value with "
                    f"--value {names[0]}=…")


def _with_estimate(derivation: Derivation, point: Point) -> Point:
    """The point with an estimate as the value of its parameter."""
    if isinstance(derivation.quantity, Variable):
        return point.with_scalar(derivation.quantity, evaluate(derivation.result, point, DIGITS))
    tensor = derivation.quantity.tensor
    values = {at: evaluate(derivation.result, _at_indices(derivation, point, at), DIGITS)
              for at in point.entries(tuple(i.dim for i in derivation.indices))}
    return point.with_tensor(tensor, values)


def _at(derivation: Derivation, point: Point) -> list[tuple[str, Float]]:
    """The estimates of one derivation; of an array, each of its entries."""
    if isinstance(derivation.quantity, heads.Element):
        entries = [(at, _value(derivation, _at_indices(derivation, point, at)))
                   for at in point.entries(tuple(i.dim for i in derivation.indices))]
        return [(f"{root(derivation.quantity).name}[{', '.join(map(str, at))}]", v)
                for at, v in entries if v is not None]
    value = _value(derivation, point)
    if value is None:
        return []
    power = _power(derivation)
    first = [] if power is None else [(pretty(power[0]), evaluate(power[1], point, DIGITS))]
    return [*first, (pretty(derivation.quantity), value)]


def _at_indices(derivation: Derivation, point: Point, at: tuple[int, ...]) -> Point:
    """The point with values for the free indices of an estimate."""
    return point.holding(dict(zip(derivation.indices, at, strict=True)))


def _unknown(node: Expr, point: Point) -> set[Expr]:
    """The names in a formula for which a point has no value."""
    return {n for n in free_names(node) if isinstance(n, (Variable, Tensor))
            and n not in point.tensors and n not in point.scalars}


def _power(derivation: Derivation) -> tuple[Expr, Expr] | None:
    """theta**2 and its value, where the estimate is a square root."""
    result = derivation.result
    exponent = result.args[1] if result.is_Pow else Integer(1)
    if exponent.is_Rational and exponent.q == 2 and exponent > 0:
        return derivation.quantity**2, result**2
    return None


def _value(derivation: Derivation, point: Point) -> Float | None:
    """An estimate at the data; None where it has none, or names are left without a value."""
    if _unknown(derivation.result, point):
        return None
    try:
        return evaluate(derivation.result, point, DIGITS)
    except EvaluationError:
        return None
