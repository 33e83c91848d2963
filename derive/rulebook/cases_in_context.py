"""Cases and filters that what stands around them decides: `1/x[k] if x[k] != 0` behind a filter
`x[k] != 0`, `n < i and n != i`."""

from __future__ import annotations

from sympy import Expr, true

from derive.core import heads
from derive.core.comparisons import negated
from derive.core.walk import Binders, around, enter, rebuild
from derive.functions.decisions import implies

_Known = tuple[Expr, ...]


def decided_in_context(node: Expr) -> Expr:
    """A reduction or a case distinction without the conditions that those around them decide."""
    if not isinstance(node, (heads.Reduction, heads.Cond)) or not node.has(heads.Cond, heads.Both):
        return node
    return _within(node, (), around(node))


def _within(node: Expr, known: _Known, binders: Binders) -> Expr:
    """A part of a line where some conditions are known to hold."""
    if not node.args:
        return node
    if isinstance(node, heads.Cond):
        test, yes, no = node.args
        if _certain(test, known):
            return _within(yes, known, binders)
        if _certain(negated(test), known):
            return _within(no, known, binders)
        new = (_without_certain(test, known), _within(yes, (*known, test), binders),
               _within(no, (*known, negated(test)), binders))
        return node if new == node.args else heads.Cond(*new)
    if isinstance(node, heads.Lam):
        index, body, where, inner = enter(node, binders)
        shorter = _without_certain(where, known)
        there = known if where is true else (*known, *_parts(where))
        new_body = _within(body, there, inner)
        return node if (new_body, shorter) == (body, where) else heads.Lam(index, new_body, shorter)
    return rebuild(node, lambda child, inner: _within(child, known, inner), binders)


def _certain(condition: Expr, known: _Known) -> bool:
    return any(implies(k, condition) for k in known)


def _without_certain(condition: Expr, known: _Known) -> Expr:
    """A condition without those of its parts that the others, or what is known, make certain."""
    if not isinstance(condition, heads.Both):
        return condition
    parts = list(_parts(condition))
    for part in tuple(parts):
        others = [p for p in parts if p is not part]
        if others and _certain(part, (*known, *others)):
            parts = others
    result = parts[0]
    for part in parts[1:]:
        result = heads.Both(result, part)
    return condition if set(parts) == set(_parts(condition)) else result


def _parts(condition: Expr) -> _Known:
    """The conditions that `and` joins."""
    if isinstance(condition, heads.Both):
        return (*_parts(condition.args[0]), *_parts(condition.args[1]))
    return (condition,)
