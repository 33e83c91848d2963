"""Integrals by cases: each case by itself, and a constant so that they meet.

Two antiderivatives that differ by a jump where one case passes into the other are no
antiderivative there, although each is one on its side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sympy import Add, Integer, Mul, Pow

from derive.calculus.integral.integrator_tools import tools
from derive.calculus.integral.search_steps import (
    Rewrite,
    derivation,
    jumps,
    method,
    owed_by_parts,
    part_of,
    rewrite,
    undefined,
)
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import depends
from derive.core.walk import substitute
from derive.functions.decisions import decide
from derive.notation.printing.pretty import pretty
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting

if TYPE_CHECKING:
    from derive.calculus.integral.integral_search import Integrator


def by_cases(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """∫ (f if a < b else g) dx, for a - b linear in x or in |u| with u linear."""
    body, x = node.args
    if not isinstance(body, heads.Cond):
        return
    nested = _nested(body)
    if nested is not None:
        yield rewrite(NESTED, search, rule, node)
        return
    edges = _edges(search, body.args[0], x)
    if edges is None:
        return
    parts = []
    places = (f"where {pretty(body.args[0])}", "elsewhere")
    for place, case in zip(places, body.args[1:], strict=True):
        integral = heads.Antiderivative(case, x)
        plan = search.solve(integral, depth + 1)
        if plan is None:
            return
        if case != 0:
            parts.append(derivation(integral, plan, search.rulebook, place))
    found = rewrite(BY_CASES, search, rule, node, tuple(parts))
    if found.match.after != node and not undefined(found.match.after):
        yield found


def _nested(body: Any) -> Any | None:
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

    size: Any
    roots: list[Any]
    inside: bool = True
    owed: tuple[Any, ...] = ()


def _edges(search: Integrator, test: Any, x: Any) -> Edges | None:
    """The edges of a comparison of what is linear in x, or in |u| with u linear, else None."""
    if not isinstance(test, (heads.Less, heads.LessEqual)):
        return None
    gap = Add(test.args[1], Mul(-1, test.args[0]))
    inner = [t for t in Add.make_args(gap) if depends(t, x)]
    factors = Mul.make_args(inner[0]) if len(inner) == 1 else ()
    sizes = [f for f in factors if isinstance(f, heads.Apply) and f.name == "abs"]
    if len(sizes) != 1 or depends(Mul(*(f for f in factors if f is not sizes[0])), x):
        root = _root(search, gap, x)
        return None if root is None else Edges(None, [root])
    coefficient = Mul(*(f for f in factors if f is not sizes[0]))
    falls = decide(heads.Less(coefficient, Integer(0)))
    if falls is None:
        return None
    rest = Mul(Add(gap, Mul(-1, inner[0])), Pow(Mul(-1, coefficient), -1))  # |u| at the edges
    roots = [_root(search, Add(sizes[0].args[1], Mul(sign, rest)), x) for sign in (-1, 1)]
    order = heads.LessEqual(Integer(0), rest)
    known = decide(order)
    if None in roots or known is False:
        return None
    return Edges(sizes[0].args[1], roots, falls, () if known else (order,))


def _root(search: Integrator, gap: Any, x: Any) -> Any | None:
    """The zero of a linear function of x."""
    slope = search.slope(gap, x)
    if slope is None or slope == 0 or depends(slope, x) or jumps(gap, x):
        return None
    if depends(search.simplified(Add(gap, Mul(-1, slope, x))), x):
        return None
    start = substitute(gap, {x: Integer(0)})
    found = search.quotient(Mul(-1, start), slope)
    return None if undefined(found) else found


def _joined(search: Integrator, node: Any, first: Any, second: Any) -> Any:
    """The two antiderivatives, with constants that make them meet at the edges.

    Between two edges a case is one piece, beyond them it is two: those take the constants.
    """
    body, x = node.args
    edges = _edges(search, body.args[0], x)
    if edges is None:
        return node
    one_piece, beyond = (first, second) if edges.inside else (second, first)
    jumps_ = [value(search, Add(substitute(one_piece, {x: r}),
                                Mul(-1, substitute(beyond, {x: r})))) for r in edges.roots]
    once = len(jumps_) == 1 or value(search, Add(jumps_[0], Mul(-1, jumps_[1]))) == 0
    if once and not depends(beyond, x):
        one_piece = Add(one_piece, Mul(-1, jumps_[0]))
    elif once:
        beyond = Add(beyond, jumps_[0])
    else:
        beyond = heads.Cond(heads.Less(Integer(0), edges.size), *(
            Add(beyond, j) for j in jumps_))
    pair = (one_piece, beyond) if edges.inside else (beyond, one_piece)
    return heads.Cond(body.args[0], *pair)


def _by_cases(node: Any, setting: Setting) -> Any:
    body, x = node.args
    found = [part_of(setting, heads.Antiderivative(case, x)) for case in body.args[1:]]
    return node if None in found else _joined(tools(setting), node, *found)


def _owed_by_cases(node: Any, setting: Setting) -> tuple[Any, ...]:
    edges = _edges(tools(setting), node.args[0].args[0], node.args[1])
    return (*(edges.owed if edges else ()), *owed_by_parts(setting))


def _one_inside(node: Any, setting: Setting) -> Any:
    nested = _nested(node.args[0]) if isinstance(node.args[0], heads.Cond) else None
    return node if nested is None else heads.Antiderivative(nested, node.args[1])


NESTED = method("nested-conditions", _one_inside,
                margin=lambda setting: "one condition inside the other")
BY_CASES = method("by-cases", _by_cases, _owed_by_cases)


def value(search: Integrator, node: Any) -> Any:
    """A formula at an edge, as short as the rules make it."""
    return Work(node, search.rulebook).run("gradient").line if node.args else node
