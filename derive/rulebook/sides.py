"""The sides of a kink: a formula where the gap between two cases is above, below or at 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from itertools import permutations

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Index
from derive.core.comparisons import COMPARED, HOLDS, gap
from derive.core.factors import difference
from derive.core.indexing import index_dimension, occurs
from derive.core.quantified import places
from derive.core.walk import Binders, around, children, enter, rebuild, substitute
from derive.deferred_dataclass import dataclass
from derive.functions.decisions import never_zero
from derive.functions.intervals import interval
from derive.rulebook.algebra import collected, multiplied_out

_ALWAYS, _NEVER = (head(Integer(0), Integer(0)) for head in (heads.Equal, heads.NotEqual))


@dataclass(frozen=True)
class Kink:
    """A formula whose sign decides between cases, and the indices for which it stands."""

    gap: Expr
    indices: tuple[Index, ...] = ()

    def at(self, other: Expr) -> tuple[int, dict[Expr, Expr]] | None:
        """The sign and the indices with which this is the gap of a case distinction."""
        other = multiplied_out(other)
        for chosen in permutations(places(other), len(self.indices)):
            there = dict(zip(self.indices, chosen, strict=True))
            if all(index_dimension(c) == i.dim for i, c in there.items()):
                ratio = _ratio(other, substitute(self.gap, there))
                if ratio:
                    return ratio, there
        return None

    def solved(self) -> Iterator[tuple[Expr, Expr]]:
        """The parts v of a gap a v + b that is 0 only where v = -b/a, with that value."""
        terms = [Mul.make_args(term) for term in Add.make_args(self.gap)]
        for part in dict.fromkeys(factor for factors in terms for factor in factors):
            if not part.is_Rational and not isinstance(part, Pow):
                line = _line_through(part, terms)
                if not any(occurs(part, e) for e in line) and any(map(never_zero, line)):
                    slope, offset = line
                    yield part, collected(Mul(-1, offset, Pow(slope, -1)))


def _line_through(part: Expr, terms: list[tuple[Expr, ...]]) -> tuple[Expr, Expr]:
    """The slope and the offset of a sum, of products of factors, as a v + b of a part v."""
    slope = Add(*(Mul(*(f for f in fs if f != part)) for fs in terms if part in fs))
    return slope, Add(*(Mul(*fs) for fs in terms if part not in fs))


def _ratio(left: Expr, right: Expr) -> int:
    """1 or -1 where two gaps are the same up to a factor of that sign, else 0."""
    if left == right:
        return 1
    for sign in (1, -1):
        if multiplied_out(Add(left, Mul(-sign, right))) == 0:
            return sign
    scale = collected(Mul(left, Pow(right, -1)))
    values = interval(scale)
    return 1 if values.positive else -1 if values.negative else 0


@dataclass(frozen=True)
class Sides:
    """Formulas on one side of a kink: cases decided, and a part of it put in where it is solved."""

    kink: Kink
    sign: int
    solution: tuple[Expr, Expr] | None = None
    met: list[Expr] = field(default_factory=list, compare=False)  # gaps in one formula
    most: list[int] = field(default_factory=list, compare=False)  # how many, in each formula

    @property
    def alone(self) -> bool:
        """Whether the kink stood for one choice of its indices only in each formula.

        Those of others, such as x[i] - x[k] and x[k] + x[i], need not be on the same side.
        """
        return max(self.most, default=0) < 2

    def __call__(self, node: Expr) -> Expr:
        """The formula on that side."""
        put_in = {} if self.kink.indices or self.solution is None else dict([self.solution])
        self.met.clear()
        decided = self.decided(node, around(self.kink.gap, node), put_in)
        self.most.append(len(self.met))
        return substitute(decided, put_in)

    def decided(self, node: Expr, binders: Binders, put_in: dict[Expr, Expr]) -> Expr:
        """The formula with cases decided; `put_in` collects what is solved for."""
        if not node.args:
            return node
        if isinstance(node, heads.Lam):
            return self._family(node, binders, put_in)
        new = rebuild(node, lambda child, inner: self.decided(child, inner, put_in), binders)
        other = _gap_of(new)
        match = None if other is None else self.kink.at(other)
        if match is None:
            return new
        ratio, there = match
        here = substitute(self.kink.gap, there)
        same = next(filter(None, (_ratio(here, known) for known in self.met)), 0)
        if not same:
            self.met.append(here)
        if self.solution is not None:
            part, value = (substitute(e, there) for e in self.solution)
            put_in[part] = value
        return _case(new, ratio * (same or 1) * self.sign)

    def _family(self, node: heads.Lam, binders: Binders, put_in: dict[Expr, Expr]) -> Expr:
        """A family whose body is decided; what is solved for of its index is put in within."""
        index, body, where, inner = enter(node, binders)
        below: dict[Expr, Expr] = {}
        body = self.decided(body, inner, below)
        here = {v: e for v, e in below.items() if occurs(index, v) or occurs(index, e)}
        put_in.update({v: e for v, e in below.items() if v not in here})
        return heads.Lam(index, substitute(body, here), where)


def _gap_of(node: Expr) -> Expr | None:
    """The formula whose sign decides between the cases of a node, if there is one."""
    if isinstance(node, COMPARED):
        return gap(node)
    if isinstance(node, heads.Apply) and node.args[0].detail is None:
        if node.name in ("abs", "sign"):
            return node.args[1]
        if node.name in ("max", "min"):
            return difference(*node.args[1:])
    return None


def _case(node: Expr, sign: int) -> Expr:
    """A node where its gap is above, below or at 0."""
    if isinstance(node, COMPARED):
        return _ALWAYS if sign in HOLDS[type(node)] else _NEVER
    if node.name == "sign":
        return Integer(sign)
    if node.name == "abs":
        return Mul(sign, node.args[1])
    return node.args[1 if (sign > 0) is (node.name == "max") else 2]


def gaps(node: Expr, binders: Binders) -> Iterator[Expr]:
    """The gaps of all kinks of a formula, inner ones first."""
    for child, inner in children(node, binders):
        yield from gaps(child, inner)
    own = _gap_of(node)
    if own is not None:
        yield own
