"""Derivatives of lines that still hold an integral."""

from __future__ import annotations

from typing import Any

from sympy import Add, Integer, Mul

from derive.core import heads
from derive.core.indexing import depends
from derive.core.walk import around, enter
from derive.errors import EvaluationError


def slope(node: Any, at: Any) -> Any:
    """The derivative of an expression by `at`; that of an integral by `at` is its integrand.

    What is not an integral stays an unevaluated `Partial`. Raises EvaluationError where an
    integral stands in anything but sums, cases, and products with constants.
    """
    if not node.has(heads.Antiderivative):
        return heads.Partial(node, at) if depends(node, at) else Integer(0)
    if isinstance(node, heads.Antiderivative) and node.args[1] == at:
        return node.args[0]
    if isinstance(node, Add):
        return Add(*(slope(a, at) for a in node.args))
    if isinstance(node, Mul):
        inner = [a for a in node.args if a.has(heads.Antiderivative)]
        rest = [a for a in node.args if a not in inner]
        if len(inner) == 1 and not any(depends(r, at) for r in rest):
            return Mul(*rest, slope(inner[0], at))
    if isinstance(node, heads.Cond):
        return heads.Cond(node.args[0], *(slope(a, at) for a in node.args[1:]))
    if isinstance(node, heads.Sum):
        index, body, where, _ = enter(node.family, around(node, at))
        return heads.Sum.over(slope(body, at), index, where)
    raise EvaluationError("an integral stands where its derivative is not known")
