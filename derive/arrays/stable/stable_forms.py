"""The formulas of a kernel in stable form: stabilised, then unfolded into what NumPy has."""

from __future__ import annotations

from sympy import Expr, Integer, Mul

from derive.arrays.lowering.product_lowering import SCALE
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import free_names, unreal
from derive.core.walk import substitute
from derive.rulebook.loading import Rulebook
from derive.rulebook.rewriting import LengthError

MOST_SPLIT = 2  # labels that are 0 or 1 by which a formula is split into cases


def stable(formula: Expr, rulebook: Rulebook) -> Expr:
    """A formula after the rules for stability and the unfolding.

    Exponentials that would make it too long as one exponent stay by themselves.
    """
    try:
        return _made(formula, rulebook, "stabilise")
    except LengthError:
        return _made(formula, rulebook, "stabilise-apart")


def candidates(formula: Expr, rulebook: Rulebook) -> tuple[list[Expr], list[Expr]]:
    """Stable forms of a formula, each once; which is best is seen by sampling.

    First those with each exponential by itself, then others, where several can be put into one.
    """
    made = [apart_and_joined(form, rulebook) for form in written_forms(formula, rulebook)]
    apart = dict.fromkeys(single for single, _ in made)
    return list(apart), [*dict.fromkeys(joined for _, joined in made if joined not in apart)]


def apart_and_joined(formula: Expr, rulebook: Rulebook) -> tuple[Expr, Expr]:
    """A formula in stable form with each exponential by itself, and with several as one."""
    return _made(formula, rulebook, "stabilise-apart"), stable(formula, rulebook)


def _made(formula: Expr, rulebook: Rulebook, strategy: str) -> Expr:
    return Work(formula, rulebook).run(strategy).run("unfold").line


def written_forms(formula: Expr, rulebook: Rulebook) -> list[Expr]:
    """Ways to write a formula, not yet stable.

    Folded (softmax and sigmoid recognised), as it stands, and with each label that is 0 or 1
    taken as a distinction of two cases.
    """
    folded = Work(formula, rulebook).run("finish").line
    binary = sorted((n for n in free_names(formula)
                     if isinstance(n, Variable) and n.kind.domain == "binary"), key=str)
    forms = [folded, formula]
    if binary and len(binary) <= MOST_SPLIT:
        split = folded
        for label in binary:
            split = heads.Cond(heads.Equal(label, Integer(1)),
                               *(_with(split, label, n, rulebook) for n in (1, 0)))
        if not unreal(split):  # where the formula has no value for a label, plain floats tell so
            forms.append(split)
    return forms


def _with(formula: Expr, label: Variable, number: int, rulebook: Rulebook) -> Expr:
    """The formula for one value of a label, tidied."""
    fixed = substitute(formula, {label: Integer(number)})
    return Work(fixed, rulebook).run("finish").line


def scaled(formula: Expr) -> Expr:
    """A derivative times the weight of its example."""
    return Mul(SCALE, formula)
