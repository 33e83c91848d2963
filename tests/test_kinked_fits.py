"""Least absolute deviations and quantile regression: the lowest vertex, and whether it is alone."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

import derive
from derive.calculus.likelihood.regression.row_exchange import lowest_vertices
from derive.errors import DeriveError

X = np.array([0, 1, 2, 3, 4, 5.0])
Y = np.array([1, 2, 2.5, 7, 4.1, 6])
TABLE = {"y": Y, "x": X}
GIVEN = ["x: real[N]"]


def distance(rows: Any, places: Any, above: Any, below: Any, at: Any) -> float:
    left = places - rows @ at
    return float(np.sum(np.where(left > 0, above, -below) * left))


def by_all_vertices(rows: Any, places: Any, above: Any, below: Any) -> tuple[float, Any]:
    """The lowest sum, and all vertices that have it: every choice of as many rows as columns."""
    found = []
    for chosen in map(list, combinations(range(len(rows)), rows.shape[1])):
        if abs(np.linalg.det(rows[chosen])) > 1e-9:
            at = np.linalg.solve(rows[chosen], places[chosen])
            found.append((distance(rows, places, above, below, at), at))
    least = min(height for height, _ in found)
    return least, np.array([at for height, at in found if height < least + 1e-9])


@pytest.mark.parametrize("seed", range(40))
def test_the_vertices_are_those_of_an_enumeration(seed: int) -> None:
    draw = np.random.default_rng(seed)
    columns = int(draw.integers(1, 4))
    count = int(draw.integers(columns + 2, 10))
    rows = draw.integers(-2, 3, size=(count, columns)).astype(float)  # ties in plenty
    rows[:, 0] = 1
    places = draw.integers(-3, 4, size=count).astype(float)
    if np.linalg.matrix_rank(rows) < columns:
        rows[:, 1:] += draw.normal(size=(count, columns - 1))
    share = draw.choice([0.5, 0.25, 0.9])
    above, below = share * np.ones(count), (1 - share) * np.ones(count)
    lowest = lowest_vertices(rows, places, above, below)
    height, vertices = by_all_vertices(rows, places, above, below)
    for at in (*lowest.vertices, lowest.middle):
        assert distance(rows, places, above, below, at) == pytest.approx(height, abs=1e-9)
    assert np.array(lowest.ends) == pytest.approx(
        np.array([vertices.min(axis=0), vertices.max(axis=0)]), abs=1e-9)


@pytest.mark.parametrize("statement", [
    "y ~ laplace(a + b*x, s)", "y ~ laplace-log-scale(a + b*x, c)"])
def test_least_absolute_deviations(statement: str) -> None:
    found = derive.mle(statement, given=GIVEN, data=TABLE)
    height, vertices = by_all_vertices(np.column_stack([np.ones(6), X]), Y, np.ones(6), np.ones(6))
    assert found.fit.estimates[:2] == pytest.approx(vertices[0])
    scale = found.fit.estimates[2]
    assert (np.exp(scale) if "log" in statement else scale) == pytest.approx(height / 6)
    assert "the only one" in dict(found.remarks)["maximum"]


def test_quantiles_by_an_asymmetric_distribution() -> None:
    found = derive.mle("y ~ asymmetric-laplace(a + b*x, s, 1/4)", given=GIVEN, data=TABLE)
    height, vertices = by_all_vertices(
        np.column_stack([np.ones(6), X]), Y, np.full(6, .25), np.full(6, .75))
    assert found.fit.estimates[:2] == pytest.approx(vertices[0])
    assert found.fit.estimates[2] == pytest.approx(height / 6)


def test_an_even_number_has_an_interval_of_medians() -> None:
    found = derive.mle("y ~ laplace(X @ beta, s)", data={"y": [1, 2, 4, 9.0], "X": np.ones((4, 1))})
    assert "not unique: beta[X] from 2 to 4" in dict(found.remarks)["maximum"]
    assert found.fit.estimates[0] == pytest.approx(3)


def test_observations_may_have_an_offset_and_weights() -> None:
    offset, weights = np.array([1, 0, -1, 2, 0, 1.0]), np.array([1, 2, 1, 3, 1, 1.0])
    found = derive.mle("y ~ laplace(a + b*x + o, s)", given=["x, o: real[N]"], weights="w",
                       data={**TABLE, "o": offset, "w": weights})
    height, vertices = by_all_vertices(np.column_stack([np.ones(6), X]), Y - offset, weights,
                                       weights)
    assert found.fit.estimates == pytest.approx([*vertices[0], height / weights.sum()])


def test_standard_errors_are_those_of_the_model() -> None:
    fit = derive.mle("y ~ laplace(a + b*x, s)", given=GIVEN, data=TABLE).fit
    design, scale = np.column_stack([np.ones(6), X]), fit.estimates[2]
    assert fit.covariance[:2, :2] == pytest.approx(scale**2 * np.linalg.inv(design.T @ design))
    assert fit.standard_errors[2] == pytest.approx(scale / np.sqrt(6))


@pytest.mark.parametrize(("statement", "data", "message"), [
    ("y ~ laplace(a + b*x, s)", {"y": 1 + 2 * X, "x": X}, "the data fit exactly"),
    ("y ~ laplace(a + b*x + c*x, s)", TABLE, r"only b \+ c is determined"),
    ("y ~ laplace(exp(a + b*x), s)", TABLE, "this is another form"),
    ("y ~ laplace(a + b*x, exp(c + d*x))", TABLE, "this is another form"),
    ("y ~ asymmetric-laplace(a + b*x, s, tau)", TABLE, "this is another form"),
])
def test_what_is_not_fitted_is_refused(statement: str, data: Any, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        derive.mle(statement, given=GIVEN, data=data)


@pytest.mark.peers
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_coefficients_are_those_of_statsmodels(share: float) -> None:
    statsmodels = pytest.importorskip("statsmodels.api")
    draw = np.random.default_rng(4)
    rows = np.column_stack([np.ones(1000), draw.normal(size=(1000, 4))])
    y = rows @ np.arange(1.0, 6) + draw.standard_t(2, size=1000) * (1 + rows[:, 1] ** 2)
    ours = derive.mle(f"y ~ asymmetric-laplace(X @ beta, b, {share:g})", data={"y": y, "X": rows})
    theirs = statsmodels.QuantReg(y, rows).fit(q=share, max_iter=5000, p_tol=1e-12).params
    weights = np.full(1000, share), np.full(1000, 1 - share)
    assert ours.fit.estimates[:5] == pytest.approx(theirs, abs=2e-5)
    assert distance(rows, y, *weights, ours.fit.estimates[:5]) <= \
        distance(rows, y, *weights, theirs) + 1e-9
