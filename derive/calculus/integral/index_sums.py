"""Integrals of sums over an index: term by term, factors of the component's index within them."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Integer, Mul, true

from derive.calculus.integral.integration_tools import SUMMED
from derive.calculus.integral.search_steps import (
    Rewrite,
    Search,
    method,
    owed_by_parts,
    part_of,
    rewrite,
)
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import depends, names, occurs
from derive.core.walk import around, enter, instantiate, schematic
from derive.notation.reading.specification import fresh_indices
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting


def term_by_term(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """∫ Σ_k f(k, x) dx = Σ_k ∫ f(k, x) dx; a filter that x moves becomes a case of each term."""
    body, x = node.args
    if not isinstance(body, heads.Sum):
        return
    (index,) = fresh_indices([body.family.dim], names(body) | names(x), SUMMED)
    integral = _term_integral(node, index)
    part = search.part(integral, f"one term, at {index}", (index,))
    if part is not None:
        yield rewrite(TERM_BY_TERM, search.tools, rule, node, (part,), index=index)


def _term_integral(node: Expr, index: Index) -> Expr:
    """The integral of one term; a filter that the variable moves is a case of it."""
    body, x = node.args
    term, where = instantiate(body.family, index)
    return heads.Antiderivative(
        heads.Cond(where, term, Integer(0)) if depends(where, x) else term, x)


def _term_by_term(node: Expr, setting: Setting) -> Expr:
    body, x = node.args
    index = setting["index"]
    if not isinstance(body, heads.Sum) or index.name in names(body) | names(x):
        return node
    term = part_of(setting, _term_integral(node, index))
    _, where = instantiate(body.family, index)
    return node if term is None else \
        heads.Sum.over(term, index, true if depends(where, x) else where)


def _owed_by_terms(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    return tuple(schematic(o, (setting["index"],)) for o in owed_by_parts(setting))


TERM_BY_TERM = method("term-by-term", _term_by_term, _owed_by_terms)


def factors_into_sum(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """c_m Σ_k f(k, x) as Σ_k c_m f(k, x), for factors of the component's own index m."""
    if _within_sum(node) is not None:
        yield rewrite(INTO_SUM, search.tools, rule, node)


def _within_sum(node: Expr) -> Expr | None:
    """The integrand with its factors of the component's index within its sum, if it is such."""
    body, x = node.args
    if not isinstance(x, heads.Element):
        return None
    factors = list(Mul.make_args(body))
    sums = [f for f in factors if isinstance(f, heads.Sum) and depends(f, x)]
    own = [f for f in factors if f not in sums and not depends(f, x)
           and any(occurs(i, f) for i in x.indices)]
    if len(sums) != 1 or not own:
        return None
    index, term, where, _ = enter(sums[0].family, around(node))
    return Mul(*(f for f in factors if f not in (*own, *sums)),
               heads.Sum.over(Mul(*own, term), index, where))


def _into_sum(node: Expr, setting: Setting) -> Expr:
    body = _within_sum(node)
    return node if body is None else heads.Antiderivative(body, node.args[1])


INTO_SUM = method("factors-into-sum", _into_sum)
