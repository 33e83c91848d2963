"""Inverse, determinant and Cholesky factor of matrices of numbers, in one context of mpmath.

A matrix is a list of its rows. A matrix that is singular as far as the digits tell has no inverse.
"""

from __future__ import annotations

from typing import Any

from mpmath.ctx_mp import MPContext

from derive.errors import EvaluationError

Matrix = list[list[Any]]
_LOST = 0.6  # of all digits: a pivot that is so much smaller than its row is taken for 0


class MatrixNumerics:
    """Functions of a square matrix in one context."""

    def __init__(self, ctx: MPContext) -> None:
        self.ctx = ctx
        self.table = {"inv": self.inverse, "det": self.determinant, "logdet": self.log_determinant,
                      "cholesky": self.cholesky, "eigmin": self.smallest_eigenvalue}

    def copied(self, a: Matrix) -> Matrix:
        """The rows of a matrix as numbers of the context. Raises EvaluationError for no matrix."""
        if not a or any(len(row) != len(a) for row in a):
            raise EvaluationError("a square matrix was expected")
        return [[self.ctx.mpf(x) for x in row] for row in a]

    def negligible(self, pivot: Any, row: Any) -> bool:
        """Whether a pivot is nothing but what rounding has left of a row."""
        return not pivot or abs(pivot) <= row * self.ctx.mpf(10) ** -int(_LOST * self.ctx.dps)

    def eliminated(self, a: Matrix, right: Matrix) -> Any:
        """Turns `a` into a triangle and `right` along, in place; the determinant.

        The largest entry of a column, measured by its row, is its pivot. 0 for a matrix that is
        singular as far as the digits tell.
        """
        size, sign = len(a), 1
        scales = [max(abs(x) for x in row) for row in a]
        if not all(scales):
            return self.ctx.zero
        for k in range(size):
            best = max(range(k, size), key=lambda r: abs(a[r][k]) / scales[r])
            if self.negligible(a[best][k], scales[best]):
                return self.ctx.zero
            if best != k:
                for rows in (a, right, scales):
                    rows[k], rows[best] = rows[best], rows[k]
                sign = -sign
            pivot = a[k][k]
            for r in range(k + 1, size):
                share = a[r][k] / pivot
                if share:
                    a[r][k + 1:] = [x - share * y
                                    for x, y in zip(a[r][k + 1:], a[k][k + 1:], strict=True)]
                    right[r] = [x - share * y for x, y in zip(right[r], right[k], strict=True)]
        product = self.ctx.mpf(sign)
        for k in range(size):
            product *= a[k][k]
        return product

    def determinant(self, a: Matrix) -> Any:
        """The determinant."""
        return self.eliminated(self.copied(a), [[] for _ in a])

    def log_determinant(self, a: Matrix) -> Any:
        """The logarithm of a positive determinant."""
        value = self.determinant(a)
        if value <= 0:
            raise EvaluationError("the logarithm of a determinant that is not positive")
        return self.ctx.ln(value)

    def inverse(self, a: Matrix) -> Matrix:
        """The inverse."""
        made = self.copied(a)
        size = len(made)
        right = [[self.ctx.mpf(r == c) for c in range(size)] for r in range(size)]
        if not self.eliminated(made, right):
            raise EvaluationError("the inverse of a singular matrix")
        for k in reversed(range(size)):
            pivot = made[k][k]
            right[k] = [x / pivot for x in right[k]]
            for r in range(k):
                share = made[r][k]
                if share:
                    right[r] = [x - share * y for x, y in zip(right[r], right[k], strict=True)]
        return right

    def symmetric(self, a: Matrix) -> Matrix:
        """The symmetric part of a matrix: itself, where it is symmetric."""
        made = self.copied(a)
        return [[(made[r][c] + made[c][r]) / 2 for c in range(len(made))]
                for r in range(len(made))]

    def cholesky(self, a: Matrix) -> Matrix:
        """The lower factor of a symmetric, positive definite matrix."""
        made = self.symmetric(a)
        size = len(made)
        lower = [[self.ctx.zero] * size for _ in made]
        for r in range(size):
            for c in range(r + 1):
                rest = made[r][c] - self.ctx.fsum(
                    lower[r][k] * lower[c][k] for k in range(c))
                if c < r:
                    lower[r][c] = rest / lower[c][c]
                elif rest <= 0 or self.negligible(rest, abs(made[r][r])):
                    raise EvaluationError("the Cholesky factor of a matrix that is not positive "
                                          "definite")
                else:
                    lower[r][r] = self.ctx.sqrt(rest)
        return lower

    def smallest_eigenvalue(self, a: Matrix) -> Any:
        """The smallest eigenvalue of a symmetric matrix."""
        made = self.ctx.matrix(self.symmetric(a))
        return min(self.ctx.eigsy(made, eigvals_only=True))
