"""The derivative of cases at a removable point: `sin(x)/x if x != 0 else 1` goes on at x = 0."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Variable
from derive.core.comparisons import gap
from derive.core.factors import difference
from derive.core.indexing import depends, parts
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.rulebook.algebra import multiplied_out, over_common_denominator
from derive.rulebook.sides import Kink

_APART = Variable("\u00b7apart", Kind("real"))
_OPERATIONS = (Add, Mul, heads.Sum, heads.Lam, heads.Element)


def derivative_with_removable_point(node: Expr) -> Expr:
    """The derivative of such cases by cases; another node, or one not known to be, as it is."""
    if not isinstance(node, heads.Partial) or not isinstance(node.args[0], heads.Cond):
        return node
    cases, x = node.args
    test, outside, there = cases.args
    if isinstance(test, heads.Equal):
        outside, there = there, outside
    elif not isinstance(test, heads.NotEqual):
        return node
    # Loaded here: few formulas have a gap, and the rest start sooner without.
    from derive.rulebook.power_series import value_and_slope

    for part, value in Kink(multiplied_out(gap(test))).solved():
        beside, at_gap = (substitute(f, {part: Add(value, _APART)}) for f in (outside, there))
        if not (_is_smooth(part) and _is_smooth(value)) or depends(beside, x) or depends(at_gap, x):
            continue  # they must move with x by how far the part is from its value alone
        known = value_and_slope(beside, _APART, Integer(0))
        if known is not None and _same(known[0], substitute(at_gap, {_APART: Integer(0)})):
            return heads.Cond(heads.NotEqual(*test.args), heads.Partial(outside, x),
                              Mul(known[1], heads.Partial(difference(part, value), x)))
    return node


def _is_smooth(node: Expr) -> bool:
    """Whether a formula is a polynomial in names and elements."""
    return all(isinstance(p, _OPERATIONS) or not p.args or
               (isinstance(p, Pow) and p.args[1].is_Integer and p.args[1] > 0)
               for p in parts(node))


def _same(left: Expr, right: Expr) -> bool:
    rest = multiplied_out(difference(left, right))
    return bool(rest == Integer(0) or over_common_denominator(rest) == 0)
