"""Integration by parts, and the product rule backwards."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

from sympy import Add, Integer, Mul, Pow, preorder_traversal

from derive.calculus.integration.rewrites import (
    Rewrite,
    inner_derivative,
    integrals,
    jumps,
    rewrite,
)
from derive.core import heads
from derive.core.indexing import depends
from derive.notation.pretty import pretty
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.matching import copies
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule

if TYPE_CHECKING:
    from derive.calculus.integration.search import Integrator

_MOST_FACTORS = 5
_SLACK = 8  # by parts may make an integrand longer by this,
_EARLY = 2  # within so many integrals


def by_parts(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """∫ (f g′ + h) dx = f g + ∫ (h − f′ g) dx, where that is no harder."""
    found = []
    for term in Add.make_args(node.args[0]):
        factors = [c for f in Mul.make_args(term) for c in copies(f)]
        if len(factors) <= _MOST_FACTORS:
            for count in range(1, len(factors)):
                for chosen in dict.fromkeys(combinations(factors, count)):
                    found += _parted(search, rule, node, term, Mul(*chosen))
    least = _hardness(node.args[0]) + (_SLACK if depth < _EARLY else 0)
    yield from (r for length, r in sorted(found, key=lambda f: f[0]) if length < least)


def by_product_rule(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """∫ (f g′ + f′ g) dx = f g, for a sum in which nothing is left over."""
    body, x = node.args
    flat = multiplied_out(body)
    terms = Add.make_args(flat)
    if not 2 <= len(terms) <= _MOST_FACTORS:
        return
    inner = heads.Antiderivative(flat, x)
    for term in terms:
        factors = list(Mul.make_args(term))
        if 2 <= len(factors) <= _MOST_FACTORS:
            for count in range(1, len(factors)):
                for chosen in combinations(factors, count):
                    for left, found in _parted(search, rule, inner, term, Mul(*chosen)):
                        if left == 0 and not integrals(found.match.after):
                            yield _of_flat(rule, node, found)
                            return


def _of_flat(rule: Rule, node: Any, found: Rewrite) -> Rewrite:
    """A step found for the integrand multiplied out, as one for the integrand as it stands."""
    inner = found.match.rule.tactic
    assert inner is not None
    return rewrite(rule, node, lambda e: inner(
        heads.Antiderivative(multiplied_out(e.args[0]), e.args[1])), found.match.rule.margin,
        owed=found.match.obligations)


def _parted(search: Integrator, rule: Rule, node: Any, term: Any, known: Any,
            ) -> list[tuple[float, Rewrite]]:
    """The step with g′ = known, and how long the integrand is that it leaves."""
    x = node.args[1]
    if not depends(known, x) or not depends(Mul(term, Pow(known, -1)), x):
        return []
    whole, owed = at_once(search, heads.Antiderivative(known, x)) or (None, ())
    if whole is None:
        return []
    factor = Mul(term, Pow(known, -1))
    if jumps(factor, x) or jumps(whole, x):
        return []

    def recompute(subject: Any) -> Any:
        slope = search.slope(factor, x)
        if slope is None:
            return subject
        rest = Add(subject.args[0], Mul(-1, factor, known))
        left = search.simplified(Add(rest, Mul(-1, slope, whole)))
        again, left = _times(subject.args[0], left)
        done = Mul(factor, whole)
        if again == 1:
            return subject
        if left != 0:
            done = Add(done, heads.Antiderivative(left, x))
        return done if again == 0 else Mul(Pow(1 - again, -1), done)

    step = rewrite(rule, node, recompute, f"{rule.label}, f = {pretty(factor)}, "
                   f"g = {pretty(whole)}", owed=owed)
    if step.match.after == node:
        return []
    return [(sum(_hardness(i.args[0]) for i in integrals(step.match.after)), step)]


def _hardness(node: Any) -> float:
    """How long an integrand is, high powers counted as long."""
    node = node.as_coeff_Mul()[1]
    powers = [n.args[1] for n in preorder_traversal(node) if isinstance(n, Pow)]
    return measure(node) + 2 * sum(abs(int(e)) for e in powers if e.is_Integer)


def _times(body: Any, left: Any) -> tuple[Any, Any]:
    """How often an integrand comes back in what is left of it, and the rest."""
    terms = Add.make_args(multiplied_out(left))
    own = [t.as_coeff_Mul()[0] for t in terms
           if t.as_coeff_Mul()[1] == body]
    if not own:
        return Integer(0), left
    rest = [t for t in terms if t.as_coeff_Mul()[1] != body]
    return Add(*own), Add(*rest)


def at_once(search: Integrator, node: Any) -> tuple[Any, tuple[Any, ...]] | None:
    """An integral that one rule gives, up to constant factors, and what it owes."""
    body, x = node.args
    fixed, varying = _split(body, x)
    inner = heads.Antiderivative(varying, x)
    for rule in search.rulebook.stage("integrate").by_key.get("integral", ()):
        found = search.reverse_chain(rule, inner) if inner_derivative(rule) is not None \
            else rule.matches(inner)
        if found is not None and not found.after.has(heads.Antiderivative):
            return Mul(fixed, found.after), found.obligations
    return None


def _split(body: Any, x: Any) -> tuple[Any, Any]:
    """The factors that do not depend on x, and those that do."""
    factors = Mul.make_args(body)
    return (Mul(*(f for f in factors if not depends(f, x))),
            Mul(*(f for f in factors if depends(f, x))))
