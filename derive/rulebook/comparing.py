"""Conditions and the case distinctions that hang on them: decided, or brought to a short form."""

from __future__ import annotations

from typing import Any

from sympy import Add, Integer, Mul, false, true

from derive.core import heads
from derive.core.walk import with_arguments
from derive.functions.decisions import decide
from derive.rulebook.algebra import collected
from derive.rulebook.measure import is_negative, shortest


def settled(node: Any) -> Any:
    """A case distinction of which it is certain which case holds: that case."""
    if not isinstance(node, heads.Cond):
        return node
    answer = decide(node.args[0])
    return node if answer is None else node.args[1 if answer else 2]


def compared(node: Any) -> Any:
    """A comparison with like terms on its two sides brought together."""
    if not isinstance(node, (heads.Less, heads.LessEqual)):
        return node
    answer = decide(node)
    if answer is not None:
        return true if answer else false
    left, right = node.args
    gap = collected(Add(right, Mul(Integer(-1), left)))
    negative = [t for t in Add.make_args(gap) if is_negative(t)]
    positive = [t for t in Add.make_args(gap) if not is_negative(t)]
    lesser = Add(*(Mul(Integer(-1), t) for t in negative))
    moved = with_arguments(node, (lesser, Add(*positive)))
    return shortest((node, moved))
