"""The test of a file for NGBoost: differences, draws, scipy.stats, NGBoost's own, a training."""

from __future__ import annotations

from derive.adapters.estimators.distribution_parts import DistributionParts
from derive.core import heads
from derive.tables.library_losses import own_losses

_TEXT = '''"""Score, derivatives, metric, draws and fit of {module}.py{beside}.

{provenance}
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
{imports}from ngboost import {learner}
from ngboost.scores import LogScore
from {module} import {made}

LAW = {law}
SEEDS = range(3)


class Scored(LAW.scores[0], LAW):
    """The law with its score, as NGBoost joins them."""


def outputs(seed: int, rows: int = 50) -> np.ndarray:
    """What a model may put out: a column for each row."""
    return np.random.default_rng(seed).uniform(-0.8, 0.8, (LAW.n_params, rows))


def drawn(law: Any, seed: int) -> np.ndarray:
    """An observation of each row."""
    np.random.seed(seed)
    return law.sample(1)[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_derivatives_are_the_slopes_of_the_score(seed: int) -> None:
    params = outputs(seed)
    Y = drawn(Scored(params), seed)
    slopes = []
    for step in 1e-6 * np.eye(LAW.n_params)[:, :, None]:
        ahead, behind = Scored(params + step).score(Y), Scored(params - step).score(Y)
        slopes.append((ahead - behind) / 2e-6)
    np.testing.assert_allclose(Scored(params).d_score(Y), np.column_stack(slopes), rtol=1e-5,
                               atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_draws_and_metric_belong_to_the_score(seed: int) -> None:
    """The derivatives have the mean 0; the mean of their products is the metric."""
    count = 40_000
    law = Scored(np.repeat(outputs(seed, 1), count, axis=1))
    D = law.d_score(drawn(law, seed))
    D = D[np.isfinite(D).all(axis=1)]  # a draw may round to an end of the support
    assert len(D) > 0.999 * count
    products = D[:, :, None] * D[:, None, :]
    for values, right in ((D, 0.0), (products, {metric})):
        error = values.std(axis=0) / np.sqrt(count)
        assert np.all(np.abs(values.mean(axis=0) - right) <= 6 * error + 1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fit_is_a_flat_point(seed: int) -> None:
    law = Scored(np.repeat(outputs(seed, 1), 400, axis=1))
    Y = drawn(law, seed)
    fitted = Scored(np.repeat(LAW.fit(Y)[:, None], 400, axis=1))
    assert np.mean(fitted.score(Y)) <= np.mean(law.score(Y)) + 1e-9
    assert np.abs(np.mean(fitted.d_score(Y), axis=0)).max() < {flat}


def test_a_training_lowers_the_score() -> None:
    X = np.random.default_rng(1).uniform(-1, 1, (300, 2))
    Y = drawn(Scored(np.repeat(0.8 * X[:, :1].T, LAW.n_params, axis=0)), 1)
    model = {learner}(Dist=LAW, n_estimators=20, verbose=False, random_state=1).fit(X, Y)
    start = Scored(np.repeat(LAW.fit(Y)[:, None], len(X), axis=1))
    assert model.pred_dist(X).params.keys() == start.params.keys()
    end = Scored(model.pred_dist(X)._params)
    assert end.total_score(Y) < start.total_score(Y)
    assert np.all(np.isfinite(model.predict(X)))
'''
_SCIPY = '''

@pytest.mark.parametrize("seed", SEEDS)
def test_the_score_is_that_of_scipy_stats(seed: int) -> None:
    law = Scored(outputs(seed))
    Y = drawn(law, seed)
    log_density = law.dist.{log_density}(Y)
    np.testing.assert_allclose(law.score(Y), -log_density, rtol=1e-8, atol=1e-9)
'''
_OWN = '''

@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_ngboosts_own(seed: int) -> None:
    own = {own}

    scores = getattr(own, "scores", []) or own.censored_scores

    class Own(own.implementation(LogScore, scores), own):
        pass

    params = outputs(seed)
    mine, theirs = Scored(params), Own(params)
    Y = drawn(mine, seed)
    np.testing.assert_allclose(mine.score(Y), theirs.score({given}), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(mine.d_score(Y), theirs.d_score({given}), rtol=1e-6, atol=1e-8)
    if type(theirs).metric is not LogScore.metric:
        np.testing.assert_allclose(mine.metric(), theirs.metric(), rtol=1e-4, atol=2e-5)
'''
_VALUES = {"K": "3", "D": "2", "p": "1.5", "n": "10"}


def ngboost_test(parts: DistributionParts, name: str, provenance: str, exact: bool) -> str:
    """The text of the test, for a file of the name `{module}`."""
    label = parts.label[1]
    arguments = ", ".join(_VALUES.get(n, "1.0") for n in (*parts.dims, *parts.fixed))
    made = name.lower() if arguments else name
    classes = label in ("binary", "label") and not parts.label[3]
    text = _with_own(parts.law.name, _TEXT + (_scipy(label) if parts.law.scipy and not classes
                                              else ""))
    return text.replace("{law}", f"{made}({arguments})" if arguments else made) \
        .replace("{made}", made) \
        .replace("{learner}", "NGBClassifier" if classes else "NGBRegressor") \
        .replace("{metric}", "law.metric()[0]" if exact else "products.mean(axis=0)") \
        .replace("{flat}", "np.inf" if _jumps(parts) else "1e-3") \
        .replace("{provenance}", provenance)


def _with_own(name: str, text: str) -> str:
    """The text with a comparison, where NGBoost has the distribution itself."""
    own = own_losses("ngboost").get(name)
    if own is None:
        return text.replace("{imports}", "").replace("{beside}", "")
    return (text + _OWN).replace("{imports}", f"{own.imports}\n") \
        .replace("{beside}", ", beside NGBoost's own").replace("{own}", own.own) \
        .replace("{given}", own.given or "Y")


def _jumps(parts: DistributionParts) -> bool:
    """Whether a derivative jumps, so that a fit may end at the jump and not at a flat point."""
    results = [f.derivation.result for f in parts.formulas]
    return any(r.has(heads.Cond) or any(a.name == "sign" for a in r.atoms(heads.Apply))
               for r in results)


def _scipy(label: str) -> str:
    discrete = label in ("count", "integer")
    return _SCIPY.replace("{log_density}", "logpmf" if discrete else "logpdf")
