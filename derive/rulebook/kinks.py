"""Kinks that do not matter: across u = 0 both the result and its integral are continuous.

A function that is continuous, and differentiable beside u = 0 with a derivative that is continuous
there too, has that derivative at u = 0 (mean value theorem). Both sides and the edge itself, with
the conventions such as sign(0) = 0, are compared as formulas, with u = 0 solved for one of its
parts. What cannot be shown so is taken to be a kink.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Index
from derive.core.comparisons import COMPARED, SIGNS, gap
from derive.core.factors import difference
from derive.core.indexing import leaves, unreal
from derive.core.quantified import instance, places
from derive.core.walk import around, enter, is_opened, mapped, substitute, transform
from derive.functions.decisions import decide, implies
from derive.functions.domains import open_requirements, requirements
from derive.functions.intervals import integral, interval
from derive.functions.reduced_conditions import reduced
from derive.rulebook.algebra import multiplied_out, over_common_denominator
from derive.rulebook.measure import shortest
from derive.rulebook.sides import Kink, Sides, gaps

_MOST_BRANCHES = 4  # other kinks whose sides are gone through


def holds_across(condition: Expr, start: Expr, result: Expr) -> bool:
    """Whether a derivation ∂f/∂x = result holds where a condition u != v of its steps fails."""
    core, indices = instance(condition)
    if not isinstance(core, heads.NotEqual) or not isinstance(start, heads.Partial):
        return False
    apart = multiplied_out(gap(core))
    loss, slope = (_filters_as_cases(e) for e in (start.args[0], result))
    if loss is None or slope is None:
        return False
    return _continuous(Kink(apart, indices), (loss, slope), _MOST_BRANCHES)


def _continuous(kink: Kink, formulas: tuple[Expr, Expr], branches: int) -> bool:
    """Whether formulas pass continuously through a kink, on every side of all other kinks.

    A kink in other words, such as exp(z) - 1 for z, turns at the same place: there formulas must
    be the same on all of its sides.
    """
    if decide(heads.NotEqual(Integer(0), kink.gap)) is True:
        return True
    other = next(_others(kink, formulas), None)
    if other is None:
        return any(_agree(kink, part, value, formulas) for part, value in kink.solved())
    if branches == 0 or any(_vanishes(substitute(other.gap, {part: value})) and not
                            _meet(kink, other, part, value, formulas)
                            for part, value in kink.solved()):
        return False
    return all(_continuous(Kink(_short(sided(kink.gap)), kink.indices),
                           (sided(formulas[0]), sided(formulas[1])), branches - 1) and sided.alone
               for sided in (Sides(other, sign, solution) for sign in _signs_at(kink, other)
                             for solution in [next(other.solved(), None) if sign == 0 else None]))


def _vanishes(node: Expr) -> bool:
    """Whether a formula is known to be 0, or each of its terms to have a factor that is."""
    if decide(reduced(heads.NotEqual(Integer(0), node))) is False:
        return True
    if isinstance(node, Pow) and node.exp.is_Rational and node.exp > 0:
        return _vanishes(node.base)
    terms = [Mul.make_args(term) for term in Add.make_args(node)]
    return terms != [(node,)] and all(any(map(_vanishes, factors)) for factors in terms)


def _meet(kink: Kink, other: Kink, part: Expr, value: Expr, formulas: tuple[Expr, Expr]) -> bool:
    """Whether formulas are the same on all sides of another kink, where this one is 0."""
    for node in formulas:
        edge = Sides(kink, 0, (part, value))
        above, below, at = (_normal(edge(Sides(other, sign)(node))) for sign in SIGNS)
        if not _vanishes(difference(above, at)) or not _vanishes(difference(below, at)):
            return False
    return True


def _signs_at(kink: Kink, other: Kink) -> tuple[int, ...]:
    """The signs that the gap of another kink can have at a kink."""
    if kink.indices or other.indices:
        return SIGNS
    there = [substitute(other.gap, {part: value}) for part, value in kink.solved()]
    there += [Add(other.gap, Mul(sign, kink.gap)) for sign in (1, -1)]
    for values in map(interval, map(_short, there)):
        if values.positive or values.negative:
            return (1,) if values.positive else (-1,)
    return SIGNS


def _others(kink: Kink, formulas: tuple[Expr, Expr]) -> Iterator[Kink]:
    """The innermost kinks of formulas, and of a kink's own gap, other than that kink."""
    for node in (kink.gap, *formulas):
        for other in gaps(node, around(kink.gap, node)):
            if next(gaps(other, around(other)), None) is None and kink.at(other) is None and \
                    not integral(other) and not other.is_Rational:
                opened = [leaf for leaf in dict.fromkeys(leaves(other))
                          if is_opened(leaf) or leaf in kink.indices]
                yield Kink(multiplied_out(other), tuple(opened))


