"""Z at random predictions: whether it is finite, and whether it depends on the prediction."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from sympy import Expr

from derive.calculus.formulas import hold
from derive.calculus.likelihood.densities.density_checks import value_of
from derive.calculus.likelihood.densities.statistical_model import Parameter
from derive.core.atoms import Tensor
from derive.core.indexing import depends, free_names
from derive.derivation import Derivation
from derive.errors import DeriveError, DivergentError, EvaluationError, TooManyDimensionsError
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.line_points import random_point
from derive.notation.printing.pretty import pretty

_DIGITS, _SUM_DIGITS, _VECTOR_DIGITS, _COARSE_DIGITS = 20, 30, 15, 8
_PREDICTIONS = (0, 1, 2)  # those that are shown first
_RANDOM = 4    # further predictions, at random
_CHOICES = 2   # choices of the other names
_TRIES = 60


class TotalAt(NamedTuple):
    """Z at a prediction; None, and why, where it is infinite. `digits` of it are right."""

    place: str
    value: Any
    digits: int
    why: str = ""

    @property
    def words(self) -> str:
        """The total, and at which prediction it is that."""
        return f"{'infinity' if self.value is None else mp.nstr(self.value, 4)} at {self.place}"


def totals_at_points(main: Derivation, prediction: Parameter, y: Parameter,
                     ) -> list[list[TotalAt]]:
    """Z at some predictions, for some choices of the other names.

    Raises DeriveError where it is not known whether there is one.
    """
    draw, choices = random.Random(7), []
    settled = not depends(main.result, prediction)  # a substitution has shown it
    formula = main.result if settled else main.original
    names = free_names(main.original) | free_names(y)
    for turn in range(_TRIES):
        point = random_point(set(names), turn % 4, "0", draw)
        moved = [(words, p) for words, p in _predictions(point, prediction, draw)
                 if hold(main.assumptions, p)]
        if not moved:
            continue
        choices.append(_until_two_differ(formula, moved[:1 if settled else None], y))
        if len(choices) == (_CHOICES if names - {prediction, y} else 1):
            break
    if not choices:
        raise DeriveError("no values of the names were found at which the conditions hold")
    return choices


def _until_two_differ(formula: Expr, moved: Sequence[tuple[str, Point]], y: Parameter,
                      ) -> list[TotalAt]:
    """Z at points; two that differ are enough, after those that are shown."""
    totals: list[TotalAt] = []
    for words, point in moved:
        totals.append(_total(formula, words, point, y))
        if len(totals) >= len(_PREDICTIONS) and differ(totals):
            break
    return totals


def _predictions(point: Point, prediction: Parameter, draw: random.Random,
                 ) -> list[tuple[str, Point]]:
    """The point at several predictions, in words too: round ones first, then random ones."""
    if isinstance(prediction, Tensor):
        points = [point.having(prediction, value_of(prediction, point, draw))
                  for _ in range(len(_PREDICTIONS) + 1)]
        return [(f"{pretty(prediction)} = {_entries(p, prediction)}", p) for p in points]
    kind = prediction.kind
    round_ones = [mpf(1) / 4, mpf(1) / 2] if kind.domain == "probability" else \
        [mpf(n) for n in (_PREDICTIONS[1:] if kind.interval.low >= 0 else _PREDICTIONS)]
    values = [*round_ones, *(value_of(prediction, point, draw) for _ in range(_RANDOM))]
    return [(f"{pretty(prediction)} = {_short(v)}", point.having(prediction, v)) for v in values]


def _entries(point: Point, prediction: Tensor) -> str:
    """The first entries of a vector, in words."""
    values = list(point.tensors[prediction].values())
    more = ", …" if len(values) > 4 else ""
    return f"[{', '.join(map(_short, values[:4]))}{more}]"


def _short(value: Float) -> str:
    return str(int(value)) if mp.isint(value) else mp.nstr(mpf(value), 4)


def _total(formula: Expr, words: str, point: Point, y: Parameter) -> TotalAt:
    if isinstance(y, Tensor):
        digits = [_VECTOR_DIGITS, _COARSE_DIGITS]
    else:
        digits = [_DIGITS if y.kind.differentiable else _SUM_DIGITS]
    for n in digits:
        try:
            return TotalAt(words, evaluate(formula, point, n), n)
        except DivergentError as error:
            return TotalAt(words, None, n, str(error))
        except TooManyDimensionsError as error:
            why = str(error)
        except EvaluationError as error:
            raise DeriveError(f"no rule has a closed form for Z, and it was not computed at "
                              f"{words}: {error}") from None
    raise DeriveError(f"no rule has a closed form for Z, and it was not computed: {why}")


def differ(totals: list[TotalAt]) -> tuple[TotalAt, TotalAt] | None:
    """Two totals that differ by more than the digits to which they are known."""
    finite = [t for t in totals if t.value is not None]
    infinite = [t for t in totals if t.value is None]
    if finite and infinite:
        return finite[0], infinite[0]
    if not finite:
        return None
    low, high = min(finite, key=lambda t: t.value), max(finite, key=lambda t: t.value)
    apart = mpf(10) ** -(min(t.digits for t in finite) - (8 if low.digits > 10 else 3))
    return (low, high) if high.value - low.value > apart * abs(high.value) else None
