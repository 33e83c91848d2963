"""Estimates at observations: by the rules, and by numbers where no rule solves an equation."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Expr, Integer

from derive.calculus.likelihood.feasible_estimates import BoundSearch, outside
from derive.calculus.likelihood.maximum import IF_FEASIBLE
from derive.calculus.likelihood.numeric_estimates import solve_by_numbers
from derive.calculus.likelihood.observed_data import (
    DIGITS,
    Row,
    check_support,
    exact_number,
    point_of,
    read_data,
    read_value,
)
from derive.calculus.likelihood.statistical_model import Sample
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import free_names, root
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.pretty import pretty
from derive.proof import number


def with_data(derivation: Derivation, sample: Sample, data: str | Sequence[Any] | None,
              fixed: Mapping[str, Any] | None = None) -> Derivation:
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
    estimates = _estimates((derivation, *derivation.others), point, sample, rows)
    count = f"{len(rows)} observation{'s' * (len(rows) != 1)}"
    kept = tuple(r for r in derivation.remarks if not r[1].startswith(IF_FEASIBLE))
    estimates.keep_feasible(sample)
    if any(label == "boundary" or "edge" in words for label, words in estimates.remarks):
        kept = tuple(r for r in kept if r[0] != "maximum")
    return replace(derivation, remarks=(*kept, ("data", count), *estimates.remarks),
                   estimates=tuple(estimates.values.items()))


def _with_fixed(point: Point, sample: Sample, fixed: Mapping[str, Any]) -> Point:
    """The point with the values of names that are not estimated."""
    for name, value in fixed.items():
        leaf = sample.scope.names.get(name)
        if not isinstance(leaf, Variable) or leaf in sample.model.parameters:
            raise DeriveError(f"{name!r} is no name with a fixed value here; a parameter that is "
                              "left out of --wrt is one")
        exact = read_value(name, value, leaf.kind.domain)
        point = point.with_scalar(leaf, exact_number(exact))
    return point


@dataclass
class _Estimates:
    """What the data tell: a point that grows with every estimate, values by name, remarks."""

    point: Point
    values: dict[str, Float] = field(default_factory=dict)
    remarks: list[tuple[str, str]] = field(default_factory=list)

    def closed(self, derivations: Iterable[Derivation]) -> list[Derivation]:
        """Takes the estimates that have a value at the point; those that have none are left."""
        left = []
        for derivation in derivations:
            results = _at(derivation, self.point)
            for name, value in results:
                self.values[name] = value
                edge = ", on the edge of its range" if _on_the_edge(derivation, value) else ""
                self.remarks.append(("estimate", f"{name} = {_shown(value)}{edge}"))
            if results:
                self.point = _with_estimate(derivation, self.point)
            else:
                left.append(derivation)
        return left

    def by_numbers(self, equations: list[Derivation], closed: dict[Expr, Expr], sample: Sample,
                   rows: list[Row]) -> None:
        """The equations that no rule solves; `closed` are estimates in terms of them."""
        names = {n for e in equations for n in _unknown(e.result, self.point)}
        extra = sorted(n.name for n in names - {e.quantity.args[1] for e in equations})
        if extra:
            self.remarks.append(_not_known(extra))
            return
        if sample.model.joint:
            self.remarks.append(("open", "not computed for the likelihood of a whole sample"))
            return
        likelihood = substitute(sample.total(apply("log", sample.model.density)), closed)
        numbers = [float(v) for row in rows for v in row]
        spread = (mpf(statistics.median(numbers)), mpf(statistics.pstdev(numbers) or 1.0))
        numeric = solve_by_numbers(equations, likelihood, self.point, spread)
        if not numeric.values:
            self.remarks.append(("open", numeric.why))
        more = f", {numeric.why}" if numeric.why else ""
        for x, value in numeric.values.items():
            self.values[pretty(x)] = value
            self.remarks.append(("estimate",
                                 f"{pretty(x)} = {_shown(value)}, by numbers{more}"))
            self.point = self.point.with_scalar(x, value)

    def keep_feasible(self, sample: Sample) -> None:
        """Takes back estimates that are none: where the likelihood is 0, or a type forbids them."""
        why = outside(self.point, sample)
        if not why:
            return
        zeros = ", ".join(f"{name} = {_shown(value)}" for name, value in self.values.items())
        self.remarks = [r for r in self.remarks if r[0] != "estimate"]
        self.values = {}
        self.remarks.append(("boundary", f"the score is 0 at {zeros}, which is no estimate: {why}"))
        parameters = sample.model.parameters
        if len(parameters) != 1 or sample.model.joint or not isinstance(parameters[0], Variable):
            self.remarks.append(("open", "the maximum is on the bound of what types and data "
                                         "allow, which is not looked for with several parameters"))
            return
        search = BoundSearch(self.point, sample, parameters[0])
        bound = search.highest()
        if bound is None:
            self.remarks.append(("open", (
                f"no value of {pretty(parameters[0])} is seen that allows all observations"
                if search.nothing_allowed() else
                "no bound is seen up to which the likelihood grows")))
            return
        name, at_bound = pretty(parameters[0]), self.point.with_scalar(parameters[0], bound)
        reached = not outside(at_bound, sample) and _within(parameters[0], bound)
        self.remarks.append(("estimate" if reached else "boundary", (
            f"{name} = {_shown(bound)}, on the bound of what the data allow: the likelihood falls "
            "from there on") if reached else (
            f"the likelihood grows as {name} goes to {_shown(bound)}, which it cannot be: there is "
            "no maximum")))
        if reached:
            self.values[name] = bound


def _within(parameter: Variable, value: Float) -> bool:
    """Whether a value is inside of a parameter's type, its open ends left out."""
    interval = parameter.kind.interval
    return not (interval.low_open and value == interval.low) and not (
        interval.high_open and value == interval.high)


