"""Linear algebra in kernels: elements on diagonals, solutions, determinants, factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import derive

RNG = np.random.default_rng(0)


def slope(kernel: Any, args: tuple[Any, ...], at: int, step: float = 1e-6) -> Any:
    """The gradient by one of the arguments, by central differences."""
    start = np.asarray(args[at], float)
    made = np.empty_like(start)
    for place in np.ndindex(start.shape):
        moved = np.zeros_like(start)
        moved[place] = step
        ends = [kernel.value(*args[:at], start + sign * moved, *args[at + 1:]) for sign in (1, -1)]
        made[place] = (ends[0] - ends[1]) / (2 * step)
    return made


@pytest.mark.parametrize("formula", [
    "sum(W[k, k]**2 for k in N)", "sum(W[k, k] for k in N)**2",
    "sum(exp(W[k, k])*sum(W[k, j]*W[j, j] for j in N) for k in N)",
    "sum(T[k, k, k]**3 for k in N)", "sum(T[k, j, k]**3*T[j, j, k] for k in N for j in N)",
    "sum(T[k, j, j]*T[j, k, k] for k in N for j in N)",
])
def test_one_index_at_several_axes_is_a_diagonal(formula: str) -> None:
    name, rank = ("W", 2) if "W" in formula else ("T", 3)
    kernel = derive.kernel(formula, given=f"{name}: real[{', '.join('N' * rank)}]")
    x, v = RNG.normal(size=(2, *(3,) * rank))
    assert np.allclose(kernel.grad(x), slope(kernel, (x,), 0), atol=1e-7)
    change = kernel.grad(x + 1e-6 * v) - kernel.grad(x - 1e-6 * v)
    assert np.allclose(kernel.hvp(x, v), change / 2e-6, atol=1e-7)
    batch = RNG.normal(size=(300, *(4,) * rank))
    assert np.allclose(kernel.grad(batch)[7], kernel.grad(batch[7]))


def test_labels_lie_on_diagonals_too() -> None:
    kernel = derive.kernel("sum(o[y[t, t]]**2 for t in T)",
                           given=["o: real[K]", "y: label(K)[T, T]"], wrt="o")
    o, y = RNG.normal(size=3), np.array([[2, 0], [0, 1]])
    assert kernel.value(o, y) == pytest.approx(o[2]**2 + o[1]**2)
    assert np.allclose(kernel.grad(o, y), [0, 2 * o[1], 2 * o[2]])
