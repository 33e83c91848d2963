"""Case distinctions whose cases are one value or 0: one condition on that value."""

from __future__ import annotations

from sympy import Expr, Integer, Mul, true

from derive.core import heads
from derive.core.comparisons import negated
from derive.core.factors import factors_apart

_ZERO = Integer(0)


def cases_joined(node: Expr) -> Expr:
    """`(f if b else 0) if a else (f if c else 0)` as `f if a and b or not a and c else 0`."""
    if not isinstance(node, heads.Cond) or _ZERO in node.args[1:]:
        return node
    test = node.args[0]
    (first, value), (last, other) = (_value_or_zero(branch) for branch in node.args[1:])
    if value != other or (first is true and last is true):
        return node
    otherwise = negated(test)
    if last is true:  # not a, or a and b: not a, or b
        return heads.Cond(heads.Either(otherwise, first), value, _ZERO)
    if first is true:
        return heads.Cond(heads.Either(test, last), value, _ZERO)
    return heads.Cond(heads.Either(heads.Both(test, first), heads.Both(otherwise, last)), value,
                      _ZERO)


def _value_or_zero(branch: Expr) -> tuple[Expr, Expr]:
    """The condition under which a case is not 0, and its value there."""
    cases, others = factors_apart(branch, lambda f: isinstance(f, heads.Cond) and
                                  f.args[2] == 0)
    if len(cases) != 1:
        return true, branch
    test, yes, _ = cases[0].args
    return test, Mul(*others, yes)
