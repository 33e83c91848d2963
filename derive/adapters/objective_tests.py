"""The test of an objective's file: data of the loss's own domain, differences, the library."""

from __future__ import annotations

from derive.adapters.data_columns import drawn
from derive.adapters.objective_core import Core

_HEAD = '''"""Tests of {{module}}: derivatives, the best constant, the library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import {{module}} as own

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))
S = X[:, 0] + 0.3 * RNG.normal(size=300)
{draws}
{margin} = {margins}
KEEP = np.flatnonzero({keep})[:200]
X, Z, ROWS = X[KEEP], {margin}[KEEP], [c[KEEP] for c in ({columns},)]
READ = own.checked(*ROWS{size})
READ = READ if isinstance(READ, tuple) else (READ,)
STEP = 1e-6


def moved(values: Any, by: float, output: int) -> Any:
    """The predictions, one of each row moved."""
    values = np.array(values)
    values[..., output] += by
    return values


def differences(function: Any, output: int) -> Any:
    """The slope of a function by a prediction, by central differences."""
    up, down = (function(moved(Z, sign * STEP, output), *READ) for sign in (1.0, -1.0))
    return (up - down) / (2.0 * STEP)


def test_the_slope_is_that_of_the_loss() -> None:
    for output in {outputs}:
        wanted = differences(own.loss, output)
        np.testing.assert_allclose(own.derivatives(Z, *READ)[0]{pick}, wanted, 1e-4, 1e-5)


def test_the_second_derivative_is_never_negative() -> None:
    assert np.all(own.derivatives(Z, *READ)[1] >= 0.0)
'''
_EXACT = '''

def test_the_second_derivative_is_that_of_the_loss() -> None:
    for output in {outputs}:
        wanted = differences(lambda *row: own.derivatives(*row)[0]{pick}, output)
        np.testing.assert_allclose(own.derivatives(Z, *READ)[1]{pick}, wanted, 1e-4, 1e-5)
'''
_MORE = '''

def test_a_step_against_the_slope_lowers_the_loss() -> None:
    g, _ = own.derivatives(Z, *READ)
    assert np.sum(own.loss(Z - 1e-4 * g, *READ)) <= np.sum(own.loss(Z, *READ))


def test_no_other_constant_is_better() -> None:
    start = np.asarray(own.base_score(*ROWS{size}))
    best = np.broadcast_to(start, Z.shape)
    least = own.mean_loss(best, *ROWS)
    for output in {outputs}:
        for by in (-0.1, 0.1):
            assert least <= own.mean_loss(moved(best, by, output), *ROWS) + 1e-9


def test_weights_multiply_once() -> None:
    weight = RNG.uniform(0.5, 2.0, len(Z))
    plain, weighted = own.weighted(Z, *ROWS), own.weighted(Z, *ROWS, weight)
    for one, other in zip(plain, weighted):
        np.testing.assert_allclose(other, one * weight{widened})
'''


_SCORES = "(S[:, None] * np.linspace(-1.0, 1.0, {}))"


def objective_test(core: Core, training: str = "") -> str:
    """The text of the test; it imports the file as `{module}`. `training` uses the library."""
    loss, size = core.loss, core.width
    vector = core.vector
    names = core.observed
    draws = "\n".join(line for leaf, name in zip(loss.observed, names, strict=True)
                      for line in drawn(leaf, name, _SCORES.format(size) if leaf.kind.shape else
                                        "S", size))
    conditions = core.conditions()
    parts = {
        "draws": draws, "margin": core.margin, "columns": ", ".join(names),
        "margins": f"RNG.normal(size=(300, {size}))" if vector else "RNG.normal(size=300)",
        "keep": " & ".join(f"({c})" for c in conditions) or "np.ones(300, bool)",
        "size": f", {size}" if vector else "",
        "outputs": f"range({size})" if vector else "[0]",
        "pick": "[..., output]" if vector else "",
        "widened": "[:, None]" if vector else ""}
    text = _HEAD + (_EXACT if core.curvature.policy == "exact-diagonal" else "") + _MORE
    made = text.format(**parts)
    if not vector:
        made = made.replace("    values[..., output] += by\n    return values\n",
                            "    del output\n    return values + by\n")
    if not core.needs_size:
        made = made.replace(f"own.base_score(*ROWS, {size})", "own.base_score(*ROWS)")
    return made + training
