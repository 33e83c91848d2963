"""Kinks that do not matter: across u = 0 the result is continuous, and so is what was differentiated.

A function that is continuous, and differentiable beside u = 0 with a derivative that is continuous
there too, has that derivative at u = 0 (mean value theorem). Both sides and the edge itself, with
the conventions such as sign(0) = 0, are compared as formulas, with u = 0 solved for one of its
parts. What cannot be shown so is taken to be a kink.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from sympy import Add, Expr, Integer, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Index, is_opened
from derive.core.indexing import index_dimension, leaves, occurs, unreal
from derive.core.quantified import instance
from derive.functions.decide import decide, implies
from derive.functions.domains import open_requirements
from derive.functions.intervals import integral, interval
from derive.rulebook.algebra import collected, multiplied_out
from derive.rulebook.rewriting import rebuilt

_MOST_BRANCHES = 4  # other kinks whose sides are gone through
_COMPARED = (heads.Less, heads.LessEqual, heads.Equal, heads.NotEqual)
_SIGNS = (1, -1, 0)


def holds_across(condition: Expr, start: Expr, result: Expr) -> bool:
    """Whether a derivation ∂f/∂x = result holds where a condition u != v of its steps fails."""
    core, indices, _ = instance(condition)
    if not isinstance(core, heads.NotEqual) or not isinstance(start, heads.Partial):
        return False
    own = {index: Index(f"\u2218{n}", index.dim) for n, index in enumerate(indices)}
    gap = multiplied_out(Add(core.args[1], Mul(-1, core.args[0]))).xreplace(own)
    loss, slope = (_filters_as_cases(e, 0) for e in (start.args[0], result))
    if loss is None or slope is None:
        return False
    return _continuous(Kink(gap, tuple(own.values())), (loss, slope), _MOST_BRANCHES)


@dataclass(frozen=True)
class Kink:
    """A formula whose sign decides between cases, and the indices for which it stands."""

    gap: Expr
    indices: tuple[Index, ...] = ()

    def at(self, gap: Expr) -> tuple[int, dict[Expr, Expr]] | None:
        """The sign and the indices with which this is the gap of a case distinction."""
        gap = multiplied_out(gap)
        places = [leaf for leaf in dict.fromkeys(leaves(gap)) if index_dimension(leaf) is not None]
        for chosen in permutations(places, len(self.indices)):
            if any(index_dimension(c) != i.dim
                   for c, i in zip(chosen, self.indices, strict=True)):
                continue
            there = dict(zip(self.indices, chosen, strict=True))
            ratio = _ratio(gap, self.gap.xreplace(there))
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


def _continuous(kink: Kink, formulas: tuple[Expr, Expr], branches: int) -> bool:
    """Whether formulas pass continuously through a kink, on every side of all other kinks."""
    if decide(heads.NotEqual(Integer(0), kink.gap)) is True:
        return True
    other = next(_others(kink, formulas), None)
    if other is None:
        return any(_agree(kink, part, value, formulas) for part, value in kink.solved())
    if branches == 0:
        return False
    return all(_continuous(Kink(multiplied_out(sided(kink.gap)), kink.indices),
                           (sided(formulas[0]), sided(formulas[1])), branches - 1)
               for sided in (_Sides(other, sign, solution) for sign in _SIGNS
                             for solution in [next(other.solved(), None) if sign == 0 else None]))


def _others(kink: Kink, formulas: tuple[Expr, Expr]) -> Iterator[Kink]:
    """The innermost kinks of formulas, and of a kink's own gap, other than that kink."""
    for node in (kink.gap, *formulas):
        for gap in _gaps(node, 0):
            if next(_gaps(gap, 0), None) is None and kink.at(gap) is None and \
                    not integral(gap) and not gap.is_Rational:
                opened = [leaf for leaf in dict.fromkeys(leaves(gap))
                          if is_opened(leaf) or leaf in kink.indices]
                own = {leaf: Index(f"\u2219{n}", leaf.dim) for n, leaf in enumerate(opened)}
                yield Kink(multiplied_out(gap).xreplace(own), tuple(own.values()))


def _agree(kink: Kink, part: Expr, value: Expr, formulas: tuple[Expr, Expr]) -> bool:
    """Whether formulas have the same form on both sides of a kink and at it, where it is 0."""
    for node in formulas:
        right, left, edge = (_normal(_Sides(kink, sign, (part, value))(node)) for sign in _SIGNS)
        if unreal(edge) or unreal(right) or unreal(left):
            return False
        asked = open_requirements(edge)
        if not all(any(implies(a, c) for a in asked)
                   for side in (right, left) for c in open_requirements(side)):
            return False
        if not _same(right, edge, kink) or not _same(left, edge, kink):
            return False
    return True


