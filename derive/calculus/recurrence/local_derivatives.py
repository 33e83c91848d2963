"""The derivative of one equation by what it reads, by the routes that a gradient has."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr

from derive.calculus.gradient.named_loss import nameable, naming
from derive.calculus.gradient.partial_derivative import check_differentiated, first_partial
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Quantity
from derive.core.walk import places
from derive.errors import NotDifferentiableError
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import Definition
from derive.rulebook.loading import Rulebook
from derive.rulebook.rule import Rule


def local_work(equation: Definition, body: Expr, at: Expr, same_step: Sequence[Rule],
               rulebook: Rulebook) -> Work:
    """∂body/∂at as a line without derivatives, worked out by the first route that leads there.

    The formula is differentiated as it stands, or else after functions were written out. Raises
    NotDifferentiableError, with the name of the equation.
    """
    start = heads.Partial(body, at)
    work = _route(start, equation, same_step, rulebook, prepared=False)
    if first_partial(work.line) is not None:
        work = _route(start, equation, same_step, rulebook, prepared=True)
    try:
        check_differentiated(work.line, rulebook)
    except NotDifferentiableError as error:
        raise NotDifferentiableError(
            f"the equation of {equation.name} cannot be differentiated by {plain(at)}: {error}",
        ) from None
    return work


def _route(start: Expr, equation: Definition, same_step: Sequence[Rule], rulebook: Rulebook,
           prepared: bool) -> Work:
    work = Work(start, rulebook)
    if prepared:
        work.stage("prepare")
    outer = work.copy()
    outer.once("differentiate")
    if name_outside(outer, equation):  # tanh(a)**2 is h[t]**2, if it comes out again
        work = outer
    work.stage("differentiate")
    for rule in same_step:
        work.name(rule)
    work.stage("sift")
    name_outside(work, equation)  # before 1 - sigmoid(u) is folded: it is 1 - i[t]
    work.run("finish")
    return work


def name_outside(work: Work, equation: Definition) -> bool:
    """Writes an equation's name for its formula, unless that stands under a derivative.

    There the name would hide what the formula depends on, and its derivative would come out as 0.
    """
    if not nameable(equation):
        return False
    trial = work.copy()
    trial.name(naming(equation))
    if trial.line == work.line or _derivatives(trial.line) != _derivatives(work.line):
        return False
    work.line, work.steps, work.round = trial.line, trial.steps, trial.round
    return True


def _derivatives(line: Expr) -> set[Expr]:
    """The derivatives in a line, but those of quantities, which are names."""
    return {part for part, _ in places(line) if isinstance(part, heads.Partial)
            and not isinstance(part.args[0], Quantity)}
