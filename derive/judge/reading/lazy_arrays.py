"""What the judge computes with: types, points, lazy arrays, and one evaluation at a point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from mpmath.ctx_mp import MPContext

from derive.errors import EvaluationError
from derive.judge.precision import Number
from derive.limits import tick
from derive.turns import TURN

Dim = str | int
Place = tuple[int, ...]
Move = tuple[Any, Place, int]  # a number of a point, and in which direction it goes

NO_ERROR = -(10**9)  # the exponent of 2 of an error of 0
LOCK = TURN  # mpmath keeps constants for the whole process, in two assignments: one at a time
VECTORS = ("simplex", "onehot")
DISCRETE = ("integer", "count", "binary", "label", "onehot", "index")


def new_context(digits: int) -> MPContext:
    """A context of its own for one judgement, so that no other thread changes its precision."""
    context = MPContext()
    context.dps = digits
    return context


@dataclass(frozen=True)
class Type:
    """A declared type: `label(K)[T]` has the shape (T,) and is over K."""

    domain: str
    shape: tuple[Dim, ...] = ()
    over: Dim | None = None

    @property
    def dims(self) -> tuple[Dim, ...]:
        """Every dimension that the type names."""
        return self.shape if self.over is None else (*self.shape, self.over)

    @property
    def continuous(self) -> bool:
        """Whether a derivative by such a name makes sense."""
        return self.domain not in DISCRETE


class Array:
    """A whole array at a point; an entry is computed when it is first asked for."""

    __slots__ = ("_entry", "_kept", "reach", "shape")

    def __init__(self, shape: Place, entry: Callable[[Place], Any],
                 kept: dict[Place, Any] | None = None, reach: int = 0) -> None:
        self.shape, self._entry = shape, entry
        self.reach = reach  # how far the first axis is read beyond its ends
        self._kept = {} if kept is None else kept

    def at(self, place: Place) -> Any:
        """The entry at a place. Raises EvaluationError outside the array."""
        try:
            return self._kept[place]
        except KeyError:
            pass
        beyond = self.reach
        for n, size in zip(place, self.shape, strict=True):
            if not -beyond <= n < size + beyond:
                raise EvaluationError(f"no element {place} of an array of shape {self.shape}")
            beyond = 0
        value = self._kept[place] = self._entry(place)
        return value

    def places(self) -> Iterator[Place]:
        """All subscripts."""
        return product(*(range(n) for n in self.shape))


def no_entry(place: Place) -> Any:
    """The entry of an array that is given by its values."""
    raise EvaluationError(f"no element {place}")


@dataclass(frozen=True)
class Point:
    """Sizes of dimensions, and the value of every name: a number, or entries by subscripts.

    `fixed` are entries that do not vary: those above the diagonal of a lower matrix.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    fixed: frozenset[tuple[str, Place]] = frozenset()

    def size(self, dim: Dim) -> int:
        """The size of a dimension."""
        return dim if isinstance(dim, int) else self.sizes[dim]

    @property
    def largest(self) -> float:
        """The largest number of the point, in size."""
        entries = (v for value in self.values.values()
                   for v in (value.values() if isinstance(value, Mapping) else (value,)))
        return max((abs(float(v)) for v in entries), default=0.0)

    def shape(self, dims: tuple[Dim, ...]) -> Place:
        """The lengths of some axes."""
        return tuple(self.size(d) for d in dims)

    def moved(self, name: str, place: Place, step: Number) -> Point:
        """The point with one number moved by a step."""
        value = self.values[name]
        if (name, place) in self.fixed:
            return self
        if not place:
            return self.having(name, value + step)
        if place not in value:
            raise EvaluationError(f"no element {place} of {name}")
        return self.having(name, {**value, place: value[place] + step})

    def having(self, name: str, value: Any) -> Point:
        """The point with another value of a name."""
        return Point(self.sizes, {**self.values, name: value}, self.functions, self.fixed)

    def described(self) -> str:
        """The point in words, for an error."""
        parts = [f"{d} = {n}" for d, n in self.sizes.items()]
        for name, value in self.values.items():
            if isinstance(value, dict):
                entries = [_short(v) for v in list(value.values())[:12]]
                more = ", …" if len(value) > 12 else ""
                parts.append(f"{name} = [{', '.join(entries)}{more}]")
            else:
                parts.append(f"{name} = {_short(value)}")
        return ", ".join(parts) or "every point"


