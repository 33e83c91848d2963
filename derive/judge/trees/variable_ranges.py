"""Over what a variable of a tree ranges, and whether a formula is smooth in it."""

from __future__ import annotations

from typing import Any

from sympy import Expr

from derive.core import heads
from derive.core.indexing import depends, parts
from derive.core.kinds import Kind
from derive.functions.function_records import function_of
from derive.judge.precision import mp, mpf
from derive.judge.reading.lazy_arrays import Type

_KINKED = (heads.Less, heads.LessEqual, heads.Equal, heads.NotEqual, heads.Delta, heads.Maximum,
           heads.Minimum, heads.ArgMax)
_ANALYTIC = ("sigmoid", "softplus", "softmax", "logsumexp")  # of those given by a definition


def type_of(kind: Kind) -> Type:
    """The kind of a leaf as a type of the judge's back end."""
    return Type(kind.domain, kind.shape, kind.over)


def ends_of(kind: Kind) -> tuple[Any, Any]:
    """The ends of the values of a kind; an entry of a simplex is sought at any positive number."""
    ends = (kind.interval.low, kind.interval.high)
    low, high = (mpf(e) if isinstance(e, float) else mpf(e.numerator) / e.denominator for e in ends)
    return low, mp.inf if kind.domain == "simplex" else high


def is_smooth_in(variable: Expr, body: Expr) -> bool:
    """Whether a formula has no kink or jump as a variable moves, as far as its form tells."""
    return not any(_may_turn(part) and depends(part, variable) for part in parts(body))


def _may_turn(part: Expr) -> bool:
    if not isinstance(part, heads.Apply):
        return isinstance(part, _KINKED)
    function = function_of(part)
    return function.evaluate in ("", "fabs", "sign") and function.name not in _ANALYTIC
