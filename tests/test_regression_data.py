"""Regression at data: certified numbers, laws of estimates, and what cannot be fitted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive.derivation import Derivation
from tests.conftest import quick_share

LINEAR = "y ~ normal(X @ beta, sigma)"
LOGISTIC = "y ~ bernoulli(sigmoid(X @ beta))"
POISSON = "y ~ poisson(exp(X @ beta))"

# NIST Statistical Reference Datasets, Longley: employment by six economic series, 1947 to 1962.
LONGLEY = np.array([
    [60323, 83.0, 234289, 2356, 1590, 107608, 1947],
    [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
    [60171, 88.2, 258054, 3682, 1616, 109773, 1949],
    [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
    [63221, 96.2, 328975, 2099, 3099, 112075, 1951],
    [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
    [64989, 99.0, 365385, 1870, 3547, 115094, 1953],
    [63761, 100.0, 363112, 3578, 3350, 116219, 1954],
    [66019, 101.2, 397469, 2904, 3048, 117388, 1955],
    [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
    [68169, 108.4, 442769, 2936, 2798, 120445, 1957],
    [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
    [68655, 112.6, 482704, 3813, 2552, 123366, 1959],
    [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
    [69331, 115.7, 518173, 4806, 2572, 127852, 1961],
    [70551, 116.9, 554894, 4007, 2827, 130081, 1962]])
CERTIFIED = np.array([-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683,
                      -1.03322686717359, -0.0511041056535807, 1829.15146461355])
CERTIFIED_ERRORS = np.array([890420.383607373, 84.9149257747669, 0.0334910077722432,
                             0.488399681651699, 0.214274163161675, 0.226073200069370,
                             455.478499142212])
RESIDUAL = 304.854073561965  # its square divides by N - 7

# Spector & Mazzeo (1980): grades after a course, by GPA, a test, and a method of teaching, as in
# Greene, Econometric Analysis, table 21.1.
GRADES = np.array([
    [2.66, 20, 0, 0], [2.89, 22, 0, 0], [3.28, 24, 0, 0], [2.92, 12, 0, 0], [4.00, 21, 0, 1],
    [2.86, 17, 0, 0], [2.76, 17, 0, 0], [2.87, 21, 0, 0], [3.03, 25, 0, 0], [3.92, 29, 0, 1],
    [2.63, 20, 0, 0], [3.32, 23, 0, 0], [3.57, 23, 0, 0], [3.26, 25, 0, 1], [3.53, 26, 0, 0],
    [2.74, 19, 0, 0], [2.75, 25, 0, 0], [2.83, 19, 0, 0], [3.12, 23, 1, 0], [3.16, 25, 1, 1],
    [2.06, 22, 1, 0], [3.62, 28, 1, 1], [2.89, 14, 1, 0], [3.51, 26, 1, 0], [3.54, 24, 1, 1],
    [2.83, 27, 1, 1], [3.39, 17, 1, 1], [2.67, 24, 1, 0], [3.65, 21, 1, 1], [4.00, 23, 1, 1],
    [3.10, 21, 1, 0], [2.39, 19, 1, 1]])


def with_ones(*columns: Any) -> np.ndarray:
    return np.column_stack([np.ones(len(columns[0])), *columns])


def far(left: Any, right: Any) -> float:
    """The largest relative difference."""
    return float(np.max(np.abs(np.asarray(left) / np.asarray(right) - 1)))


def file_of(folder: Path, text: str) -> str:
    (folder / "data.csv").write_text(text)
    return str(folder / "data.csv")


@pytest.fixture(scope="module")
def longley() -> Derivation:
    return derive.mle(LINEAR, data={"y": LONGLEY[:, 0], "X": with_ones(LONGLEY[:, 1:])})


# Certified numbers


def test_the_certified_coefficients_of_longley(longley: Derivation) -> None:
    fit = longley.fit
    assert far(fit.estimates[:7], CERTIFIED) < 1e-10
    assert far(fit.standard_errors[:7] * np.sqrt(16 / 9), CERTIFIED_ERRORS) < 1e-11
    assert far(fit["sigma"] * np.sqrt(16 / 9), RESIDUAL) < 1e-11


def test_the_criteria_are_those_of_their_definitions(longley: Derivation) -> None:
    fit = longley.fit
    height = -16 / 2 * (np.log(2 * np.pi * fit["sigma"]**2) + 1)
    assert far(fit.log_likelihood, height) < 1e-12
    assert far(fit.aic, 16 - 2 * height) < 1e-12
    assert far(fit.bic, 8 * np.log(16) - 2 * height) < 1e-12


def test_published_logit_estimates() -> None:
    fit = derive.mle(LOGISTIC, data={"y": GRADES[:, 3], "X": with_ones(GRADES[:, :3])}).fit
    assert np.allclose(fit.estimates, [-13.0213, 2.8261, 0.0952, 2.3787], atol=6e-5)
    assert np.allclose(fit.standard_errors, [4.9313, 1.2629, 0.1416, 1.0646], atol=6e-5)
    assert fit.log_likelihood == pytest.approx(-12.8896, abs=6e-5)


def test_published_probit_estimates() -> None:
    fit = derive.mle("y ~ bernoulli(Phi(X @ beta))",
                     data={"y": GRADES[:, 3], "X": with_ones(GRADES[:, :3])}).fit
    assert np.allclose(fit.estimates, [-7.4523, 1.6258, 0.0517, 1.4263], atol=6e-5)
    assert fit.log_likelihood == pytest.approx(-12.8188, abs=6e-5)


def test_wampler_polynomial_with_noise() -> None:
    """NIST, Wampler4: a polynomial of degree 5 with large errors; all coefficients are 1."""
    x = np.arange(21.0)
    delta = np.array([75901, -204794, 204863, -204436, 253665, -200894, 214131, -185192, 221249,
                      -138370, 315911, -27644, 455253, 197434, 783995, 608816, 1370781, 1303798,
                      2205519, 2408860, 3444321])
    fit = derive.mle(LINEAR, data={"y": delta, "X": x[:, None]**np.arange(6)}).fit
    assert far(fit.estimates[:6], np.ones(6)) < 1e-6
    assert far(fit.standard_errors[:6] * np.sqrt(21 / 15),
               [215232.624678170, 236355.173469681, 77934.3524331583, 10147.5507550350,
                564.566512170752, 11.2324854679312]) < 1e-9


# Laws


def sample(seed: int, rows: int = 40) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    covariates = with_ones(draw.normal(size=(rows, 2)))
    return covariates, covariates @ [0.3, 0.5, -0.4]


def observed(model: str, seed: int) -> dict[str, np.ndarray]:
    covariates, eta = sample(seed)
    draw = np.random.default_rng(seed + 1)
    y = {LINEAR: lambda: eta + draw.normal(size=40),
         LOGISTIC: lambda: (draw.random(40) < 1 / (1 + np.exp(-eta))).astype(float),
         POISSON: lambda: draw.poisson(np.exp(eta))}[model]()
    return {"y": y, "X": covariates}


SLOPES = {LINEAR: lambda y, eta: y - eta, LOGISTIC: lambda y, eta: y - 1 / (1 + np.exp(-eta)),
          POISSON: lambda y, eta: y - np.exp(eta)}


@pytest.mark.parametrize("model", SLOPES)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_score_is_zero_at_the_estimate(model: str, seed: int) -> None:
    data = observed(model, seed)
    beta = derive.mle(model, data=data).fit.estimates[:3]
    score = data["X"].T @ SLOPES[model](data["y"], data["X"] @ beta)
    assert np.abs(score).max() < 1e-10


@pytest.mark.parametrize("model", quick_share(SLOPES, 3))
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.floats(-6, 6))
def test_coefficients_follow_the_units_of_their_columns(model: str, seed: int, size: float) -> None:
    data = observed(model, seed)
    scale = np.array([1, 10**size, -3.0])
    plain = derive.mle(model, data=data).fit
    other = derive.mle(model, data={"y": data["y"], "X": data["X"] * scale}).fit
    assert far(other.estimates[:3] * scale, plain.estimates[:3]) < 1e-8
    assert far(other.standard_errors[:3] * np.abs(scale), plain.standard_errors[:3]) < 1e-8
    assert far(other.log_likelihood, plain.log_likelihood) < 1e-11


def test_whole_weights_are_repetitions() -> None:
    data = observed(LINEAR, 3)
    times = np.arange(40) % 3 + 1
    weighted = derive.mle(LINEAR, weights="w", data={**data, "w": times}).fit
    repeated = derive.mle(LINEAR, data={n: np.repeat(v, times, axis=0) for n, v in data.items()})
    assert far(weighted.estimates, repeated.fit.estimates) < 1e-10
    assert far(weighted.standard_errors, repeated.fit.standard_errors) < 1e-10


def test_the_information_of_a_canonical_link_is_that_of_the_weights() -> None:
    data = observed(POISSON, 5)
    fit = derive.mle(POISSON, data=data).fit
    weights = np.exp(data["X"] @ fit.estimates)
    assert far(fit.covariance, np.linalg.inv(data["X"].T * weights @ data["X"])) < 1e-9


def test_an_offset_is_an_exposure_on_the_log_scale() -> None:
    data = observed(POISSON, 8)
    e = np.linspace(0.5, 3, 40)
    first = derive.mle("y ~ poisson(e * exp(X @ beta))", given="e: positive[N]",
                       data={**data, "e": e}).fit
    second = derive.mle("y ~ poisson(exp(X @ beta + o))", given="o: real[N]",
                        data={**data, "o": np.log(e)}).fit
    assert far(first.estimates, second.estimates) < 1e-10


def test_scalars_of_a_line_are_coefficients() -> None:
    data = observed(LINEAR, 9)
    line = derive.mle("y ~ normal(a + b*x, sigma)", given="x: real[N]",
                      data={"y": data["y"], "x": data["X"][:, 1]}).fit
    matrix = derive.mle(LINEAR, data={"y": data["y"], "X": data["X"][:, :2]}).fit
    assert far(sorted(line.estimates), sorted(matrix.estimates)) < 1e-11


# Priors


def test_a_normal_prior_is_ridge() -> None:
    data = observed(LINEAR, 4)
    fit = derive.mle(LINEAR, given="tau: positive", wrt="beta", prior="beta ~ normal(0, tau)",
                     data=data, values={"tau": 0.5, "sigma": 1.3}).fit
    inner = data["X"].T @ data["X"] + 1.3**2 / 0.25 * np.eye(3)
    assert far(fit.estimates, np.linalg.solve(inner, data["X"].T @ data["y"])) < 1e-11


@pytest.mark.parametrize("tau", [0.3, 0.06, 0.02])
def test_a_laplace_prior_sets_coefficients_to_zero_where_the_slope_allows(tau: float) -> None:
    draw = np.random.default_rng(0)
    covariates = draw.normal(size=(60, 6))
    y = covariates @ [2, 0, 0, -1, 0.2, 0] + draw.normal(size=60)
    fit = derive.mle(LINEAR, given="tau: positive", wrt="beta", prior="beta ~ laplace(0, tau)",
                     data={"y": y, "X": covariates}, values={"tau": tau, "sigma": 1}).fit
    slope = covariates.T @ (y - covariates @ fit.estimates)
    zero = fit.estimates == 0
    assert np.abs(slope[zero]).max(initial=0) <= 1 / tau
    assert np.allclose(slope[~zero], np.sign(fit.estimates[~zero]) / tau, rtol=1e-11)
    assert zero.sum() >= 2 or tau > 0.1


def test_a_prior_makes_an_estimate_where_classes_are_separated() -> None:
    x = np.linspace(-1, 1, 20)
    fit = derive.mle(LOGISTIC, prior="beta ~ normal(0, 2)",
                     data={"y": x > 0.1, "X": with_ones(x)}).fit
    eta = with_ones(x) @ fit.estimates
    score = with_ones(x).T @ ((x > 0.1) - 1 / (1 + np.exp(-eta))) - fit.estimates / 4
    assert np.abs(score).max() < 1e-12


# Operators on distributions


def test_a_hurdle_counts_zeros_apart_from_the_rest() -> None:
    data = observed(POISSON, 12)
    hurdle = derive.mle("y ~ hurdle(poisson(exp(X @ beta)), w)", data=data).fit
    positive = data["y"] > 0
    rest = derive.mle("y ~ zero_truncated(poisson(exp(X @ beta)))",
                      data={name: values[positive] for name, values in data.items()}).fit
    assert far(hurdle.estimates[:3], rest.estimates) < 1e-8
    assert far(hurdle["w"], 1 - positive.mean()) < 1e-10


def test_observations_left_of_a_truncation_are_named() -> None:
    with pytest.raises(derive.DeriveError, match="row 2 is outside the support"):
        derive.mle("y ~ truncated(normal(X @ beta, sigma), 0, inf)",
                   data={"y": [1, -2, 3.0], "X": np.ones((3, 1))})


def test_a_range_that_depends_on_coefficients_is_not_fitted() -> None:
    with pytest.raises(derive.DeriveError, match="depends on the parameters"):
        derive.mle("y ~ uniform(0, exp(X @ beta))", data={"y": [1, 2, 3.0], "X": np.ones((3, 1))})


# Files


def test_a_file_with_quotes_bom_and_semicolons(tmp_path: Path) -> None:
    file = file_of(tmp_path, '\ufeff"price, in k";area\r\n10,5;1\r\n12;2\r\n15;3\r\n')
    found = derive.mle("linear-regression", data=file, columns='y = "price, in k"; X = 1, area')
    assert found.fit.names == ("beta[1]", "beta[area]", "sigma")
    assert far(found.fit["beta[area]"], 2.25) < 1e-12


def test_covariates_are_all_columns_that_are_left(tmp_path: Path) -> None:
    file = file_of(tmp_path, "a,y,b\n1,2,3\n2,3,5\n3,5,4\n4,4,7\n5,8,1\n")
    found = derive.mle("linear-regression", data=file)
    assert found.fit.names == ("beta[a]", "beta[b]", "sigma")
    assert any(words.startswith("X = a, b") for label, words in found.remarks if label == "columns")


def test_labels_are_counted_from_zero_in_sorted_order(tmp_path: Path) -> None:
    file = file_of(tmp_path, "y,one\nyes,1\nno,1\nyes,1\nyes,1\n")
    found = derive.mle("logistic-regression", data=file)
    assert ("classes", "y: 0 is no, 1 is yes") in found.remarks
    assert far(found.fit["beta[one]"], np.log(3)) < 1e-12


def test_a_data_frame_is_a_table() -> None:
    class Frame:
        columns = ("y", "a")

        def __getitem__(self, name: str) -> np.ndarray:
            return {"y": np.array([1, 2, 4.0]), "a": np.array([1, 1, 2.0])}[name]

    assert far(derive.mle(LINEAR, data=Frame()).fit["beta[a]"], 11 / 6) < 1e-12


def test_a_model_without_covariates_takes_its_column(tmp_path: Path) -> None:
    file = file_of(tmp_path, "t,y\n1,2\n2,4\n3,6\n")
    assert float(dict(derive.mle("poisson", data=file).estimates)["λ"]) == 4


WRONG_FILES = {
    "price,area\n1,2\n3,4\n": "did you mean 'price'?",
    "prize,area\n1,2\n,4\n": "row 2 of column 'prize': the value is missing",
    "prize,area\n1,2\n3,NA\n": "row 2 of column 'area': the value is missing",
    "prize,area\n1,2\n3,nan\n": "row 2 of column 'area': the value is missing",
    "prize,area\n1,2\n3,wide\n": "row 2 of column 'area': 'wide' is no number",
    'prize,area\n1,2\n3,"1,5"\n': "write a decimal point",
    "prize,area\n1,2\n3\n": "line 3 of",
    "prize,area\n1,2\n3,inf\n": "row 2 of column 'area': the value is infinite",
    "prize,area\n": "has names of columns and no rows",
    "1,2\n3,4\n": "holds numbers; it needs the names",
    "": "is empty",
    "prize,prize\n1,2\n": "has two columns 'prize'",
}


@pytest.mark.parametrize(("text", "words"), WRONG_FILES.items(), ids=map(repr, WRONG_FILES))
def test_what_is_wrong_with_a_file_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(derive.DeriveError) as caught:
        derive.mle("linear-regression", data=file_of(tmp_path, text),
                   columns="y = prize; X = 1, area")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("columns", "words"), [
    ("y", "assigns no columns"), ("z = a", "'z' is no name with a value for each observation"),
    ("y = a, b; X = 1", "y is one column"), ("X = a", "no column is named 'y'")])
def test_what_is_wrong_with_an_assignment_is_named(columns: str, words: str, tmp_path: Path,
                                                   ) -> None:
    with pytest.raises(derive.DeriveError, match=words):
        derive.mle("linear-regression", data=file_of(tmp_path, "a,b\n1,2\n3,5\n4,4\n"),
                   columns=columns)


@pytest.mark.parametrize(("model", "data", "words"), [
    (POISSON, {"y": [1, 2, -1], "X": [[1], [1], [1]]}, "row 3 of column 'y': -1 is outside"),
    (POISSON, {"y": [1, .5, 1], "X": [[1], [1], [1]]}, "row 2 of column 'y': 0.5 is outside"),
    (LOGISTIC, {"y": [0, 1, 2], "X": [[1], [1], [1]]}, "y is 0 or 1"),
    (LINEAR, {"y": [0, 1], "X": [[1], [1], [1]]}, "different lengths: y has 2, X has 3")])
def test_data_outside_the_support_are_named(model: str, data: dict[str, Any], words: str) -> None:
    with pytest.raises(derive.DeriveError, match=words):
        derive.mle(model, data=data)


def test_negative_weights_are_refused() -> None:
    with pytest.raises(derive.DeriveError, match="row 2 of column 'w': -1 is outside"):
        derive.mle(LINEAR, weights="w", data={"y": [1, 2, 4.], "X": [[1], [1], [2]],
                                              "w": [1, -1, 1]})


# What the data do not determine


X4 = np.array([1.0, 2, 4, 3, 7, 5])
Z4 = np.array([2.0, 1, 1, 3, 2, 5])


@pytest.mark.parametrize(("columns", "words"), [
    ({"a": X4, "b": 3 * X4}, "column 'b' is 3 a, .* only beta.a. \\+ 3 beta.b. is determined"),
    ({"a": X4, "b": Z4, "total": X4 + Z4}, "column 'total' is a \\+ b, .* only beta.a. \\+ "
     "beta.total. and beta.b. \\+ beta.total. are determined"),
    ({"one": np.ones(6), "m": X4 > 2, "f": X4 <= 2}, "column 'f' is one - m"),
    ({"a": X4, "b": 0 * X4}, "column 'b' is 0 in all rows"),
    ({f"c{n}": X4**n for n in range(7)}, "7 coefficients and 6 rows")])
def test_columns_that_are_combinations_are_named(columns: dict[str, np.ndarray], words: str,
                                                 ) -> None:
    with pytest.raises(derive.DeriveError, match=words):
        derive.mle(LINEAR, data={"y": Z4 + X4**2, **columns})


def test_two_intercepts_have_their_sum_alone() -> None:
    with pytest.raises(derive.DeriveError, match=r"only .*a.* is determined"):
        derive.mle("y ~ normal(a + X @ beta, sigma)", data={"y": Z4, "one": np.ones(6), "x": X4})


@pytest.mark.parametrize("y", [np.full(6, 2.0), 2 + 3 * X4])
def test_data_that_fit_exactly_have_no_maximum(y: np.ndarray) -> None:
    with pytest.raises(derive.DeriveError, match="grows without end as sigma goes to 0"):
        derive.mle(LINEAR, data={"y": y, "one": np.ones(6), "x": X4})


@pytest.mark.parametrize(("x", "y", "words"), [
    ([1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1], "complete separation"),
    ([1, 2, 3, 3, 5, 6], [0, 0, 0, 1, 1, 1], "quasi-complete separation: .* and 0 in 2 rows"),
    ([0, 0, 0, 0, 1, 1], [0, 1, 0, 1, 1, 1], "y is 1 in all 2 rows where 'x' is not 0: "
     "beta.x. goes to ∞")])
@pytest.mark.parametrize("mean", ["sigmoid(X @ beta)", "Phi(X @ beta)"])
def test_separation_is_told_with_its_direction(x: Any, y: Any, words: str, mean: str) -> None:
    with pytest.raises(derive.DeriveError, match=words):
        derive.mle(f"y ~ bernoulli({mean})", data={"y": y, "one": np.ones(6), "x": x})


def test_separation_by_two_columns_together() -> None:
    draw = np.random.default_rng(1)
    points = draw.normal(size=(50, 2))
    inside = points @ [1, -2] > 0.4
    with pytest.raises(derive.DeriveError, match="complete separation"):
        derive.mle(LOGISTIC, data={"y": inside, "X": with_ones(points)})
    inside[0] = not inside[0]
    assert derive.mle(LOGISTIC, data={"y": inside, "X": with_ones(points)}).fit is not None


def test_counts_that_are_all_zero_have_no_maximum() -> None:
    with pytest.raises(derive.DeriveError, match=r"y is 0 in all rows: beta.one. goes to −∞"):
        derive.mle(POISSON, data={"y": np.zeros(6), "one": np.ones(6), "x": X4})


def test_counts_that_are_zero_in_a_group_have_no_maximum() -> None:
    with pytest.raises(derive.DeriveError, match="y is 0 in all 2 rows where 'g' is not 0"):
        derive.mle(POISSON, data={"y": [1, 2, 3, 1, 0, 0], "one": np.ones(6),
                                  "g": [0, 0, 0, 0, 1, 1]})


def test_counts_that_vary_less_than_their_model_have_their_maximum_at_an_edge() -> None:
    with pytest.raises(derive.DeriveError, match="grows up to a limit as alpha goes to 0"):
        derive.mle("y ~ negative-binomial(exp(X @ beta), alpha)",
                   data={"y": [2, 3, 2, 3, 2, 3], "X": np.ones((6, 1))})


def test_a_value_that_is_missing_is_asked_for() -> None:
    with pytest.raises(derive.DeriveError, match="give a value with --value sigma"):
        derive.mle(LINEAR, wrt="beta", data={"y": Z4, "X": with_ones(X4)})


@pytest.mark.parametrize(("model", "words"), [
    ("y ~ laplace(exp(X @ beta), b)", "kinks in a linear predictor")])
def test_what_is_not_fitted_is_named(model: str, words: str) -> None:
    with pytest.raises(derive.DeriveError, match=words):
        derive.mle(model, data={"y": [0, 1, 2, 1, 0, 2], "X": with_ones(X4)})


# Forms


def test_the_table_stands_in_every_form(longley: Derivation) -> None:
    assert "beta[6]" in longley.show()
    shown = longley.to_json()
    assert far(float(shown["fit"]["estimates"][6]), CERTIFIED[6]) < 1e-10
    for form in ("markdown", "latex", "html"):
        assert "1829.15" in longley.show(form), form


def test_the_question_names_a_table_that_was_given_as_arrays(longley: Derivation) -> None:
    assert "data=TABLE" in longley.show("markdown")
    assert "--data FILE" in longley.show("markdown")


def test_a_stored_fit_comes_back(longley: Derivation) -> None:
    again = derive.Derivation.from_json(json.dumps(longley.to_json()))
    assert again.fit.values == longley.fit.values
    assert again.fit.covariances == longley.fit.covariances


def test_a_multinomial_logit_is_fitted_by_a_vector_for_each_class_but_the_first() -> None:
    """With one covariate of two values the fitted chances are the shares of each group."""
    table = {(0, 0): 5, (0, 1): 3, (0, 2): 2, (1, 0): 2, (1, 1): 6, (1, 2): 4}
    rows = [(group, label) for (group, label), count in table.items() for _ in range(count)]
    x = np.array([[1.0, group] for group, _ in rows])
    y = np.array([label for _, label in rows])
    fit = derive.mle("multinomial-logit", data={"X": x, "y": y}).fit
    log = np.log
    expected = [log(3/5), log(6/2) - log(3/5), log(2/5), log(4/2) - log(2/5)]
    np.testing.assert_allclose(fit.estimates, expected, rtol=1e-12)
    assert fit.names == ("W_1[0]", "W_1[1]", "W_2[0]", "W_2[1]")
    # the variance of the logarithm of a ratio of two counts is 1/a + 1/b
    np.testing.assert_allclose(fit.standard_errors[0], np.sqrt(1/3 + 1/5), rtol=1e-12)


def test_the_command_of_a_fit_names_its_columns() -> None:
    from derive.rendering.asked_command import asked_command

    made = derive.mle("linear-regression", data={"a": [1.0, 2, 3, 4], "b": [2.0, 4, 7, 8]},
                      columns={"y": "b", "X": ["1", "a"]})
    assert made.asked is not None
    assert "--assign 'y = b' --assign 'X = 1, a'" in " ".join(asked_command(made.asked).split())


@pytest.mark.parametrize("data", ["1,2,3", "1 2; 3", [1, 2, 3], np.array([1.0, 2, 3]),
                                  {"y": [1, 2, 3]}])
def test_a_model_without_covariates_takes_numbers(data: object) -> None:
    """The mean is drawn to 0 as that of a normal sample is: its score and the prior's cancel."""
    fit = derive.mle("y ~ normal(mu, sigma)", prior="mu ~ normal(0, tau)",
                     given="tau: positive", data=data, values={"tau": 2}).fit
    mu, sigma = fit.estimates
    assert fit.observations == 3
    assert (6 - 3*mu)/sigma**2 == pytest.approx(mu/4, rel=1e-9)
    assert sigma**2 == pytest.approx(np.mean((np.array([1, 2, 3]) - mu)**2), rel=1e-9)
