"""What a model predicts of numbers and of amounts, by how its loss follows the target."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Expr, Integer, Mul, Pow

from derive.calculus.recurrence.model_structure import Leaf
from derive.calculus.recurrence.prediction_trials import (
    Deciding,
    number_of,
    same,
    vector,
)
from derive.calculus.recurrence.step_trials import Trial, close
from derive.core import heads
from derive.judge.precision import Number, mp, mpf
from derive.tables.prediction_kinds import PredictedOutput

_STEP = mpf(2) ** -40
_INSIDE = {"probability": (mpf("0.25"), mpf("0.5"), mpf("0.75"))}
_AMOUNTS = (mpf(1), mpf(2), mpf(3))


class _Numeric(Deciding):
    """A loss whose target is a number."""

    def same_form(self) -> Iterator[Leaf]:
        """The names that have the form of the target."""
        for name in self.names:
            if self.each(name, lambda t, n: t.entries(n).keys() == t.entries(
                    self.loss.target).keys()):
                yield name

    def follows(self, name: Leaf) -> bool:
        """Whether the loss stays as it is where a name moves as the target does."""
        shift = mpf("0.37")

        def stays(trial: Trial) -> bool:
            if trial.entries(name).keys() != trial.entries(self.loss.target).keys():
                return False
            both = trial.value(lambda y: y + shift, {name: lambda v: v + shift})
            return close(both, trial.value()) and not close(
                trial.value(lambda y: y + 3*shift), trial.value(lambda y: y - 5*shift))

        return self.all(stays)

    def even(self, name: Leaf) -> bool:
        """Whether a target above a value costs as much as one that is as far below."""
        def mirrored(trial: Trial) -> bool:
            values, targets = trial.entries(name), trial.entries(self.loss.target)
            return close(trial.value({at: 2*values[at] - y for at, y in targets.items()}),
                         trial.value())

        return self.all(mirrored)


class OfNumbers(_Numeric):
    """A loss whose target is any real number."""

    def decided(self) -> PredictedOutput | None:
        names = list(self.same_form())
        if self.stated:
            places_of = [n for n in self.loss.candidates() if n not in names and self.follows(n)]
            odd = [n for n in places_of if not self.even(n) and self.each(
                n, lambda t, n: same(vector(t, n), vector(t, names[0])))] if names else []
            return self.named("location" if odd else "number", names[0]) if names else None
        name = next(filter(self.follows, names), None)
        if name is None:
            return None
        return self.named("number" if self.even(name) else "location", name)


class OfAmounts(_Numeric):
    """A loss whose target is a count, or a number of one sign."""

    def decided(self) -> PredictedOutput | None:
        names = list(self.same_form())
        if self.stated:
            return self.named("mean", names[0]) if names else None
        for name in names if self.all(lambda t: () in t.entries(self.loss.target)) else ():
            means = [self.mean(trial, name) for trial in self.tried]
            if None in means:
                continue
            for kind, link, formula in _LINKS:
                if all(_near(link(number_of(t, name)), mean)
                       for t, mean in zip(self.tried, means, strict=True)):
                    return self.named(kind, name) if formula is None else \
                        self.linked(kind, formula, name)
        following = next(filter(self.follows, names), None)
        return None if following is None else self.named("amount", following)

    def mean(self, trial: Trial, name: Leaf) -> Number:
        """The mean for which the slope of the loss by a name is 0 on average, if it is one.

        The slope must be affine in the target: then it vanishes at the mean of the targets.
        """
        low, middle, high = _INSIDE.get(self.loss.target.kind.domain, _AMOUNTS)
        slopes = [(trial.value(y, {name: lambda v: v + _STEP})
                   - trial.value(y, {name: lambda v: v - _STEP})) / (2*_STEP)
                  for y in (low, middle, high)]
        rise = slopes[2] - slopes[0]
        if abs(rise) < mpf("1e-18") or abs(slopes[0] - 2*slopes[1] + slopes[2]) > abs(rise)/10**7:
            return None
        return low - slopes[0]*(high - low)/rise

    def linked(self, kind: str, link: Callable[[Expr], Expr], name: Leaf) -> PredictedOutput:
        """The prediction that is a function of a name."""
        place = self.loss.written(self.place(name))
        return self.formula(kind, lambda _: link(place))


_LINKS: tuple[tuple[str, Callable[[Number], Number], Callable[[Expr], Expr] | None], ...] = (
    ("mean", lambda v: v, None),
    ("log-mean", mp.exp, None),
    ("mean", lambda v: mp.exp(-v), lambda v: heads.apply("exp", Mul(Integer(-1), v))),
    ("mean", lambda v: mp.log(1 + mp.exp(v)), lambda v: heads.apply("softplus", v)),
    ("mean", lambda v: 1/(1 + mp.exp(-v)), lambda v: heads.apply("sigmoid", v)),
    ("mean", lambda v: 1/v if v else mp.inf, lambda v: Pow(v, Integer(-1))),
    ("mean", lambda v: v**2, lambda v: Pow(v, Integer(2))))


def _near(number: Number, mean: Number) -> bool:
    """Whether a number is one that a difference quotient gave."""
    return bool(abs(number - mean) <= mpf("1e-8") * max(1, abs(mean)))
