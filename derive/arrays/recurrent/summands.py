"""Sums over time in a loss or a gradient: their terms, and what one step gives to each."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.kinds import Dimension
from derive.core.walk import around, enter, instantiate
from derive.errors import KernelError
from derive.notation.printing.plain import plain


def summands(node: Expr, steps: Dimension) -> list[Expr]:
    """The terms of a sum, those in brackets with a sum over `steps` multiplied out."""
    if isinstance(node, Mul):
        inner = next((f for f in node.args if isinstance(f, Add) and _holds(f, steps)), None)
        if inner is not None:
            rest = Mul(*(f for f in node.args if f is not inner))
            return [t for part in inner.args for t in summands(Mul(rest, part), steps)]
    if isinstance(node, heads.Cond) and any(_holds(case, steps) for case in node.args[1:]):
        test, then, other = node.args
        return [*(_on_condition(test, t) for t in summands(then, steps) if t != 0),
                *(_on_condition(heads.Not(test), t) for t in summands(other, steps) if t != 0)]
    return [t for part in node.args for t in summands(part, steps)] \
        if isinstance(node, Add) else [node]


def _on_condition(test: Expr, term: Expr) -> Expr:
    """A term of a sum on a condition that holds at every step, or none: inside the sum."""
    if isinstance(term, heads.Sum):
        index, body, where, _ = enter(term.family, around(term, test))
        return heads.Sum(heads.Lam(index, heads.Cond(test, body, Integer(0)), where))
    if isinstance(term, Mul):
        inner = next((f for f in term.args if isinstance(f, heads.Sum)), None)
        if inner is not None:
            return Mul(*(_on_condition(test, f) if f is inner else f for f in term.args))
    return heads.Cond(test, term, Integer(0))


def of_a_step(term: Expr, time: Index) -> Expr:
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


def _holds(node: Expr, steps: Dimension) -> bool:
    """Whether a formula has a sum over time somewhere inside."""
    return _is_sum(node, steps) or any(_holds(a, steps) for a in node.args)


def _is_sum(node: Expr, steps: Dimension) -> bool:
    return isinstance(node, heads.Sum) and node.family.dim == steps
