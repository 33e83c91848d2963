"""The claim of a maximum likelihood estimate: the score of the typed density vanishes at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from derive.errors import EvaluationError, KindError, NotationError
from derive.judge.claims.claim_records import Claim, Pair
from derive.judge.claims.direction_claims import Result, log_of, moves_of
from derive.judge.reading.central_differences import Slopes
from derive.judge.reading.formula_reader import Reading, computed, read, with_conditions
from derive.judge.reading.lazy_arrays import VECTORS, Move, Point, Run, Type

_EXTRA = 15  # digits more for an estimate, so that its rounding is not felt in the score
_ENDS = {"positive": (0, None), "nonnegative": (0, None), "negative": (None, 0),
         "probability": (0, 1)}
_BESIDE = tuple(f"{sign}{step}" for step in ("1e-12", "1e-6", ".01", ".3", "2") for sign in "+-")


@dataclass(frozen=True)
class Estimate:
    """One parameter with its printed estimate; `open`: with the equation that is left for it.

    One at a `bound` need not be a zero of the score: no allowed value beside it is likelier.
    """

    name: str
    result: Result
    open: bool = False
    bound: bool = False


@dataclass(frozen=True)
class _Sample:
    """The typed density, the printed estimates, and what stands for one observation."""

    density: Reading
    estimates: tuple[tuple[Estimate, Reading], ...]
    observed: tuple[str, ...]
    types: dict[str, Type]

    def at_estimates(self, run: Run) -> Point:
        """The point with the estimates in place of the parameters.

        Raises EvaluationError where one lies on the edge of what the parameter may be.
        """
        point: Point = run.point
        with run.ctx.workdps(run.ctx.dps + _EXTRA):
            for estimate, reading in self.estimates:
                if not estimate.open:
                    value = self.value(run, estimate, reading)
                    if not estimate.bound:
                        _check_inside(self.density.types[estimate.name].domain, value,
                                      run.ctx.mpf(10) ** (-run.ctx.dps // 2))
                    point = point.having(estimate.name, value)
        return point

    def value(self, run: Run, estimate: Estimate, reading: Reading) -> Any:
        """The value of an estimate; of an array, of every entry."""
        here = run.at(run.point)
        letters = [reading.letters[n] for n, _ in estimate.result.letters]
        if not letters:
            return run.ctx.mpf(reading.run(here))
        values = {}
        for place in product(*(range(run.point.size(x.over or 1)) for x in letters)):
            here.env.update(zip((x.slot for x in letters), place, strict=True))
            values[place] = run.ctx.mpf(reading.run(here))
        return values

    def observations(self, point: Point) -> Iterator[Point]:
        """The point with each observation by itself; with all, where the density is of all."""
        first = self.observed[0]
        if self.types[first].shape == self.density.types[first].shape:
            yield point
            return
        for n in range(point.size(self.types[first].shape[0])):
            here = point
            for name in self.observed:
                entries = {at[1:]: v for at, v in point.values[name].items() if at[0] == n}
                here = here.having(name, entries if self.density.types[name].shape
                                   else entries[()])
            yield here

    def level(self, run: Run, point: Point) -> Any:
        """The log-likelihood at a point; None where a condition fails or it has no value."""
        total = run.ctx.zero
        if not all(_inside(self.density.types[e.name].domain, point.values[e.name])
                   for e, _ in self.estimates if e.bound):
            return None
        try:
            for here in self.observations(point):
                at = run.at(here)
                if not self.density.holds(at):
                    return None
                total += log_of(at, self.density.run(at))
        except EvaluationError:
            return None
        return total

    def terms(self, run: Run, moves: Sequence[Move]) -> list[Any]:
        """The scores of all observations, along one move of the parameters."""
        point = self.at_estimates(run)
        return [Slopes(run.at(here), lambda r: log_of(r, self.density.run(r))).first(
            moves, smooth=True) for here in self.observations(point)]


def _inside(domain: str, value: Any) -> bool:
    """Whether a parameter may have a value by its type."""
    values = value.values() if isinstance(value, dict) else (value,)
    low, high = _ENDS.get(domain, (None, None))
    return all((low is None or v > low or (v == low and domain == "nonnegative")) and
               (high is None or v < high) for v in values)


def _check_inside(domain: str, value: Any, least: Any) -> None:
    """Raises EvaluationError for an estimate at the edge, but for what rounding leaves."""
    values = value.values() if isinstance(value, dict) else (value,)
    if domain in ("positive", "nonnegative", "probability", *VECTORS) and any(
            v <= least for v in values):
        raise EvaluationError("the estimate lies on the edge")
    if domain == "probability" and any(v >= 1 - least for v in values):
        raise EvaluationError("the estimate lies on the edge")


def estimate_claim(density: str, given: Sequence[str], observed: Sequence[str],
                   estimates: Sequence[Estimate]) -> Claim:
    """The scores of a sample sum to 0 at the estimates; where one is open, to its equation."""
    own = estimates[0].result.functions
    typed = read(density, given, own=own)
    estimates = [replace(e, bound=e.bound and typed.types[e.name].domain not in VECTORS)
                 for e in estimates]  # entries that sum to 1 come by a multiplier
    read_all = tuple((e, read(e.result.text, e.result.given, dict(e.result.letters), own=own))
                     for e in estimates)
    printed = {name: kind for _, reading in read_all for name, kind in reading.types.items()}
    if any(name not in printed for name in observed):
        raise NotationError("the sample is not declared")
    types = {**typed.types, **printed}
    sample = _Sample(typed, read_all, tuple(observed), types)
    conditions = read("0", estimates[0].result.given, own=own)
    for text in dict.fromkeys(c for e in estimates for c in e.result.conditions):
        with suppress(KindError):  # it is one on a single observation, no part of the sample
            conditions = with_conditions(conditions, [text])

    def pairs(run: Run) -> Iterator[Pair]:
        for estimate, reading in read_all:
            kind = types[estimate.name]
            for moves in moves_of(run, estimate.name, kind.domain in VECTORS):
                if estimate.open:
                    yield _equation(sample, estimate, reading, moves)
                elif estimate.bound:
                    yield _nothing_likelier(sample, moves)
                else:
                    yield _balance(sample, moves)

    return Claim("the score of the typed density, summed over the sample", types,
                 (typed, *(r for _, r in read_all)), conditions, pairs, must=False)


def _balance(sample: _Sample, moves: Sequence[Move]) -> Pair:
    """The positive scores against the negative ones."""
    def part(sign: int) -> Any:
        return lambda run: sum((abs(t) for t in sample.terms(run, moves) if t * sign > 0),
                               run.ctx.zero)

    return Pair(part(1), part(-1), strict=False)


def _nothing_likelier(sample: _Sample, moves: Sequence[Move]) -> Pair:
    """By how much an allowed value near the estimate is likelier, against 0."""
    def excess(run: Run) -> Any:
        point = sample.at_estimates(run)
        here = sample.level(run, point)
        beside = [sample.level(run, _moved(run, point, moves, run.ctx.mpf(step)))
                  for step in _BESIDE]
        if here is None:
            if beside[0] is not None or beside[1] is not None or not any(beside):
                raise EvaluationError("the estimate is at the end of what is allowed, outside")
            return run.ctx.one
        most = max((level - here for level in beside if level is not None),
                   default=run.ctx.zero)
        return most if most > run.ctx.eps * 10**_EXTRA * (1 + abs(here)) else run.ctx.zero

    return Pair(lambda run: run.ctx.zero, excess, strict=False,
                name="the likelihood of an allowed value beside the estimate, less that at it")


def _moved(run: Run, point: Point, moves: Sequence[Move], step: Any) -> Point:
    for name, place, sign in moves:
        value = point.values[name]
        point = point.having(name, {**value, place: value[place] + sign * step}
                             if isinstance(value, dict) else value + sign * step)
    return point


def _equation(sample: _Sample, estimate: Estimate, reading: Reading, moves: Sequence[Move],
              ) -> Pair:
    """The equation that is left for an open parameter against the sum of its scores."""
    def value(run: Run) -> Any:
        here = run.at(sample.at_estimates(run))
        for (letter, _), n in zip(estimate.result.letters, moves[0][1], strict=True):
            here.env[reading.letters[letter].slot] = n
        return computed(reading.code, here) if reading.code is not None else 0

    return Pair(lambda run: sum(sample.terms(run, moves), run.ctx.zero), value, strict=False)
