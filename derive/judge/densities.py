"""Claims about densities: the information of an observation, the noise that a loss assumes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derive.errors import EvaluationError
from derive.judge.claim_records import Claim, Effort, Pair
from derive.judge.differences import Move, Slopes
from derive.judge.observations import Observation
from derive.judge.typed import Result, log_of, read_all
from derive.judge.values import Run

_DIGITS = 15
_INTEGRALS = Effort(_DIGITS, 1, 2, 600_000, (Fraction(1), Fraction(1, 2)))
_SUMS = Effort()


def information_claim(density: str, given: Sequence[str], observed: str, pair: tuple[str, str],
                      result: Result) -> Claim:
    """The result is the expected product of two scores of the typed density.

    The first letters of the result are the axes of the first parameter, the others those of the
    second. Entries are compared on the scale of the diagonal, where some are 0.
    """
    typed, printed, conditions = read_all(density, given, result, observed)
    names = [n for n, _ in result.letters]
    slots = [typed.letters[n].slot for n in names]
    half = len(typed.types[pair[0]].shape)
    over = Observation(observed, typed.types[observed], typed.conditions)
    points = 2 if pair[0] == pair[1] and not half else 1

    def score(run: Run, move: Move) -> Any:
        return Slopes(run, lambda r: log_of(r, typed.run(r))).first((move,))

    def expected(run: Run, one: Move, other: Move) -> Any:
        key = ("information", run.ctx.prec, one, other)
        if key not in run.memo:
            def body(here: Run) -> Any:
                first = score(here, one)
                second = first if one == other else score(here, other)
                return typed.run(here) * first * second

            run.memo[key] = over.total(run, body)
        return run.memo[key]

    def mass(run: Run) -> Any:
        key = ("mass", run.ctx.prec)
        if key not in run.memo:
            run.memo[key] = over.total(run, typed.run)
        return run.memo[key]

    def moves(run: Run) -> tuple[Move, Move]:
        at = tuple(run.env[s] for s in slots)
        return (pair[0], at[:half], 1), (pair[1], at[half:], 1)

    def scale(run: Run) -> Any:
        one, other = moves(run)
        size = expected(run, one, one) * expected(run, other, other)
        if size <= 0:
            raise EvaluationError("a score that is 0")
        return run.ctx.sqrt(size)

    def sides(run: Run) -> Iterator[Pair]:
        one, other = moves(run)
        if one == other:
            yield Pair(lambda here: here.ctx.one, mass, False)
            yield Pair(lambda here: expected(here, one, one), lambda here: printed.run(here), False)
        else:
            yield Pair(lambda here: 2 + expected(here, one, other) / scale(here),
                       lambda here: 2 + printed.run(here) / scale(here), False)

    return Claim("the expected product of the scores of the typed density",
                 {**typed.types, **printed.types}, (typed, printed), conditions, sides,
                 tuple(names), must=False, edges=False, effort=_effort(over, points))


def noise_claim(loss: str, given: Sequence[str], observed: str, constant: Result,
                density: Result) -> Claim:
    """The constant is the total of exp(-loss) over the observation; over it that is the density."""
    typed, printed, conditions = read_all(loss, given, constant)
    _, shown, _ = read_all(loss, given, density)
    over = Observation(observed, typed.types[observed], typed.conditions)

    def weight(run: Run) -> Any:
        return run.ctx.exp(-typed.run(run))

    def total(run: Run) -> Any:
        key = ("total", run.ctx.prec)
        if key not in run.memo:
            run.memo[key] = over.total(run, weight)
        return run.memo[key]

    def sides(_: Run) -> Iterator[Pair]:
        yield Pair(total, lambda run: printed.run(run), False)
        yield Pair(lambda run: weight(run) / total(run), lambda run: shown.run(run), False)

    return Claim("the total of exp(-loss) of the typed loss", {**typed.types, **printed.types},
                 (typed, printed, shown), conditions, sides, must=False, edges=False,
                 effort=_effort(over))


def _effort(over: Observation, points: int = 2) -> Effort:
    """Few points where a total is an integral or has no end, as many as usual where it is short."""
    return _SUMS if over.finite else replace(_INTEGRALS, points=points)
