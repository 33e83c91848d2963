"""Integrals by cases: each case by itself, and a constant so that they meet.

Two antiderivatives that differ by a jump where one case passes into the other are no
antiderivative there, although each is one on its side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sympy import Add, Integer, Mul, Pow

from derive.calculus.integration.rewrites import (
    Rewrite,
    derivation,
    fresh,
    jumps,
    rewrite,
    undefined,
)
from derive.calculus.strategy import Work
from derive.expressions import heads
from derive.expressions.indexing import depends
from derive.expressions.kinds import Kind
from derive.notation.pretty import pretty
from derive.rulebook.rule import Rule

if TYPE_CHECKING:
    from derive.calculus.integration.search import Integrator


def by_cases(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """∫ (f if a < b else g) dx, for a - b linear in x or in |u| with u linear."""
    body, x = node.args
    if not isinstance(body, heads.Cond):
        return
    nested = _nested(body)
    if nested is not None:
        yield rewrite(rule, node, lambda e: heads.Antiderivative(_nested(e.args[0]), x),
                      "one condition inside the other")
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
        parts.append(derivation(integral, plan, search.rulebook, place))

    def recompute(subject: Any) -> Any:
        return _joined(search, subject, *(p.result for p in parts))

    owed = tuple(o for p in parts for o in p.obligations)
    found = rewrite(rule, node, recompute, "", tuple(p for p in parts if p.start.args[0] != 0),
                    owed)
    if found.match.after != node and not undefined(found.match.after):
        yield found


def _other_component(test: Any, x: Any) -> bool:
    """Whether a condition says that a label is another place than the component's own."""
    return isinstance(test, heads.NotEqual) and isinstance(x, heads.Element) and \
        len(x.indices) == 1 and x.indices[0] in test.args


def beside(search: Integrator, rule: Rule, node: Any, depth: int) -> Iterator[Rewrite]:
    """∫ (f if m != y else g) dz[m]: for m != y, z[y] is another component, which is held fixed."""
    body, x = node.args
    if not isinstance(body, heads.Cond) or not _other_component(body.args[0], x):
        return
    test, first, second = body.args
    (label,) = (a for a in test.args if a != x.indices[0])
    there = heads.Element(x.tensor, label)
    held = fresh("c", body, Kind(x.tensor.kind.domain))

    def fixed(case: Any) -> Any:
        return case.xreplace({there: held, heads.Delta(x.indices[0], label): Integer(0)})

    if depends(second, x):
        return
    integral = heads.Antiderivative(fixed(first), x)
    plan = search.solve(integral, depth + 1)
    if plan is None:
        return
    part = derivation(integral, plan, search.rulebook, f"with {held} = {pretty(there)}, another "
                      f"component as {pretty(test)}")

    def recompute(subject: Any) -> Any:
        if fixed(subject.args[0].args[1]) != part.start.args[0]:
            return subject
        return heads.Cond(test, part.result.xreplace({held: there}), Mul(x, second))

    owed = tuple(o.xreplace({held: there}) for o in part.obligations)
    yield rewrite(rule, node, recompute, "by cases", (part,), owed)


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


def _edges(search: Integrator, test: Any, x: Any) -> tuple[Any, list[Any]] | None:
    """Where a condition passes from true to false: the u of |u| or None, and the values of x."""
    if not isinstance(test, (heads.Less, heads.LessEqual)):
        return None
    gap = Add(test.args[1], Mul(-1, test.args[0]))
    inner = [t for t in Add.make_args(gap) if depends(t, x)]
    size = inner[0].as_coeff_Mul()[1] if len(inner) == 1 else None
    if isinstance(size, heads.Apply) and size.name == "abs":
        coefficient = inner[0].as_coeff_Mul()[0]
        rest = Mul(Add(gap, Mul(-1, inner[0])), Pow(-coefficient, -1))  # |u| = rest at the edges
        roots = [_root(search, Add(size.args[1], Mul(s, rest)), x) for s in (-1, 1)]
        return None if None in roots else (size.args[1], roots)
    root = _root(search, gap, x)
    return None if root is None else (None, [root])


def _root(search: Integrator, gap: Any, x: Any) -> Any | None:
    """The zero of a linear function of x."""
    slope = search.slope(gap, x)
    if slope is None or slope == 0 or depends(slope, x) or jumps(gap, x):
        return None
    if depends(search.simplified(Add(gap, Mul(-1, slope, x))), x):
        return None
    start = heads.substitute(gap, {x: Integer(0)})
    found = search.quotient(Mul(-1, start), slope)
    return None if undefined(found) else found


def _joined(search: Integrator, node: Any, first: Any, second: Any) -> Any:
    """The two antiderivatives, with constants that make them meet at the edges."""
    body, x = node.args
    edges = _edges(search, body.args[0], x)
    if edges is None:
        return node
    inner, roots = edges
    jumps = [value(search, Add(heads.substitute(first, {x: r}),
                               Mul(-1, heads.substitute(second, {x: r})))) for r in roots]
    test = body.args[0]
    if not depends(second, x) and len(set(jumps)) == 1:
        return heads.Cond(test, Add(first, Mul(-1, jumps[0])), second)
    if len(set(jumps)) == 1 or value(search, Add(jumps[0], Mul(-1, jumps[1]))) == 0:
        return heads.Cond(test, first, Add(second, jumps[0]))
    sides = heads.Cond(heads.Less(Integer(0), inner), *(Add(second, j) for j in jumps))
    return heads.Cond(test, first, sides)


def value(search: Integrator, node: Any) -> Any:
    """A formula at an edge, as short as the rules make it."""
    return Work(node, search.rulebook).run("gradient").line if node.args else node
