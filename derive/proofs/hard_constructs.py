"""What in a formula most often lies beyond the lemmas: named where a proof was not to be had."""

from __future__ import annotations

from sympy import Expr, Pow
from sympy.logic.boolalg import BooleanTrue

from derive.core import heads
from derive.core.indexing import parts
from derive.core.walk import dangling
from derive.notation.printing.plain import plain
from derive.short_reprs import clipped

_MOST = 3  # that are named


def hard_constructs(*formulas: Expr) -> str:
    """Conditions of sums, sums within sums, cases, extremes and moving exponents, as typed."""
    hard = dict.fromkeys(clipped(plain(part)) for part in parts(*formulas)
                         if not dangling(part) and _is_hard(part))
    return ", ".join(list(hard)[:_MOST])


def _is_hard(part: Expr) -> bool:
    if isinstance(part, heads.Reduction):
        _, body, where = part.family.args
        return not isinstance(part, heads.Sum) or not isinstance(where, BooleanTrue) or any(
            isinstance(inner, heads.Reduction) for inner in parts(body))
    if isinstance(part, Pow):
        return not part.args[1].is_number
    return isinstance(part, heads.Cond)
