"""Integrals of sums term by term, and of cases that single out the component of a label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sympy import Integer, true

from derive.calculus.integration.rewrites import SUMMED, Rewrite, derivation, fresh, rewrite
from derive.core import heads
from derive.core.indexing import depends, names
from derive.core.kinds import Kind
from derive.core.walk import instantiate, schematic, substitute
from derive.derivation import Derivation
from derive.notation.pretty import pretty
from derive.notation.specification import fresh_indices
from derive.rulebook.rule import Rule

if TYPE_CHECKING:
    from derive.calculus.integration.search import Integrator


def beside(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """∫ (f if m != y else g) dz[m]: in f the labelled component is another one, in g this one."""
    body, x = node.args
    if not isinstance(body, heads.Cond) or not _by_place(body.args[0], x):
        return
    test = body.args[0]
    (label,) = (a for a in test.args if a != x.indices[0])
    there = heads.Element(x.tensor, label)
    held = fresh("c", body, Kind(x.tensor.kind.domain))
    equal = isinstance(test, heads.Equal)
    parts: list[Derivation] = []
    for case, here in zip(body.args[1:], (equal, not equal), strict=True):
        integral = heads.Antiderivative(_fixed(case, x, label, x if here else held, here), x)
        plan = search.solve(integral, depth + 1)
        if plan is None:
            return
        note = f"with {pretty(there)} = {pretty(x)}" if here else \
            f"with {held} = {pretty(there)}, another component"
        parts.append(derivation(integral, plan, search.rulebook, note))

    def recompute(subject: Any) -> Any:
        cases = subject.args[0].args[1:]
        for case, part, here in zip(cases, parts, (equal, not equal), strict=True):
            if _fixed(case, x, label, x if here else held, here) != part.start.args[0]:
                return subject
        return heads.Cond(test, *(substitute(p.result, {held: there}) for p in parts))

    owed = tuple(substitute(o, {held: there}) for p in parts for o in p.obligations)
    shown = tuple(p for p in parts if p.start.args[0] != 0)
    yield rewrite(rule, node, recompute, "by cases", shown, owed)


def _by_place(test: Any, x: Any) -> bool:
    """Whether a condition asks if a label is the component's own place."""
    return isinstance(test, (heads.NotEqual, heads.Equal)) and isinstance(x, heads.Element) and \
        len(x.indices) == 1 and x.indices[0] in test.args


def _fixed(case: Any, x: Any, label: Any, stands: Any, equal: bool) -> Any:
    """A case in which the label is, or is not, the component's own place."""
    there = heads.Element(x.tensor, label)
    return substitute(case, {there: stands,
                             heads.Delta(x.indices[0], label): Integer(int(equal))})


def term_by_term(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """∫ Σ_k f(k, x) dx = Σ_k ∫ f(k, x) dx; a filter that x moves becomes a case of each term."""
    body, x = node.args
    if not isinstance(body, heads.Sum):
        return
    (index,) = fresh_indices([body.family.dim], names(body) | names(x), SUMMED)
    term, where = instantiate(body.family, index)
    moves = depends(where, x)
    integral = heads.Antiderivative(heads.Cond(where, term, Integer(0)) if moves else term, x)
    plan = search.solve(integral, depth + 1)
    if plan is None:
        return
    part = derivation(integral, plan, search.rulebook, f"one term, at {index}", indices=(index,))

    def recompute(subject: Any) -> Any:
        again, filter_ = instantiate(subject.args[0].family, index)
        if (heads.Cond(filter_, again, Integer(0)) if moves else again) != part.start.args[0]:
            return subject
        return heads.Sum.over(part.result, index, true if moves else filter_)

    owed = tuple(schematic(o, (index,)) for o in part.obligations)
    yield rewrite(rule, node, recompute, "", (part,), owed)
