"""The test of a recipe of a distribution for SciPy."""

from __future__ import annotations

from derive.adapters.data_columns import drawn, normal
from derive.adapters.estimators.distribution_parts import DistributionParts

_TEXT = '''"""Gradient, weights and fit of {module}.py.

{provenance}
"""

from __future__ import annotations

import numpy as np
import pytest
from {module} import fit, fun_and_grad, parameters

SEEDS = range(3)


def problem(seed: int) -> tuple[np.ndarray, tuple]:
    rng = np.random.default_rng(seed)
    X = np.zeros(60)
    {draw}
    return rng.uniform(-0.5, 0.5, {count}), (y{fixed}, rng.uniform(0.5, 2, len(y)))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_is_the_slope(seed: int) -> None:
    z, data = problem(seed)
    steps = 1e-6 * np.eye(len(z))
    slopes = [(fun_and_grad(z + s, *data)[0] - fun_and_grad(z - s, *data)[0]) / 2e-6 for s in steps]
    np.testing.assert_allclose(fun_and_grad(z, *data)[1], slopes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fit_is_no_worse_than_other_parameters(seed: int) -> None:
    z, data = problem(seed)
    best = fit(*data)
    rng = np.random.default_rng(seed + 5)
    for _ in range(20):
        other = best.x + 0.1 * rng.normal(size=len(z))
        assert best.fun <= fun_and_grad(other, *data)[0] + 1e-6
    assert all(np.isfinite(value) for value in parameters(best.x).values())
'''


def law_recipe_test(parts: DistributionParts, provenance: str, exact: bool) -> str:
    """The text of the test, for a file of the name `{module}`."""
    leaf = parts.formulas[0].posed.scope.names[parts.label[0][0]]
    values = {"n": "10.0", "p": "1.5"}
    fixed = "".join(f", {values.get(n, '1.0')}" for n in parts.fixed)
    draws = "\n    ".join(drawn(leaf, "y", normal(leaf)))
    if any("<=" in c for c in parts.law.observed) and not any("n" in c for c in parts.law.known):
        draws += " + 1"
    if "n" in parts.fixed:
        draws = "y = rng.integers(0, 11, len(X)).astype(float)"
    return _TEXT.replace("{draw}", draws).replace("{count}", str(len(parts.parameters))) \
        .replace("{fixed}", fixed).replace("{provenance}", provenance)
