"""Estimates at observations: by the rules, and by numbers where no rule solves an equation."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

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
from derive.judge.precision import mp, mpf
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
    every = (derivation, *derivation.others)
    values, remarks = _estimates(every, point, sample, rows)
    count = f"{len(rows)} observation{'s' * (len(rows) != 1)}"
    kept = derivation.remarks
    if any("edge" in words for label, words in remarks):
        kept = tuple(r for r in kept if r[0] != "maximum")
    return replace(derivation, remarks=(*kept, ("data", count), *remarks),
                   estimates=tuple(values.items()))


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


def _estimates(every: Sequence[Derivation], point: Point, sample: Sample, rows: list[Row],
               ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Values by rules, then by numbers, then those that rest on the latter."""
    values: dict[str, Any] = {}
    told: list[tuple[str, str]] = []
    left = list(every)
    for by_numbers in (False, True, False):
        equations = [d for d in left if d.goal == "equation"]
        if by_numbers and equations:
            closed = {d.quantity: d.result for d in left if d.goal != "equation"
                      and isinstance(d.quantity, Variable)}
            point, said = _by_numbers(equations, closed, point, sample, rows, values)
            told += said
        for one in [d for d in left if d.goal != "equation"]:
            found = _at(one, point)
            if not found:
                continue
            left.remove(one)
            for name, value in found:
                values[name] = value
                edge = ", on the edge of its range" if _on_the_edge(one, value) else ""
                told.append(("estimate", f"{name} = {_shown(value)}{edge}"))
            point = _with_estimate(one, point)
    missing = [d for d in left if d.goal != "equation"]
    sought = {d.quantity.args[1] for d in left if d.goal == "equation"}
    unknown = sorted({n.name for d in missing for n in _unknown(d.result, point) - sought})
    if missing and unknown:
        told.append(("open", f"the data do not tell {', '.join(unknown)}; give a value with "
                             f"--value {unknown[0]}=…"))
    return values, told + _contradictions(point, sample)


def _with_estimate(one: Derivation, point: Point) -> Point:
    """The point with an estimate as the value of its parameter."""
    if isinstance(one.quantity, Variable):
        return point.with_scalar(one.quantity, evaluate(one.result, point, DIGITS))
    tensor = one.quantity.tensor
    values = {at: evaluate(one.result, _at_indices(one, point, at), DIGITS)
              for at in point.entries(tuple(i.dim for i in one.indices))}
    return point.with_tensor(tensor, values)


def _by_numbers(equations: list[Derivation], closed: dict[Any, Any], point: Point, sample: Sample,
                rows: list[Row], values: dict[str, Any]) -> tuple[Point, list[tuple[str, str]]]:
    """The equations that no rule solves, at the data; `closed` are estimates in terms of them."""
    names = {n for e in equations for n in _unknown(e.result, point)}
    extra = sorted(n.name for n in names - {e.quantity.args[1] for e in equations})
    if extra:
        return point, [("open", f"the data do not tell {', '.join(extra)}; give a value with "
                                f"--value {extra[0]}=…")]
    if sample.model.whole:
        return point, [("open", "not computed for the likelihood of a whole sample")]
    likelihood = substitute(sample.total(apply("log", sample.model.density)), closed)
    plain_values = [float(v) for row in rows for v in row]
    middle = statistics.median(plain_values)
    width = statistics.pstdev(plain_values) or 1.0
    found = solve_by_numbers(equations, likelihood, point, (mpf(middle), mpf(width)))
    if not found.values:
        return point, [("open", found.why)]
    told = []
    for x, value in found.values.items():
        values[pretty(x)] = value
        more = f", {found.why}" if found.why else ""
        told.append(("estimate", f"{pretty(x)} = {_shown(value)}, by numbers{more}"))
        point = point.with_scalar(x, value)
    return point, told


def _at(one: Derivation, point: Point) -> list[tuple[str, Any]]:
    """The estimates of one derivation; of an array, each of its entries."""
    if isinstance(one.quantity, heads.Element):
        every = [(at, _value(one, _at_indices(one, point, at)))
                 for at in point.entries(tuple(i.dim for i in one.indices))]
        return [(f"{root(one.quantity).name}[{', '.join(map(str, at))}]", v)
                for at, v in every if v is not None]
    value = _value(one, point)
    if value is None:
        return []
    power = _power(one)
    first = [] if power is None else [(pretty(power[0]), evaluate(power[1], point, DIGITS))]
    return [*first, (pretty(one.quantity), value)]


def _at_indices(one: Derivation, point: Point, at: tuple[int, ...]) -> Point:
    """The point with values for the free indices of an estimate."""
    return replace(point, scalars={**point.scalars, **dict(zip(one.indices, at, strict=True))})


def _unknown(node: Any, point: Point) -> set[Any]:
    """The names in a formula for which a point has no value."""
    return {n for n in free_names(node) if isinstance(n, (Variable, Tensor))
            and n not in point.tensors and n not in point.scalars}


def _on_the_edge(one: Derivation, value: Any) -> bool:
    """Whether an estimate is an end of the open interval of its parameter."""
    interval = root(one.quantity).kind.interval
    low = interval.low_open and value == interval.low
    return bool(low or (interval.high_open and value == interval.high))


def _power(one: Derivation) -> tuple[Any, Any] | None:
    """theta**2 and its value, where the estimate is a square root."""
    if one.result.is_Pow and one.result.args[1].is_Rational and one.result.args[1].q == 2 and \
            one.result.args[1] > 0:
        return one.quantity**2, one.result**2
    return None


def _value(one: Derivation, point: Point) -> Any | None:
    """An estimate at the data; None where names are left that the data do not tell."""
    if _unknown(one.result, point):
        return None
    try:
        return evaluate(one.result, point, DIGITS)
    except EvaluationError:
        raise DeriveError(f"the estimate of {pretty(one.quantity)} has no value at these data") \
            from None


def _contradictions(point: Point, sample: Sample) -> list[tuple[str, str]]:
    """Conditions on the parameters that do not hold at the estimates."""
    told = []
    for condition in sample.conditions:
        if sample.index in free_names(condition) or _unknown(condition, point):
            continue
        if not evaluate(condition, point, DIGITS):
            told.append(("boundary", f"{pretty(condition)} does not hold at these estimates, so "
                                     "the likelihood has no maximum there"))
    return told


def _shown(value: Any) -> str:
    with mp.workdps(DIGITS):
        return number(value)
