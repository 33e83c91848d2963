"""Points for texts: sizes, and values at, beside and away from the numbers of the formulas."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import log10
from typing import Any

from mpmath.ctx_mp import MPContext

from derive.errors import NotationError
from derive.judge.reading.array_operations import Names
from derive.judge.reading.lazy_arrays import Dim, Point, Type
from derive.judge.reading.typed_matrices import MATRICES, matrix_entries, varies

SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12)
LARGEST_SIZE = 40
_BITS = 16
_BESIDE = Fraction(1, 2**20)  # how far a value beside a number is from it
SCALES = (Fraction(1), Fraction(1), Fraction(3), Fraction(1, 16), Fraction(8))
_MOST_NUMBERS = 16
_LARGEST_COUNT = 10**6
_MOST_DIGITS = 600


@dataclass(frozen=True)
class Focus:
    """A number of the formulas with a sign, and where a value lies: at it, beside it, beyond it.

    With `edge` a point of a simplex is a vertex.
    """

    number: Fraction | None = None
    side: int = 0  # -1 just below, 0 at it, 1 just above, 2 twice as large
    edge: bool = False
    sign: int = 1


def extra_digits(names: Iterable[Names]) -> int:
    """How many digits more it takes so that the smallest number of the formulas is felt."""
    numbers = {n for each in names for n in each.numbers if n}
    spans = [abs(log10(abs(n.numerator)) - log10(n.denominator)) for n in numbers]
    return min(_MOST_DIGITS, int(sum(s for s in spans if s > 3)
                                 + sum(s for each in names for s in each.spans)))


def numbers_of(names: Iterable[Names]) -> list[Fraction]:
    """The numbers at and beside which values are drawn, small ones first."""
    numbers = {abs(n) for each in names for n in each.numbers} | {Fraction(0), Fraction(1)}
    return sorted(numbers, key=lambda n: (n.denominator, n))[:_MOST_NUMBERS]


def all_sizes(dims: Sequence[str], least: Mapping[str, int], numbers: Iterable[Fraction],
              ) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    """Sizes of the dimensions: those that must be visited, and further ones, small ones first.

    Visited must be 1, 2 and 3, and what is at and beside a whole number of the formulas.
    Raises NotationError where a subscript asks for more than can be held.
    """
    if any(n > LARGEST_SIZE for n in least.values()):
        raise NotationError(f"a subscript is beyond the {LARGEST_SIZE} entries that a point holds")
    if not dims:
        return [{}], []
    near = _near(numbers)
    more = sorted({*SIZES, *near})

    def sizes(n: int, shift: int) -> dict[str, int]:
        return {d: max(least.get(d, 1), more[(more.index(n) + shift * place) % len(more)])
                for place, d in enumerate(dims)}

    needed = [sizes(n, 0) for n in sorted({1, 2, 3, *near})]
    needed += [sizes(n, 1) for n in (1, 2)] if len(dims) > 1 else []
    others = [sizes(n, 0) for n in more] + ([sizes(n, 2) for n in more] if len(dims) > 1 else [])
    return _distinct(needed, []), _distinct(others, needed)


def _near(numbers: Iterable[Fraction]) -> set[int]:
    """The whole numbers of the formulas, and their neighbours, as sizes."""
    sizes = {int(n) for n in numbers if n.denominator == 1 and 2 < n < LARGEST_SIZE}
    return {m for n in sizes for m in (n - 1, n, n + 1) if m > 0}


def _distinct(sizes: list[dict[str, int]], known: list[dict[str, int]]) -> list[dict[str, int]]:
    fresh: list[dict[str, int]] = []
    for each in sizes:
        if each not in fresh and each not in known:
            fresh.append(each)
    return sorted(fresh, key=lambda s: sum(s.values()))


def focuses(numbers: Sequence[Fraction]) -> list[Focus]:
    """Every way in which a point may stand to a number of the formulas."""
    return [Focus(n, side, False, sign) for n in numbers for side in (0, 1, -1, 2)
            for sign in ((1, -1) if n else (1,))
            if side or n.denominator & (n.denominator - 1) == 0]


@dataclass
class Drawing:
    """Draws points for declared types. Values are exact in few bits, at any precision the same."""

    types: Mapping[str, Type]
    ctx: MPContext
    draw: random.Random
    functions: Iterable[str] = ()
    scales: tuple[Fraction, ...] = SCALES

    def point(self, sizes: Mapping[str, int], focus: Focus | None = None) -> Point:
        """A point of those sizes; some values stand to a number as the focus says."""
        point = Point(sizes, {}, {f: self.unknown() for f in self.functions})
        values: dict[str, Any] = {}
        for name, kind in self.types.items():
            values[name] = self.value(kind, point, focus)
        fixed = {(name, at) for name, kind in self.types.items() if kind.domain in MATRICES
                 for at in values[name] if not varies(kind.domain, at)}
        return Point(sizes, values, point.functions, frozenset(fixed))

    def value(self, kind: Type, point: Point, focus: Focus | None) -> Any:
        """A value of a type."""
        if not kind.shape:
            aimed = focus if self.draw.random() < 0.8 else None
            return self.number(kind, point, aimed)
        shape = point.shape(kind.shape)
        if kind.domain in ("simplex", "onehot"):
            return self.rows(kind, shape, focus)
        if kind.domain in MATRICES:
            scale = self.exact(self.draw.choice(self.scales))
            return matrix_entries(kind.domain, shape, self.draw,
                                  lambda at: self.number(kind, point, None), scale)
        places = list(product(*(range(n) for n in shape)))
        aimed_at = self.draw.randrange(len(places))
        return {at: self.number(kind, point, focus if place == aimed_at or self.draw.random() < 0.5
                                else None) for place, at in enumerate(places)}

    def number(self, kind: Type, point: Point, focus: Focus | None) -> Any:
        """A number of a domain; a whole one as an int."""
        draw, domain = self.draw, kind.domain
        if domain in ("label", "index"):
            size = point.size(kind.over or 1)
            label = -1 if focus is None or focus.number is None else focus.number
            return int(label) if 0 <= label < size and label.denominator == 1 \
                else draw.randrange(size)
        if domain == "binary":
            return draw.randrange(2)
        if domain in ("count", "integer"):
            return self.integer(domain, focus)
        value = self.aimed(domain, focus) if focus is not None else None
        return self.exact(self.any_number(domain) if value is None else value)

    def integer(self, domain: str, focus: Focus | None) -> int:
        """A whole number."""
        if focus is not None and focus.number is not None and focus.number < _LARGEST_COUNT:
            value = int(focus.number) * (2 if focus.side == 2 else 1) + focus.side % 2 * focus.side
            value *= focus.sign if domain == "integer" else 1
            if domain == "integer" or value >= 0:
                return value
        return self.draw.randrange(7) if domain == "count" else self.draw.randrange(-4, 5)

    def aimed(self, domain: str, focus: Focus) -> Fraction | None:
        """A value at or beside the number of the focus, if the domain has it."""
        if focus.number is None:
            return None
        value = -focus.number if domain == "negative" or (
            domain == "real" and focus.sign < 0) else focus.number
        value = 2 * value if focus.side == 2 else \
            self.short(value) + focus.side * _BESIDE * (abs(value) or Fraction(1, 16))
        allowed = {"positive": value > 0, "nonnegative": value >= 0, "negative": value < 0,
                   "probability": 0 < value < 1}
        return value if allowed.get(domain, True) else None

    def short(self, value: Fraction) -> Fraction:
        """A number with a power of 2 below its line, not far from the given one."""
        if value.denominator & (value.denominator - 1) == 0:
            return value
        places = 40 + max(0, value.denominator.bit_length() - value.numerator.bit_length())
        return Fraction(round(value * 2**places), 2**places)

    def any_number(self, domain: str) -> Fraction:
        """A random number of a domain, of one of several magnitudes."""
        draw = self.draw
        unit = Fraction(draw.randrange(1, 2**_BITS), 2**_BITS)
        if domain == "probability":
            return draw.choice((unit, unit, unit * Fraction(1, 64), 1 - unit * Fraction(1, 64)))
        value = (unit * 2 + Fraction(1, 8)) * draw.choice(self.scales)
        if domain == "negative":
            return -value
        return -value if domain == "real" and draw.random() < 0.5 else value

    def rows(self, kind: Type, shape: tuple[int, ...], focus: Focus | None) -> Any:
        """Rows of a simplex or of a one-hot array; the edge of a simplex is a vertex."""
        values: dict[tuple[int, ...], Any] = {}
        size, vertex = shape[-1], kind.domain == "onehot" or (focus is not None and focus.edge)
        for row in product(*(range(n) for n in shape[:-1])):
            if vertex:
                hot = self.draw.randrange(size)
                values |= {(*row, n): int(n == hot) for n in range(size)}
                continue
            cuts = sorted(self.draw.sample(range(1, 2**_BITS), size - 1))
            parts = [b - a for a, b in zip((0, *cuts), (*cuts, 2**_BITS), strict=True)]
            values |= {(*row, n): self.exact(Fraction(p, 2**_BITS)) for n, p in enumerate(parts)}
        return values

    def exact(self, value: Fraction) -> Any:
        """A fraction as a number of the context."""
        with self.ctx.workprec(max(self.ctx.prec, value.numerator.bit_length() + 8)):
            return self.ctx.mpf(value.numerator) / value.denominator

    def unknown(self) -> Callable[[Any, Any, int], Any]:
        """A random positive function a + exp(b x) + c x**2, with its derivatives."""
        a, b, c = (Fraction(self.draw.randrange(1, 32), 16) for _ in range(3))

        def value(ctx: MPContext, x: Any, order: int) -> Any:
            p, q, r = (ctx.mpf(n.numerator) / n.denominator for n in (a, b, c))
            polynomial = (p + r * x**2, 2 * r * x, 2 * r)[order] if order < 3 else 0
            return polynomial + q**order * ctx.exp(q * x)

        return value


def ordered_dims(types: Mapping[str, Type], dims: Iterable[Dim]) -> list[str]:
    """The symbolic dimensions, in order of their names."""
    letters = {d for t in types.values() for d in t.dims if isinstance(d, str)}
    return sorted(letters | {d for d in dims if isinstance(d, str)})


def in_turn(places: list[tuple[int, ...]], labels: set[int]) -> list[tuple[int, ...]]:
    """Places of equal indices, and of labels, first; where there are many, others in between."""
    ordered = sorted(places, key=lambda at: (len(set(at)) > 1, not set(at) <= labels))
    if len(ordered) // 2 <= 3:
        return ordered
    pairs = zip(ordered, reversed(ordered), strict=True)
    return list(dict.fromkeys(at for pair in pairs for at in pair))
