"""What the speed of kernels is measured against: the same mean loss and gradient, per library.

Each contender gives a function without arguments that returns the mean and its gradient.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .columns import Absent, library
from .formats import Array

Work = Callable[[], tuple[Any, Any]]


@dataclass(frozen=True)
class Workload:
    """A loss, the shape of its scores, and their type."""

    loss: str  # softmax, bce, squared or huber
    shape: tuple[int, ...]
    dtype: str

    @property
    def name(self) -> str:
        bits = {"float32": "f32", "float64": "f64"}[self.dtype]
        return f"{self.loss} {'×'.join(map(str, self.shape))} {bits}"

    def inputs(self, seed: int) -> tuple[Array, Array]:
        rng = np.random.default_rng((seed, *self.shape))
        scores = rng.normal(0, 3, self.shape).astype(self.dtype)
        if self.loss == "softmax":
            return scores, rng.integers(0, self.shape[-1], self.shape[0])
        if self.loss == "bce":
            return scores, rng.integers(0, 2, self.shape).astype(self.dtype)
        return scores, rng.normal(0, 3, self.shape).astype(self.dtype)


_SIZES = ((64, 10), (4096, 10), (65536, 2), (65536, 10), (65536, 64), (4096, 1000), (1024, 32000))
WORKLOADS = tuple(
    [Workload("softmax", shape, dtype) for dtype in ("float32", "float64") for shape in _SIZES]
    + [Workload(loss, (1_000_000,), dtype) for loss in ("bce", "squared", "huber")
       for dtype in ("float32", "float64")])


def numpy(load: Workload, x: Array, y: Array, threads: int) -> Work:
    """The textbook form."""
    rows, count = np.arange(len(x)), len(x)

    def softmax() -> tuple[Any, Any]:
        shifted = x - x.max(axis=-1, keepdims=True)
        powers = np.exp(shifted)
        total = powers.sum(axis=-1, keepdims=True)
        loss = (np.log(total[:, 0]) - shifted[rows, y]).mean()
        gradient = powers / total
        gradient[rows, y] -= 1
        gradient /= count
        return loss, gradient

    def bce() -> tuple[Any, Any]:
        loss = np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))
        return loss.mean(), (1 / (1 + np.exp(-x)) - y) / count

    def squared() -> tuple[Any, Any]:
        return ((x - y) ** 2).mean() / 2, (x - y) / count

    def huber() -> tuple[Any, Any]:
        gap = x - y
        size = np.abs(gap)
        loss = np.where(size <= 1, gap * gap / 2, size - 0.5)
        return loss.mean(), np.where(size <= 1, gap, np.sign(gap)) / count

    return {"softmax": softmax, "bce": bce, "squared": squared, "huber": huber}[load.loss]


def ours_in(target: str) -> Callable[..., Work]:
    """Our kernel for one target."""
    def build(load: Workload, x: Array, y: Array, threads: int) -> Work:
        import derive

        name = {"softmax": "softmax-nll", "bce": "bernoulli-ce", "squared": "gaussian-mse",
                "huber": "huber"}[load.loss]
        kernel = derive.kernel(name, target=target)
        if kernel.target != target:
            raise Absent(kernel.target_reason)
        given = (x, y, np.array(1, x.dtype)) if load.loss == "huber" else (x, y)
        return lambda: kernel.value_and_grad(*given, reduction="mean", threads=threads)
    return build


def ours(accuracy: str) -> Callable[..., Work]:
    """Our kernel of the catalogue's entry."""
    def build(load: Workload, x: Array, y: Array, threads: int) -> Work:
        import derive

        if load.loss == "huber":
            raise Absent("by target alone")
        name = {"softmax": "softmax-nll", "bce": "bernoulli-ce", "squared": "gaussian-mse"}
        try:
            kernel = derive.kernel(name[load.loss], accuracy=accuracy, target="numpy")
        except TypeError as error:
            if accuracy != "fast":
                raise Absent("no accuracy=") from error
            kernel = derive.kernel(name[load.loss])
        try:
            kernel.value_and_grad(x[:2], y[:2], reduction="mean", threads=threads)
        except TypeError:
            count = len(x)

            def plain() -> tuple[Any, Any]:
                value, gradient = kernel.value_and_grad(x, y)
                return value.mean(), gradient / count
            return plain
        return lambda: kernel.value_and_grad(x, y, reduction="mean", threads=threads)
    return build


