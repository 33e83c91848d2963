"""The test of a file for SciPy: derivatives against differences, weights, the fit."""

from __future__ import annotations

from derive.adapters.data_columns import drawn, normal, ordered
from derive.adapters.estimators.linear_parts import LinearLoss, fixed_size

_TEXT = '''"""Gradient and Hessian product against differences, and the fit, of {module}.py.

{provenance}
"""

from __future__ import annotations

import numpy as np
import pytest
from {module} import fit, fun_and_grad, hessp

SEEDS = range(5)


def problem(seed: int) -> tuple[np.ndarray, tuple]:
    """Weights with an intercept, and the data: rows, labels, weights, a penalty."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(40, 3))
{draws}
    w = 0.3 * rng.normal(size={size})
    return w, (X, {passed}, rng.uniform(0.5, 2, len(X)), 0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_is_the_slope_of_the_objective(seed: int) -> None:
    w, data = problem(seed)
    steps = 1e-6 * np.eye(len(w))
    slopes = [(fun_and_grad(w + s, *data)[0] - fun_and_grad(w - s, *data)[0]) / 2e-6 for s in steps]
    np.testing.assert_allclose(fun_and_grad(w, *data)[1], slopes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_hessian_product_is_the_slope_of_the_gradient(seed: int) -> None:
    w, data = problem(seed)
    v = np.random.default_rng(seed + 99).normal(size=len(w))
    change = fun_and_grad(w + 1e-6 * v, *data)[1] - fun_and_grad(w - 1e-6 * v, *data)[1]
    np.testing.assert_allclose(hessp(w, v, *data), change / 2e-6, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fit_lowers_the_objective(seed: int) -> None:
    w, data = problem(seed)
    (X, {passed}, {k}weight, alpha) = data
    result = fit(X, {passed}, weight, alpha{given_k})
    assert result.x.shape == w.shape
    assert result.fun <= fun_and_grad(np.zeros_like(w), *data)[0] + 1e-12
    assert np.isfinite(result.fun)


def test_a_weight_counts_as_so_many_rows() -> None:
    w, (X, {passed}, {k}_, alpha) = problem(7)
    weight = np.arange(len(X)) % 3
    often = np.repeat(np.arange(len(X)), weight)
    one = fun_and_grad(w, X, {passed}, {k}weight.astype(float), alpha)
    other = fun_and_grad(w, X[often], {often}, {k}None, alpha)
    np.testing.assert_allclose(one[0], other[0], rtol=1e-12)
    np.testing.assert_allclose(one[1], other[1], rtol=1e-10, atol=1e-13)
'''


def test_text(loss: LinearLoss) -> str:
    """The text of the test, for a file of the name `{module}`."""
    columns = (loss.label, *loss.loss.columns)
    draws = [f"    {line}" for leaf in columns for line in drawn(leaf, leaf.name, normal(leaf))]
    draws += [f"    {line}" for line in ordered(loss.conditions)]
    several = loss.several
    if several:
        draws.insert(0, f"    K = {fixed_size(loss) or 3}")
    passed = ", ".join(loss.names)
    return _TEXT.replace("{provenance}", loss.request.provenance) \
        .replace("{draws}", "\n".join(draws)) \
        .replace("{size}", "4 * K" if several else "4") \
        .replace("{often}", ", ".join(f"{name}[often]" for name in loss.names)) \
        .replace("(X, {passed}, rng", f"(X, {passed}, {'K, ' if several else ''}rng") \
        .replace("{passed}", passed).replace("{k}", "K, " if several else "") \
        .replace("{given_k}", ", K=K" if several else "")
