"""Regressions: statements, the score, the information and the estimates for every N and D."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.errors import DeriveError, NotationError

LINEAR = "y ~ normal(X @ beta, sigma)"
ROWS = np.random.default_rng(19).normal(size=(7, 3))
COEFFICIENTS = np.array([.5, -1.25, 2.])


def matrix(derivation: derive.Derivation) -> str | None:
    return derivation.matrix("unicode")


# Statements

@pytest.mark.parametrize("statement", [
    "y ~ normal(X @ beta, sigma)", "y ~ normal(mean = X @ beta, sigma)",
    "y[n] ~ normal(X @ beta, sigma = sigma)", "y ∼ normal(mu = X @ beta)"])
def test_ways_to_state_a_linear_model(statement: str) -> None:
    scores = derive.score(statement, given="X: real[N, D]")
    assert matrix(scores) == "Xᵀ (y − X β) / σ²"


@pytest.mark.parametrize(("statement", "link"), [
    ("y ~ bernoulli(sigmoid(X @ beta))", None), ("y ~ bernoulli(X @ beta)", "logit"),
    ("y ~ bernoulli(X @ beta)", "theta=logit"), ("y ~ bernoulli(logit(theta) = X @ beta)", None)])
def test_ways_to_state_a_link(statement: str, link: str | None) -> None:
    assert matrix(derive.score(statement, link=link)) == "Xᵀ (y − σ(X β))"


@pytest.mark.parametrize(("statement", "given", "score"), [
    ("y ~ normal(a + b*x, sigma)", "x: real[N]", None),
    ("y ~ poisson(e*exp(X @ beta))", "e: positive[N]", "Xᵀ (y − e ∘ exp(X β))"),
    ("y ~ poisson(exp(X @ beta + o))", "o: real[N]", "Xᵀ (y − exp(X β + o))"),
    ("y ~ binomial(sigmoid(X @ beta), n = m)", "m: count[N]", "Xᵀ (y − m ∘ σ(X β))"),
    ("y ~ gamma(mean = exp(X @ beta), shape)", "", "shape Xᵀ (y ∘ exp(−X β) − 1)"),
    ("y ~ exponential(exp(-(X @ beta)))", "", "Xᵀ (y ∘ exp(−X β) − 1)"),
    ("y ~ laplace(X @ beta, b)", "", "Xᵀ sign(y − X β) / b"),
    ("y ~ categorical(softmax(X @ W))", "X: real[N, D]; W: real[D, K]",
     "Xᵀ (onehot(y) − softmax(X W))"),
    ("k ~ poisson(exp(Z @ w + c))", "", "Zᵀ (k − exp(Z w + c))")])
def test_a_score_is_written_with_the_matrix_of_the_covariates(
        statement: str, given: str, score: str | None) -> None:
    made = derive.score(statement, given=[g for g in [given] if g])
    assert made.verify().verification is not None
    assert score is None or score in (matrix(made), *(matrix(o) for o in made.others))


def test_weights_say_how_often_an_observation_counts() -> None:
    assert matrix(derive.score(LINEAR, weights="w")) == "Xᵀ diag(w) (y − X β) / σ²" or \
        matrix(derive.score(LINEAR, weights="w")) == "Xᵀ (w ∘ (y − X β)) / σ²"


def test_a_statement_without_covariates_is_the_distribution_itself() -> None:
    assert derive.mle("y ~ pareto(alpha, xm)").others[0].notation == "min(y)"


def test_conditions_of_a_statement_narrow_the_types_of_its_arguments() -> None:
    assert derive.mle("y ~ uniform(0, theta)").notation == "max(y)"
    assert derive.fisher("y ~ exponential(t)").notation == "1 / t**2"


# The linear model

def test_the_estimates_of_the_linear_model_are_the_published_ones() -> None:
    fit = derive.mle(LINEAR, given="X: real[N, D]")
    (deviation,) = fit.others
    assert matrix(fit) == "(Xᵀ X)⁻¹ Xᵀ y"
    assert matrix(deviation) == "√(‖y − X (Xᵀ X)⁻¹ Xᵀ y‖² / N)"
    assert dict(fit.remarks)["normal"] == "Xᵀ X β = Xᵀ y"
    assert "a maximum" in dict(fit.remarks)["maximum"]
    assert any("det" in str(c) for c in fit.obligations)
    checked = fit.verify().verification
    assert checked is not None
    assert max(dict(checked.ends[0].sizes)["D"]) >= 2


def test_the_estimate_of_the_linear_model_is_that_of_least_squares() -> None:
    y = ROWS @ COEFFICIENTS + np.sin(np.arange(7.))
    fit = derive.mle("linear-regression").lambdify("X", "y")
    expected = np.linalg.lstsq(ROWS, y, rcond=None)[0]
    np.testing.assert_allclose(fit(ROWS, y), expected, rtol=1e-12)


def test_ridge_regression_adds_the_penalty_to_the_normal_equations() -> None:
    fit = derive.mle("ridge-regression")
    assert matrix(fit) == "(Xᵀ X + λ I)⁻¹ Xᵀ y"
    assert dict(fit.remarks)["normal"] == "Xᵀ X β + λ β = Xᵀ y"
    assert "posteriori" in fit.title
    y = ROWS @ COEFFICIENTS + 1
    np.testing.assert_allclose(
        fit.lambdify("X", "y", "lam")(ROWS, y, .7),
        np.linalg.solve(ROWS.T @ ROWS + .7 * np.eye(3), ROWS.T @ y), rtol=1e-12)


def test_a_score_that_jumps_is_no_system_of_linear_equations() -> None:
    fit = derive.mle("lasso-regression")
    assert "open" in dict(fit.remarks)
    assert matrix(fit) == "(Xᵀ (y − X β) − λ sign(β) / 2) / σ²"


@pytest.mark.parametrize("name", ["logistic-regression", "poisson-regression", "gamma-regression"])
def test_where_the_likelihood_is_concave_a_zero_of_the_score_is_its_maximum(name: str) -> None:
    fit = derive.mle(name)
    assert "concave in β" in dict(fit.remarks)["maximum"]
    assert "open" in dict(fit.remarks)


# Information

@pytest.mark.parametrize(("name", "information"), [
    ("linear-regression", "Xᵀ X / σ²"),
    ("logistic-regression", "Xᵀ diag(σ(X β) ∘ σ(−X β)) X"),
    ("poisson-regression", "Xᵀ diag(e ∘ exp(X β)) X"),
    ("gamma-regression", "shape Xᵀ X")])
def test_the_information_of_a_regression(name: str, information: str) -> None:
    assert matrix(derive.fisher(name)) == information


def test_the_information_is_that_of_the_score_at_random_covariates() -> None:
    """Against the expected product of the scores, summed over all outcomes by hand."""
    at = derive.fisher("logistic-regression").lambdify("X", "beta")
    chances = 1 / (1 + np.exp(-ROWS @ COEFFICIENTS))
    expected = sum(p * (1 - p) * np.outer(x, x) for p, x in zip(chances, ROWS, strict=True))
    np.testing.assert_allclose(at(ROWS, COEFFICIENTS), expected, rtol=1e-12)


# The judge

def test_a_wrong_estimate_of_a_regression_is_refuted() -> None:
    from dataclasses import replace

    from sympy import Mul

    from derive.errors import VerificationError

    fit = derive.mle(LINEAR)
    last = fit.steps[-1]
    planted = replace(fit, steps=(*fit.steps[:-1], replace(
        last, line=Mul(2, last.line), after=Mul(2, last.after))))
    with pytest.raises(VerificationError):
        planted.verify()


# Bad input

@pytest.mark.parametrize(("statement", "words"), [
    ("y ~ bernoulli(X @ beta)", "theta of the bernoulli distribution is of type probability"),
    ("y ~ normal(1, 2, 3)", "normal does not take"), ("y ~ normal(rate = 2)", "does not take"),
    ("y ~ nonsense(x)", "there is no distribution 'nonsense'"),
    ("y ~ cox(X @ beta)", "model of a whole sample"),
    ("y ~ normal(X @, s)", "column")])
def test_a_statement_that_cannot_be_is_refused_in_a_line(statement: str, words: str) -> None:
    with pytest.raises((DeriveError, NotationError), match=words):
        derive.score(statement)


@pytest.mark.parametrize("direction", [derive.nll, derive.score, derive.mle, derive.fisher])
def test_a_parameter_is_named_once(direction) -> None:
    with pytest.raises(DeriveError, match="names 'beta' twice"):
        direction(LINEAR, wrt="beta, beta")


def test_a_prior_on_what_is_no_parameter_is_refused() -> None:
    with pytest.raises(DeriveError, match="gamma, which is no parameter"):
        derive.mle(LINEAR, prior="gamma ~ normal(0, 1)")


def test_priors_stand_beside_a_statement() -> None:
    with pytest.raises(DeriveError, match="stand beside a statement"):
        derive.mle("normal", prior="mu ~ normal(0, 1)")


# The table

@pytest.mark.parametrize("name", [r.name for r in derive.regressions()])
def test_every_named_regression_has_its_loss_and_its_score(name: str) -> None:
    for direction in (derive.nll, derive.score):
        assert direction(name).verify().verification is not None
