"""Integrals of an integrand's parts, case by case.

Two antiderivatives that differ by a jump where one case passes into the other are no
antiderivative there, although each is one on its side: a constant makes them meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul, Pow

from derive.calculus.integral.integration_tools import Tools, fresh, jumps, undefined
from derive.calculus.integral.search_steps import (
    Rewrite,
    Search,
    method,
    owed_by_parts,
    part_of,
    rewrite,
    tools_of,
)
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.factors import difference, factors_apart
from derive.core.indexing import depends
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.functions.decisions import decide
from derive.notation.printing.pretty import pretty
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting


def by_cases(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """∫ (f if a < b else g) dx, for a - b linear in x or in |u| with u linear."""
    body, x = node.args
    if not isinstance(body, heads.Cond):
        return
    if _nested(body) is not None:
        yield rewrite(NESTED, search.tools, rule, node)
        return
    if _edges(search.tools, body.args[0], x) is None:
        return
    places = (f"where {pretty(body.args[0])}", "elsewhere")
    parts = _solved(search, [(heads.Antiderivative(case, x), place)
                             for place, case in zip(places, body.args[1:], strict=True)])
    step = None if parts is None else rewrite(BY_CASES, search.tools, rule, node, parts)
    if step is not None and step.match.after != node and not undefined(step.match.after):
        yield step


def _solved(search: Search, integrals: list[tuple[Expr, str]]) -> tuple[Derivation, ...] | None:
    """The derivations of integrals with their notes, but of ∫ 0; None where one is not solved."""
    parts = []
    for integral, note in integrals:
        part = search.part(integral, note)
        if part is None:
            return None
        if integral.args[0] != 0:
            parts.append(part)
    return tuple(parts)


def _nested(body: Expr) -> Expr | None:
    """A case distinction by two conditions as one inside the other, or a negated one turned."""
    test, yes, no = body.args
    if isinstance(test, heads.Both):
        outer, inner = sorted(test.args, key=lambda t: not isinstance(t, heads.NotEqual))
        return heads.Cond(outer, heads.Cond(inner, yes, no), no)
    if isinstance(test, heads.Either):
        return heads.Cond(test.args[0], yes, heads.Cond(test.args[1], yes, no))
    if isinstance(test, heads.Not):
        return heads.Cond(test.args[0], no, yes)
    return None


@dataclass(frozen=True)
class Edges:
    """Where a condition passes from true to false.

    `size` is the u of |u|, or None; `roots` the values of x; `inside` says whether the condition
    holds between the two roots; `owed` that they are two, and not in the wrong order.
    """

    size: Expr | None
    roots: tuple[Expr, ...]
    inside: bool = True
    owed: tuple[Expr, ...] = ()


def _edges(tools: Tools, test: Expr, x: Expr) -> Edges | None:
    """The edges of a comparison of what is linear in x, or in |u| with u linear, else None."""
    if not isinstance(test, (heads.Less, heads.LessEqual)):
        return None
    gap = difference(test.args[1], test.args[0])
    size = _only_size(gap, x)
    if size is None:
        root = _root(tools, gap, x)
        return None if root is None else Edges(None, (root,))
    coefficient = Mul(*(f for t in Add.make_args(gap) if t.has(size) for f in Mul.make_args(t)
                        if f != size))
    falls = decide(heads.Less(coefficient, Integer(0)))
    if falls is None:
        return None
    fixed = Add(*(t for t in Add.make_args(gap) if not depends(t, x)))
    rest = Mul(fixed, Pow(Mul(-1, coefficient), -1))  # |u| at the edges
    roots = tuple(_root(tools, Add(size.args[1], Mul(sign, rest)), x) for sign in (-1, 1))
    order = heads.LessEqual(Integer(0), rest)
    known = decide(order)
    if None in roots or known is False:
        return None
    return Edges(size.args[1], roots, falls, () if known else (order,))


def _only_size(gap: Expr, x: Expr) -> Expr | None:
    """The |u| of c |u| + d, where c and d do not depend on x; else None."""
    moved = [t for t in Add.make_args(gap) if depends(t, x)]
    sizes, others = factors_apart(Mul(*moved), lambda f: isinstance(f, heads.Apply)
                                  and f.name == "abs")
    alone = len(moved) == len(sizes) == 1 and not depends(Mul(*others), x)
    return sizes[0] if alone else None


def _root(tools: Tools, gap: Expr, x: Expr) -> Expr | None:
    """The zero of a linear function of x."""
    slope = tools.slope(gap, x)
    if slope is None or slope == 0 or depends(slope, x) or jumps(gap, x):
        return None
    if depends(tools.simplified(Add(gap, Mul(-1, slope, x))), x):
        return None
    start = substitute(gap, {x: Integer(0)})
    root = tools.quotient(Mul(-1, start), slope)
    return None if undefined(root) else root


def _joined(tools: Tools, node: Expr, first: Expr, second: Expr) -> Expr:
    """The two antiderivatives, with constants that make them meet at the edges.

    Between two edges a case is one piece, beyond them it is two: those take the constants.
    """
    body, x = node.args
    edges = _edges(tools, body.args[0], x)
    if edges is None:
        return node
    middle, beyond = (first, second) if edges.inside else (second, first)
    gaps = [_value(tools, difference(*(substitute(f, {x: r}) for f in (middle, beyond))))
            for r in edges.roots]
    once = len(gaps) == 1 or _value(tools, difference(gaps[0], gaps[1])) == 0
    if once and not depends(beyond, x):
        middle = difference(middle, gaps[0])
    elif once:
        beyond = Add(beyond, gaps[0])
    else:
        beyond = heads.Cond(heads.Less(Integer(0), edges.size), *(
            Add(beyond, j) for j in gaps))
    pair = (middle, beyond) if edges.inside else (beyond, middle)
    return heads.Cond(body.args[0], *pair)


def _by_cases(node: Expr, setting: Setting) -> Expr:
    body, x = node.args
    first, second = (part_of(setting, heads.Antiderivative(case, x)) for case in body.args[1:])
    return node if first is None or second is None else \
        _joined(tools_of(setting), node, first, second)


def _owed_by_cases(node: Expr, setting: Setting) -> tuple[Expr, ...]:
    edges = _edges(tools_of(setting), node.args[0].args[0], node.args[1])
    return (*(edges.owed if edges else ()), *owed_by_parts(setting))


def _conditions_nested(node: Expr, setting: Setting) -> Expr:
    nested = _nested(node.args[0]) if isinstance(node.args[0], heads.Cond) else None
    return node if nested is None else heads.Antiderivative(nested, node.args[1])


NESTED = method("nested-conditions", _conditions_nested,
                margin=lambda setting: "one condition inside the other")
BY_CASES = method("by-cases", _by_cases, _owed_by_cases)


def _value(tools: Tools, node: Expr) -> Expr:
    """A formula at an edge, as short as the rules make it."""
    return Work(node, tools.rulebook).run("gradient").line if node.args else node


# Cases that single out the component of a label


def beside(search: Search, rule: Rule, node: Expr) -> Iterator[Rewrite]:
    """∫ (f if m != y else g) dz[m]: in f the labelled component is another one, in g this one."""
    body, x = node.args
    if not isinstance(body, heads.Cond) or not _by_place(body.args[0], x):
        return
    there, another = _labelled(node)
    here = f"with {pretty(there)} = {pretty(x)}"
    elsewhere = f"with {another} = {pretty(there)}, another component"
    notes = (here, elsewhere) if isinstance(body.args[0], heads.Equal) else (elsewhere, here)
    parts = _solved(search, list(zip(_integrals(node), notes, strict=True)))
    if parts is not None:
        yield rewrite(BESIDE, search.tools, rule, node, parts)


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
