"""Integration by parts, and the product rule backwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from sympy import Add, Expr, Integer, Mul, Pow, preorder_traversal

from derive.calculus.integral.chain_rule_backwards import by_rule
from derive.calculus.integral.integration_tools import (
    Short,
    Tools,
    integrals,
    jumps,
    owed_by_division,
)
from derive.calculus.integral.search_steps import (
    Rewrite,
    Search,
    base_rule,
    method,
    rewrite,
    tools_of,
)
from derive.core import heads
from derive.core.factors import copies, factors_apart
from derive.core.indexing import depends
from derive.notation.printing.pretty import pretty
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.measure import measure
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting

_MOST_FACTORS = 5
_SLACK = 8  # by parts may make an integrand longer by this,
_EARLY = 2  # within so many integrals


def by_parts(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """∫ (f g′ + h) dx = f g + ∫ (h − f′ g) dx, where that is no harder."""
    steps = []
    for term in Add.make_args(node.args[0]):
        factors = [c for f in Mul.make_args(term) for c in copies(f)]
        for slope in _products(factors):
            steps += _parted(search.tools, rule, node, term, slope)
    least = _hardness(node.args[0]) + (_SLACK if search.depth < _EARLY else 0)
    yield from (step for length, step in sorted(steps, key=lambda s: s[0]) if length < least)


def by_product_rule(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """∫ (f g′ + f′ g) dx = f g, for a sum in which nothing is left over."""
    flat = _flat(node)
    terms = Add.make_args(flat.args[0])
    if not 2 <= len(terms) <= _MOST_FACTORS:
        return
    for term in terms:
        for slope in _products(Mul.make_args(term)):
            for left, step in _parted(search.tools, rule, flat, term, slope):
                if left == 0 and not integrals(step.match.after):
                    parameters = dict(step.match.parameters)
                    parameters.pop("rule")
                    yield rewrite(PARTS_OF_FLAT, search.tools, rule, node, **parameters)
                    return


def _products(factors: Sequence[Expr]) -> Iterator[Expr]:
    """The products of some of the factors, but not of all; nothing where there are too many."""
    if len(factors) <= _MOST_FACTORS:
        for count in range(1, len(factors)):
            for chosen in dict.fromkeys(combinations(factors, count)):
                yield Mul(*chosen)


def _parted(tools: Tools, rule: Rule, node: Expr, term: Expr, slope: Expr,
            ) -> list[tuple[float, Rewrite]]:
    """The step with g′ = slope, and how long the integrand is that it leaves."""
    x = node.args[1]
    factor = Mul(term, Pow(slope, -1))
    if not depends(slope, x) or not depends(factor, x):
        return []
    integral, _ = _at_once(tools, heads.Antiderivative(slope, x)) or (None, ())
    if integral is None:
        return []
    step = rewrite(BY_PARTS, tools, rule, node, factor=factor, slope=slope, integral=integral)
    if step.match.after == node:
        return []
    return [(sum(_hardness(i.args[0]) for i in integrals(step.match.after)), step)]


def _by_parts(node: Expr, setting: Setting) -> Expr:
    """f g + ∫ (h - f′ g) dx for f = `factor`, g = `integral`, g′ = `slope`."""
    body, x = node.args
    tools = tools_of(setting)
    factor, known, integral = (setting[n] for n in ("factor", "slope", "integral"))
    derived = _at_once(tools, heads.Antiderivative(known, x))
    slope = tools.slope(factor, x)
    if derived is None or derived[0] != integral or slope is None or jumps(factor, x) or \
            jumps(integral, x):
        return node
    rest = Add(body, Mul(-1, factor, known))
    again, left = _times(body, tools.simplified(Add(rest, Mul(-1, slope, integral))))
    if again == 1:
        return node
    done = Mul(factor, integral)
    if left != 0:
        done = Add(done, heads.Antiderivative(left, x))
    return done if again == 0 else Mul(Pow(1 - again, -1), done)


def _owed_by_parts(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    derived = _at_once(tools_of(setting), heads.Antiderivative(setting["slope"], node.args[1]))
    return derived[1] if derived else ()


def _flat(node: Expr) -> Expr:
    """The integral with its integrand multiplied out."""
    return heads.Antiderivative(multiplied_out(node.args[0]), node.args[1])


def _by_parts_of_flat(node: Expr, setting: Setting) -> Expr:
    flat = _flat(node)
    after = _by_parts(flat, setting)
    return node if after == flat else after


def _owed_of_flat(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    flat = _flat(node)
    return (*_owed_by_parts(flat, setting),
            *owed_by_division(_by_parts(flat, setting), *flat.args))


def _says_parts(setting: Setting) -> str:
    return (f"{base_rule(setting).label}, f = {pretty(setting['factor'])}, "
            f"g = {pretty(setting['integral'])}")


BY_PARTS = method("by-parts", _by_parts, _owed_by_parts, _says_parts)
PARTS_OF_FLAT = method("by-parts-multiplied-out", _by_parts_of_flat, _owed_of_flat, _says_parts)


def _hardness(node: Expr) -> float:
    """How long an integrand is, high powers counted as long."""
    node = node.as_coeff_Mul()[1]
    powers = [n.args[1] for n in preorder_traversal(node) if isinstance(n, Pow)]
    return measure(node) + 2 * sum(abs(int(e)) for e in powers if e.is_Integer)


def _times(body: Expr, left: Expr) -> tuple[Expr, Expr]:
    """How often an integrand comes back in what is left of it, and the rest."""
    terms = [(t, *t.as_coeff_Mul()) for t in Add.make_args(multiplied_out(left))]
    counts = [count for _, count, formula in terms if formula == body]
    if not counts:
        return Integer(0), left
    return Add(*counts), Add(*(term for term, _, formula in terms if formula != body))


def _at_once(tools: Tools, node: Expr) -> Short | None:
    """An integral that one rule gives, up to constant factors, and what it owes."""
    if node not in tools.short:
        tools.short[node] = _by_single_rule(tools, node)
    return tools.short[node]


def _by_single_rule(tools: Tools, node: Expr) -> Short | None:
    body, x = node.args
    moved, fixed = factors_apart(body, lambda f: depends(f, x))
    inner = heads.Antiderivative(Mul(*moved), x)
    for rule in tools.rulebook.stage("integrate").by_key.get("integral", ()):
        match = by_rule(tools, rule, inner)
        if match is not None and not match.after.has(heads.Antiderivative):
            return Mul(*fixed, match.after), match.obligations
    return None
