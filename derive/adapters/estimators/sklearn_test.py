"""The test of a file for scikit-learn: its own checks, its own estimator, differences."""

from __future__ import annotations

from derive.adapters.data_columns import drawn, normal
from derive.adapters.estimators.linear_parts import LinearLoss
from derive.tables.library_losses import OwnLoss, own_losses

_TEXT = '''"""scikit-learn's checks of {module}.py, differences, and {beside}.

{provenance}
"""

from __future__ import annotations

import numpy as np
import pytest
from {module} import {name}, loss_and_slope
{imports}from sklearn.utils.estimator_checks import check_estimator

SEEDS = range(3)


def data(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, labels and weights."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(80, 3)){k}
    {draw}
    return X, {label}, rng.uniform(0.5, 2, len(X)){shares}


def test_scikit_learns_checks_pass() -> None:
    {checks}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_slope_is_that_of_the_loss(seed: int) -> None:
    _, y, _ = data(seed)
    z = np.random.default_rng(seed + 9).normal(size={shape})
{slopes}


@pytest.mark.parametrize("seed", SEEDS)
def test_zero_weight_leaves_a_row_out(seed: int) -> None:
    X, y, weight = data(seed)
    weight = np.where(np.arange(len(X)) % 4, weight, 0)
    kept = weight > 0
    one = {name}(alpha=0.1).fit(X, y, weight)
    other = {name}(alpha=0.1).fit(X[kept], y[kept], weight[kept])
    np.testing.assert_allclose(one.coef_, other.coef_, rtol={close}, atol={close})
'''
_SLOPE = '''    ahead, behind = (loss_and_slope(z + step, y)[0] for step in (1e-6, -1e-6))
    np.testing.assert_allclose(loss_and_slope(z, y)[1], (ahead - behind) / 2e-6, rtol=1e-5,
                               atol=1e-6)'''
_SLOPES = '''    for step in 1e-6 * np.eye(K):
        ahead, behind = (loss_and_slope(z + s, y)[0] for s in (step, -step))
        np.testing.assert_allclose(loss_and_slope(z, y)[1] @ step * 1e6, (ahead - behind) / 2e-6,
                                   rtol=1e-5, atol=1e-6)'''
_OWN = '''

@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("alpha", [0.01, 1.0])
def test_it_fits_as_scikit_learns_own(seed: int, alpha: float) -> None:
    X, y, weight = data(seed)
    total = weight.sum()
    own = {own}.fit(X, y, weight)
    mine = {name}(alpha=alpha, tol=1e-10{given}).fit(X, y, weight)
    np.testing.assert_allclose(mine.predict(X), own.predict(X), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.ravel(mine.coef_), np.ravel(own.coef_), rtol=1e-4, atol=1e-5)
'''
_SHARES = '''


class FromAnyLabels({name}):
    """Takes the labels of the checks, which are any numbers, to shares between 0 and 1."""

    def fit(self, X: object, y: object, sample_weight: object = None) -> FromAnyLabels:
        if y is not None and np.asarray(y).dtype.kind in "fiuO":
            labels = np.asarray(y).astype(float)
            y = np.where(np.isfinite(labels), 1 / (1 + np.exp(-labels)), labels)
        return super().fit(X, y, sample_weight)

    def __sklearn_tags__(self) -> object:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # the labels that it is scored by are no shares
        return tags
'''
_KINKED = '''equal = "the loss has kinks, where L-BFGS stops near the minimum, not at it"
    check_estimator({checked}(), expected_failed_checks={
        "check_sample_weight_equivalence_on_dense_data": equal,
        "check_sample_weight_equivalence_on_sparse_data": equal})'''


def sklearn_test(loss: LinearLoss, name: str, kinked: bool) -> str:
    """The text of the test, for a file of the name `{module}`."""
    own = own_losses(loss.request.library.name).get(loss.loss.entry.name) \
        if loss.loss.entry else None
    text = _TEXT + (_own(loss, own) if own else "")
    checks = _KINKED if kinked else "check_estimator({checked}())"
    shares = loss.label.kind.domain == "probability"
    words = "scikit-learn's own estimator" if own else "weights"
    draws = "\n    ".join(drawn(loss.label, loss.label.name, normal(loss.label)))
    k = "\n\nK = 3" if loss.several else ""
    return text.replace("SEEDS = range(3)\n", f"SEEDS = range(3)\n{k.strip()}\n" if k else
                        "SEEDS = range(3)\n") \
        .replace("{k}", "").replace("{checks}", checks).replace("{beside}", words) \
        .replace("{shares}", _SHARES.rstrip() if shares else "") \
        .replace("{checked}", "FromAnyLabels" if shares else name) \
        .replace("{imports}", f"{own.imports}\n" if own else "") \
        .replace("{slopes}", _SLOPES if loss.several else _SLOPE) \
        .replace("{shape}", "(len(y), K)" if loss.several else "len(y)") \
        .replace("{label}", loss.label.name).replace("{draw}", draws) \
        .replace("{close}", "1e-2" if kinked else "1e-6") \
        .replace("{provenance}", loss.request.provenance).replace("{name}", name)


def _own(loss: LinearLoss, own: OwnLoss) -> str:
    text = own.own
    for parameter, value in loss.loss.values.items():
        text = text.replace("{" + parameter + "}", value)
    return _OWN.replace("{own}", text).replace("{given}", f", {own.given}" if own.given else "")
