"""The log-likelihood of a sample in numbers: value, gradient, and information as least squares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.observation_formulas import ArrayFormulas
from derive.core.atoms import Variable
from derive.limits import tick

Array = NDArray[Any]
_ROUNDING = 1e-10  # of a weight, against the weights of its row


@dataclass(frozen=True)
class Terms:
    """Terms of one kind, a row each: their formulas, the columns of their predictors, the data.

    `designs` are (columns, places of their parameters); `direct` places of parameters that enter
    by themselves.
    """

    formulas: ArrayFormulas
    designs: tuple[tuple[Array, Array], ...]
    direct: tuple[int, ...]
    numbers: Mapping[Variable, Array]
    rows: int

    def moving(self, theta: Array) -> dict[Variable, Array]:
        """The values of all variables of the formulas at parameters."""
        variables = self.formulas.formulas.variables
        etas = [columns @ theta[places] for columns, places in self.designs]
        scalars = [theta[place] for place in self.direct]
        return {**self.numbers, **dict(zip(variables, (*etas, *scalars), strict=True))}

    def each(self, theta: Array) -> Array:
        """The terms."""
        return self.formulas.value(self.moving(theta), self.rows)

    def part(self, rows: Array) -> Terms:
        """Some of the rows."""
        return Terms(self.formulas, tuple((c[rows], p) for c, p in self.designs), self.direct,
                     {v: x[rows] for v, x in self.numbers.items()}, len(rows))


@dataclass(frozen=True)
class Local:
    """What is known of a log-likelihood at parameters.

    `roots` and `residuals` say the information as A'A, and the gradient as A'r: a step is the
    solution of a least squares problem. They are None where the information is not positive.
    """

    value: float
    gradient: Array
    information: Array
    roots: Array | None
    residuals: Array | None


class ArrayLikelihood:
    """The sum of terms of several kinds."""

    def __init__(self, groups: tuple[Terms, ...], size: int) -> None:
        self.groups, self.size = groups, size

    def value(self, theta: Array) -> float:
        """The log-likelihood; -inf where it has no value."""
        tick("evaluating the likelihood")
        total = 0.0
        for group in self.groups:
            total += float(np.sum(group.each(theta)))
        return total if np.isfinite(total) else -np.inf

    def local(self, theta: Array, observed: bool = False) -> Local:
        """Value, gradient and information; the expected one where it is known."""
        tick("evaluating the likelihood")
        value, gradient = 0.0, np.zeros(self.size)
        information = np.zeros((self.size, self.size))
        roots, residuals, positive = list[Array](), list[Array](), True
        for group in self.groups:
            terms, slopes, curved, expected = group.formulas.all(group.moving(theta), group.rows)
            weights = curved if observed or expected is None else expected
            value += float(np.sum(terms))
            columns = self._columns(group)
            for slope, (block, places) in zip(slopes, columns, strict=True):
                np.add.at(gradient, places, slope @ block)
            self._add(information, group, weights, columns)
            root = _roots(group, weights, slopes)
            if root is None:
                positive = False
            elif positive:
                roots += [_spread(rows, columns, self.size) for rows in root[0]]
                residuals += root[1]
        return Local(value, gradient, information, np.vstack(roots) if positive else None,
                     np.concatenate(residuals) if positive else None)

    def _columns(self, group: Terms) -> list[tuple[Array, Array]]:
        ones = np.ones((group.rows, 1))
        return [*group.designs, *((ones, np.array([place])) for place in group.direct)]

    def _add(self, information: Array, group: Terms, weights: Mapping[Any, Array],
             columns: list[tuple[Array, Array]]) -> None:
        variables = group.formulas.formulas.variables
        for (v, w), weight in weights.items():
            if not weight.any():
                continue
            first, second = columns[variables.index(v)], columns[variables.index(w)]
            block = first[0].T @ (weight[:, None] * second[0])
            np.add.at(information, np.ix_(first[1], second[1]), block)
            if v != w:
                np.add.at(information, np.ix_(second[1], first[1]), block.T)


def _spread(rows: list[tuple[int, Array]], columns: list[tuple[Array, Array]], size: int) -> Array:
    """Rows of the root in all parameters: the sum of weighted columns."""
    matrix = np.zeros((len(rows[0][1]), size))
    for k, weight in rows:
        block, places = columns[k]
        if len(set(places)) == len(places):
            matrix[:, places] += weight[:, None] * block
        else:
            for column, place in zip(block.T, places, strict=True):
                matrix[:, place] += weight * column
    return matrix


def _roots(group: Terms, weights: Mapping[Any, Array], slopes: Array,
           ) -> tuple[list[list[tuple[int, Array]]], list[Array]] | None:
    """The Cholesky factors of the weights of every row, and the slopes in their terms.

    None where a row's weights are not positive, or do not reach what the slopes ask for.
    """
    variables = group.formulas.formulas.variables
    count = len(variables)
    lower = dict[tuple[int, int], Array]()
    weight = {(variables.index(v), variables.index(w)): m for (v, w), m in weights.items()}
    solved, rows = list[Array](), list[list[tuple[int, Array]]]()
    for i in range(count):
        for j in range(i + 1):
            inner = sum((lower[i, k] * lower[j, k] for k in range(j)
                         if (i, k) in lower and (j, k) in lower), np.zeros(group.rows))
            entry = weight[j, i] - inner
            if i == j:
                if not (entry >= -_ROUNDING * (np.abs(weight[i, i]) + 1e-300)).all():
                    return None
                lower[i, i] = np.sqrt(np.maximum(entry, 0))
            elif entry.any():
                with np.errstate(all="ignore"):
                    lower[i, j] = np.where(lower[j, j] > 0, entry / lower[j, j], 0)
        rest = slopes[i] - sum((lower[i, k] * solved[k] for k in range(i) if (i, k) in lower),
                               np.zeros(group.rows))
        with np.errstate(all="ignore"):
            solved.append(np.where(lower[i, i] > 0, rest / lower[i, i], 0))
    for j in range(count):
        rows.append([(i, lower[i, j]) for i in range(j, count) if (i, j) in lower])
    return rows, solved


def reached(local: Local) -> bool:
    """Whether the least squares problem has the gradient of the likelihood."""
    if local.roots is None or local.residuals is None:
        return False
    made = local.roots.T @ local.residuals
    size = np.abs(local.roots).T @ np.abs(local.residuals) + 1e-300
    return bool(np.all(np.abs(made - local.gradient) <= 1e-9 * size))


