"""Integrals of sums term by term, and of cases that single out the component of a label."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Integer, true

from derive.calculus.integral.integration_tools import SUMMED, fresh
from derive.calculus.integral.search_steps import (
    Rewrite,
    Search,
    method,
    owed_by_parts,
    part_of,
    rewrite,
)
from derive.core import heads
from derive.core.atoms import Index, Variable
from derive.core.indexing import depends, names
from derive.core.kinds import Kind
from derive.core.walk import instantiate, schematic, substitute
from derive.derivation import Derivation
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import fresh_indices
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting


def beside(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """∫ (f if m != y else g) dz[m]: in f the labelled component is another one, in g this one."""
    body, x = node.args
    if not isinstance(body, heads.Cond) or not _by_place(body.args[0], x):
        return
    there, another = _labelled(node)
    equal = isinstance(body.args[0], heads.Equal)
    parts: list[Derivation] = []
    for integral, here in zip(_integrals(node), (equal, not equal), strict=True):
        part = search.part(integral, f"with {pretty(there)} = {pretty(x)}" if here else
                           f"with {another} = {pretty(there)}, another component")
        if part is None:
            return
        if integral.args[0] != 0:
            parts.append(part)
    yield rewrite(BESIDE, search.tools, rule, node, tuple(parts))


def _labelled(node: Expr) -> tuple[heads.Element, Variable]:
    """The labelled component, and the name for it where it is another one than the variable."""
    body, x = node.args
    (label,) = (a for a in body.args[0].args if a != x.indices[0])
    return heads.Element(x.tensor, label), fresh("c", body, Kind(x.tensor.kind.domain))


def _integrals(node: Expr) -> tuple[Expr, Expr]:
    """The integrals of the two cases."""
    body, x = node.args
    there, another = _labelled(node)
    equal = isinstance(body.args[0], heads.Equal)
    first, second = (heads.Antiderivative(
        _fixed(case, x, there.indices[0], x if here else another, here), x)
        for case, here in zip(body.args[1:], (equal, not equal), strict=True))
    return first, second


def _beside(node: Expr, setting: Setting) -> Expr:
    cases = [part_of(setting, integral) for integral in _integrals(node)]
    if None in cases:
        return node
    there, another = _labelled(node)
    return heads.Cond(node.args[0].args[0], *(substitute(f, {another: there})
                                              for f in cases))


def _owed_beside(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    there, another = _labelled(node)
    return tuple(substitute(o, {another: there}) for o in owed_by_parts(setting))


BESIDE = method("beside", _beside, _owed_beside, lambda setting: "by cases")


def _by_place(test: Expr, x: Expr) -> bool:
    """Whether a condition asks if a label is the component's own place."""
    return isinstance(test, (heads.NotEqual, heads.Equal)) and isinstance(x, heads.Element) and \
        len(x.indices) == 1 and x.indices[0] in test.args


def _fixed(case: Expr, x: heads.Element, label: Expr, stands: Expr, equal: bool) -> Expr:
    """A case in which the label is, or is not, the component's own place."""
    there = heads.Element(x.tensor, label)
    return substitute(case, {there: stands,
                             heads.Delta(x.indices[0], label): Integer(int(equal))})


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
