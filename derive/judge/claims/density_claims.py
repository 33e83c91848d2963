"""Claims about densities: the information of an observation, the noise that a loss assumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from derive.errors import EvaluationError
from derive.judge.claims.claim_records import Claim, Effort, Pair
from derive.judge.claims.direction_claims import Result, log_of, read_all
from derive.judge.claims.observation_totals import Observation
from derive.judge.reading.central_differences import Slopes
from derive.judge.reading.formula_reader import Reading
from derive.judge.reading.lazy_arrays import Move, Run

_DIGITS = 15
_LARGEST = 10**15  # a loss whose exponential, beside any other, is 0
_INTEGRALS = Effort(_DIGITS, 1, 2, 600_000, (Fraction(1), Fraction(1, 2)))
_SUMS = Effort()


@dataclass(frozen=True)
class _Scores:
    """The scores of a typed density, and their expected products, at a point."""

    density: Reading
    over: Observation

    def score(self, run: Run, move: Move) -> Any:
        """The derivative of the logarithm of the density."""
        return Slopes(run, lambda r: log_of(r, self.density.run(r))).first((move,))

    def expected(self, run: Run, first: Move, second: Move) -> Any:
        """The expected product of two scores, once for each point."""
        def body(here: Run) -> Any:
            left = self.score(here, first)
            right = left if first == second else self.score(here, second)
            return self.density.run(here) * left * right

        return _once(run, ("information", first, second), lambda: self.over.total(run, body))

    def mass(self, run: Run) -> Any:
        """The total of the density."""
        return _once(run, ("mass",), lambda: self.over.total(run, self.density.run))

    def scale(self, run: Run, first: Move, second: Move) -> Any:
        """What bounds an entry of the matrix: the root of the product of its diagonal entries."""
        size = self.expected(run, first, first) * self.expected(run, second, second)
        if size <= 0:
            raise EvaluationError("a score that is 0")
        return run.ctx.sqrt(size)


def _once(run: Run, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
    """A value that is computed once for a run and precision."""
    key = (*key, run.ctx.prec)
    if key not in run.memo:
        run.memo[key] = compute()
    return run.memo[key]


def information_claim(density: str, given: Sequence[str], observed: str, pair: tuple[str, str],
                      result: Result) -> Claim:
    """The result is the expected product of two scores of the typed density, whose total is 1.

    The first letters of the result are the axes of the first parameter, the others those of the
    second. Entries are compared on the scale of the diagonal, where some are 0.
    """
    typed, printed, conditions = read_all(density, given, result, observed)
    names = [n for n, _ in result.letters]
    slots = [typed.letters[n].slot for n in names]
    half = len(typed.types[pair[0]].shape)
    over = Observation(observed, typed.types[observed], typed.conditions)
    scores, strict = _Scores(typed, over), _is_closed(result)

    def sides(run: Run) -> Iterator[Pair]:
        at = tuple(run.env[s] for s in slots)
        first, second = (pair[0], at[:half], 1), (pair[1], at[half:], 1)
        if first == second:
            yield Pair(lambda here: here.ctx.one, scores.mass, False)
            yield Pair(lambda here: scores.expected(here, first, first),
                       lambda here: printed.run(here), strict, True)
        else:
            def value(here: Run) -> Any:
                return 2 + printed.run(here) / scores.scale(here, first, second)

            yield Pair(lambda here: 2 + scores.expected(here, first, second)
                       / scores.scale(here, first, second), value, False)
            yield Pair(lambda here: here.ctx.zero, lambda here: 0 * printed.run(here), strict, True)

    return Claim("the expected product of the scores of the typed density",
                 {**typed.types, **printed.types}, (typed, printed), conditions, sides,
                 tuple(names), must=False, edges=False,
                 effort=_effort(over, 2 if pair[0] == pair[1] and not half else 1))


def noise_claim(loss: str, given: Sequence[str], observed: str, constant: Result,
                density: Result) -> Claim:
    """The constant is the total of exp(-loss) over the observation; over it that is the density."""
    typed, printed, conditions = read_all(loss, given, constant)
    _, shown, _ = read_all(loss, given, density)
    over = Observation(observed, typed.types[observed], typed.conditions)

    def weight(run: Run) -> Any:
        loss = typed.run(run)
        return run.ctx.exp(-loss if loss < _LARGEST else -_LARGEST)

    def total(run: Run) -> Any:
        return _once(run, ("total",), lambda: over.total(run, weight))

    def sides(_: Run) -> Iterator[Pair]:
        strict = _is_closed(constant)
        yield Pair(total, lambda run: printed.run(run), strict, True)
        yield Pair(lambda run: weight(run) / total(run), lambda run: shown.run(run), strict, True)

    return Claim("the total of exp(-loss) of the typed loss", {**typed.types, **printed.types},
                 (typed, printed, shown), conditions, sides, must=False, edges=False,
                 effort=_effort(over))


def _is_closed(result: Result) -> bool:
    """Whether a result holds no integral or sum over all values, which may not converge."""
    return not any(f"{name}(" in result.text for name in ("expect", "total"))


def _effort(over: Observation, points: int = 2) -> Effort:
    """Few points where a total is an integral or has no end, as many as usual where it is short."""
    return _SUMS if over.finite else replace(_INTEGRALS, points=points)