def _estimates(derivations: Sequence[Derivation], point: Point, sample: Sample, rows: list[Row],
               ) -> _Estimates:
    """Values by rules, then by numbers, then those that rest on the latter."""
    estimates = _Estimates(point)
    equations = [d for d in derivations if d.goal == "equation"]
    left = estimates.closed(d for d in derivations if d.goal != "equation")
    if equations:
        estimates.by_numbers(equations, {d.quantity: d.result for d in left
                                         if isinstance(d.quantity, Variable)}, sample, rows)
    left = estimates.closed(estimates.closed(left))  # some rest on others that come later
    sought = {e.quantity.args[1] for e in equations}
    unknown = sorted({n.name for d in left for n in _unknown(d.result, estimates.point) - sought})
    if unknown:
        estimates.remarks.append(_not_known(unknown))
    estimates.remarks += _contradictions(estimates.point, sample)
    return estimates


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


def _on_the_edge(derivation: Derivation, value: Float) -> bool:
    """Whether an estimate is an end of the open interval of its parameter."""
    interval = root(derivation.quantity).kind.interval
    low = interval.low_open and value == interval.low
    return bool(low or (interval.high_open and value == interval.high))


def _power(derivation: Derivation) -> tuple[Expr, Expr] | None:
    """theta**2 and its value, where the estimate is a square root."""
    result = derivation.result
    exponent = result.args[1] if result.is_Pow else Integer(1)
    if exponent.is_Rational and exponent.q == 2 and exponent > 0:
        return derivation.quantity**2, result**2
    return None


def _value(derivation: Derivation, point: Point) -> Float | None:
    """An estimate at the data; None where names are left that the data do not tell."""
    if _unknown(derivation.result, point):
        return None
    try:
        return evaluate(derivation.result, point, DIGITS)
    except EvaluationError:
        raise DeriveError(f"the estimate of {pretty(derivation.quantity)} has no value at these "
                          "data") from None


def _contradictions(point: Point, sample: Sample) -> list[tuple[str, str]]:
    """Conditions on the parameters that do not hold at the estimates."""
    remarks = []
    for condition in sample.conditions:
        if sample.index in free_names(condition) or _unknown(condition, point):
            continue
        if not evaluate(condition, point, DIGITS):
            remarks.append(("boundary", f"{pretty(condition)} does not hold at these estimates, so "
                                        "the likelihood has no maximum there"))
    return remarks


def _shown(value: Float) -> str:
    with mp.workdps(DIGITS):
        return number(value)
