"""Functions of square matrices in the judge's reading, and `solve`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.errors import KindError
from derive.judge.reading.array_operations import ARRAY, NUMBER, Code, Numbers, kept, matmul
from derive.judge.reading.lazy_arrays import Array, Run
from derive.judge.reading.matrix_numerics import Matrix


def of_matrix(numbers: Numbers, known: str) -> Callable[[Run, Matrix], Any]:
    """A function of a run and the rows of a matrix."""
    def call(run: Run, rows: Matrix) -> Any:
        run.count(len(rows) ** 2)
        return numbers.along(run, known, [rows])

    return call


def square(code: Code) -> Code:
    """The code of a square matrix. Raises KindError for anything else."""
    if code.kind != ARRAY or len(code.shape) != 2 or code.shape[0] != code.shape[1]:
        raise KindError(f"a square matrix was expected, not one of shape {code.shape}")
    return code


def matrix_code(numbers: Numbers, known: str, returns: str, argument: Code) -> Code:
    """A function of a matrix: a number, or the matrix that it returns."""
    matrix, function = square(argument), of_matrix(numbers, known)
    of, free = matrix.call, matrix.free

    def computed(run: Run) -> Any:
        a = of(run)
        size = a.shape[0]
        return function(run, [[a.at((r, c)) for c in range(size)] for r in range(size)])

    if returns != "matrix":
        return Code(NUMBER, kept(computed, free), free)

    def entries(run: Run) -> Array:
        rows = computed(run)
        return Array((len(rows), len(rows)), lambda place: rows[place[0]][place[1]])

    return Code(ARRAY, kept(entries, free), free, matrix.shape)


def solved(numbers: Numbers, matrix: Code, right: Code) -> Code:
    """The x with A @ x = b."""
    return matmul(matrix_code(numbers, "inv", "matrix", matrix), right)
