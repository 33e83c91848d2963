"""The plain NumPy code of every loss: its gradient beside differences of its value."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import derive
from derive.core.indexing import root
from derive.rendering.numpy_code import declarations_in, declared_names, draw, size_lines, sizes_of
from derive.rendering.value_and_gradient_code import plain_code
from derive.tables.loss_table import losses

STEP = 1e-6
_SIZE = "class Size(int):\n    def __iter__(self):\n        return iter(range(int(self)))"


def drawn(found: derive.Derivation, seed: int) -> dict[str, Any]:
    """Random values of the declared names, and small sizes."""
    space: dict[str, Any] = {"np": np, "rng": np.random.default_rng(seed)}
    lines = [code for line in declarations_in(found.given) for code in draw(line)]
    exec("\n".join([_SIZE, *size_lines(sizes_of(found.given)), *lines]), space)
    return space


def quotients(value: Any, at: np.ndarray) -> np.ndarray:
    """Difference quotients of a function by every element."""
    made = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        ahead, behind = at.copy(), at.copy()
        ahead[place] += STEP
        behind[place] -= STEP
        made[place] = (value(ahead) - value(behind)) / (2 * STEP)
    return made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [e.name for e in losses() if e.section == "principal"])
def test_the_gradient_is_that_of_the_value(name: str) -> None:
    agrees(name)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [e.name for e in losses() if e.section != "principal"])
def test_the_gradient_of_further_losses_is_that_of_the_value(name: str) -> None:
    agrees(name)


def agrees(name: str) -> None:
    found = derive.grad(name)
    code: dict[str, Any] = {}
    exec(plain_code(found), code)
    variable = str(root(found.original.args[1]).name)  # type: ignore[union-attr]
    arguments = list(inspect.signature(code["value"]).parameters)
    assert {*arguments} <= {*declared_names(declarations_in(found.given)), *sizes_of(found.given)}
    for seed in range(100):  # until the value is one at the point and around it
        space = drawn(found, seed)
        if not all(eval(line, {**code, **space}) for line in found.given if ":" not in line):
            continue
        given = {argument: space[argument] for argument in arguments}
        at = np.asarray(given[variable], dtype=float)

        def value(moved: np.ndarray, given: dict[str, Any] = given) -> float:
            one = moved if moved.shape else float(moved)
            return float(code["value"](**{**given, variable: one}))

        here, near = np.asarray(code["gradient"](**given), dtype=float), quotients(value, at)
        if np.isfinite(near).all() and here.shape == near.shape:
            np.testing.assert_allclose(here, near, atol=1e-5 * max(1, abs(near).max()))
            return
    pytest.fail("no point at which the loss has a value")
