"""Columns that are combinations of others, and what of their coefficients the data determine."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.search.array_likelihood import upper_factor
from derive.errors import DeriveError

Array = NDArray[Any]
_SHOWN = 4  # combinations in a message
_PLAIN = 60  # denominators of numbers that are written as fractions


def check_rank(columns: Array, parameters: Sequence[str], labels: Sequence[str]) -> None:
    """Raises DeriveError where a column is a combination of those before it.

    `parameters` are the names of the coefficients, `labels` those of the columns.
    """
    rows, count = columns.shape
    if count > rows:
        raise DeriveError(f"{count} coefficients and {rows} row{'s' * (rows != 1)}: the data do "
                          "not determine them all; take fewer columns, or give a prior")
    norms = np.sqrt((columns**2).sum(0))
    if not norms.all():
        place = int(np.argmin(norms))
        raise DeriveError(f"column {labels[place]!r} is 0 in all rows, so the data do not "
                          f"determine {parameters[place]}; leave it out")
    upper = upper_factor(columns / norms)
    least = 20 * np.finfo(float).eps * count * np.sqrt(rows)
    faults = np.flatnonzero(np.abs(np.diag(upper)) < least)
    if not len(faults):
        return
    place = int(faults[0])
    weights = np.linalg.solve(upper[:place, :place], upper[:place, place])
    weights = weights * norms[place] / norms[:place]
    weights[np.abs(weights) * norms[:place] < 1e-9 * norms[place]] = 0
    raise DeriveError(_dependent(place, weights, parameters, labels))


def _dependent(place: int, weights: Array, parameters: Sequence[str], labels: Sequence[str]) -> str:
    """That a column is a combination, and which sums of coefficients are determined."""
    inside = np.flatnonzero(weights)
    own = parameters[place]
    sums = " and ".join(combined([1.0, weights[k]], [parameters[k], own]) for k in inside[:_SHOWN])
    more = " …" if len(inside) > _SHOWN else ""
    names = ", ".join([parameters[k] for k in inside[:_SHOWN]]) + more
    verb = "is" if len(inside) == 1 else "are"
    if len(set(labels)) < len(labels) and list(labels).count(labels[place]) > 1 and \
            len(inside) == 1:
        return f"the data do not determine {names} and {own}: only {sums} {verb} determined"
    column = combined(list(weights[inside[:_SHOWN]]), [labels[k] for k in inside[:_SHOWN]])
    return (f"column {labels[place]!r} is {column}{more}, so the data do not determine {names} and "
            f"{own}: only {sums}{more} {verb} determined; leave one of the columns out")


def combined(weights: Sequence[float], names: Sequence[str]) -> str:
    """A combination of names, as in a - 2 b; the name of the column of ones is left out."""
    text = ""
    for weight, name in zip(weights, names, strict=True):
        size = plain_number(abs(weight))
        term = size if name == "1" else name if size == "1" else f"{size} {name}"
        sign = "-" if weight < 0 else "+"
        text += f" {sign} {term}" if text else (f"-{term}" if weight < 0 else term)
    return text


def plain_number(value: float) -> str:
    """A number as a fraction of small numbers, where it is one; else with six digits."""
    close = Fraction(value).limit_denominator(_PLAIN)
    if close and abs(float(close) - value) <= 1e-9 * abs(value):
        return str(close)
    return f"{value:.6g}"
