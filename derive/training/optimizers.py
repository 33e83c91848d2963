"""Optimisers on flat vectors, and clipping of gradients.

Everything is done in place, in the dtype of the parameters, without allocating in a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, sqrt

import numpy as np
from numpy.typing import DTypeLike

from derive.entry_names import unknown
from derive.errors import CheckpointError
from derive.training.network import Array


class Optimizer:
    """Plain gradient descent, and what all optimisers share.

    theta := theta − lr·g. Robbins and Monro, "A stochastic approximation method" (1951).

    `state` holds the named arrays that a checkpoint needs: (P,) in the dtype of the parameters,
    and `count`, (1,) int64, the steps done.
    """

    slots: tuple[str, ...] = ()

    def __init__(self, size: int, dtype: DTypeLike) -> None:
        self.state: dict[str, Array] = {slot: np.zeros(size, dtype) for slot in self.slots}
        self.state["count"] = np.zeros(1, np.int64)
        self._work = np.empty(size, dtype)
        self._more = np.empty(size, dtype)

    def step(self, theta: Array, gradient: Array, lr: float) -> None:
        """Moves `theta` (P,) in place by one step against `gradient` (P,), which stays as it is."""
        self.state["count"] += 1
        self._move(theta, gradient, float(lr))

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Takes over a state. Raises CheckpointError for missing or unfitting arrays."""
        for name, own in self.state.items():
            saved = arrays.get(name)
            if saved is None or saved.shape != own.shape or saved.dtype != own.dtype:
                stored = "nothing" if saved is None else f"{saved.dtype} of shape {saved.shape}"
                raise CheckpointError(f"the optimiser's {name!r} should be {own.dtype} of shape "
                                      f"{own.shape}; the checkpoint has {stored}")
            np.copyto(own, saved)

    def _move(self, theta: Array, gradient: Array, lr: float) -> None:
        np.multiply(gradient, lr, out=self._work)
        np.subtract(theta, self._work, out=theta)


class Momentum(Optimizer):
    """v := 0.9·v + g; theta := theta − lr·v.

    Polyak, "Some methods of speeding up the convergence of iteration methods" (1964), in the form
    of Sutskever et al. (2013) with the rate outside.
    """

    slots = ("velocity",)
    decay = 0.9

    def _move(self, theta: Array, gradient: Array, lr: float) -> None:
        velocity = self.state["velocity"]
        np.multiply(velocity, self.decay, out=velocity)
        np.add(velocity, gradient, out=velocity)
        super()._move(theta, velocity, lr)


class Adagrad(Optimizer):
    """r := r + g²; theta := theta − lr·g / (√r + 1e-10).

    Duchi, Hazan and Singer, "Adaptive subgradient methods" (JMLR 2011), diagonal form.
    """

    slots = ("squares",)
    epsilon = 1e-10

    def _move(self, theta: Array, gradient: Array, lr: float) -> None:
        np.multiply(gradient, gradient, out=self._work)
        np.add(self.state["squares"], self._work, out=self.state["squares"])
        self._scaled(theta, gradient, lr, self.epsilon)

    def _scaled(self, theta: Array, gradient: Array, lr: float, epsilon: float) -> None:
        """theta := theta − lr·g / (√squares + ε)."""
        work = self._work
        np.sqrt(self.state["squares"], out=work)
        np.add(work, epsilon, out=work)
        np.divide(gradient, work, out=work)
        np.multiply(work, lr, out=work)
        np.subtract(theta, work, out=theta)


class RMSprop(Adagrad):
    """r := 0.99·r + 0.01·g²; theta := theta − lr·g / (√r + 1e-8).

    Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5 (2012). The state is
    r / 0.01, which takes a pass less.
    """

    decay = 0.99
    epsilon = 1e-8

    def _move(self, theta: Array, gradient: Array, lr: float) -> None:
        _decayed(self.state["squares"], gradient, self.decay, self._work)
        scale = sqrt(1 - self.decay)
        self._scaled(theta, gradient, lr / scale, self.epsilon / scale)


class Adam(Optimizer):
    """m, r: decayed means of g and g²; theta := theta − lr·m̂ / (√r̂ + 1e-8).

    Kingma and Ba, "Adam: a method for stochastic optimization" (ICLR 2015), algorithm 1, with
    β₁ = 0.9, β₂ = 0.999; m̂ = m / (1 − β₁ᵗ), r̂ = r / (1 − β₂ᵗ). The state is m / (1 − β₁) and
    r / (1 − β₂), and the factors are put together: four passes less.
    """

    slots = ("mean", "squares")
    decays = (0.9, 0.999)
    epsilon = 1e-8

    def _move(self, theta: Array, gradient: Array, lr: float) -> None:
        work, step = self._work, self._more
        first, second = self.decays
        count = int(self.state["count"][0])
        mean, squares = self.state["mean"], self.state["squares"]
        np.multiply(mean, first, out=mean)
        np.add(mean, gradient, out=mean)
        _decayed(squares, gradient, second, work)
        scale = sqrt((1 - second) / (1 - second**count))  # √r̂ is scale · √squares
        np.sqrt(squares, out=work)
        np.add(work, self.epsilon / scale, out=work)
        np.divide(mean, work, out=step)
        np.multiply(step, lr * (1 - first) / (1 - first**count) / scale, out=step)
        np.subtract(theta, step, out=theta)


OPTIMIZERS: dict[str, Callable[[int, DTypeLike], Optimizer]] = {
    "sgd": Optimizer, "momentum": Momentum, "rmsprop": RMSprop, "adagrad": Adagrad, "adam": Adam}


def optimizer(name: str, size: int, dtype: DTypeLike) -> Optimizer:
    """A fresh optimiser for `size` parameters. Raises UnknownNameError."""
    if name not in OPTIMIZERS:
        raise unknown("optimizer", name, OPTIMIZERS, f"there are {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name](size, dtype)


def gradient_norm(gradient: Array) -> float:
    """The Euclidean norm of (P,), also where the squares overflow; not finite only if g is not."""
    norm = sqrt(float(np.dot(gradient, gradient)))
    if isfinite(norm):
        return norm
    largest = float(np.abs(gradient).max())
    if not isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(gradient.astype(np.float64) / largest))


def clip(gradient: Array, limit: float, mode: str) -> float:
    """Clips (P,) in place and returns its norm from before.

    `norm` scales g to the norm `limit` where it is longer (Pascanu, Mikolov and Bengio 2013,
    algorithm 1); `value` bounds each element; a limit of 0 clips nothing. A gradient that is not
    finite stays as it is.
    """
    norm = gradient_norm(gradient)
    if limit and isfinite(norm):
        if mode == "value":
            np.clip(gradient, -limit, limit, out=gradient)
        elif norm > limit:
            np.multiply(gradient, limit / norm, out=gradient)
    return norm


def _decayed(squares: Array, gradient: Array, decay: float, work: Array) -> None:
    """squares := decay·squares + g²."""
    np.multiply(squares, decay, out=squares)
    np.multiply(gradient, gradient, out=work)
    np.add(squares, work, out=squares)
