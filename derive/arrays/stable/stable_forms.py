"""The formulas of a kernel in stable form: stabilised, then unfolded into what NumPy has."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Integer, Mul

from derive.arrays.lowering.product_lowering import SCALE
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import free_names, unreal
from derive.core.walk import substitute
from derive.rulebook.loading import Rulebook

MOST_SPLIT = 2  # labels that are 0 or 1 by which a formula is split into cases


def stable(formula: Expr, rulebook: Rulebook) -> Expr:
    """A formula after the rules for stability and the unfolding."""
    return Work(formula, rulebook).run("stabilise").run("unfold").line


def candidates(formula: Expr, rulebook: Rulebook) -> Iterator[Expr]:
    """Stable forms of a formula, each once; which is best is seen by sampling."""
    seen = set()
    for form in written_forms(formula, rulebook):
        candidate = stable(form, rulebook)
        if candidate not in seen:
            seen.add(candidate)
            yield candidate


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
