"""Columns of the accuracy table by automatic differentiation: PyTorch, JAX, PyTensor.

PyTorch and JAX run the function that the library has for a loss; without one, its own stable
primitives as its users put them together. PyTensor gets the formula as it is typed: it is the
peer that rewrites formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from .cases import Case, Output
from .columns import Absent, library
from .formats import Array

Table = Mapping[str, Callable[..., Any]]
_LOG2 = float(np.log(2.0))
_HALF_LOG_2PI = float(np.log(2 * np.pi) / 2)


@cache
def _torch_table() -> Table:
    t, f = library("torch"), library("torch.nn.functional")

    def focal(u: Any) -> Any:  # torchvision's sigmoid_focal_loss, target 1
        loss = f.binary_cross_entropy_with_logits(u, t.ones_like(u), reduction="none")
        return loss * (1 - t.sigmoid(u)) ** 2

    return {
        "softmax": lambda o, y: f.cross_entropy(o, y, reduction="none"),
        "bce-logits": lambda z, y: f.binary_cross_entropy_with_logits(z, y, reduction="none"),
        "bce-probs": lambda p, y: f.binary_cross_entropy(p, y, reduction="none"),
        "gaussian": lambda x, mu, s: f.gaussian_nll_loss(mu, x, t.exp(2 * s), full=True, eps=0,
                                                         reduction="none"),
        "poisson": lambda z, y: f.poisson_nll_loss(z, y, reduction="none"),
        "log1mexp": lambda x: t.log(-t.expm1(-x)), "softplus": f.softplus,
        "log-sigmoid": f.logsigmoid, "logit": t.logit,
        "plogpq": lambda p, q: t.xlogy(p, p / q),
        "plogpq-p+q": lambda p, q: f.kl_div(t.log(q), p, reduction="none") - p + q,
        "kl": lambda p, q: f.kl_div(t.log(q), p, reduction="none").sum(-1),
        "log-cosh": lambda x: x + f.softplus(-2 * x) - _LOG2,
        "huber": lambda r: f.huber_loss(r, t.zeros_like(r), reduction="none"),
        "student": lambda r: 2.5 * t.log1p(r * r / 4), "focal": focal,
        "cloglog": lambda z: -t.log(-t.expm1(-t.exp(z))), "gumbel": lambda z: z + t.exp(-z),
    }


@cache
def _jax_table() -> Table:
    jax = library("jax")
    jax.config.update("jax_enable_x64", True)
    n, nn, special = jax.numpy, jax.nn, library("jax.scipy.special")
    stats = library("jax.scipy.stats")

    def softmax(o: Any, y: Any) -> Any:
        return -n.take_along_axis(nn.log_softmax(o), y[:, None], -1)[:, 0]

    def bce(z: Any, y: Any) -> Any:  # optax.sigmoid_binary_cross_entropy
        return -y * nn.log_sigmoid(z) - (1 - y) * nn.log_sigmoid(-z)

    return {
        "softmax": softmax, "bce-logits": bce,
        "bce-probs": lambda p, y: -special.xlogy(y, p) - special.xlog1py(1 - y, -p),
        "gaussian": lambda x, mu, s: -stats.norm.logpdf(x, mu, n.exp(s)),
        "poisson": lambda z, y: n.exp(z) - y * z,
        "log1mexp": nn.log1mexp, "softplus": nn.softplus, "log-sigmoid": nn.log_sigmoid,
        "logit": special.logit, "plogpq": special.rel_entr, "plogpq-p+q": special.kl_div,
        "kl": lambda p, q: special.rel_entr(p, q).sum(-1),
        "log-cosh": lambda x: n.logaddexp(x, -x) - _LOG2,  # optax.log_cosh
        "huber": lambda r: n.where(abs(r) <= 1, r**2 / 2, abs(r) - 0.5),
        "student": lambda r: 2.5 * n.log1p(r * r / 4),
        "focal": lambda u: nn.softplus(-u) * (1 - nn.sigmoid(u)) ** 2,
        "cloglog": lambda z: -nn.log1mexp(n.exp(z)), "gumbel": lambda z: z + n.exp(-z),
    }


@cache
def _pytensor_table() -> Table:
    t = library("pytensor.tensor")

    def softmax(o: Any, y: Any) -> Any:
        return t.log(t.exp(o).sum(-1)) - o[t.arange(o.shape[0]), y]

    def bce(z: Any, y: Any) -> Any:
        p = 1 / (1 + t.exp(-z))
        return -y * t.log(p) - (1 - y) * t.log(1 - p)

    def sigmoid(u: Any) -> Any:
        return 1 / (1 + t.exp(-u))

    return {
        "softmax": softmax, "bce-logits": bce,
        "bce-probs": lambda p, y: -y * t.log(p) - (1 - y) * t.log(1 - p),
        "gaussian": lambda x, mu, s: np.array(_HALF_LOG_2PI, x.dtype) + s
        + (x - mu) ** 2 / (2 * t.exp(s) ** 2),
        "poisson": lambda z, y: t.exp(z) - y * z, "log1mexp": lambda x: t.log(1 - t.exp(-x)),
        "softplus": lambda z: t.log(1 + t.exp(z)), "log-sigmoid": lambda z: t.log(sigmoid(z)),
        "logit": lambda p: t.log(p / (1 - p)), "plogpq": lambda p, q: p * t.log(p / q),
        "plogpq-p+q": lambda p, q: p * t.log(p / q) - p + q,
        "kl": lambda p, q: (p * t.log(p / q)).sum(-1), "log-cosh": lambda x: t.log(t.cosh(x)),
        "huber": lambda r: t.switch(abs(r) <= 1, r**2 / 2, abs(r) - np.array(0.5, r.dtype)),
        "student": lambda r: np.array(2.5, r.dtype) * t.log(1 + r**2 / 4),
        "focal": lambda u: -((1 - sigmoid(u)) ** 2) * t.log(sigmoid(u)),
        "cloglog": lambda z: -t.log(1 - t.exp(-t.exp(z))), "gumbel": lambda z: z + t.exp(-z),
    }


def _work(table: Table, case: Case) -> Callable[..., Any]:
    found = [n for n in table if case.name == n or case.name.startswith(f"{n}-")]
    if not found:
        raise Absent("none")
    return table[max(found, key=len)]


def torch(case: Case, output: Output, arrays: tuple[Array, ...]) -> Any:
    work, t = _work(_torch_table(), case), library("torch")
    tensors = [t.from_numpy(np.array(a)) for a in arrays]
    variable = tensors[case.arguments.index(output.wrt)].requires_grad_(True)
    found = work(*tensors)
    for turn in range(output.order):
        last = turn == output.order - 1
        found, = t.autograd.grad(found.sum(), variable, create_graph=not last)
    return found.detach().numpy()


def jax(case: Case, output: Output, arrays: tuple[Array, ...]) -> Any:
    work, j = _work(_jax_table(), case), library("jax")
    place = case.arguments.index(output.wrt)

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        return j.grad(lambda *a: function(*a).sum(), argnums=place)

    for _ in range(output.order):
        work = wrap(work)
    return np.asarray(j.jit(work)(*(j.numpy.asarray(a) for a in arrays)))


def pytensor(case: Case, output: Output, arrays: tuple[Array, ...]) -> Any:
    work, p = _work(_pytensor_table(), case), library("pytensor")
    names = zip(case.arguments, arrays, strict=True)
    symbols = [p.tensor.tensor(n, dtype=a.dtype.name, shape=(None,) * a.ndim) for n, a in names]
    found = work(*symbols)
    for _ in range(output.order):
        found = p.grad(found.sum(), symbols[case.arguments.index(output.wrt)])
    with np.errstate(all="ignore"):
        return p.function(symbols, found, on_unused_input="ignore")(*arrays)