def _short(value: Any) -> str:
    return str(value) if isinstance(value, int) else str(value.context.nstr(value, 8))


class OutOfWork(Exception):
    """More work than was allowed."""


@dataclass
class Meter:
    """Counts work: terms and function values. Beyond `most` nothing more is computed."""

    most: float = 10**7
    spent: int = 0
    doing: str = "judging the typed text"


class Run:
    """One evaluation at one point and precision: bound indices, and what was computed before.

    `error` is the exponent of 2 of the largest error that cancellation is known to have left.
    One of many evaluations, at which only `changed` has another value than in the `outer` one,
    may take from there what does not depend on it.
    """

    __slots__ = ("branches", "changed", "ctx", "env", "error", "largest", "memo", "meter",
                 "outer", "point", "values")

    def __init__(self, ctx: MPContext, point: Any, meter: Meter | None = None) -> None:
        self.ctx, self.point, self.meter = ctx, point, meter or Meter()
        self.env: dict[Any, Any] = {}
        self.memo: dict[Any, Any] = {}
        self.values: dict[Any, Any] = {}
        self.branches: list[int] | None = None  # where wanted: how each comparison came out
        self.error = NO_ERROR
        self.largest: Any = None  # where given: a function with a larger value is left alone
        self.outer: Run | None = None
        self.changed: Any = None

    def branch(self, gap: Number) -> None:
        """Notes on which side of 0 a quantity lies at which the formula may have a kink."""
        if self.branches is not None:
            self.branches.append((gap > 0) - (gap < 0))

    def named(self, name: Any) -> Any:
        """The value of a declared name; of an array, the array."""
        try:
            return self.values[name]
        except KeyError:
            pass
        if name not in self.point.values:
            raise EvaluationError(f"no value for {name}")
        value = self.point.values[name]
        if isinstance(value, dict):
            last = max(value, default=())
            value = Array(tuple(n + 1 for n in last), no_entry, value)
        self.values[name] = value
        return value

    def at(self, point: Any) -> Run:
        """An evaluation at another point, within the same binders."""
        other = Run(self.ctx, point, self.meter)
        other.env, other.largest = dict(self.env), self.largest
        return other

    def beside(self, moves: Sequence[Move], step: Number) -> Run:
        """An evaluation a step away; the same every time, so that nothing is computed twice."""
        key = ("beside", *moves, step, self.ctx.prec)
        here: Run | None = self.memo.get(key)
        if here is None:
            point = self.point
            for name, place, sign in moves:
                point = point.moved(name, place, step * sign)
            here = self.memo[key] = self.at(point)
        here.env = self.env
        return here

    def varied(self, point: Any, name: Any) -> Run:
        """An evaluation at a point that differs in one name, at the same precision."""
        other = self.at(point)
        other.env, other.outer, other.changed = self.env, self, name
        return other

    def count(self, units: int = 1) -> None:
        """Counts work. Raises OutOfWork beyond the bound."""
        tick(self.meter.doing)
        self.meter.spent += units
        if self.meter.spent > self.meter.most:
            raise OutOfWork


def finite(ctx: MPContext, value: Any) -> Any:
    """A finite real number as it is. Raises EvaluationError for anything else."""
    if isinstance(value, int):
        return value
    if not isinstance(value, ctx.mpf):
        raise EvaluationError("the value is not a real number here")
    _, mantissa, exponent, _ = value._mpf_
    if not mantissa and exponent:
        raise EvaluationError("the value is not finite here")
    return value
