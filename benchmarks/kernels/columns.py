"""Columns of the accuracy table without automatic differentiation: ours, SymPy, SciPy, sklearn."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from .cases import Case, Output
from .formats import Array


class Absent(Exception):
    """A column has no such output, or its library is not installed; says which."""


Compute = Callable[[Case, Output, tuple[Array, ...]], Any]


def library(name: str) -> Any:
    """A module of a peer. Raises Absent."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Absent("not installed") from error


@cache
def _kernel(formula: str, given: tuple[str, ...], wrt: str, accuracy: str) -> Any:
    import derive

    try:
        return derive.kernel(formula, given=list(given), wrt=wrt, accuracy=accuracy)
    except TypeError as error:
        if "accuracy" not in str(error):
            raise
        if accuracy == "faithful":
            raise Absent("no accuracy=") from error
        return derive.kernel(formula, given=list(given), wrt=wrt)


def ours(accuracy: str) -> Compute:
    """Our kernel of the formula as it is typed."""
    def compute(case: Case, output: Output, arrays: tuple[Array, ...]) -> Any:
        kernel = _kernel(case.formula, case.given, output.wrt, accuracy)
        by_name = dict(zip(case.arguments, arrays, strict=True))
        method = getattr(kernel, ("value", "grad", "hessian")[output.order], None)
        if method is None:
            raise Absent(f"no {output.label}")
        return method(*(by_name[a.name] for a in kernel.arguments))
    return compute


@cache
def _lambdified(formula: str, arguments: tuple[str, ...], order: int, wrt: str) -> Any:
    import sympy

    names = {n: sympy.Symbol(n, real=True) for n in arguments}
    expression = sympy.sympify(formula, locals=names)
    if order:
        expression = sympy.diff(expression, names[wrt], order)
    return sympy.lambdify([names[n] for n in arguments], expression, "numpy")


def naive(case: Case, output: Output, arrays: tuple[Array, ...]) -> Any:
    """SymPy's lambdify of the formula or of its derivative; written over arrays for vectors."""
    with np.errstate(all="ignore"):
        if not case.size:
            work = _lambdified(case.sympy or case.formula, case.arguments, output.order, output.wrt)
            return np.broadcast_to(work(*arrays), arrays[0].shape)
        first, second = arrays
        if case.name.startswith("kl"):
            return (first * np.log(first / second)).sum(-1)
        powers, rows = np.exp(first), np.arange(len(first))
        if output.order == 0:
            return np.log(powers.sum(-1)) - first[rows, second]
        return powers / powers.sum(-1, keepdims=True) - one_hot(first, second)


def one_hot(like: Array, labels: Array) -> Array:
    found = np.zeros_like(like)
    found[np.arange(len(like)), labels] = 1
    return found


def _scipy_table(s: Any) -> Mapping[str, Callable[..., Any]]:
    one, log2 = np.float32(1), np.log(2.0)

    def bce(z: Array, y: Array) -> Array:
        return -y * s.log_expit(z) - (1 - y) * s.log_expit(-z)

    def curve(z: Array, *_: Array) -> Array:
        return s.expit(z) * s.expit(-z)

    return {
        "bce-logits value": bce, "bce-logits gradient": lambda z, y: s.expit(z) - y,
        "bce-logits Hessian": curve,
        "bce-probs value": lambda p, y: -s.xlogy(y, p) - s.xlog1py(1 - y, -p),
        "log1mexp value": lambda x: np.log(-s.expm1(-x)),
        "log1mexp gradient": lambda x: one / s.expm1(x),
        "softplus value": lambda z: np.logaddexp(0 * z, z), "softplus gradient": s.expit,
        "softplus Hessian": lambda z: s.expit(z) * (1 - s.expit(z)),
        "log-sigmoid value": s.log_expit, "log-sigmoid gradient": lambda z: s.expit(-z),
        "logit value": s.logit, "plogpq value": s.rel_entr, "plogpq-p+q value": s.kl_div,
        "kl-10 value": lambda p, q: s.rel_entr(p, q).sum(-1),
        "log-cosh value": lambda x: (np.logaddexp(x, -x) - log2).astype(x.dtype),
        "log-cosh gradient": np.tanh, "log-cosh Hessian": lambda x: 1 - np.tanh(x) ** 2,
        "huber value": lambda r: s.huber(np.ones_like(r), r),
        "student-t value": lambda r: np.float32(2.5) * s.log1p(r * r / 4),
        "cloglog value": lambda z: -np.log(-s.expm1(-np.exp(z))),
        "softmax value": lambda o, y: -s.log_softmax(o, -1)[np.arange(len(o)), y],
        "softmax gradient": lambda o, y: s.softmax(o, -1) - one_hot(o, y),
    }


def base_name(case: Case, output: Output) -> str:
    """The name that cases share whose computation is the same."""
    for word in ("softmax", "bce-logits", "bce-probs"):
        if case.name.startswith(word):
            return f"{word} {output.label}"
    return f"{case.name} {output.label}"


def scipy(case: Case, output: Output, arrays: tuple[Array, ...]) -> Any:
    """SciPy's special functions, put together as its users do."""
    work = _scipy_table(library("scipy.special")).get(base_name(case, output))
    if work is None:
        raise Absent("none")
    with np.errstate(all="ignore"):
        return work(*arrays)


def sklearn(case: Case, output: Output, arrays: tuple[Array, ...]) -> Any:
    """scikit-learn's private compiled losses."""
    losses = library("sklearn._loss.loss")
    if case.name.startswith("softmax"):
        loss = losses.HalfMultinomialLoss(n_classes=case.size)
    elif case.name.startswith("bce-logits") or case.name == "softplus":
        loss = losses.HalfBinomialLoss()
    elif case.name == "poisson":
        loss = losses.HalfPoissonLoss()
    else:
        raise Absent("none")
    raw = np.ascontiguousarray(arrays[0])
    target = arrays[1].astype(raw.dtype) if len(arrays) > 1 else np.zeros_like(raw)
    if output.order == 0:
        return loss.loss(target, raw)
    if output.order == 1:
        return loss.gradient(target, raw)
    return loss.gradient_hessian(target, raw)[1]


def versions() -> str:
    """The version of every library of the benchmark, or that it is absent."""
    found = []
    for name in ("numpy", "sympy", "mpmath", "scipy", "sklearn", "torch", "jax", "pytensor"):
        try:
            found.append(f"{name} {importlib.import_module(name).__version__}")
        except ImportError:
            found.append(f"{name} absent")
    return ", ".join(found)
