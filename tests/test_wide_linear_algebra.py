"""Linear algebra in wide numbers, with mpmath as the judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from derive.arrays.wide import elimination
from derive.arrays.wide.matrix_places import REFUSED
from derive.arrays.wide.wide_numbers import Wide, wide_float, wide_index, wide_of, wide_subtract
from derive.judge.precision import mp, mpf

RNG = np.random.default_rng(1)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Generated code runs so too."""
    with np.errstate(all="ignore"):
        yield


def exact(a: Any) -> Any:
    """An array as a matrix of mpmath."""
    return mp.matrix([[mpf(float(v)) for v in row] for row in np.atleast_2d(a)])


def difference(made: Wide, due: Any) -> float:
    """The largest relative distance of a matrix of wide numbers from one of mpmath."""
    size = max(abs(v) for v in due)
    worst = mpf(0)
    for place in np.ndindex(made.high.shape):
        w = wide_index(made, place)
        value = (mpf(float(w.high)) + mpf(float(w.low))) * mpf(2) ** int(w.exponent)
        worst = max(worst, abs(value - due[place]) / size)
    return float(worst)


def conditioned(size: int, digits: float, definite: bool = False) -> Any:
    """A matrix with a condition number of so many digits."""
    left, _ = np.linalg.qr(RNG.normal(size=(size, size)))
    right, _ = np.linalg.qr(RNG.normal(size=(size, size)))
    spread = 10.0 ** -np.linspace(0, digits, size)
    a = (left * spread) @ (left.T if definite else right)
    return (a + a.T) / 2 if definite else a


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("digits", [0, 3, 8, 12])
def test_solutions_have_their_digits_whatever_the_condition(size: int, digits: float) -> None:
    a, b = conditioned(size, digits), RNG.normal(size=(size, 2))
    made = elimination.wide_solved(wide_of(a), wide_of(b), 0, 1, "a")
    inverse = elimination.wide_inverted(wide_of(a), 0, "a")
    with mp.workdps(80):
        limit = 2.0**-96 * 10.0**digits
        assert difference(made, mp.inverse(exact(a)) * exact(b)) < limit
        assert difference(inverse, mp.inverse(exact(a))) < limit


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("digits", [0, 6, 12])
def test_cholesky_factors_and_their_solutions(size: int, digits: float) -> None:
    a, b = conditioned(size, digits, definite=True), RNG.normal(size=(size, 2))
    factor = elimination.wide_cholesky(wide_of(a), 0, "a")
    made = elimination.wide_factor_solved(factor, wide_of(b), 0, 1, "a")
    inverse = elimination.wide_factor_inverted(factor, 0, "a")
    with mp.workdps(80):
        limit = 2.0**-96 * 10.0**digits
        assert difference(factor, mp.cholesky(exact(a))) < limit
        assert difference(made, mp.inverse(exact(a)) * exact(b)) < limit
        assert difference(inverse, mp.inverse(exact(a))) < limit


@pytest.mark.parametrize("size", [1, 2, 3, 6])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e250])
def test_determinants_do_not_overflow(size: int, scale: float) -> None:
    a = conditioned(size, 2) * scale
    if np.linalg.slogdet(a)[0] < 0:
        a[0] *= -1
    made = elimination.wide_determinant(wide_of(a), 0, "a")
    log = elimination.wide_log_determinant(wide_of(a), 0, "a")
    with mp.workdps(80):
        due = mp.det(exact(a))
        value = (mpf(float(made.high)) + mpf(float(made.low))) * mpf(2) ** int(made.exponent)
        assert abs(value / due - 1) < mpf(2) ** -90
        assert abs(float(wide_float(log)) - float(mp.log(abs(due)))) <= 1e-13 * abs(
            float(mp.log(abs(due)))) + 1e-28


@pytest.mark.parametrize("lower", [True, False])
def test_triangles(lower: bool) -> None:
    a = (np.tril if lower else np.triu)(RNG.normal(size=(5, 5)))
    b = RNG.normal(size=(5, 1))
    function = elimination.wide_lower_solved if lower else elimination.wide_upper_solved
    made = function(wide_of(a), wide_of(b), 0, 1, "a")
    with mp.workdps(80):
        assert difference(made, mp.inverse(exact(a)) * exact(b)) < 2.0**-80


