"""Sums over time in a loss or a gradient: their terms, and what one step gives to each."""

from __future__ import annotations

from typing import Any

from sympy import Add, Integer, Mul, true

from derive.core import heads
from derive.core.walk import instantiate
from derive.errors import KernelError
from derive.notation.printing.plain import plain


def summands(node: Any, steps: Any) -> list[Any]:
    """The terms of a sum, those in brackets with a sum over `steps` multiplied out."""
    if isinstance(node, Mul):
        inner = next((f for f in node.args if isinstance(f, Add) and _holds(f, steps)), None)
        if inner is not None:
            rest = Mul(*(f for f in node.args if f is not inner))
            return [t for part in inner.args for t in summands(Mul(rest, part), steps)]
    return [t for part in node.args for t in summands(part, steps)] \
        if isinstance(node, Add) else [node]


def of_a_step(term: Any, time: Any) -> Any:
    """What one step gives to a sum over time; a term without one as it is.

    Raises KernelError for a term that is more than one sum.
    """
    coefficient, rest = term.as_coeff_Mul()
    others = [f for f in Mul.make_args(rest) if not _is_sum(f, time.dim)]
    sums = [f for f in Mul.make_args(rest) if _is_sum(f, time.dim)]
    if len(sums) > 1 or any(_holds(f, time.dim) for f in others):
        raise KernelError(f"{plain(term)} is more than a sum over steps; what is compiled is a "
                          "loss such as sum(w*l), with the weights as data")
    if not sums:
        return term
    body, where = instantiate(sums[0].family, time)
    step = Mul(coefficient, *others, body)
    return step if where is true else heads.Cond(where, step, Integer(0))


def _holds(node: Any, steps: Any) -> bool:
    """Whether a formula has a sum over time somewhere inside."""
    return _is_sum(node, steps) or any(_holds(a, steps) for a in node.args)


def _is_sum(node: Any, steps: Any) -> bool:
    return isinstance(node, heads.Sum) and node.family.dim == steps
