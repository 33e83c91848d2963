"""Sums over time in a loss or a gradient: their terms, and what one step gives to each."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Add, Expr, Integer, Mul, true

from derive.arrays.recurrent.time_classes import TimeClasses
from derive.core import heads
from derive.core.atoms import Index, Quantity
from derive.core.indexing import free_names
from derive.core.kinds import Dimension
from derive.core.walk import instantiate, transform
from derive.errors import KernelError
from derive.notation.printing.plain import plain
from derive.notation.reading.model_equations import Model, reads
from derive.notation.reading.time_axes import spans


class StepTerm(NamedTuple):
    """A term of a sum over steps and sequences: what step `time` gives, or a whole sequence."""

    body: Expr
    time: Index | None


def loss_terms(model: Model) -> list[StepTerm]:
    """The terms of a model's loss.

    Raises KernelError for a loss that reads a step beside the one that it sums.
    """
    made = []
    for term in _terms(model.loss, model):
        time = _time_of(term, model)
        if time is None:
            made.append(StepTerm(term, None))
            continue
        body = of_a_step(term, time)
        near = {(s, shift) for s, shift in reads(body, model, time) if shift is not None}
        for symbol, shift in sorted(near, key=str):
            if shift:
                raise KernelError(f"the loss reads {symbol.name} of the step before or after; "
                                  "give what it sums an equation, q[t] = …, and sum that")
        far = any(True for _ in spans(body, time, model.timed))
        made.append(StepTerm(term, None) if far else StepTerm(body, time))
    return made


def gradient_terms(formula: Expr, model: Model, classes: TimeClasses) -> list[StepTerm]:
    """The terms of a gradient; those with time as an axis of what they read, as they stand."""
    made = []
    for term in _terms(formula, model):
        time = _time_of(term, model)
        if time is None:
            made.append(StepTerm(term, None))
            continue
        for part in Add.make_args(of_a_step(term, time)):
            shifted = any(shift for _, shift in _reads_of(part, model, time))
            far = bool(free_names(part) & classes.axes) or any(
                True for _ in spans(_places(part), time, model.timed))
            made.append(StepTerm(part, time) if shifted or not far else
                        StepTerm(heads.Sum.over(part, time), None))
    return made


def adjoint_terms(formula: Expr, model: Model, time: Index) -> list[StepTerm]:
    """The terms of an adjoint with time as an axis; those that read a step beside, by step."""
    return [StepTerm(term, time if any(s for _, s in _reads_of(term, model, time)) else None)
            for term in Add.make_args(formula)]


def _terms(formula: Expr, model: Model) -> list[Expr]:
    """The terms of a sum, those in brackets with sums over time multiplied out."""
    terms = [formula]
    for time in model.times:
        terms = [part for term in terms for part in summands(term, time.dim)]
    return terms


def _time_of(term: Expr, model: Model) -> Index | None:
    """The time that a term is one sum over; None for what is none, or more."""
    summed = [(f, t) for f in Mul.make_args(term) for t in model.times
              if _is_sum(f, t.dim) or f == _choice(term, t.dim)]
    others = [f for f in Mul.make_args(term) if f not in [g for g, _ in summed]]
    if len(summed) != 1 or any(sums_over(f, t.dim) for f in others for t in model.times) or \
            _reads_time(others, model):
        return None
    _, time = summed[0]
    made: Index = time
    return made


def _reads_time(factors: list[Expr], model: Model) -> bool:
    return any(True for f in factors for _ in spans(_places(f), None, model.timed))


def _places(formula: Expr) -> Expr:
    """A formula with the names of adjoints in place of these, for what they are read at."""
    return transform(formula, lambda node: node.args[1] if isinstance(node, heads.Partial)
                     and isinstance(node.args[0], Quantity) else None)


def _reads_of(part: Expr, model: Model, time: Index) -> set[tuple[Expr, int | None]]:
    return reads(_places(part), model, time)


def summands(node: Expr, steps: Dimension) -> list[Expr]:
    """The terms of a sum, those in brackets with a sum over `steps` multiplied out."""
    if isinstance(node, Mul):
        bracket = next((f for f in node.args if isinstance(f, Add) and sums_over(f, steps)), None)
        if bracket is not None:
            rest = _without(node, bracket)
            return [t for part in bracket.args for t in summands(Mul(rest, part), steps)]
    if isinstance(node, Add):
        return [t for part in node.args for t in summands(part, steps)]
    choice = _choice(node, steps)
    return [node] if choice is None else _of_cases(node, choice, steps)


def _of_cases(node: Expr, choice: heads.Cond, steps: Dimension) -> list[Expr]:
    """The terms of either case of a factor, on its condition."""
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