def _agree(kink: Kink, part: Expr, value: Expr, formulas: tuple[Expr, Expr]) -> bool:
    """Whether formulas have the same form on both sides of a kink and at it, where it is 0."""
    for node in formulas:
        sides = [Sides(kink, sign, (part, value)) for sign in SIGNS]
        right, left, edge = (_normal(side(node)) for side in sides)
        if not all(side.alone for side in sides) or not all(map(_has_a_value, (right, left, edge,
                   _put_in(kink, part, value, node)))):
            return False
        asked = (*open_requirements(edge), *open_requirements(value))
        if not all(any(implies(a, c) for a in asked)
                   for side in (right, left) for c in open_requirements(side)):
            return False
        if not _same(right, edge, kink) or not _same(left, edge, kink):
            return False
    return True


def _has_a_value(node: Expr) -> bool:
    """Whether it is not certain that a formula has no value."""
    return not unreal(node) and not any(decide(c) is False for c in requirements(node))


def _put_in(kink: Kink, part: Expr, value: Expr, line: Expr) -> Expr:
    """A formula with a part put in at every place, whatever the indices."""
    def visit(node: Expr) -> Expr | None:
        there = _indices_of(part, node, kink.indices)
        return None if there is None else substitute(value, there)

    return transform(line, visit, (part, value))


def _indices_of(part: Expr, node: Expr, indices: tuple[Index, ...]) -> dict[Expr, Expr] | None:
    """The indices with which a part is a node, or None."""
    if type(part) is not type(node):
        return None
    for chosen in permutations(places(node), len(indices)):
        there = dict(zip(indices, chosen, strict=True))
        if substitute(part, there) == node:
            return there
    return None


def _same(left: Expr, right: Expr, kink: Kink) -> bool:
    """Whether two forms are the same; term by term, where the kink is one of each term."""
    if left == right or kink.indices:
        return bool(left == right)
    rest = multiplied_out(difference(left, right))
    return bool(rest == 0 or over_common_denominator(rest) == 0)


def _normal(node: Expr) -> Expr:
    """A formula multiplied out inside and outside, decided cases taken."""
    if not node.args:
        return node
    node = mapped(node, _normal)
    if isinstance(node, heads.Cond):
        answer = decide(node.args[0])
        if answer is not None:
            return node.args[1 if answer else 2]
        return node.args[1] if node.args[1] == node.args[2] else node
    if isinstance(node, heads.Sum) and enter(node.family).body == 0:
        return Integer(0)
    if not isinstance(node, (Add, Mul, Pow)):
        return node
    return _short(node)


def _short(node: Expr) -> Expr:
    """A sum multiplied out, as one fraction where that is shorter."""
    flat = multiplied_out(node)
    return shortest((flat, over_common_denominator(flat)))


def _filters_as_cases(node: Expr) -> Expr | None:
    """A formula with filters of sums as cases of their terms; None where others may move."""
    if any(not isinstance(lam, heads.Sum) and _moves(lam) for lam in _reductions(node)):
        return None
    return _as_cases(node)


def _as_cases(node: Expr) -> Expr:
    node = mapped(node, _as_cases) if node.args else node
    if not isinstance(node, heads.Sum) or not _moves(node):
        return node
    index, body, where, _ = enter(node.family, around(node))
    return heads.Sum.over(heads.Cond(where, body, Integer(0)), index)


def _reductions(node: Expr) -> Iterator[Expr]:
    if not node.args:
        return
    for argument in node.args:
        yield from _reductions(argument)
    if any(isinstance(a, heads.Lam) for a in node.args):
        yield node


def _moves(node: Expr) -> bool:
    """Whether the filter of a reduction compares more than indices and whole numbers."""
    return any(not integral(gap(c))
               for lam in node.args if isinstance(lam, heads.Lam)
               for c in enter(lam, around(node)).where.atoms(*COMPARED))
