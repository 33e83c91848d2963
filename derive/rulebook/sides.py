"""The sides of a kink: a formula where the gap between two cases is above, below or at 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import index_dimension, occurs
from derive.core.quantified import places
from derive.core.walk import Binders, around, children, enter, rebuild, substitute
from derive.functions.intervals import interval
from derive.rulebook.algebra import collected, multiplied_out

COMPARED = (heads.Less, heads.LessEqual, heads.Equal, heads.NotEqual)
SIGNS = (1, -1, 0)


@dataclass(frozen=True)
class Kink:
    """A formula whose sign decides between cases, and the indices for which it stands."""

    gap: Expr
    indices: tuple[Index, ...] = ()

    def at(self, gap: Expr) -> tuple[int, dict[Expr, Expr]] | None:
        """The sign and the indices with which this is the gap of a case distinction."""
        gap = multiplied_out(gap)
        for chosen in permutations(places(gap), len(self.indices)):
            if any(index_dimension(c) != i.dim
                   for c, i in zip(chosen, self.indices, strict=True)):
                continue
            there = dict(zip(self.indices, chosen, strict=True))
            ratio = _ratio(gap, substitute(self.gap, there))
            if ratio:
                return ratio, there
        return None

    def solved(self) -> Iterator[tuple[Expr, Expr]]:
        """The parts v of a gap a v + b that is 0 only where v = -b/a, with that value."""
        terms = Add.make_args(self.gap)
        for part in dict.fromkeys(f for term in terms for f in Mul.make_args(term)):
            if part.is_Rational or isinstance(part, Pow):
                continue
            factors = [Mul(*(f for f in Mul.make_args(t) if f != part)) for t in terms
                       if part in Mul.make_args(t)]
            rest = [t for t in terms if part not in Mul.make_args(t)]
            slope, offset = Add(*factors), Add(*rest)
            if occurs(part, slope) or occurs(part, offset):
                continue
            if _never_zero(slope) or _never_zero(offset):
                yield part, collected(Mul(-1, offset, Pow(slope, -1)))


def _ratio(left: Expr, right: Expr) -> int:
    """1 or -1 where two gaps are the same up to a factor of that sign, else 0."""
    for sign in (1, -1):
        if multiplied_out(Add(left, Mul(-sign, right))) == 0:
            return sign
    scale = collected(Mul(left, Pow(right, -1)))
    values = interval(scale)
    return 1 if values.positive else -1 if values.negative else 0


def _never_zero(node: Expr) -> bool:
    values = interval(node)
    return values.positive or values.negative


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
        found = self.decided(node, around(self.kink.gap, node), put_in)
        self.most.append(len(self.met))
        return substitute(found, put_in)

    def decided(self, node: Expr, binders: Binders, put_in: dict[Expr, Expr]) -> Expr:
        """The formula with cases decided; `put_in` collects what is solved for."""
        if not node.args:
            return node
        if isinstance(node, heads.Lam):
            index, body, where, inner = enter(node, binders)
            below: dict[Expr, Expr] = {}
            body = self.decided(body, inner, below)
            here = {v: e for v, e in below.items() if occurs(index, v) or occurs(index, e)}
            put_in.update({v: e for v, e in below.items() if v not in here})
            return heads.Lam(index, substitute(body, here), where)
        new = rebuild(node, lambda child, inner: self.decided(child, inner, put_in), binders)
        gap = _gap_of(new)
        if gap is None:
            return new
        found = self.kink.at(gap)
        if found is None:
            return new
        turn, there = found
        here = substitute(self.kink.gap, there)
        same = [_ratio(here, known) for known in self.met]
        turn *= next((ratio for ratio in same if ratio), 1)
        if not any(same):
            self.met.append(here)
        if self.solution is not None:
            part, value = (substitute(e, there) for e in self.solution)
            put_in[part] = value
        return _case(new, turn * self.sign)


def _gap_of(node: Expr) -> Expr | None:
    """The formula whose sign decides between the cases of a node, if there is one."""
    if isinstance(node, heads.Apply) and node.args[0].detail is None:
        if node.name in ("abs", "sign"):
            return node.args[1]
        if node.name in ("max", "min"):
            return Add(node.args[1], Mul(-1, node.args[2]))
    if isinstance(node, COMPARED):
        return Add(node.args[1], Mul(-1, node.args[0]))
    return None


def _case(node: Expr, sign: int) -> Expr:
    """A node where its gap is above, below or at 0."""
    if isinstance(node, heads.Less):
        return heads.Equal(Integer(0), Integer(0)) if sign > 0 else _NEVER
    if isinstance(node, heads.LessEqual):
        return _NEVER if sign < 0 else heads.Equal(Integer(0), Integer(0))
    if isinstance(node, (heads.Equal, heads.NotEqual)):
        return heads.Equal(Integer(0), Integer(0)) if isinstance(node, heads.Equal) is (
            sign == 0) else _NEVER
    if node.name == "sign":
        return Integer(sign)
    if node.name == "abs":
        return Mul(sign, node.args[1])
    return node.args[1 if (sign > 0) is (node.name == "max") else 2]


_NEVER = heads.NotEqual(Integer(0), Integer(0))


def gaps(node: Expr, binders: Binders) -> Iterator[Expr]:
    """The gaps of all kinks of a formula, inner ones first."""
    for child, inner in children(node, binders):
        yield from gaps(child, inner)
    gap = _gap_of(node)
    if gap is not None:
        yield gap
