"""Of forms that differ in a sign or in a place alone, one: (a - b)² and (b - a)²."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, Rational

from derive.core import heads
from derive.core.atoms import Named
from derive.core.factors import turned
from derive.core.indexing import parts
from derive.core.walk import around, enter, places, substitute, transform, with_arguments
from derive.rulebook.measure import is_negative, measure


def faces_joined(node: Expr) -> Expr:
    """Even powers of a - b and of b - a, where both occur, as powers of the same."""
    if not isinstance(node, (Add, Mul, heads.Cond)):
        return node
    if not any(map(_is_even, parts(node))):
        return node
    bases = {part.args[0] for part, _ in places(node) if _is_even(part)}
    twice = {base for base in bases if turned(base) in bases}
    if not twice:
        return node
    chosen = {base for base in twice if base.compare(turned(base)) < 0}
    return transform(node, lambda part: Pow(turned(part.args[0]), part.args[1]) if _is_even(
        part) and part.args[0] in twice - chosen else None)


def _is_even(node: Expr) -> bool:
    return isinstance(node, Pow) and isinstance(node.args[0], Add) and bool(
        node.args[1].is_Integer and node.args[1].is_even)


def places_beside_deltas(node: Expr) -> Expr:
    """δ(i, y[n]) f(y[n]) as δ(i, y[n]) f(i), where that is shorter."""
    if not isinstance(node, Mul):
        return node
    for delta in node.args:
        if not isinstance(delta, heads.Delta):
            continue
        first, second = delta.args
        for old, new in ((second, first), (first, second)):
            if old.args and not new.args:
                rest = Mul(*(f for f in node.args if f is not delta))
                shorter = Mul(delta, substitute(rest, {old: new}))
                if measure(shorter) < measure(node):
                    return shorter
    return node


def sign_inwards(node: Expr) -> Expr:
    """-c (a - b) as c (b - a), also where the bracket stands within a sum over an index."""
    if isinstance(node, heads.Cond):
        return with_arguments(node, (node.args[0], *map(sign_inwards, node.args[1:])))
    if not isinstance(node, Mul) or not is_negative(node):
        return node
    return _with_a_turned_bracket(Mul(Integer(-1), node)) or node


def _with_a_turned_bracket(node: Expr) -> Expr | None:
    """A product with the sign of one of its brackets changed, or None where none is free to."""
    factors = list(Mul.make_args(node))
    for place, factor in enumerate(factors):
        other = _turned(factor)
        if other is not None:
            return Mul(*factors[:place], other, *factors[place + 1:])
    return None


def _turned(factor: Expr) -> Expr | None:
    """A bracket or a sum with the other sign, no longer than it was."""
    if isinstance(factor, Add):
        signs = {is_negative(t) for t in factor.args}
        return turned(factor) if True in signs and not _keeps_its_face(factor) else None
    if isinstance(factor, heads.Sum):
        index, body, where, _ = enter(factor.family, around(factor))
        inner = _with_a_turned_bracket(body)
        return None if inner is None else heads.Sum.over(inner, index, where)
    return None


def _keeps_its_face(factor: Expr) -> bool:
    """Whether a bracket is 1 - t or 2 y - 1, which are rather read so."""
    unit = len(factor.args) == 2 and any(isinstance(a, Rational) and a > 0 for a in factor.args)
    return any(a.as_coeff_Mul()[0] not in (1, -1) for a in factor.args) or (unit and any(
        is_negative(a) and isinstance(a.args[-1], (Named, heads.Element)) for a in factor.args))