def _same(one: Expr, other: Expr, kink: Kink) -> bool:
    """Whether two forms are the same; term by term, where the kink is one of each term."""
    return bool(one == other or (not kink.indices and _normal(Add(one, Mul(-1, other))) == 0))


@dataclass(frozen=True)
class _Sides:
    """Formulas on one side of a kink: cases decided, and a part of it put in where it is solved."""

    kink: Kink
    sign: int
    solution: tuple[Expr, Expr] | None = None

    def __call__(self, node: Expr) -> Expr:
        """The formula on that side."""
        put_in: dict[Expr, Expr] = {}
        found = self.decided(node, 0, put_in)
        return found.xreplace(put_in)

    def decided(self, node: Expr, depth: int, put_in: dict[Expr, Expr]) -> Expr:
        """The formula with cases decided; `put_in` collects what is solved for."""
        if not node.args:
            return node
        if isinstance(node, heads.Lam):
            index, body, where = node.opened(depth)
            inner: dict[Expr, Expr] = {}
            body = self.decided(body, depth + 1, inner)
            here = {v: e for v, e in inner.items() if occurs(index, v) or occurs(index, e)}
            put_in.update({v: e for v, e in inner.items() if v not in here})
            return heads.Lam(index, body.xreplace(here), where)
        new = rebuilt(node, depth, lambda child, at: self.decided(child, at, put_in))
        gap = _gap_of(new)
        if gap is None:
            return new
        found = self.kink.at(gap)
        if found is None:
            return new
        turn, there = found
        if self.solution is not None:
            part, value = (e.xreplace(there) for e in self.solution)
            put_in[part] = value
        return _case(new, turn * self.sign)


def _gap_of(node: Expr) -> Expr | None:
    """The formula whose sign decides between the cases of a node, if there is one."""
    if isinstance(node, heads.Apply) and node.args[0].detail is None:
        if node.name in ("abs", "sign"):
            return node.args[1]
        if node.name in ("max", "min"):
            return Add(node.args[1], Mul(-1, node.args[2]))
    if isinstance(node, _COMPARED):
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


def _gaps(node: Expr, depth: int) -> Iterator[Expr]:
    """The gaps of all kinks of a formula, inner ones first."""
    if not node.args:
        return
    if isinstance(node, heads.Lam):
        yield from _gaps(node.opened(depth)[1], depth + 1)
        return
    for argument in node.args:
        yield from _gaps(argument, depth)
    gap = _gap_of(node)
    if gap is not None:
        yield gap


def _normal(node: Expr) -> Expr:
    """A formula multiplied out inside and outside, decided cases taken."""
    return _flat(node, 0)


def _flat(node: Expr, depth: int) -> Expr:
    if not node.args:
        return node
    node = rebuilt(node, depth, _flat)
    if isinstance(node, heads.Cond):
        answer = decide(node.args[0])
        if answer is not None:
            return node.args[1 if answer else 2]
        return node.args[1] if node.args[1] == node.args[2] else node
    if isinstance(node, heads.Sum) and node.family.args[1] == 0:
        return Integer(0)
    return multiplied_out(node) if isinstance(node, (Add, Mul, Pow)) else node


def _filters_as_cases(node: Expr, depth: int) -> Expr | None:
    """A formula with filters of sums as cases of their terms; None where another filter may move."""
    if any(not isinstance(lam, heads.Sum) and _moves(lam) for lam in _reductions(node)):
        return None
    return _as_cases(node, depth)


def _as_cases(node: Expr, depth: int) -> Expr:
    node = rebuilt(node, depth, _as_cases) if node.args else node
    if not isinstance(node, heads.Sum) or not _moves(node):
        return node
    bound, body, where = node.family.args
    return heads.Sum(heads.Lam(bound, heads.Cond(where, body, Integer(0)), true))


def _reductions(node: Expr) -> Iterator[Expr]:
    if not node.args:
        return
    for argument in node.args:
        yield from _reductions(argument)
    if any(isinstance(a, heads.Lam) for a in node.args):
        yield node


def _moves(node: Expr) -> bool:
    """Whether the filter of a reduction compares more than indices and whole numbers."""
    return any(not integral(Add(c.args[1], Mul(-1, c.args[0])))
               for lam in node.args if isinstance(lam, heads.Lam) for c in lam.args[2].atoms(
                   *_COMPARED))