def _torch_loss(load: Workload) -> Callable[..., Any]:
    f = library("torch.nn.functional")
    return {"softmax": f.cross_entropy, "bce": f.binary_cross_entropy_with_logits,
            "squared": lambda x, y: f.mse_loss(x, y) / 2, "huber": f.huber_loss}[load.loss]


def _torch(load: Workload, x: Array, y: Array, threads: int, compiled: bool) -> Work:
    t = library("torch")
    t.set_num_threads(threads)
    scores, target = t.from_numpy(x.copy()).requires_grad_(True), t.from_numpy(y.copy())
    loss = _torch_loss(load)
    if compiled:
        importlib.import_module("torch._dynamo").reset()
        loss = t.compile(lambda a, b, plain=loss: plain(a, b), dynamic=False)

    def work() -> tuple[Any, Any]:
        value = loss(scores, target)
        gradient, = t.autograd.grad(value, scores)
        return value.detach(), gradient
    return work


def torch_eager(load: Workload, x: Array, y: Array, threads: int) -> Work:
    return _torch(load, x, y, threads, compiled=False)


def torch_compile(load: Workload, x: Array, y: Array, threads: int) -> Work:
    return _torch(load, x, y, threads, compiled=True)


def jax_jit(load: Workload, x: Array, y: Array, threads: int) -> Work:
    jax = library("jax")
    jax.config.update("jax_enable_x64", True)
    n, nn = jax.numpy, jax.nn

    def softmax(o: Any, labels: Any) -> Any:
        picked = n.take_along_axis(nn.log_softmax(o), labels[:, None], axis=-1)
        return -picked.mean()

    def bce(z: Any, t: Any) -> Any:
        return (n.maximum(z, 0) - z * t + n.log1p(n.exp(-abs(z)))).mean()

    def squared(a: Any, b: Any) -> Any:
        return ((a - b) ** 2).mean() / 2

    def huber(a: Any, b: Any) -> Any:
        size = abs(a - b)
        return n.where(size <= 1, (a - b) ** 2 / 2, size - 0.5).mean()

    loss = {"softmax": softmax, "bce": bce, "squared": squared, "huber": huber}[load.loss]
    function = jax.jit(jax.value_and_grad(loss))
    scores, target = jax.device_put(x), jax.device_put(y)
    return lambda: jax.block_until_ready(function(scores, target))


def sklearn(load: Workload, x: Array, y: Array, threads: int) -> Work:
    """The private compiled losses, called as the estimators call them, then averaged."""
    if load.loss == "huber":
        raise Absent("not there")
    module = library("sklearn._loss._loss")
    loss = {"softmax": "CyHalfMultinomialLoss", "bce": "CyHalfBinomialLoss",
            "squared": "CyHalfSquaredError"}[load.loss]
    compiled, count = getattr(module, loss)(), len(x)
    target: Array = y.astype(x.dtype)

    def work() -> tuple[Any, Any]:
        losses: Array = np.empty(count, x.dtype)
        gradient = np.empty_like(x)
        compiled.loss_gradient(target, x, None, losses, gradient, threads)
        gradient /= count
        return losses.mean(), gradient
    return work


def same_bytes(load: Workload, x: Array, y: Array, threads: int) -> Work:
    """A copy of as many bytes as are read and written, into an array that is there."""
    count = x.size if load.loss == "softmax" else 3 * x.size // 2
    source, target = np.resize(x, count), np.empty(count, x.dtype)

    def work() -> tuple[Any, Any]:
        np.copyto(target, source)
        return None, target
    return work


def copy(load: Workload, x: Array, y: Array, threads: int) -> Work:
    """A copy of the scores: what no kernel goes below. No contender."""
    return lambda: (None, x.copy())


CONTENDERS: dict[str, Callable[..., Work]] = {
    "ours fast": ours("fast"), "ours faithful": ours("faithful"), "torch eager": torch_eager,
    "torch.compile": torch_compile, "jax jit": jax_jit, "sklearn": sklearn, "numpy": numpy,
    "copy": copy, "same bytes": same_bytes,
    "ours numpy": ours_in("numpy"), "ours c": ours_in("c"),
}
