"""Fits of regressions beside those of statsmodels and scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import derive

pytestmark = pytest.mark.peers

ROWS = 2000


def far(left: Any, right: Any) -> float:
    return float(np.max(np.abs(np.asarray(left) / np.asarray(right) - 1)))


def covariates(seed: int, columns: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """A matrix whose last two columns are nearly equal, and predictors."""
    draw = np.random.default_rng(seed)
    matrix = np.column_stack([np.ones(ROWS), draw.normal(size=(ROWS, columns - 1))])
    matrix[:, -1] = matrix[:, -2] + 0.05 * matrix[:, -1]
    return matrix, matrix @ np.linspace(0.5, -0.5, columns)


@pytest.fixture(scope="module")
def statsmodels() -> Any:
    return pytest.importorskip("statsmodels.api")


def test_least_squares(statsmodels: Any) -> None:
    matrix, eta = covariates(1)
    y = eta + np.random.default_rng(2).normal(size=ROWS)
    fit = derive.mle("linear-regression", data={"y": y, "X": matrix}).fit
    peer = statsmodels.OLS(y, matrix).fit()
    assert far(fit.estimates[:4], peer.params) < 1e-10
    assert far(fit.standard_errors[:4] * np.sqrt(ROWS / (ROWS - 4)), peer.bse) < 1e-10
    assert far(fit.log_likelihood, peer.llf) < 1e-12
    assert far(fit.aic, peer.aic + 2) < 1e-12  # sigma is counted here


def test_weighted_least_squares(statsmodels: Any) -> None:
    matrix, eta = covariates(3)
    draw = np.random.default_rng(4)
    y, w = eta + draw.normal(size=ROWS), draw.uniform(0.5, 2, ROWS)
    fit = derive.mle("linear-regression", weights="w", data={"y": y, "X": matrix, "w": w}).fit
    assert far(fit.estimates[:4], statsmodels.WLS(y, matrix, weights=w).fit().params) < 1e-10


def families(statsmodels: Any) -> dict[str, tuple[str, Any, Any]]:
    family, links = statsmodels.families, statsmodels.families.links
    draw = np.random.default_rng(5)
    return {
        "logit": ("y ~ bernoulli(sigmoid(X @ beta))", family.Binomial(),
                  lambda eta: (draw.random(ROWS) < 1 / (1 + np.exp(-eta))).astype(float)),
        "log": ("y ~ poisson(exp(X @ beta))", family.Poisson(),
                lambda eta: draw.poisson(np.exp(eta))),
        "probit": ("y ~ bernoulli(Phi(X @ beta))", family.Binomial(links.Probit()),
                   lambda eta: (draw.random(ROWS) < 1 / (1 + np.exp(-1.6 * eta))).astype(float)),
        "cloglog": ("y ~ bernoulli(1 - exp(-exp(X @ beta)))", family.Binomial(links.CLogLog()),
                    lambda eta: (draw.random(ROWS) < 1 - np.exp(-np.exp(eta))).astype(float)),
    }


@pytest.mark.parametrize("name", ["logit", "log", "probit", "cloglog"])
def test_generalised_linear_models(name: str, statsmodels: Any) -> None:
    model, family, draw = families(statsmodels)[name]
    matrix, eta = covariates(6)
    y = draw(eta)
    fit = derive.mle(model, data={"y": y, "X": matrix}).fit
    peer = statsmodels.GLM(y, matrix, family=family).fit(tol=1e-14, maxiter=200)
    # Their steps for links that are not canonical end earlier.
    assert far(fit.estimates, peer.params) < (1e-10 if name in ("logit", "log") else 1e-6)
    assert far(fit.standard_errors, peer.bse) < (1e-10 if name in ("logit", "log") else 1e-6)
    assert far(fit.log_likelihood, peer.llf) < 1e-12


def test_gamma_with_a_log_link(statsmodels: Any) -> None:
    matrix, eta = covariates(7)
    y = np.random.default_rng(8).gamma(3, np.exp(eta) / 3)
    fit = derive.mle("gamma-regression", data={"y": y, "X": matrix}).fit
    peer = statsmodels.GLM(y, matrix, family=statsmodels.families.Gamma(
        statsmodels.families.links.Log())).fit(tol=1e-14, maxiter=200)
    assert far(fit.estimates[:4], peer.params) < 1e-9
    assert far(fit.standard_errors[:4] * np.sqrt(peer.scale * fit["shape"]), peer.bse) < 1e-9


def test_negative_binomial(statsmodels: Any) -> None:
    matrix, eta = covariates(9)
    draw = np.random.default_rng(10)
    y = draw.poisson(np.exp(eta) * draw.gamma(2, 0.5, ROWS))
    fit = derive.mle("y ~ negative-binomial(exp(X @ beta), alpha)", data={"y": y, "X": matrix}).fit
    peer = statsmodels.NegativeBinomial(y, matrix).fit(disp=0, method="newton", maxiter=200,
                                                       tol=1e-14)
    assert far(fit.estimates, peer.params) < 1e-10
    assert far(fit.standard_errors, peer.bse) < 1e-9
    assert far(fit.log_likelihood, peer.llf) < 1e-12


def test_ridge_and_lasso() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    draw = np.random.default_rng(11)
    matrix = draw.normal(size=(ROWS, 8))
    y = matrix @ [2, 0, 0, -1, 0.2, 0, 0, 0.05] + draw.normal(size=ROWS)
    ridge = derive.mle("ridge-regression", data={"y": y, "X": matrix}, values={"lam": 30}).fit
    peer = linear.Ridge(alpha=30, fit_intercept=False, solver="cholesky").fit(matrix, y)
    assert far(ridge.estimates[:8], peer.coef_) < 1e-10
    lasso = derive.mle("lasso-regression", data={"y": y, "X": matrix},
                       values={"lam": 400, "sigma": 1}).fit
    peer = linear.Lasso(alpha=400 / 2 / ROWS, fit_intercept=False, tol=1e-14,
                        max_iter=10**6).fit(matrix, y)
    assert np.array_equal(lasso.estimates == 0, peer.coef_ == 0)
    assert np.abs(lasso.estimates - peer.coef_).max() < 1e-12


def test_penalised_logistic_regression() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    matrix, eta = covariates(12)
    y = (np.random.default_rng(13).random(ROWS) < 1 / (1 + np.exp(-eta))).astype(float)
    fit = derive.mle("logistic-regression", prior="beta ~ laplace(0, 0.05)",
                     data={"y": y, "X": matrix}).fit
    peer = linear.LogisticRegression(penalty="l1", C=0.05, solver="liblinear", fit_intercept=False,
                                     tol=1e-12, max_iter=10**5).fit(matrix, y)
    assert np.abs(fit.estimates - peer.coef_[0]).max() < 1e-6
    assert np.array_equal(fit.estimates == 0, peer.coef_[0] == 0)


def test_zero_inflated_counts(statsmodels: Any) -> None:
    matrix, eta = covariates(14, 3)
    draw = np.random.default_rng(15)
    y = draw.poisson(np.exp(eta)) * (draw.random(ROWS) < 0.7)
    fit = derive.mle("y ~ zero_inflated(poisson(exp(X @ beta)), w)", data={"y": y, "X": matrix}).fit
    peer = statsmodels.ZeroInflatedPoisson(y, matrix, exog_infl=np.ones((ROWS, 1))).fit(
        disp=0, method="newton", maxiter=200, tol=1e-13)
    assert far(fit.estimates[:3], peer.params[1:]) < 1e-8
    assert far(fit.log_likelihood, peer.llf) < 1e-12


def test_censored_observations_as_by_a_general_optimiser() -> None:
    optimise, stats = pytest.importorskip("scipy.optimize"), pytest.importorskip("scipy.stats")
    matrix, eta = covariates(16, 3)
    y = np.maximum(eta + np.random.default_rng(17).normal(size=ROWS), 0)
    fit = derive.mle("y ~ censored(normal(X @ beta, sigma), 0, inf)",
                     data={"y": y, "X": matrix}).fit

    def loss(u: np.ndarray) -> float:
        mean, sigma = matrix @ u[:3], np.exp(u[3])
        return -float(np.where(y > 0, stats.norm.logpdf(y, mean, sigma),
                               stats.norm.logcdf(-mean / sigma)).sum())

    best = optimise.minimize(loss, np.array([*fit.estimates[:3] + 0.1, 0.1]), method="Nelder-Mead",
                             options={"xatol": 1e-10, "fatol": 1e-10, "maxiter": 10**4})
    assert abs(fit.log_likelihood + best.fun) < 1e-7
