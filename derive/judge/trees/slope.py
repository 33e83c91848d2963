"""Derivatives of lines that still hold an integral."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Add, Expr, Integer, Mul

from derive.core import heads
from derive.core.indexing import depends
from derive.core.walk import around, enter
from derive.errors import EvaluationError


def slope(node: Expr, at: Expr) -> Any:
    """The derivative of an expression by `at`; that of an integral by `at` is its integrand.

    What is not an integral stays an unevaluated `Partial`. Raises EvaluationError where an
    integral stands in anything but sums, cases, and products with constants.
    """
    if not node.has(heads.Antiderivative):
        return heads.Partial(node, at) if depends(node, at) else Integer(0)
    rule = next((rule for kind, rule in _RULES.items() if isinstance(node, kind)), None)
    result = None if rule is None else rule(node, at)
    if result is None:
        raise EvaluationError("an integral stands where its derivative is not known")
    return result


def _of_product(node: Mul, at: Expr) -> Expr | None:
    inner = [a for a in node.args if a.has(heads.Antiderivative)]
    rest = [a for a in node.args if a not in inner]
    if len(inner) > 1 or any(depends(r, at) for r in rest):
        return None
    return Mul(*rest, slope(inner[0], at))


def _of_sum(node: heads.Sum, at: Expr) -> Expr:
    index, body, where, _ = enter(node.family, around(node, at))
    return heads.Sum.over(slope(body, at), index, where)


_RULES: dict[type, Callable[[Any, Any], Expr | None]] = {
    heads.Antiderivative: lambda node, at: node.args[0] if node.args[1] == at else None,
    Add: lambda node, at: Add(*(slope(a, at) for a in node.args)),
    Mul: _of_product, heads.Sum: _of_sum,
    heads.Cond: lambda node, at: heads.Cond(node.args[0], *(slope(a, at) for a in node.args[1:])),
}
