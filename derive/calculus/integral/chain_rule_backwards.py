"""The chain rule through a softmax, backwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sympy import Add, Mul, Pow

from derive.calculus.integral.search_steps import (
    SUMMED,
    Rewrite,
    base_rule,
    derivation,
    fresh,
    method,
    part_of,
    rewrite,
)
from derive.core import heads
from derive.core.indexing import depends, names
from derive.core.kinds import Kind
from derive.core.walk import instantiate, substitute, with_arguments
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import fresh_indices
from derive.rulebook import rewriting
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting

if TYPE_CHECKING:
    from derive.calculus.integral.integral_search import Integrator


def through_softmax(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """∫ p_m (h_m - Σ_k p_k h_k) dz_m = Σ_k H_k(p_k), where h_k is a function of p_k alone."""
    body, at = node.args
    (head, *_) = (f.name for f in rule.left.atoms(heads.Apply))  # that of the rule: softmax
    found = _taken_apart(body, at, head)
    if found is None:
        return
    _, probability, index, _ = found
    place = with_arguments(probability, (*probability.args[:-1], index))
    new = fresh("v", body, Kind("probability"))
    integral = _in_probability(found, new)
    if depends(integral.args[0], at):
        return
    plan = search.solve(integral, depth + 1)
    if plan is None:
        return
    part = derivation(integral, plan, search.rulebook, f"with {new} = {pretty(place)}",
                      indices=(index,))
    yield rewrite(THROUGH, search, rule, node, (part,), new=new)


def _in_probability(found: tuple[Any, Any, Any, Any], new: Any) -> Any:
    """The integral of h_k in p_k, under a name for that."""
    _, probability, index, inner = found
    place = with_arguments(probability, (*probability.args[:-1], index))
    return heads.Antiderivative(rewriting.replace(inner, place, new), new)


def _through(node: Any, setting: Setting) -> Any:
    body, at = node.args
    (head, *_) = (f.name for f in base_rule(setting).left.atoms(heads.Apply))
    found = _taken_apart(body, at, head)
    if found is None:
        return node
    factor, probability, index, _ = found
    integral = _in_probability(found, setting["new"])
    formula = None if depends(integral.args[0], at) else part_of(setting, integral)
    if formula is None:
        return node
    place = with_arguments(probability, (*probability.args[:-1], index))
    return Mul(factor, heads.Sum.over(substitute(formula, {setting["new"]: place}), index))


THROUGH = method("through-a-vector", _through)


def _taken_apart(body: Any, at: Any, head: str) -> tuple[Any, Any, Any, Any] | None:
    """The constant, p_m, an index k and h_k of an integrand c p_m (h_m - Σ_k p_k h_k)."""
    if not isinstance(at, heads.Element) or len(at.indices) != 1:
        return None
    free = at.indices[0]
    for probability in (f for f in Mul.make_args(body) if isinstance(f, heads.Apply)):
        if probability.name != head or probability.args[-1] != free:
            continue
        rest = Mul(body, Pow(probability, -1))
        sums = [f for f in Mul.make_args(rest) if isinstance(f, Add)]
        if len(sums) != 1:
            continue
        factor = Mul(*(f for f in Mul.make_args(rest) if f is not sums[0]))
        found = _inner(sums[0], probability, free)
        if found is not None and not depends(factor, at):
            return factor, probability, *found
    return None


def _inner(bracket: Any, probability: Any, free: Any) -> tuple[Any, Any] | None:
    """The index k and h_k of a bracket h_m - Σ_k p_k h_k."""
    for term in bracket.args:
        coefficient, total = term.as_coeff_Mul()
        if not isinstance(total, heads.Sum) or coefficient != -1:
            continue
        (index,) = fresh_indices([total.family.dim], names(bracket) | {free.name}, SUMMED)
        inside, where = instantiate(total.family, index)
        there = with_arguments(probability, (*probability.args[:-1], index))
        inner = Mul(inside, Pow(there, -1))
        own = substitute(inner, {index: free})
        gap = multiplied_out(Add(bracket, Mul(-1, term), Mul(-1, own)))
        if not where.args and gap == 0:
            return index, inner
    return None
