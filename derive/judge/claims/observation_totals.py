"""Totals of a formula, read from text, over all values of one observation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from typing import Any

from derive.deferred_dataclass import dataclass
from derive.errors import EvaluationError, NotationError, TooManyDimensionsError
from derive.judge.precision import Number, mp, mpf, own
from derive.judge.quadrature import Range, integrate, sum_up
from derive.judge.reading.array_operations import Code
from derive.judge.reading.lazy_arrays import VECTORS, Run, Type

Body = Callable[[Run], Any]
_GRID = (".001", ".01", ".05", ".2", ".5", "1", "1.6", "2.5", "4", "7", "12", "25", "60", "200")
_MOST_VALUES = 3000  # of a vector of whole numbers
_LATEST_START = 200  # the first whole number that the conditions allow
_BEYOND = 8          # digits to which a kink is known beyond those of the integral
_FINITE = ("label", "binary", "index")
CONTINUOUS = {"real": ("-inf", "inf"), "positive": ("0", "inf"), "nonnegative": ("0", "inf"),
               "negative": ("-inf", "0"), "probability": ("0", "1")}


@dataclass(frozen=True)
class Observation:
    """What is observed: a name, its type, and the conditions that its values meet.

    Of a formula that is `smooth` in it no kinks are looked for.
    """

    name: Any
    kind: Type
    conditions: tuple[Code, ...] = ()
    smooth: bool = False

    def allowed(self, run: Run) -> bool:
        """Whether the conditions hold for the value at the point."""
        return all(c.call(run) for c in self.conditions)

    @property
    def finite(self) -> bool:
        """Whether there are few values, whatever the sizes."""
        return self.kind.domain in _FINITE and not self.kind.shape

    def total(self, run: Run, body: Body, digits: int = 0) -> Any:
        """The integral or sum of a formula over all values, to the digits of the run or to fewer.

        Raises EvaluationError where it does not converge, NotationError where it has too many
        dimensions for a quadrature.
        """
        return _Total(run, body, self, digits or int(run.ctx.dps)).value()


class _Total:
    """A total at one point. Numbers go over from the quadrature's context to the run's."""

    def __init__(self, run: Run, body: Body, over: Observation, digits: int) -> None:
        self.run, self.body, self.over, self.digits = run, body, over, digits

    def value(self) -> Any:
        """The total, as a number of the run's context."""
        with mp.workdps(self.digits + 10), self.run.ctx.workdps(self.digits + 10):
            self.run = self.run.at(self.run.point)
            self.run.largest = None  # far out values may be large
            total = self.over_vectors() if self.over.kind.shape else self.over_numbers()
            return self.run.ctx.make_mpf(mpf(total)._mpf_)

    def at(self, value: Any) -> Any:
        """The formula at a value of the observation; 0 where that is not allowed."""
        ctx = self.run.ctx
        self.run.count()
        with ctx.workprec(mp.prec):
            here = self.moved(value)
            return own(self.body(here)) if self.over.allowed(here) else mpf(0)

    def moved(self, value: Any) -> Run:
        """An evaluation at another value of the observation."""
        if not isinstance(value, (int, dict)):
            value = self.run.ctx.make_mpf(value._mpf_)
        return self.run.varied(self.run.point.having(self.over.name, value), self.over.name)

    def over_numbers(self) -> Any:
        """Over the values of a number."""
        kind = self.over.kind
        if kind.domain in _FINITE:
            count = 2 if kind.domain == "binary" else self.run.point.size(kind.over or 1)
            return mp.fsum(self.at(n) for n in range(count))
        if kind.domain in ("count", "integer"):
            return self.over_whole_numbers(kind.domain == "integer")
        low, high = map(mpf, CONTINUOUS[kind.domain])
        smooth = self.over.smooth and not self.over.conditions
        ends = [low, *(() if smooth else self.kinks(low, high)), high]
        return mp.fsum(integrate(self.at, Range(a, b), self.digits)
                       for a, b in pairwise(ends) if self.inside(a, b))

    def over_whole_numbers(self, negative: bool) -> Any:
        """Over whole numbers, from the first that is allowed."""
        first = next((n for n in range(_LATEST_START) if self.is_allowed(n)), None)
        if first is None:
            raise EvaluationError("no value of the observation is allowed")
        total = sum_up(lambda n: self.at(int(n)), first, mp.inf, self.digits)
        if negative:
            total += sum_up(lambda n: self.at(-int(n)), 1, mp.inf, self.digits)
        return total

    def is_allowed(self, value: Any) -> bool:
        """Whether the conditions hold at a value."""
        return self.over.allowed(self.moved(value))

    def inside(self, low: Number, high: Number) -> bool:
        """Whether the values between two neighbouring kinks are allowed."""
        middle = Range(low, high).place(mpf(0))[0]
        return self.is_allowed(middle)

    # Kinks

    def branches(self, value: Any) -> tuple[int, ...]:
        """On which side of each kink of the formula and its conditions a value lies."""
        here = self.moved(value)
        here.branches = []
        try:
            if self.over.allowed(here):
                self.body(here)
        except (EvaluationError, ZeroDivisionError):
            pass
        return tuple(here.branches)

    def kinks(self, low: Number, high: Number) -> list[Any]:
        """The values at which the formula takes another branch."""
        grid = [(x, self.branches(x)) for x in self.grid(low, high)]
        kinks = []
        for (a, left), (b, right) in pairwise(grid):
            if left != right:
                kinks += self.between(a, left, b, right)
        return sorted({x for x in kinks if low < x < high})

    def between(self, a: Number, left: tuple[int, ...], b: Number, right: tuple[int, ...],
                ) -> list[Any]:
        """The kinks between two values with different branches."""
        if b - a <= mpf(10) ** -(self.digits + _BEYOND) * max(abs(a), abs(b), mpf(10) ** -6):
            return [(a + b) / 2] if 0 not in (*left, *right) else [a if 0 in left else b]
        middle = (a + b) / 2
        here = self.branches(middle)
        below = self.between(a, left, middle, here) if here != left else []
        return below + (self.between(middle, here, b, right) if here != right else [])

    def grid(self, low: Number, high: Number) -> list[Any]:
        """Values between which kinks are looked for: some of each size, those beside numbers."""
        numbers = [mpf(0), *(mpf(n) * s for n in _GRID for s in (1, -1))]
        own_numbers = [mp.convert(v) for name, v in self.run.point.values.items()
                       if name != self.over.name and not isinstance(v, (dict, bool))]
        numbers += own_numbers
        numbers += [a + s * b for a in own_numbers for b in own_numbers for s in (1, -1)]
        beside = [n + s for n in numbers for s in (mpf("1e-4"), -mpf("1e-4"))]
        return sorted({n for n in (*numbers, *beside) if low < n < high})

    # Vectors

    def over_vectors(self) -> Any:
        """Over all vectors of whole numbers; over continuous ones in one dimension."""
        kind, shape = self.over.kind, self.run.point.shape(self.over.kind.shape)
        places = list(product(*(range(n) for n in shape)))
        if kind.domain in ("label", "binary", "count") or kind.domain == "onehot":
            return mp.fsum(self.at(dict(zip(places, v, strict=True)))
                           for v in self.vectors(kind, places, shape))
        if kind.domain in VECTORS and len(places) == 2:
            return self.along(lambda x: (x, 1 - x), places, Range(mpf(0), mpf(1)))
        if kind.domain in CONTINUOUS and len(places) == 1:
            return self.along(lambda x: (x,), places, Range(*map(mpf, CONTINUOUS[kind.domain])))
        raise TooManyDimensionsError("no quadrature over so many dimensions")

    def along(self, entries: Callable[[Any], Sequence[Any]], places: Sequence[Any],
              span: Range) -> Any:
        """The integral over vectors that one number determines."""
        def vector(x: Number) -> Any:
            values = [self.run.ctx.make_mpf(v._mpf_) for v in entries(x)]
            return self.at(dict(zip(places, values, strict=True)))

        return integrate(vector, span, self.digits)

    def vectors(self, kind: Type, places: Sequence[Any], shape: tuple[int, ...],
                ) -> Iterator[tuple[int, ...]]:
        """All vectors of whole numbers; entries of counts reach to the largest count given."""
        if kind.domain == "onehot":
            if len(shape) > 1:
                raise EvaluationError("no total over several one-hot rows")
            yield from (tuple(int(n == m) for n in range(shape[0])) for m in range(shape[0]))
            return
        top = self.run.point.size(kind.over) - 1 if kind.over is not None else 1
        if kind.domain == "count":
            known = [v for name, v in self.run.point.values.items()
                     if isinstance(v, int) and name != self.over.name]
            if not known or not self.over.conditions:
                raise NotationError("nothing bounds the entries of the counts")
            top = max(known)
        if (top + 1) ** len(places) > _MOST_VALUES:
            raise TooManyDimensionsError("too many vectors to sum over")
        yield from product(range(top + 1), repeat=len(places))
