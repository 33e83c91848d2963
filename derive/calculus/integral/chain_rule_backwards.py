"""The chain rule backwards: ∫ f(u) u′ dx, and the integral of what a softmax was put through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sympy import Add, Expr, Mul, Pow

from derive.calculus.integral.integration_tools import SUMMED, Tools, fresh, jumps, undefined
from derive.calculus.integral.search_steps import (
    Rewrite,
    Search,
    base_rule,
    method,
    part_of,
    rewrite,
    tools_of,
)
from derive.core import heads
from derive.core.atoms import Index
from derive.core.factors import factors_apart
from derive.core.indexing import depends, names
from derive.core.kinds import Kind
from derive.core.walk import around, instantiate, substitute, with_arguments
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import fresh_indices
from derive.rulebook import rewriting
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.filling import Bindings, fill
from derive.rulebook.matching import match, match_terms
from derive.rulebook.patterns import MetaApply
from derive.rulebook.rule import Match, Rule
from derive.rulebook.tactics import Setting


def inner_derivative(rule: Rule) -> Expr | None:
    """The d(u(x), x) in the integrand of a rule, or None."""
    if not isinstance(rule.left, heads.Antiderivative):
        return None
    return next((p for p in Mul.make_args(rule.left.args[0]) if isinstance(p, heads.Partial)
                 and isinstance(p.args[0], MetaApply)), None)


def by_rule(tools: Tools, rule: Rule, node: Expr) -> Match | None:
    """A rule applied to an integral, one about f(u) u′ with the constant that is left over."""
    marker = inner_derivative(rule)
    return rule.matches(node) if marker is None else _reverse_chain(tools, rule, marker, node)


def _reverse_chain(tools: Tools, rule: Rule, marker: Expr, node: Expr) -> Match | None:
    """A rule about f(u) u′ applied to c f(u) u′: the u is read off f, its u′ derived.

    The constant c is what the integrand has left over f(u) u′.
    """
    body, x = node.args
    outer = [p for p in Mul.make_args(rule.left.args[0]) if p is not marker]
    for bindings in _occurrences(outer, body, {rule.left.args[1].name: x}, x):
        inner = bindings[marker.args[0].name].body
        if depends(inner, x) and not jumps(inner, x) and \
                _left_over(tools, rule, bindings, body, x) is not None and \
                rule.open_conditions(bindings) is not None:
            return rewrite(REVERSE_CHAIN, tools, rule, node, bindings=bindings).match
    return None


def _left_over(tools: Tools, rule: Rule, bindings: Bindings, body: Expr, x: Expr) -> Expr | None:
    """The constant c of c f(u) u′, or None where there is none."""
    marker: Any = inner_derivative(rule)
    inner = tools.slope(bindings[marker.args[0].name].body, x)
    if inner is None or inner == 0:
        return None
    outer = Mul(*(fill(p, bindings) for p in Mul.make_args(rule.left.args[0])
                  if p is not marker))
    factor = tools.quotient(body, Mul(outer, inner))
    return None if depends(factor, x) or undefined(factor) else factor


def _occurrences(outer: list[Expr], body: Expr, bindings: Mapping[str, Any], x: Expr,
                 ) -> Iterator[dict[str, Any]]:
    """The ways in which f(u) stands as a factor, or as several, of an integrand."""
    if len(outer) > 1:
        for several, _ in match_terms(Mul(*outer), body, bindings, around(body), (x,)):
            yield several
        return
    (pattern,) = outer
    for factor in dict.fromkeys((body, *Mul.make_args(body))):
        yield from match(pattern, factor, bindings, around(factor), (x,))


def _chain_parts(setting: Setting) -> tuple[Rule, Expr, Expr]:
    """The rule about f(u) u′ of a step, its u and its x."""
    rule = base_rule(setting)
    marker: Any = inner_derivative(rule)
    bindings = setting["bindings"]
    return rule, bindings[marker.args[0].name].body, bindings[rule.left.args[1].name]


def _with_part(setting: Setting) -> str:
    rule, inner, x = _chain_parts(setting)
    return rule.label if inner == x else f"{rule.label}, u = {pretty(inner)}"


def _reversed(node: Expr, setting: Setting) -> Expr:
    """c f(u) for ∫ c f′(u) u′ dx; the constant is read off the integrand."""
    rule, inner, x = _chain_parts(setting)
    bindings = setting["bindings"]
    body, at = node.args
    if x != at or jumps(inner, x) or rule.open_conditions(bindings) is None:
        return node
    factor = _left_over(tools_of(setting), rule, bindings, body, x)
    return node if factor is None else Mul(factor, fill(rule.right, bindings))


def _owed_by_chain(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    return base_rule(setting).open_conditions(setting["bindings"]) or ()


REVERSE_CHAIN = method("reverse-chain", _reversed, _owed_by_chain, _with_part)


# Through a softmax


class Composite(NamedTuple):
    """The parts of an integrand c p_m (h_m - Σ_k p_k h_k): c, p_m, the index k and h_k."""

    factor: Expr
    probability: Expr
    index: Index
    inner: Expr

    @property
    def place(self) -> Expr:
        """p_k, the softmax at the index of the sum."""
        return _at(self.probability, self.index)

    def integral(self, name: Expr) -> Expr:
        """The integral of h_k in p_k, under a name for that."""
        return heads.Antiderivative(rewriting.replace(self.inner, self.place, name), name)


def through_softmax(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """∫ p_m (h_m - Σ_k p_k h_k) dz_m = Σ_k H_k(p_k), where h_k is a function of p_k alone."""
    composite = _taken_apart(node, rule)
    if composite is None:
        return
    new = fresh("v", node.args[0], Kind("probability"))
    integral = composite.integral(new)
    if depends(integral.args[0], node.args[1]):
        return
    part = search.part(integral, f"with {new} = {pretty(composite.place)}", (composite.index,))
    if part is not None:
        yield rewrite(THROUGH, search.tools, rule, node, (part,), new=new)


def _through(node: Expr, setting: Setting) -> Expr:
    composite = _taken_apart(node, base_rule(setting))
    if composite is None:
        return node
    integral = composite.integral(setting["new"])
    formula = None if depends(integral.args[0], node.args[1]) else part_of(setting, integral)
    if formula is None:
        return node
    term = substitute(formula, {setting["new"]: composite.place})
    return Mul(composite.factor, heads.Sum.over(term, composite.index))


THROUGH = method("through-a-vector", _through)


def _at(probability: Expr, index: Expr) -> Expr:
    """A softmax at another index."""
    return with_arguments(probability, (*probability.args[:-1], index))


def _taken_apart(node: Expr, rule: Rule) -> Composite | None:
    """The parts of an integrand that is a derivative through the function of the rule, a softmax.
    """
    body, at = node.args
    if not isinstance(at, heads.Element) or len(at.indices) != 1:
        return None
    (head, *_) = (f.name for f in rule.left.atoms(heads.Apply))
    free = at.indices[0]
    probabilities = (f for f in Mul.make_args(body) if isinstance(f, heads.Apply)
                     and f.name == head and f.args[-1] == free)
    candidates = (_composite(Mul(body, Pow(p, -1)), p, free) for p in probabilities)
    return next((c for c in candidates if c is not None and not depends(c.factor, at)), None)


def _composite(rest: Expr, probability: Expr, free: Index) -> Composite | None:
    """The parts of an integrand that is `rest` times p_m, if it is c (h_m - Σ_k p_k h_k)."""
    sums, others = factors_apart(rest, lambda f: isinstance(f, Add))
    inner = _inner(sums[0], probability, free) if len(sums) == 1 else None
    return None if inner is None else Composite(Mul(*others), probability, *inner)


def _inner(bracket: Expr, probability: Expr, free: Index) -> tuple[Index, Expr] | None:
    """The index k and h_k of a bracket h_m - Σ_k p_k h_k."""
    for term in bracket.args:
        coefficient, total = term.as_coeff_Mul()
        if not isinstance(total, heads.Sum) or coefficient != -1:
            continue
        (index,) = fresh_indices([total.family.dim], names(bracket) | {free.name}, SUMMED)
        inside, where = instantiate(total.family, index)
        inner = Mul(inside, Pow(_at(probability, index), -1))
        own = substitute(inner, {index: free})
        gap = multiplied_out(Add(bracket, Mul(-1, term), Mul(-1, own)))
        if not where.args and gap == 0:
            return index, inner
    return None
