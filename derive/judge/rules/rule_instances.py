"""Random instances of a rule: values for its metavariables, by their roles.

Every number that stands in the rule is visited by every metavariable: at it, just below, just
above. Ranges have 1 to 9 elements and one size more, and sizes about the rule's own numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from derive.core.kinds import DISCRETE, DOMAINS
from derive.errors import EvaluationError
from derive.judge.precision import mp
from derive.judge.reading.lazy_arrays import Point
from derive.judge.reading.typed_matrices import MATRICES, matrix_entries, varies
from derive.judge.rules.exact_arithmetic import minus, rounded
from derive.judge.rules.metavariable_roles import Roles
from derive.judge.rules.special_values import MAGNITUDES, Smooth, allows, special

SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 13)
LARGEST_SIZE = 64
_UNIT = 1 << 16


@dataclass(frozen=True)
class Wish:
    """What an instance must have: one metavariable with one value, or one range with one size."""

    name: str = ""
    value: Any = None


@dataclass
class Instance:
    """Values of all metavariables, and how the unlike ones were chosen, for a message."""

    names: dict[str, Any]
    described: dict[str, str] = field(default_factory=dict)
    partial: bool = False  # whether a metavariable has no value somewhere
    fixed: frozenset[tuple[str, tuple[int, ...]]] = frozenset()  # entries that do not vary

    def point(self) -> Point:
        """The point at which the texts of the rule are evaluated."""
        families = {n: v for n, v in self.names.items() if isinstance(v, Table)}
        values = {n: v for n, v in self.names.items() if v is not None and n not in families}
        return Point(values, values, families, self.fixed)


class Table:
    """A family over indices and numbers: a value for each place, drawn when first asked for."""

    def __init__(self, make: Callable[[tuple[int, ...]], Any], sizes: Sequence[int | None]) -> None:
        self.make, self.sizes = make, sizes
        self.values: dict[tuple[int, ...], Any] = {}

    def __call__(self, *arguments: Any) -> Any:
        places = tuple(int(a) for a, n in zip(arguments, self.sizes, strict=True) if n is not None)
        within = (n for n in self.sizes if n is not None)
        if not all(0 <= p < n for p, n in zip(places, within, strict=True)):
            raise EvaluationError("an index is out of its range")
        if places not in self.values:
            self.values[places] = self.make(places)
        value = self.values[places]
        if value is None:
            raise EvaluationError("a term without a value")
        numbers = [a for a, n in zip(arguments, self.sizes, strict=True) if n is None]
        return value(*numbers) if callable(value) else value


    def shown(self) -> str:
        """The values that were asked for, for a message."""
        values = [self.values[p] for p in sorted(self.values)][:9]
        return f"[{', '.join(map(_shown, values))}]"


@dataclass
class Drawing:
    """Draws instances of one rule."""

    roles: Roles
    kinds: Mapping[str, str]
    marks: tuple[Fraction, ...]
    draw: random.Random
    depth: int = 1  # of nested ranges
    magnitudes: tuple[int, ...] = MAGNITUDES
    total: tuple[str, ...] = ()  # metavariables that have a value at every point
    partial: bool = False        # whether others may have none somewhere
    definite: frozenset[str] = frozenset()  # families that are positive definite matrices
    _pools: dict[str, list[Fraction]] = field(default_factory=dict)

    def wishes(self) -> list[Wish]:
        """What must be visited: every special value by every metavariable, every size."""
        wishes = [Wish(d, n) for d in sorted(self.roles.ranges) for n in self.sizes()]
        for name in sorted({*self.roles.scalars, *self.roles.variables, *self._numbers()}):
            wishes += [Wish(name, v) for v in self._special(self.kinds.get(name, "real"))]
        for name in sorted(self.roles.indices):
            wishes += [Wish(name, at) for at in (0, -1)]
        return wishes

    def _special(self, kind: str) -> list[Fraction]:
        if kind not in self._pools:
            self._pools[kind] = special(kind, self.marks, self.magnitudes)
        return self._pools[kind]

    def _numbers(self) -> set[str]:
        return {*self.roles.families, *self.roles.tensors} - self.roles.truths - set(
            self.roles.entries)

    def sizes(self) -> list[int]:
        """The sizes of a range: 1 to 9, one larger, and those about the rule's own numbers."""
        most = LARGEST_SIZE if self.depth < 2 else 16
        near = {int(m) + s for m in self.marks if m.denominator == 1 and m > 1 for s in (-1, 0, 1)}
        return sorted({*SIZES, *(n for n in near if 1 <= n <= most)})

    def instance(self, wish: Wish, sizes: Mapping[str, int]) -> Instance:
        """A random instance that fulfils a wish, with these sizes where it wishes for none."""
        roles = self.roles
        self.made = Instance({d: sizes[d] for d in roles.ranges})
        if wish.name in roles.ranges:
            self.made.names[wish.name] = wish.value
        self.wish = wish
        for name in sorted({*roles.scalars, *roles.variables}):
            self._bare(name)
        for name, over in sorted(roles.indices.items()):
            size = self.made.names[over]
            self.made.names[name] = wish.value % size if wish.name == name else \
                self.draw.randrange(size)
        for name in sorted(roles.tensors):
            self.made.names[name] = self._array(name)
        for name in sorted(roles.families):
            self.made.names[name] = self._family(name)
        for name in sorted(roles.truths - set(roles.families)):
            self.made.names[name] = self.draw.random() < 0.5
        return self.made

    def _bare(self, name: str) -> None:
        kind, known = self.kinds.get(name, "real"), self.made.names
        chance = self.draw.random()
        others = [v for n, v in known.items() if isinstance(v, Fraction)]
        if self.wish.name == name:
            value = self.wish.value
        elif chance < 0.12 and others and allows(kind, others[-1]):
            value = self.draw.choice(others)
            value = value if allows(kind, value) else others[-1]
        elif chance < 0.16 and name not in self.roles.variables and self._may_fail(name, kind):
            value, self.made.partial = None, True
        else:
            value = self.number(kind)
        known[name] = value

    def _may_fail(self, name: str, kind: str) -> bool:
        """Whether a metavariable may stand for what has no value somewhere."""
        return self.partial and kind == "real" and name not in self.total

    def number(self, kind: str) -> Fraction:
        """A random value of a kind."""
        draw = self.draw
        if kind == "binary":
            return Fraction(draw.randrange(2))
        if kind in DISCRETE:
            low = 0 if DOMAINS[kind].nonnegative else -6
            return Fraction(draw.randrange(low, 8))
        unit = Fraction(draw.randrange(1, _UNIT), _UNIT)
        if kind == "probability":
            return unit
        chance = draw.random()
        if chance < 0.15:
            pool = self._special(kind)
            return draw.choice(pool) if pool else unit
        size = (3 * unit + Fraction(1, 8)) * draw.choice((1, 1, 1, Fraction(1, 16), 3))
        if chance < 0.3:
            size = unit * Fraction(2) ** draw.randrange(-12, 8)
        values = DOMAINS.get(kind, DOMAINS["real"])
        if values.nonnegative:
            return size
        return -size if values.negative or draw.random() < 0.5 else size

    def _array(self, name: str) -> dict[tuple[int, ...], Any]:
        axes = [self.made.names[d] for d in self.roles.tensors[name]]
        places = _places(axes)
        kind = self.kinds.get(name, "real")
        if name in self.roles.entries:
            size = self.made.names[self.roles.entries[name]]
            return {at: self.draw.randrange(size) for at in places}
        if kind in ("simplex", "onehot"):
            return self._rows(axes, kind)
        value = self._values(name, "real" if kind in MATRICES else kind)
        if kind in MATRICES:
            made = matrix_entries(kind, tuple(axes), self.draw, value, Fraction(1))
            self.made.fixed |= {(name, at) for at in made if not varies(kind, at)}
            return made
        return {at: value(at) for at in places}

    def _rows(self, axes: list[int], kind: str) -> dict[tuple[int, ...], Any]:
        """Rows that sum to 1: one-hot, or with parts of which some may be 0."""
        table: dict[tuple[int, ...], Any] = {}
        for row in _places(axes[:-1]):
            parts = [self.draw.choice((0, 1, 2, 3, 7)) for _ in range(axes[-1])]
            if kind == "onehot" or not any(parts):
                hot = self.draw.randrange(axes[-1])
                parts = [int(n == hot) for n in range(axes[-1])]
            table |= {(*row, n): Fraction(p, sum(parts)) for n, p in enumerate(parts)}
        return table

    def _values(self, name: str, kind: str) -> Callable[[tuple[int, ...]], Any]:
        """How the values of a family or an array are drawn: all free, few, or one of them."""
        draw = self.draw
        if self.wish.name == name:
            everywhere = draw.random() < 0.4
            return lambda at: self.wish.value if everywhere or draw.random() < 0.5 else \
                self.number(kind)
        manner = draw.random()
        if manner < 0.7:
            return lambda at: self.number(kind)
        few = [self.number(kind) for _ in range(2 if manner < 0.85 else 1)]
        return lambda at: draw.choice(few)

    def _family(self, name: str) -> Table:
        over = self.roles.families[name]
        sizes = [None if r is None else self.made.names[r] for r in over]
        numbers = sum(n is None for n in sizes)
        draw, at = self.draw, self._standing()
        if name in self.roles.truths:
            share = draw.choice((0.0, 1.0, 0.15, 0.5, 0.85))
            if not numbers:
                return Table(lambda _: draw.random() < share, sizes)
            return Table(lambda _: _turning(draw, share, at), sizes)
        kind = self.kinds.get(name, "real")
        value = self._definite(sizes) if name in self.definite else self._values(
            name, "real" if kind == "continuous" else kind)
        holes = draw.choice((0.0,) * 6 + (0.1, 0.5)) if self._may_fail(name, kind) else 0.0
        self.made.partial = self.made.partial or holes > 0

        def make(places: tuple[int, ...]) -> Any:
            if draw.random() < holes:
                return None
            return Smooth(draw, value(places), at) if numbers else value(places)

        return Table(make, sizes)

    def _definite(self, sizes: Sequence[int | None]) -> Callable[[tuple[int, ...]], Any]:
        """The entries of B Bᵀ + c I for random B and c > 0."""
        size = next(n for n in sizes if n is not None)
        factor = {at: self.draw.randrange(-3, 4) for at in _places([size, size])}
        more = Fraction(self.draw.randrange(1, 64), 16)
        return lambda at: more * (at[0] == at[1]) + sum(
            factor[at[0], n] * factor[at[1], n] for n in range(size))

    def _standing(self) -> Fraction:
        """The value of the variable of differentiation, about which functions are drawn."""
        known = [self.made.names[v] for v in sorted(self.roles.variables)]
        return known[0] if known else Fraction(0)


def _turning(draw: random.Random, share: float, at: Fraction) -> Callable[..., bool]:
    """A condition on numbers that does not change near the point."""
    here = draw.random() < share
    edge = at + draw.choice((-1, 1)) * Fraction(draw.randrange(1, 64), 32)
    return lambda x, *_: here == ((minus(x, edge) < 0) == (at < edge))


def _places(axes: Sequence[int]) -> list[tuple[int, ...]]:
    places: list[tuple[int, ...]] = [()]
    for size in axes:
        places = [(*p, n) for p in places for n in range(size)]
    return places


def _shown(value: Any) -> str:
    if isinstance(value, Smooth):
        return f"{_shown(value.value)} here"
    if isinstance(value, Fraction):
        return str(mp.nstr(rounded(value), 8))
    if value is None:
        return "without a value"
    return str(value) if isinstance(value, bool) else "…"