def test_stacks_share_or_have_their_own_matrices() -> None:
    a, b = RNG.normal(size=(4, 3, 3)), RNG.normal(size=(4, 3, 2, 5))
    made = elimination.wide_solved(wide_of(a), wide_of(b), 0, 2, "a")
    due = np.linalg.solve(a, b.reshape(4, 3, 10)).reshape(4, 3, 2, 5)
    assert np.allclose(wide_float(made), due)
    shared = elimination.wide_solved(wide_of(a[0]), wide_of(b), 0, 2, "a")
    assert np.allclose(wide_float(shared)[2], np.linalg.solve(
        a[0], b[2].reshape(3, 10)).reshape(3, 2, 5))


@pytest.mark.parametrize(("function", "matrix", "text"), [
    (elimination.wide_inverted, [[1.0, 2], [2, 4]], "a must be invertible; it is singular"),
    (elimination.wide_inverted, [[0.0, 0], [0, 0]], "a must be invertible; it is singular"),
    (elimination.wide_log_determinant, [[1.0, 1], [1, 1]],
     "a must have a positive determinant; it has not"),
    (elimination.wide_log_determinant, [[0.0, 1], [1, 0]],
     "a must have a positive determinant; it has not"),
    (elimination.wide_cholesky, [[1.0, 2], [2, 1]], "a must be positive definite; it is not"),
    (elimination.wide_cholesky, [[0.0]], "a must be positive definite; it is not"),
    (elimination.wide_lower_inverted, [[1.0, 0], [1, 0]], "a must be invertible; it is singular"),
])
def test_bad_matrices_are_noted_with_their_example(
        function: Any, matrix: Any, text: str) -> None:
    good = np.eye(len(matrix))
    REFUSED.rows = []
    made = function(wide_of(np.stack([good, np.asarray(matrix), good])), 0, "a")
    assert REFUSED.rows == [(1, text)]
    del REFUSED.rows
    assert [bool(np.isnan(part).any()) for part in made.high] == [False, True, False]


def test_nearly_singular_is_not_singular() -> None:
    a = np.array([[1.0, 1.0], [1.0, 1.0 + 2.0**-52]])
    made = elimination.wide_inverted(wide_of(a), 0, "a")
    assert np.allclose(wide_float(made) / 2.0**52, [[1, -1], [-1, 1]])
    assert wide_float(wide_subtract(elimination.wide_determinant(wide_of(a), 0, "a"),
                                    wide_of(2.0**-52))) == 0


@pytest.mark.parametrize("matrix", [[[1e200, 1], [1e-3, 1e-200]], [[1e-300, 0], [0, 1e300]],
                                    [[1e-200, 1e-100], [1e-250, 1e200]]])
def test_badly_scaled_is_not_singular(matrix: Any) -> None:
    REFUSED.rows = []
    made = elimination.wide_inverted(wide_of(np.array(matrix)), 0, "a")
    assert not REFUSED.rows
    del REFUSED.rows
    with mp.workdps(900):
        due = mp.inverse(exact(matrix))
        for place in np.ndindex(2, 2):
            value = float(wide_float(wide_index(made, place)))
            assert value == pytest.approx(float(due[place]), rel=1e-13)


def test_the_determinant_of_a_singular_matrix_is_0() -> None:
    made = elimination.wide_determinant(wide_of(np.array([[1.0, 2], [3, 6]])), 0, "a")
    assert wide_float(made) == 0


def test_nan_is_no_finding() -> None:
    REFUSED.rows = []
    made = elimination.wide_cholesky(wide_of(np.array([[[np.nan]], [[4.0]]])), 0, "a")
    assert not REFUSED.rows
    assert np.isnan(made.high[0, 0, 0])
    assert wide_float(made)[1, 0, 0] == 2
    del REFUSED.rows
