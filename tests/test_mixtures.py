"""Finite mixtures: both steps of expectation-maximisation, derived and run."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import derive
from derive.derivation import Derivation
from derive.errors import DeriveError

TWO = "w*exp(-(y-a)**2/2)/sqrt(2*pi) + (1-w)*exp(-(y-b)**2/2)/sqrt(2*pi)"
GIVEN = "w: probability; a: real; b: real; y: real"


def words(derivation: Derivation, label: str) -> str:
    return dict(derivation.remarks).get(label, "")


def test_the_responsibility_is_the_share_of_a_component() -> None:
    e_step = derive.mle("mixture(exponential)").parts[1]
    assert e_step.notation == "lam[i] * w[i] * exp(-y * lam[i]) / sum(lam * w * exp(-lam * y))"


def test_the_steps_of_a_mixture_of_normals_are_those_of_textbooks() -> None:
    main = derive.mle("mixture(normal)")
    mean, spread, weight = (d.notation for d in (main, *main.others))
    # Bishop (2006), Pattern Recognition and Machine Learning, equations 9.17, 9.20 and 9.22
    assert mean == "(y @ r)[i] / sum(r[n, i] for n in N)"
    assert spread == ("sqrt(sum(r[n, i] * (y[n] - (y @ r)[i] / sum(r[k, i] for k in N))**2 for n in"
                      " N) / sum(r[n, i] for n in N))")
    assert weight == "mean(r[n, i] for n in N)"


@pytest.mark.parametrize("name", ["poisson", "exponential", "geometric", "normal-variance",
                                  "multivariate-bernoulli"])
def test_the_m_step_is_judged_against_the_complete_data_density(name: str) -> None:
    verified = derive.mle(f"mixture({name})").verify()
    assert verified.verification.worst < 1e-20


def test_a_typed_mixture_of_two_is_taken_apart() -> None:
    main = derive.mle(TWO, given=GIVEN)
    assert [d.notation for d in (main, *main.others)] == [
        "mean(r)", "r @ y / sum(r)", "y @ (1 - r) / sum(1 - r)"]


def test_rows_of_weights_sum_to_one_each() -> None:
    rows = derive.mle("mixture(categorical)").notation
    assert rows == ("sum(r[n, i] * delta(j, y[n]) for n in N) / "
                    "sum(sum(r[n, i] * delta(k, y[n]) for n in N) for k in K)")


def test_data_give_the_maximum_of_several_starts() -> None:
    draw = np.random.default_rng(3)
    data = [*draw.normal(-1, 0.7, 60), *draw.normal(3, 1.1, 40)]
    got = dict(derive.mle("mixture(normal)", data=data, values={"K": 2}).estimates)
    logs = np.log(sum(got[f"w[{k}]"] * stats.norm(got[f"mu[{k}]"], got[f"sigma[{k}]"]).pdf(data)
                      for k in (0, 1))).sum()
    best = -np.inf
    for start in ((-1, 3), (0, 4), (-2, 0)):  # plain EM, from three starts
        mean, spread, weight = np.array(start, float), np.ones(2), np.full(2, 0.5)
        for _ in range(300):
            shares = weight * stats.norm(mean, spread).pdf(np.array(data)[:, None])
            level = np.log(shares.sum(1)).sum()
            shares /= shares.sum(1, keepdims=True)
            total = shares.sum(0)
            mean = shares.T @ data / total
            spread = np.sqrt((shares * (np.array(data)[:, None] - mean) ** 2).sum(0) / total)
            weight = total / len(data)
        best = max(best, level)
    assert logs == pytest.approx(best, abs=1e-8)


def test_the_log_likelihood_is_said_to_fall_in_no_round() -> None:
    told = derive.mle(TWO, given=GIVEN, data=[1, 2, 5, 6, 7.3, 0.2])
    assert "none of which lowered it" in words(told, "likelihood")


def test_components_that_shrink_have_no_maximum() -> None:
    told = derive.mle("mixture(normal)", data=[1, 2], values={"K": 2})
    assert not told.estimates
    assert "shrinks onto single observations" in words(told, "open")


def test_components_that_coincide_are_named() -> None:
    told = derive.mle("mixture(exponential)", data=[1, 2, 8, 9], values={"K": 2})
    assert words(told, "boundary").startswith("components coincide")


@pytest.mark.parametrize(("arguments", "message"), [
    ({"data": [1.0], "values": {"K": 2}}, "a mixture needs more than one observation"),
    ({"data": [1.0, 2.0, 3.0]}, "give it with --value K=2"),
    ({"data": [1.0, 2.0, 3.0], "values": {"K": 5}}, "K = 5 cannot be: there are 3 observations"),
    ({"data": [1.0, -2.0], "values": {"K": 2}}, "observation 2, -2, is outside the support"),
    ({"values": {"K": 2}}, "is for observations"),
])
def test_what_a_mixture_cannot_use_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        derive.mle("mixture(exponential)", **arguments)  # type: ignore[arg-type]


@pytest.mark.peers
def test_the_estimates_are_those_of_scikit_learn() -> None:
    mixture = pytest.importorskip("sklearn.mixture")
    draw = np.random.default_rng(5)
    data = np.concatenate([draw.normal(0, 1, 200), draw.normal(4, 0.5, 100)])
    peer = mixture.GaussianMixture(2, tol=1e-12, max_iter=5000, reg_covar=0).fit(data[:, None])
    got = dict(derive.mle("mixture(normal)", data=list(data), values={"K": 2}).estimates)
    order = np.argsort(peer.means_[:, 0])
    assert [got["mu[0]"], got["mu[1]"]] == pytest.approx(peer.means_[order, 0], abs=1e-4)
    assert [got["w[0]"], got["w[1]"]] == pytest.approx(peer.weights_[order], abs=1e-4)
