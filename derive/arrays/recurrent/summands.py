"""Sums over time in a loss or a gradient: their terms, and what one step gives to each."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.kinds import Dimension
from derive.core.walk import instantiate
from derive.errors import KernelError
from derive.notation.printing.plain import plain


def summands(node: Expr, steps: Dimension) -> list[Expr]:
    """The terms of a sum, those in brackets with a sum over `steps` multiplied out."""
    if isinstance(node, Mul):
        inner = next((f for f in node.args if isinstance(f, Add) and sums_over(f, steps)), None)
        if inner is not None:
            rest = Mul(*(f for f in node.args if f is not inner))
            return [t for part in inner.args for t in summands(Mul(rest, part), steps)]
    if isinstance(node, Add):
        return [t for part in node.args for t in summands(part, steps)]
    choice = _choice(node, steps)
    if choice is None:
        return [node]
    rest, (test, then, other) = _without(node, choice), choice.args
    return [Mul(rest, case) for case in (
        *(heads.Cond(test, t, Integer(0)) for t in summands(then, steps)),
        *(heads.Cond(test, Integer(0), t) for t in summands(other, steps)))
        if case.args[1:] != (0, 0)]


def _choice(node: Expr, steps: Dimension) -> heads.Cond | None:
    """The factor that is one of two formulas, with a sum over time in one of them."""
    return next((f for f in Mul.make_args(node) if isinstance(f, heads.Cond)
                 and any(sums_over(branch, steps) for branch in f.args[1:])), None)


def _without(term: Expr, factor: Expr) -> Expr:
    return Mul(*(f for f in Mul.make_args(term) if f is not factor))


def of_a_step(term: Expr, time: Index) -> Expr:
    """What one step gives to a sum over time; a term without one as it is.

    Raises KernelError for a term that is more than one sum.
    """
    choice = _choice(term, time.dim)
    if choice is not None:
        rest, (test, *branches) = _without(term, choice), choice.args
        return heads.Cond(test, *(b if b == 0 else of_a_step(Mul(rest, b), time)
                                  for b in branches))
    coefficient, rest = term.as_coeff_Mul()
    others = [f for f in Mul.make_args(rest) if not _is_sum(f, time.dim)]
    sums = [f for f in Mul.make_args(rest) if _is_sum(f, time.dim)]
    if len(sums) > 1 or any(sums_over(f, time.dim) for f in others):
        raise KernelError(f"{plain(term)} is more than a sum over steps; what is compiled is a "
                          "loss such as sum(w*l), with the weights as data")
    if not sums:
        return term
    body, where = instantiate(sums[0].family, time)
    step = Mul(coefficient, *others, body)
    return step if where is true else heads.Cond(where, step, Integer(0))


def sums_over(node: Expr, steps: Dimension) -> bool:
    """Whether a formula has a sum over time somewhere inside."""
    return _is_sum(node, steps) or any(sums_over(a, steps) for a in node.args)


def _is_sum(node: Expr, steps: Dimension) -> bool:
    return isinstance(node, heads.Sum) and node.family.dim == steps
