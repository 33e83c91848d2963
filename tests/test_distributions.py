"""Distributions: they are densities, and give the losses and scores that they should."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from types import SimpleNamespace as Values
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf
from scipy import special, stats
from sympy import Integer, Rational

import derive
from derive.calculus.likelihood.densities.density_checks import parameters_at
from derive.calculus.likelihood.densities.statistical_model import Model, read_model
from derive.calculus.problem import problem
from derive.core import heads
from derive.core.indexing import depends, free_names
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import holds_everywhere
from derive.judge.trees.line_points import random_point
from derive.judge.trees.tree_point import Law
from tests.conftest import quick_share

TABLE = derive.distributions()
BASE = [entry.name for entry in TABLE if not entry.base]
CENSORED = [e.name for e in TABLE if e.censored and not e.likelihood]
# (one form left out: its quadrature is slow)
DENSITIES = [e.name for e in TABLE if not (e.censored or e.likelihood or e.up_to)
             and e.name != "dirichlet-mean-precision"]
LOSSES = [(e.name, link, loss) for e in TABLE for link, loss in e.losses]
# Scores average to 0 where no parameter bounds the support; on the simplex in terms of scores.
SCORED = [*(n for n in BASE if n in DENSITIES
            and n not in ("uniform", "categorical", "multinomial")),
          "categorical-scores", "multinomial-scores"]


@cache
def loss(name: str, link: str | None = None, wrt: str | None = None) -> Derivation:
    return derive.nll(name, wrt=wrt, link=link)


@cache
def score(name: str) -> Derivation:
    return derive.score(name)


def remark(found: Derivation, label: str) -> str:
    return dict(found.remarks).get(label, "")


def at(body: Any, **values: Any) -> Any:
    return evaluate(body, Point(scalars={n: mpf(values[n.name]) for n in free_names(body)}), 40)


def means(model: Model, body: Any, count: int, fixed: dict[Any, Any] | None = None) -> list[Any]:
    """Expected values at random parameters; where the quadrature gives up, at others."""
    draw = random.Random(7)
    found: list[Any] = []
    for turn in range(60):
        point = parameters_at(model, draw, turn)
        if point is None:
            continue
        point = replace(point, scalars={**point.scalars, **(fixed or {})})
        try:
            found.append(evaluate(heads.Expect(body, model.observed[0]), point, 25))
        except EvaluationError:
            continue
        if len(found) == count:
            return found
    raise AssertionError("too few points")


@pytest.mark.parametrize("name", quick_share(DENSITIES, 3))
def test_the_total_probability_is_one(name: str) -> None:
    for total in means(read_model(name), Integer(1), 2 if name in BASE else 1):
        assert abs(total - 1) < mpf(10) ** -20


@pytest.mark.parametrize("name", CENSORED)
def test_events_before_a_time_and_survival_beyond_it_are_all_there_is(name: str) -> None:
    model = read_model(name)
    y, seen = model.observed
    events = substitute(model.density, {seen: Integer(1)})
    end = Rational(3, 2)
    beyond = substitute(model.density, {seen: Integer(0), y: end})
    draw = random.Random(7)
    for turn in range(2):
        point = parameters_at(model, draw, turn)
        point = replace(point, laws={y: Law(y, events, (heads.LessEqual(y, end),))})
        total = evaluate(heads.Expect(Integer(1), y), point, 25) + evaluate(beyond, point, 25)
        assert abs(total - 1) < mpf(10) ** -20


@pytest.mark.parametrize("name", quick_share(BASE, 2))
def test_the_loss_follows_from_the_density(name: str) -> None:
    found = loss(name)
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40


@pytest.mark.parametrize("name", quick_share(BASE, 2))
def test_the_score_is_the_slope_of_the_log_density(name: str) -> None:
    found = score(name)
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40
    assert len((found, *found.others)) == len(read_model(name).parameters)


@pytest.mark.parametrize("name", quick_share(SCORED, 3))
def test_the_score_averages_to_zero(name: str) -> None:
    model = read_model(name)
    scores = (score(name), *score(name).others)
    for parameter, one in zip(model.parameters, scores, strict=True):
        if any(depends(c, parameter) for c in model.support):
            continue
        (mean,) = means(model, one.result, 1, dict.fromkeys(one.indices, 0))
        assert abs(mean) < mpf(10) ** -15


def _skewed(p: Values) -> float:
    kappa = np.sqrt(p.tau / (1 - p.tau))
    return stats.laplace_asymmetric.logpdf(p.y, kappa, loc=p.mu, scale=p.b * kappa / p.tau)


def _inflated(p: Values) -> float:
    below = np.log1p(-p.w) + stats.poisson.logpmf(p.y, p.lam)
    return np.logaddexp(np.log(p.w), below) if p.y == 0 else below


def _seen_or_not(law: Any, p: Values) -> float:
    return law.logpdf(p.y) if p.d else law.logsf(p.y)


SCIPY: dict[str, Callable[[Values], Any]] = {
    "bernoulli": lambda p: stats.bernoulli.logpmf(p.y, p.theta),
    "categorical": lambda p: stats.multinomial.logpmf(np.eye(len(p.p), dtype=int)[p.y], 1, p.p),
    "binomial": lambda p: stats.binom.logpmf(p.y, p.n, p.theta),
    "poisson": lambda p: stats.poisson.logpmf(p.y, p.lam),
    "geometric": lambda p: stats.geom.logpmf(p.y + 1, p.theta),
    "negative-binomial": lambda p: stats.nbinom.logpmf(p.y, 1 / p.alpha, 1 / (1 + p.alpha * p.mu)),
    "negative-binomial-linear":
        lambda p: stats.nbinom.logpmf(p.y, p.mu / p.delta, 1 / (1 + p.delta)),
    "zero-inflated-poisson": _inflated,
    "zero-truncated-poisson":
        lambda p: stats.poisson.logpmf(p.y, p.lam) - np.log(-np.expm1(-p.lam)),
    "beta-binomial": lambda p: stats.betabinom.logpmf(p.y, p.n, p.a, p.b),
    "normal": lambda p: stats.norm.logpdf(p.y, p.mu, p.sigma),
    "laplace": lambda p: stats.laplace.logpdf(p.y, p.mu, p.b),
    "student-t": lambda p: stats.t.logpdf(p.y, p.nu, p.mu, p.s),
    "cauchy": lambda p: stats.cauchy.logpdf(p.y, p.mu, p.s),
    "logistic": lambda p: stats.logistic.logpdf(p.y, p.mu, p.s),
    "hyperbolic-secant": lambda p: stats.hypsecant.logpdf(p.y, p.mu, p.s),
    "gumbel": lambda p: stats.gumbel_r.logpdf(p.y, p.mu, p.b),
    "gumbel-min": lambda p: stats.gumbel_l.logpdf(p.y, p.mu, p.b),
    "generalised-normal": lambda p: stats.gennorm.logpdf(p.y, p.beta, p.mu, p.alpha),
    "asymmetric-laplace": _skewed,
    "generalised-extreme-value": lambda p: stats.genextreme.logpdf(p.y, -p.xi, p.mu, p.sigma),
    "skellam": lambda p: stats.skellam.logpmf(p.y, p.a, p.b),
    "ordered-logit": lambda p: np.log(np.diff([
        0, *special.expit(p.a + np.cumsum([0, *p.g]) - p.z), 1])[int(p.y)]),
    "multivariate-normal-full": lambda p: stats.multivariate_normal.logpdf(
        p.y, p.mu, np.reshape(p.Sigma, (len(p.mu), -1))),
    "uniform": lambda p: stats.uniform.logpdf(p.y, p.a, p.b - p.a),
    "exponential": lambda p: stats.expon.logpdf(p.y, scale=1 / p.lam),
    "gamma": lambda p: stats.gamma.logpdf(p.y, p.k, scale=1 / p.beta),
    "inverse-gamma": lambda p: stats.invgamma.logpdf(p.y, p.a, scale=p.b),
    "inverse-gaussian": lambda p: stats.invgauss.logpdf(p.y, p.mu / p.lam, scale=p.lam),
    "log-normal": lambda p: stats.lognorm.logpdf(p.y, p.sigma, scale=np.exp(p.mu)),
    "weibull": lambda p: stats.weibull_min.logpdf(p.y, p.k, scale=p.l),
    "rayleigh": lambda p: stats.rayleigh.logpdf(p.y, scale=p.sigma),
    "half-normal": lambda p: stats.halfnorm.logpdf(p.y, scale=p.sigma),
    "half-cauchy": lambda p: stats.halfcauchy.logpdf(p.y, scale=p.s),
    "maxwell": lambda p: stats.maxwell.logpdf(p.y, scale=p.a),
    "nakagami": lambda p: stats.nakagami.logpdf(p.y, p.k, scale=np.sqrt(p.omega)),
    "pareto": lambda p: stats.pareto.logpdf(p.y, p.alpha, scale=p.xm),
    "generalised-pareto": lambda p: stats.genpareto.logpdf(p.y, p.xi, scale=p.sigma),
    "log-logistic": lambda p: stats.fisk.logpdf(p.y, p.k, scale=p.l),
    "gompertz": lambda p: stats.gompertz.logpdf(p.y, p.a / p.b, scale=1 / p.b),
    "beta": lambda p: stats.beta.logpdf(p.y, p.a, p.b),
    "logit-normal":
        lambda p: stats.norm.logpdf(special.logit(p.y), p.mu, p.sigma) - np.log(p.y * (1 - p.y)),
    "von-mises": lambda p: stats.vonmises.logpdf(p.y, p.kappa, loc=p.mu),
    "multinomial": lambda p: stats.multinomial.logpmf(p.y, p.n, p.p),
    "dirichlet": lambda p: stats.dirichlet.logpdf(p.y / sum(p.y), p.alpha),
    "dirichlet-multinomial": lambda p: stats.dirichlet_multinomial.logpmf(p.y, p.alpha, p.n),
    "multivariate-normal": lambda p: stats.multivariate_normal.logpdf(p.y, p.mu, np.diag(p.v)),
    "multivariate-normal-spherical":
        lambda p: stats.multivariate_normal.logpdf(p.y, p.mu, p.sigma**2),
    "multivariate-bernoulli": lambda p: stats.bernoulli.logpmf(p.y, p.theta).sum(),
    "exponential-censored": lambda p: _seen_or_not(stats.expon(scale=1 / p.lam), p),
    "weibull-censored": lambda p: _seen_or_not(stats.weibull_min(1 / p.s, scale=np.exp(p.mu)), p),
    "log-normal-censored": lambda p: _seen_or_not(stats.lognorm(p.s, scale=np.exp(p.mu)), p),
    "log-logistic-censored": lambda p: _seen_or_not(stats.fisk(1 / p.s, scale=np.exp(p.mu)), p),
    "gompertz-censored": lambda p: _seen_or_not(stats.gompertz(p.a / p.b, scale=1 / p.b), p),
}


def in_floats(point: Point) -> Values:
    """The values of a point by name, as SciPy takes them."""
    def plain(leaf: Any, v: Any) -> float:
        return int(v) if leaf.kind.domain in ("count", "binary", "label") else float(v)

    arrays = {t.name: np.array([plain(t, v) for _, v in sorted(values.items())])
              for t, values in point.tensors.items()}
    return Values(**arrays, **{n.name: plain(n, v) for n, v in point.scalars.items()})


def pairs(model: Model, count: int) -> Iterator[tuple[Point, Point]]:
    """Random points within the support; of a pair only the parameters differ."""
    names = set().union(*(free_names(n) for n in (model.density, *model.conditions)))
    draw = random.Random(11)
    found = 0
    for turn in range(6000):
        one, other = (random_point(names, turn, "", draw) for _ in range(2))
        new = set(model.parameters)
        scalars = {n: (other if n in new else one).scalars[n] for n in one.scalars}
        tensors = {n: (other if n in new else one).tensors[n] for n in one.tensors}
        both = (one, replace(other, scalars=scalars, tensors=tensors))
        if 1 not in one.sizes.values() and all(
                holds_everywhere(c, p) for c in model.conditions for p in both):
            yield both
            found += 1
            if found == count:
                return
    raise AssertionError("too few points")


def test_scipy_is_asked_about_all_but_three() -> None:
    assert set(BASE) - set(SCIPY) == {"tweedie", "kumaraswamy", "cox"}


@pytest.mark.parametrize("name", SCIPY)
def test_the_density_and_the_loss_are_those_of_scipy(name: str) -> None:
    model = read_model(name)
    for point in pairs(model, 3):
        theirs = [mpf(float(-SCIPY[name](in_floats(p)))) for p in point]
        density, changed = (-mp.log(evaluate(model.density, p, 30)) for p in point)
        assert abs(density - theirs[0]) <= 1e-10 * max(1, abs(density))
        first, second = (evaluate(loss(name).result, p, 30) for p in point)
        size = max(1, abs(density), abs(changed))
        assert abs((first - second) - (theirs[0] - theirs[1])) <= 1e-10 * size


@pytest.mark.parametrize(("name", "link", "known"), LOSSES)
def test_the_loss_of_a_link_is_recognised(name: str, link: str, known: str) -> None:
    told = remark(loss(name, None if link == "identity" else link), "known as")
    assert f"({known}," in told or f"({known})" in told


def test_the_logit_of_a_bernoulli_gives_the_binary_cross_entropy() -> None:
    ours, theirs = loss("bernoulli", "logit").result, problem("bernoulli-ce").specification.loss
    for z, y in [("-3.25", 0), ("0.5", 1), ("31", 0), ("2", 1)]:
        first, second = (at(body, z=z, y=y) for body in (ours, theirs))
        assert abs(first - second) < mpf(10) ** -35


@pytest.mark.parametrize(("name", "wrt", "told"), [
    ("normal", "mu", "1/σ² times Half squared error"), ("laplace", "mu", "(absolute-error"),
])
def test_a_location_alone_gives_a_known_loss(name: str, wrt: str, told: str) -> None:
    assert told in remark(loss(name, None, wrt), "known as")


@pytest.mark.parametrize(("name", "told"), [
    ("bernoulli", "logit link"), ("categorical", "softmax link"), ("poisson", "log link"),
    ("normal", "identity link"), ("gamma-mean", "reciprocal link"), ("binomial", "logit link"),
    ("inverse-gaussian", "inverse square link"), ("geometric", "log(1 − θ)"),
])
def test_the_canonical_link_is_named(name: str, told: str) -> None:
    assert told in remark(loss(name), "canonical")


@pytest.mark.parametrize(("call", "told"), [
    (lambda: derive.nll("bernoulli", link="log"), "use logit or probit or cloglog"),
    (lambda: derive.nll("poisson", link="identity"), "improper for lam"),
    (lambda: derive.nll("normal", link="sigma=identity"), "improper for sigma"),
    (lambda: derive.nll("categorical", link="logit"), "use softmax"),
    (lambda: derive.nll("normal", link="tau=log"), "no parameter here; there are: mu, sigma"),
    (lambda: derive.nll("bernoulli", link="lgit"), "did you mean logit"),
    (lambda: derive.nll("bernouli"), "did you mean bernoulli"),
    (lambda: derive.score("normal", wrt="theta"), "its parameters are mu, sigma"),
    (lambda: derive.nll("normal", wrt="y"), "mu, sigma"),
    (lambda: derive.nll("binomial", wrt="n"), "its parameters are theta"),
    (lambda: derive.nll("2*x*exp(-x*y)", given=["x: positive", "y: positive"]), "to 2.0, not to 1"),
    (lambda: derive.score("m*log(y)", given=["y: real", "m: real"]), "support contradicts"),
    (lambda: derive.fisher("y - x", given=["x: positive", "y: probability"]), "negative"),
    (lambda: derive.mle("bernoulli", data="0,1,2"), "observation 3, 2, is outside the support"),
    (lambda: derive.mle("poisson", data="0.5"), "outside the support"),
    (lambda: derive.mle("binomial", data="1,2", values={"n": 1}),
     "observation 2 is outside the support"),
    (lambda: derive.mle("binomial", data="1,2", values={"n": 2.5}), "n = 2.5 cannot be"),
    (lambda: derive.mle("binomial", values={"n": 2}), "--data"),
    (lambda: derive.mle("beta", data="0.2,1.5"), "outside the support"),
])
def test_what_makes_no_sense_is_refused_in_one_line(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(DeriveError) as caught:
        call()
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_poisson_loss_keeps_the_exact_factorial() -> None:
    density = at(read_model("poisson").density, y=2, lam=3)
    assert mp.nstr(-mp.log(density), 5) == "1.4959"  # 1.4546 by PyTorch
