"""Whether columns hold what the types and conditions of a model allow, with the row that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, true

from derive.calculus.likelihood.densities.statistical_model import Sample, joined_names
from derive.calculus.likelihood.regression.column_choice import ModelData
from derive.core import heads
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.indexing import free_names
from derive.core.kinds import Kind
from derive.core.quantified import All
from derive.core.walk import enter, substitute, transform
from derive.errors import DeriveError, KernelError
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.provided import provided
from derive.rulebook.loading import Rulebook

Array = NDArray[Any]
_CHECKS: dict[str, tuple[Callable[[Array], Array], str]] = {
    "binary": (lambda v: (v == 0) | (v == 1), "0 or 1"),
    "count": (lambda v: (v >= 0) & (v == np.floor(v)), "one of 0, 1, 2, …"),
    "label": (lambda v: (v >= 0) & (v == np.floor(v)), "a class, counted from 0"),
    "integer": (lambda v: v == np.floor(v), "a whole number"),
    "positive": (lambda v: v > 0, "positive"),
    "nonnegative": (lambda v: v >= 0, "not negative"),
    "negative": (lambda v: v < 0, "negative"),
    "probability": (lambda v: (v > 0) & (v < 1), "between 0 and 1"),
}


def check_columns(data: ModelData, sample: Sample, fixed: Mapping[Variable, float],
                  rulebook: Rulebook) -> None:
    """Raises DeriveError at the first value that a type or a condition does not allow."""
    for leaf, array in data.arrays.items():
        if leaf.kind.domain in _CHECKS:
            holds, words = _CHECKS[leaf.kind.domain]
            _check(leaf, array, holds(array), words, data)
            size = getattr(leaf.kind.over, "fixed", None)
            if size is not None:
                _check(leaf, array, array < size, f"one of the {size} classes 0 … {size - 1}", data)
    for condition in map(_for_each, sample.conditions, repeat(sample)):
        names = free_names(condition)
        if names & set(sample.model.parameters) and names & set(sample.observed):
            raise DeriveError(f"which values {joined_names(sample.observed)} can have depends on "
                              f"the parameters, {pretty(condition)}; such fits are not computed "
                              "here")
        if sample.index in names:
            _check_condition(condition, data, sample, fixed, rulebook)


def _for_each(condition: Expr, sample: Sample) -> Expr:
    """A condition for all observations as one on that of the index."""
    if isinstance(condition, All) and condition.args[0].dim == sample.dim:
        opened = enter(condition.args[0])
        if opened.where == true:
            return substitute(opened.body, {opened.index: sample.index})
    return condition


def _check(leaf: Tensor, array: Array, allowed: Array, words: str, data: ModelData) -> None:
    if not allowed.all():
        row, *column = (int(k) for k in np.argwhere(~allowed)[0])
        value = array[row, column[0]] if column else array[row]
        raise DeriveError(f"{data.cell(leaf, row, *column)}: {value:g} is outside the support; "
                          f"{leaf.name} is {words}")


def _check_condition(condition: Expr, data: ModelData, sample: Sample,
                     fixed: Mapping[Variable, float], rulebook: Rulebook) -> None:
    """A condition on each observation, where the data decide it."""
    numbers = dict[Variable, Array]()

    def visit(part: Expr) -> Expr | None:
        if isinstance(part, heads.Element) and part.tensor in data.arrays \
                and part.indices == (sample.index,):
            leaf = Variable(part.tensor.name, Kind("real"))
            numbers[leaf] = data.arrays[part.tensor]
            return leaf
        return None

    body = transform(condition, visit, (sample.index,))
    if any(not isinstance(n, Dim) and n not in numbers and n not in fixed
           for n in free_names(body)):
        return
    try:
        call = provided("batched_formulas")([heads.Cond(body, Integer(1), Integer(0))],
                                            [*numbers, *fixed], rulebook)
    except KernelError:
        return
    values = np.broadcast_to(call(fixed, numbers)[0], (data.rows,))
    if not (values == 1).all():
        row = int(np.flatnonzero(values != 1)[0])
        raise DeriveError(f"row {row + 1} is outside the support: {plain(condition)} does not hold")
