"""The observation in terms of a standard variable, whose law has no parameters."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr

from derive.calculus.likelihood.densities.statistical_model import Model
from derive.calculus.problem import unfolded
from derive.core.atoms import Variable
from derive.core.indexing import exact
from derive.judge.trees.tree_point import Law
from derive.notation.reading.parser import parse
from derive.tables.distribution_table import standard_laws


class Pivot(NamedTuple):
    """A standard variable, the observation in terms of it, its law, and whether that is even."""

    leaf: Variable
    value: Expr
    law: Law
    even: bool


@exact
def pivot_of(model: Model) -> Pivot | None:
    """The observation in terms of a variable whose law has no parameters, where the table has it.
    """
    entry = model.entry
    if entry is None or not entry.pivot:
        return None
    law = standard_laws()[entry.law]
    scope = model.scope.copy()
    (leaf,) = scope.declare(law.variable)
    scope.names |= {d.name: d.symbol for d in model.definitions}
    value = unfolded(parse(entry.pivot.partition("=")[2], scope), model.definitions)
    density = unfolded(parse(law.density, scope), model.definitions)
    return Pivot(leaf, value, Law(leaf, density), law.even)
