"""Integration by parts, and the product rule backwards."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

from sympy import Add, Integer, Mul, Pow, preorder_traversal

from derive.calculus.integral.integrator_tools import tools
from derive.calculus.integral.search_steps import (
    Rewrite,
    base_rule,
    inner_derivative,
    integrals,
    jumps,
    method,
    owed_by_division,
    rewrite,
)
from derive.core import heads
from derive.core.indexing import depends
from derive.notation.printing.pretty import pretty
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.matching import copies
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting

if TYPE_CHECKING:
    from derive.calculus.integral.integral_search import Integrator

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
                            yield rewrite(PARTS_OF_FLAT, search, rule, node, **{
                                name: value for name, value in found.match.parameters.items()
                                if name != "rule"})
                            return


def _parted(search: Integrator, rule: Rule, node: Any, term: Any, known: Any,
            ) -> list[tuple[float, Rewrite]]:
    """The step with g′ = known, and how long the integrand is that it leaves."""
    x = node.args[1]
    if not depends(known, x) or not depends(Mul(term, Pow(known, -1)), x):
        return []
    whole, _ = at_once(search, heads.Antiderivative(known, x)) or (None, ())
    if whole is None:
        return []
    step = rewrite(BY_PARTS, search, rule, node, factor=Mul(term, Pow(known, -1)), slope=known,
                   integral=whole)
    if step.match.after == node:
        return []
    return [(sum(_hardness(i.args[0]) for i in integrals(step.match.after)), step)]


def _by_parts(node: Any, setting: Setting) -> Any:
    """f g + ∫ (h - f′ g) dx for f = `factor`, g = `integral`, g′ = `slope`."""
    body, x = node.args
    search = tools(setting)
    factor, known, whole = (setting[n] for n in ("factor", "slope", "integral"))
    found = at_once(search, heads.Antiderivative(known, x))
    slope = search.slope(factor, x)
    if found is None or found[0] != whole or slope is None or jumps(factor, x) or jumps(whole, x):
        return node
    rest = Add(body, Mul(-1, factor, known))
    left = search.simplified(Add(rest, Mul(-1, slope, whole)))
    again, left = _times(body, left)
    done = Mul(factor, whole)
    if again == 1:
        return node
    if left != 0:
        done = Add(done, heads.Antiderivative(left, x))
    return done if again == 0 else Mul(Pow(1 - again, -1), done)


def _owed_by_parts(node: Any, setting: Setting) -> tuple[Any, ...]:
    found = at_once(tools(setting), heads.Antiderivative(setting["slope"], node.args[1]))
    return found[1] if found else ()


def _flat(node: Any) -> Any:
    """The integral with its integrand multiplied out."""
    return heads.Antiderivative(multiplied_out(node.args[0]), node.args[1])


def _by_parts_of_flat(node: Any, setting: Setting) -> Any:
    flat = _flat(node)
    after = _by_parts(flat, setting)
    return node if after == flat else after


def _owed_of_flat(node: Any, setting: Setting) -> tuple[Any, ...]:
    flat = _flat(node)
    return (*_owed_by_parts(flat, setting),
            *owed_by_division(_by_parts(flat, setting), *flat.args))


def _says_parts(setting: Setting) -> str:
    return (f"{base_rule(setting).label}, f = {pretty(setting['factor'])}, "
            f"g = {pretty(setting['integral'])}")


BY_PARTS = method("by-parts", _by_parts, _owed_by_parts, _says_parts)
PARTS_OF_FLAT = method("by-parts-multiplied-out", _by_parts_of_flat, _owed_of_flat, _says_parts)


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
    if node not in search.short:
        search.short[node] = _at_once(search, node)
    known: tuple[Any, tuple[Any, ...]] | None = search.short[node]
    return known


def _at_once(search: Integrator, node: Any) -> tuple[Any, tuple[Any, ...]] | None:
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
