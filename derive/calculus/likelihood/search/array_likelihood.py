"""The log-likelihood of a sample in numbers: value, gradient, and information as least squares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.regression.observation_formulas import ArrayFormulas
from derive.core.atoms import Variable
from derive.limits import tick

Array = NDArray[Any]
_FEW, _BLOCK = 32, 1024  # columns that are summed one by one; rows of a block
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

    def moving(self, theta: Array, exactly: bool = False) -> dict[Variable, Array]:
        """The values of all variables of the formulas at parameters.

        `exactly`: predictors are summed in extended precision, where the machine has one.
        """
        variables = self.formulas.formulas.variables
        etas = [_combined(columns, theta[places], np.longdouble if exactly else float)
                for columns, places in self.designs]
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
        total = sum(float(np.sum(group.each(theta))) for group in self.groups)
        return total if np.isfinite(total) else -np.inf

    def local(self, theta: Array, observed: bool = False, exactly: bool = False) -> Local:
        """Value, gradient and information; the expected one where it is known."""
        tick("evaluating the likelihood")
        value, gradient = 0.0, np.zeros(self.size)
        roots, residuals = list[Array](), list[Array]()
        parts = [self._at(group, theta, observed, exactly) for group in self.groups]
        for part in parts:
            value += part.value
            gradient += part.gradient()
            roots += part.roots
            residuals += part.residuals
        if all(part.positive for part in parts):
            root, rest = np.vstack(roots), np.concatenate(residuals)
            return Local(value, gradient, root.T @ root, root, rest)
        information = sum((part.information() for part in parts),
                          np.zeros((self.size, self.size)))
        return Local(value, gradient, information, None, None)

    def _at(self, group: Terms, theta: Array, observed: bool, exactly: bool) -> _Part:
        terms, slopes, curved, expected = group.formulas.all(group.moving(theta, exactly),
                                                             group.rows)
        variables = group.formulas.formulas.variables
        chosen = curved if observed or expected is None else expected
        weights = {(variables.index(v), variables.index(w)): m for (v, w), m in chosen.items()}
        return _Part(group, self.size, float(np.sum(terms)), slopes, weights)


class _Part:
    """The terms of one kind at parameters: slopes and weights of each row by the variables."""

    def __init__(self, group: Terms, size: int, value: float, slopes: Array,
                 weights: Mapping[tuple[int, int], Array]) -> None:
        self.group, self.size, self.value = group, size, value
        self.slopes, self.weights = slopes, weights
        self.many = len(group.designs)
        self.roots, self.residuals = list[Array](), list[Array]()
        self.positive = self._factorise()

    def gradient(self) -> Array:
        """The derivatives by all parameters."""
        gradient = np.zeros(self.size)
        for k, slope in enumerate(self.slopes):
            if k < self.many:
                columns, places = self.group.designs[k]
                np.add.at(gradient, places, [np.add.reduce(slope * c) for c in columns.T])
            else:
                gradient[self.group.direct[k - self.many]] += slope.sum()
        return gradient

    def information(self) -> Array:
        """Minus the second derivatives, or their expected values, by all parameters."""
        total = np.zeros((self.size, self.size))
        for (i, j), weight in self.weights.items():
            if weight.any():
                (first, places), (second, others) = self._columns(i), self._columns(j)
                block = first.T @ (weight[:, None] * second)
                np.add.at(total, np.ix_(places, others), block)
                if i != j:
                    np.add.at(total, np.ix_(others, places), block.T)
        return total

    def _columns(self, k: int) -> tuple[Array, Array]:
        if k < self.many:
            return self.group.designs[k]
        return np.ones((self.group.rows, 1)), np.array([self.group.direct[k - self.many]])

    def _factorise(self) -> bool:
        """Takes the Cholesky factors of the weights of each row, and the slopes in their terms.

        False where the weights of a row are not positive.
        """
        lower = dict[tuple[int, int], Array]()
        solved, zero = list[Array](), np.zeros(self.group.rows)
        for i, slope in enumerate(self.slopes):
            for j in range(i + 1):
                inner = sum((lower[i, k] * lower[j, k] for k in range(j)
                             if (i, k) in lower and (j, k) in lower), zero)
                entry = self.weights[j, i] - inner
                if i == j:
                    if not (entry >= -_ROUNDING * (np.abs(self.weights[i, i]) + 1e-300)).all():
                        return False
                    lower[i, i] = np.sqrt(np.maximum(entry, 0))
                elif entry.any():
                    lower[i, j] = _over(entry, lower[j, j])
            rest = slope - sum((lower[i, k] * solved[k] for k in range(i) if (i, k) in lower), zero)
            solved.append(_over(rest, lower[i, i]))
        count = len(self.slopes)
        for j in range(count):
            self._compress([(i, lower[i, j]) for i in range(j, count) if (i, j) in lower],
                           solved[j])
        return True

    def _compress(self, weighted: list[tuple[int, Array]], residual: Array) -> None:
        """Rows of the root and their residuals, turned into as few as there are parameters."""
        if all(k >= self.many for k, _ in weighted) and len(weighted) == 1:
            ((k, weight),) = weighted
            places = np.array([self.group.direct[k - self.many]])
            matrix = np.column_stack([weight, residual])
        else:
            places = np.unique(np.concatenate([self._columns(k)[1] for k, _ in weighted]))
            matrix = np.zeros((len(residual), len(places) + 1))
            for k, weight in weighted:
                columns, own = self._columns(k)
                for column, place in zip(columns.T, np.searchsorted(places, own), strict=True):
                    matrix[:, place] += weight * column
        matrix[:, -1] = residual
        upper = upper_factor(matrix)
        root = np.zeros((len(upper), self.size))
        root[:, places] = upper[:, :-1]
        self.roots.append(root)
        self.residuals.append(upper[:, -1])


def _combined(columns: Array, weights: Array, kind: type) -> Array:
    """The sum of weighted columns, one after another, which for few takes no second thread."""
    if columns.shape[1] > _FEW and kind is float:
        product: Array = columns @ weights
        return product
    total: Array = np.zeros(len(columns), kind)
    for column, weight in zip(columns.T, weights, strict=True):
        total += column.astype(kind, copy=False) * weight
    return total.astype(float)


def upper_factor(matrix: Array) -> Array:
    """The triangular factor of a matrix, by blocks of rows that stay near the processor."""
    count = len(matrix) // _BLOCK
    if count < 2 or matrix.shape[1] > _BLOCK // 4:
        return np.asarray(np.linalg.qr(matrix, mode="r"))
    blocks = np.ascontiguousarray(matrix[:count * _BLOCK]).reshape(count, _BLOCK, -1)
    upper = np.asarray(np.linalg.qr(blocks, mode="r"))
    return upper_factor(np.vstack([upper.reshape(-1, matrix.shape[1]), matrix[count * _BLOCK:]]))


def _over(number: Array, by: Array) -> Array:
    """A quotient, 0 where the divisor is."""
    with np.errstate(all="ignore"):
        return np.where(by > 0, number / by, 0)


def reached(local: Local) -> bool:
    """Whether the least squares problem has the gradient of the likelihood."""
    if local.roots is None or local.residuals is None:
        return False
    made = local.roots.T @ local.residuals
    size = np.abs(local.roots).T @ np.abs(local.residuals) + 1e-300
    return bool(np.all(np.abs(made - local.gradient) <= 1e-8 * size))
