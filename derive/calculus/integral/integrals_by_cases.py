"""Integrals by cases: each case by itself, and a constant so that they meet.

Two antiderivatives that differ by a jump where one case passes into the other are no
antiderivative there, although each is one on its side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul, Pow

from derive.calculus.integral.integration_tools import Tools, jumps, undefined
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
from derive.core.indexing import depends
from derive.core.walk import substitute
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
    parts = []
    places = (f"where {pretty(body.args[0])}", "elsewhere")
    for place, case in zip(places, body.args[1:], strict=True):
        part = search.part(heads.Antiderivative(case, x), place)
        if part is None:
            return
        if case != 0:
            parts.append(part)
    step = rewrite(BY_CASES, search.tools, rule, node, tuple(parts))
    if step.match.after != node and not undefined(step.match.after):
        yield step


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
    gap = Add(test.args[1], Mul(-1, test.args[0]))
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
    factors = Mul.make_args(moved[0]) if len(moved) == 1 else ()
    sizes = [f for f in factors if isinstance(f, heads.Apply) and f.name == "abs"]
    if len(sizes) != 1 or depends(Mul(*(f for f in factors if f is not sizes[0])), x):
        return None
    (size,) = sizes
    return size


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
    gaps = [_value(tools, Add(substitute(middle, {x: r}),
                                Mul(-1, substitute(beyond, {x: r})))) for r in edges.roots]
    once = len(gaps) == 1 or _value(tools, Add(gaps[0], Mul(-1, gaps[1]))) == 0
    if once and not depends(beyond, x):
        middle = Add(middle, Mul(-1, gaps[0]))
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
