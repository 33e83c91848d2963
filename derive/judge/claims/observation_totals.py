"""Totals of a formula, read from text, over all values of one observation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from typing import Any

from mpmath.ctx_mp import MPContext

from derive.deferred_dataclass import dataclass
from derive.errors import EvaluationError
from derive.judge.precision import Number, mp, mpf, own
from derive.judge.quadrature import Range, integrate, size_of
from derive.judge.reading.array_operations import Code
from derive.judge.reading.lazy_arrays import Run, Type
from derive.judge.slow_sums import sum_up
from derive.judge.vector_totals import CONTINUOUS, Entries, total_over

Body = Callable[[Run], Any]
Branches = Callable[[Any], tuple[int, ...]]
_GRID = (".001", ".01", ".05", ".2", ".5", "1", "1.6", "2.5", "4", "7", "12", "25", "60", "200")
_LATEST_START = 200  # the first whole number that the conditions allow
_BEYOND = 8          # digits to which a kink is known beyond those of the integral
_ROOT_DIGITS = 12    # times the digits of the integral: so far roots are found
_FINITE = ("label", "binary", "index")


@dataclass(frozen=True)
class Observation:
    """What is observed: a name, its type, and the conditions that its values meet.

    Of a formula that is `smooth` in it no kinks are looked for. Where they are known, `logarithm`
    is that of the size of the formula, and `poles` are what it divides by or takes powers of.
    """

    name: Any
    kind: Type
    conditions: tuple[Code, ...] = ()
    smooth: bool = False
    logarithm: Code | None = None
    poles: tuple[Code, ...] = ()

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
        self.runs: dict[int, Run] = {}  # by precision: what is computed once is computed to it

    def value(self) -> Any:
        """The total, as a number of the run's context."""
        with mp.workdps(self.digits + 10), self.run.ctx.workdps(self.digits + 10):
            total = self.over_vectors() if self.over.kind.shape else self.over_numbers()
            return self.run.ctx.make_mpf(mpf(total)._mpf_)

    def at(self, value: Any) -> Any:
        """The formula at a value of the observation; 0 where that is not allowed."""
        ctx = self.run.ctx
        self.run.count()
        with ctx.workprec(mp.prec):
            here = self.moved(value)
            return own(self.body(here)) if self.over.allowed(here) else mpf(0)

    def log_at(self, value: Any) -> Any:
        """The logarithm of the size of the formula at a value; minus infinity where it is 0."""
        ctx = self.run.ctx
        self.run.count()
        with ctx.workprec(mp.prec):
            if self.over.logarithm is None:
                return size_of(self.at(value))
            here = self.moved(value)
            return own(self.over.logarithm.call(here)) if self.over.allowed(here) else -mp.inf

    def moved(self, value: Any) -> Run:
        """An evaluation at another value of the observation."""
        run = self.runs.get(mp.prec)
        if run is None:
            run = self.runs[mp.prec] = self.run.at(self.run.point)
            run.largest = None  # far out values may be large
        if isinstance(value, dict):
            value = {at: _in(run.ctx, v) for at, v in value.items()}
        else:
            value = _in(run.ctx, value)
        return run.varied(run.point.having(self.over.name, value), self.over.name)

    def over_numbers(self) -> Any:
        """Over the values of a number."""
        kind = self.over.kind
        if kind.domain in _FINITE:
            count = 2 if kind.domain == "binary" else self.run.point.size(kind.over or 1)
            return mp.fsum(self.at(n) for n in range(count))
        if kind.domain in ("count", "integer"):
            return self.over_whole_numbers(kind.domain == "integer")
        return self.along(lambda x: x, CONTINUOUS[kind.domain])

    def along(self, place: Callable[[Any], Any], span: tuple[str, str]) -> Any:
        """Over the values of the observation that one number determines, from kink to kink."""
        low, high = map(mpf, span)
        smooth = self.over.smooth and not self.over.conditions
        kinks = {} if smooth else self.kinks(place, low, high)
        ends = [(low, 1e300), *sorted(kinks.items()), (high, 1e300)]
        log = None if self.over.logarithm is None else (lambda x: self.log_at(place(x)))
        return mp.fsum(
            integrate(lambda x: self.at(place(x)), Range(a, b, min(known, other)), self.digits, log)
            for (a, known), (b, other) in pairwise(ends)
            if self.is_allowed(place(Range(a, b).place(mpf(0))[0])))

    def over_whole_numbers(self, negative: bool) -> Any:
        """Over whole numbers, from the first that is allowed."""
        first = next((n for n in range(_LATEST_START) if self.is_allowed(n)), None)
        if first is None:
            raise EvaluationError("no value of the observation is allowed")
        total = self.from_on(first, 1)
        return total + self.from_on(1, -1) if negative else total

    def from_on(self, first: int, sign: int) -> Any:
        """Over the whole numbers from one on, or over their negatives."""
        def term(n: Number) -> Any:
            return self.at(sign * (int(n) if mp.isint(n) else n))

        def size(n: Number) -> Any:
            return self.log_at(sign * n)

        return sum_up(term, first, self.digits, None if self.over.logarithm is None else size)

    def is_allowed(self, value: Any) -> bool:
        """Whether the conditions hold at a value."""
        return self.over.allowed(self.moved(value))

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
        return (*here.branches, *map(partial(self.side, here), self.over.poles))

    def side(self, here: Run, pole: Code) -> int:
        """On which side of 0 a quantity lies that the formula divides by."""
        try:
            value = pole.call(here)
        except (EvaluationError, ZeroDivisionError):
            return 2
        return int(value > 0) - int(value < 0)

    def kinks(self, place: Callable[[Any], Any], low: Number, high: Number) -> dict[Any, float]:
        """The numbers at which the formula takes another branch, and to how many digits."""
        def branches(x: Number) -> tuple[int, ...]:
            return self.branches(place(x))

        grid = [(x, branches(x)) for x in self.grid(low, high)]
        exact = {x for x, _ in grid}
        ends: dict[Any, float] = {}
        for (a, left), (b, right) in pairwise(grid):
            if left != right:
                near = self.between(branches, a, left, b, right)
                ends |= dict(self.settled(x, exact) for x in near)
        return {x: known for x, known in ends.items() if low < x < high}

    def settled(self, kink: Number, exact: Iterable[Number]) -> tuple[Any, float]:
        """A kink that was found between two values, and the digits to which it is known.

        Where it is one of the exact numbers it is that; a root is found to many digits.
        """
        near = mpf(10) ** -(self.digits + _BEYOND - 2) * max(abs(kink), mpf(10) ** -6)
        number = next((n for n in exact if abs(n - kink) <= near), None)
        if number is not None:
            return number, 1e300
        for pole in self.over.poles:
            root = self.root(pole, kink)
            if root is not None and abs(root - kink) <= 100 * near:
                return root, float(_ROOT_DIGITS * self.digits)
        return kink, float(self.digits)

    def root(self, pole: Code, kink: Number) -> Any:
        """The root of a quantity near a kink; None where it has none."""
        def value(x: Number) -> Any:
            with self.run.ctx.workprec(mp.prec):
                return own(pole.call(self.moved(x)))

        with mp.workdps(2 * _ROOT_DIGITS * self.digits):
            a, b = kink, kink + mpf(10) ** -self.digits * max(abs(kink), 1)
            try:
                for _ in range(12):
                    left, right = value(a), value(b)
                    if right == left:
                        return b if not right else None
                    a, b = b, b - right * (b - a) / (right - left)
            except EvaluationError:
                return None
            return b if abs(b - a) <= mpf(10) ** -(_ROOT_DIGITS * self.digits) else None

    def between(self, branches: Branches, a: Number, left: tuple[int, ...], b: Number,
                right: tuple[int, ...]) -> list[Any]:
        """The kinks between two values with different branches."""
        if b - a <= mpf(10) ** -(self.digits + _BEYOND) * max(abs(a), abs(b), mpf(10) ** -6):
            return [(a + b) / 2] if 0 not in (*left, *right) else [a if 0 in left else b]
        middle = (a + b) / 2
        here = branches(middle)
        below = self.between(branches, a, left, middle, here) if here != left else []
        return below + (self.between(branches, middle, here, b, right) if here != right else [])

    def grid(self, low: Number, high: Number) -> list[Any]:
        """Values between which kinks are looked for: some of each size, those beside numbers."""
        numbers = [mpf(0), *(mpf(n) * s for n in _GRID for s in (1, -1))]
        own_numbers = [mp.convert(v) for name, v in self.run.point.values.items()
                       if name != self.over.name and not isinstance(v, (dict, bool))]
        numbers += own_numbers
        numbers += [a + s * b for a in own_numbers for b in own_numbers for s in (1, -1)]
        beside = [n + s for n in numbers for s in (mpf("1e-4"), -mpf("1e-4"))]
        return sorted({n for n in (*numbers, *beside) if low < n < high})

    def over_vectors(self) -> Any:
        """Over all entries of a vector."""
        known = [v for name, v in self.run.point.values.items()
                 if isinstance(v, int) and name != self.over.name]
        shape = self.run.point.shape(self.over.kind.shape)
        over = self.run.point.size(self.over.kind.over or 0)
        entries = Entries(self.over.kind.domain, shape, over,
                          max(known) if known and self.over.conditions else None)
        return total_over(entries, self.at, self.along, self.digits)


def _in(ctx: MPContext, value: Number) -> Any:
    """A number in a context."""
    return value if isinstance(value, int) else ctx.make_mpf(value._mpf_)
