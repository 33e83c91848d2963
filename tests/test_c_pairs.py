"""Pairs of doubles in C: their bounds hold, and examples computed again are right."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import derive
from derive.arrays.targets.c import c_compiler, compiled_pairs, library_cache, pair_emission
from derive.arrays.targets.c.math.c_functions import c_functions
from derive.errors import KernelError
from tests.conftest import made_kernel

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
FOLDER = Path(pair_emission.__file__).parent
TRUE: dict[str, Callable[..., Any]] = {
    "exp": mp.exp, "expm1": mp.expm1, "log": mp.log, "log1p": mp.log1p, "tanh": mp.tanh,
    "sinh": mp.sinh, "cosh": mp.cosh, "sqrt": mp.sqrt, "sin": mp.sin, "cos": mp.cos, "tan": mp.tan,
    "atan": mp.atan, "atanh": mp.atanh, "asinh": mp.asinh, "loggamma": mp.loggamma,
    "digamma": mp.digamma, "trigamma": lambda x: mp.polygamma(1, x),
    "acot": lambda x: mp.pi / 2 - mp.atan(x), "log1pmx": lambda x: mp.log1p(x) - x,
    "expm1mx": lambda x: mp.expm1(x) - x, "xlogx": lambda x: x * mp.log(x),
    "expm1quotient": lambda x: x / mp.expm1(x), "langevin": lambda x: mp.coth(x) - 1 / x,
    "add": lambda x, y: x + y, "multiply": lambda x, y: x * y, "divide": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    "loggamma_rise": lambda x, y: mp.loggamma(x + y) - mp.loggamma(x),
    "digamma_rise": lambda x, y: mp.digamma(x + y) - mp.digamma(x),
    "trigamma_rise": lambda x, y: mp.polygamma(1, x + y) - mp.polygamma(1, x),
    "logB": lambda x, y: mp.loggamma(x) + mp.loggamma(y) - mp.loggamma(x + y)}
POSITIVE = {"log", "sqrt", "xlogx", "loggamma", "digamma", "trigamma", "power", "loggamma_rise",
            "digamma_rise", "trigamma_rise", "logB"}
TWO = {"add", "multiply", "divide", "power", "loggamma_rise", "digamma_rise", "trigamma_rise",
       "logB"}


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder of these tests, and a compiler that hurries."""
    quick = tuple("-O1" if flag == "-O3" else flag for flag in c_compiler.FLAGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(library_cache, "library_bytes",
                      lambda text: c_compiler.library_bytes(text, quick))
        yield


def source(names: Iterable[str] = TRUE, change: tuple[str, str] = ("", "")) -> str:
    """Loops over some functions of pairs, perhaps with something changed in their text."""
    text = "".join((FOLDER / f).read_text() for f in pair_emission.HEADERS)
    loops = [f"""
void test_{name}(ptrdiff_t n, const double *x, double *y)
{{
    for (ptrdiff_t i = 0; i < n; i++) {{
        const pair a = {{x[i], x[i + n], 0.0}}, b = {{x[i + 2 * n], x[i + 3 * n], 0.0}};
        const pair c = pair_{name}(a{", b" if name in TWO else ""});
        (void)b, y[i] = c.h, y[i + n] = c.l, y[i + 2 * n] = c.e;
    }}
}}""" for name in names]
    assert change[0] in text
    return "\n".join([c_functions(("exp", "log", "log1p", "atan"), "float64"),
                      "#include <float.h>", "#include <stddef.h>", text.replace(*change, 1),
                      *loops])


@pytest.fixture(scope="module")
def library() -> ctypes.CDLL:
    return library_cache.library(source())


def arguments(name: str, count: int = 30) -> np.ndarray:
    """Numbers of all sizes, near 1, and of moderate size, with something in their lower halves."""
    draw = np.random.default_rng(7)
    high = np.concatenate([
        3 * draw.standard_normal((count, 2)), 10.0 ** draw.uniform(-25, 2.2, (count, 2)),
        1 + draw.choice([-1, 1], (count, 2)) * 10.0 ** draw.uniform(-15, -0.1, (count, 2))])
    if name in POSITIVE:
        high = np.abs(high)
    if name == "log1p":
        high = np.where(high <= -1, -high, high)
    if name == "atanh":
        high = np.where(np.abs(high) >= 1, 1 / (2 * high), high)
    if name == "power":
        high[:, 0] = np.minimum(high[:, 0], 8.0)
    low = high * 2.0**-54 * draw.uniform(-1, 1, high.shape)
    return np.ascontiguousarray(np.stack([high[:, 0], low[:, 0], high[:, 1], low[:, 1]]))


def broken(library: ctypes.CDLL, name: str) -> tuple[int, float]:
    """How many errors are beyond their bounds, and the share of small bounds."""
    x = arguments(name)
    y = np.empty((3, x.shape[1]))
    getattr(library, f"test_{name}")(ctypes.c_ssize_t(x.shape[1]), ctypes.c_void_p(x.ctypes.data),
                                     ctypes.c_void_p(y.ctypes.data))
    beyond = 0
    with mp.workprec(400):
        for (a, b, c, d), (high, low, bound) in zip(x.T.tolist(), y.T.tolist(), strict=True):
            if not np.isfinite(high) or not np.isfinite(bound):
                continue
            given = (mpf(a) + b, mpf(c) + d)[:2 if name in TWO else 1]
            beyond += abs(mpf(high) + low - TRUE[name](*given)) > bound
    return beyond, float(np.mean(y[2] <= 2.0**-50 * np.abs(y[0])))


@pytest.mark.parametrize("name", TRUE)
def test_errors_are_within_their_bounds(library: ctypes.CDLL, name: str) -> None:
    beyond, small = broken(library, name)
    assert beyond == 0
    assert small > 0.6


@pytest.mark.parametrize(("name", "change"), [
    ("exp", ("0x1.5555555555555p-57", "0x1.5555555555556p-50")),
    ("log", ("0.5 * (left.h * left.h)", "0.0")),
    ("sin", ("-0x1.5555555555555p-57", "0.0")),
    ("digamma", ("4.625929269271485e-18, -0.0083", "0.0, -0.0083")),
    ("add", ("0x1p-104 * fabs(sum)", "0x1p-120 * fabs(sum)"))])
def test_a_changed_digit_is_seen(name: str, change: tuple[str, str]) -> None:
    assert broken(library_cache.library(source([name], change)), name)[0]


def met(rows: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and their softmax as the target."""
    logits = 3 * np.random.default_rng(2).standard_normal((rows, classes))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return logits, powers / powers.sum(axis=1, keepdims=True)


def at_pair(kernel: Any, *given: np.ndarray) -> Any:
    """Value and gradient, of which the compiled pairs compute nearly all examples again."""
    plan, left = kernel.module().VALUE_AND_GRAD, []

    def wide(arrays: Any, *rest: Any) -> Any:
        left.append(len(arrays[0]))
        return plan.wide(arrays, *rest)

    assert isinstance(plan.pairs, compiled_pairs.CompiledPairs)
    kernel.module().__dict__["VALUE_AND_GRAD"] = plan._replace(wide=wide)
    try:
        results = kernel.value_and_grad(*given, threads=1)
    finally:
        kernel.module().__dict__["VALUE_AND_GRAD"] = plan
    assert sum(left) <= 0.05 * len(given[0])
    return results


@pytest.mark.parametrize("classes", [3, 61])
@pytest.mark.parametrize("loss", ["softmax-ce-soft", "kl-softmax", "softmax-brier", "listnet"])
def test_a_target_that_is_met(loss: str, classes: int) -> None:
    logits, target = met(70, classes)
    kernel = made_kernel(loss, target="c")
    given = (target, logits) if kernel.arguments[0].kind.domain == "simplex" else (logits, target)
    value, slope = at_pair(kernel, *given)
    true_value, true_slope = made_kernel(loss, accuracy="faithful").value_and_grad(*given)
    beyond = 2.0**-100  # of terms of the size of 1: what cancels more deeply is not promised
    assert np.all(np.abs(value - true_value) <= 1024 * np.spacing(np.abs(true_value)) + beyond)
    assert np.all(np.abs(slope - true_slope) <= 2.0**20 * np.spacing(np.abs(true_slope)) + beyond)


def test_a_root_of_a_gradient() -> None:
    """The variable is the nearest float to the root of a log-logistic gradient, for each label."""
    label = np.random.default_rng(4).uniform(0.05, 0.95, 100)
    margin = np.log(label) - np.log1p(-label)
    given = (margin, label) if made_kernel("bernoulli-ce-soft").arguments[0].kind.domain == "real" \
        else (label, margin)
    _, slope = at_pair(made_kernel("bernoulli-ce-soft", target="c"), *given)
    with mp.workprec(300):
        for z, y, computed in zip(margin.tolist(), label.tolist(), slope.tolist(), strict=True):
            true = 1 / (1 + mp.exp(-mpf(z))) - y
            assert abs(computed - true) <= 1024 * np.spacing(abs(float(true)))


def test_what_pairs_do_not_know_is_left_to_wide_numbers() -> None:
    kernel = made_kernel("kl-softmax", target="c")
    plan = kernel.module().VALUE_AND_GRAD
    logits = np.array([[0.0, 800.0, 0.0], [0.0, 1.0, 2.0]])
    target = np.array([[0.5, 0.25, 0.25]] * 2)
    simplex_first = kernel.arguments[0].kind.domain == "simplex"
    first = plan.pairs([target, logits] if simplex_first else [logits, target], None, 2, 3)
    unknown = [np.isnan(r.high).reshape(2, -1).any(axis=1) for r in first if r is not None]
    assert all(u.tolist() == [True, False] for u in unknown)


def test_what_no_numbers_know_stays_as_plain_floats_have_it() -> None:
    """exp(z) has an exponent beyond those of wide numbers; the limits are what floats have."""
    value, slope = made_kernel("z*exp(-z)*(1 - exp(-z)) + y", target="c", given=(
        "z: positive", "y: real"), wrt="z").value_and_grad(np.array([1e19]), np.array([2.0]))
    assert value.tolist() == [2.0]
    value, slope = made_kernel("loglog-nll-soft", target="c").value_and_grad(
        np.array([5.7e20, -5.7e20, -800.0, 800.0]), np.array([0.5, 0.0, 0.0, 0.25]))
    assert value.tolist() == [2.85e20, 0.0, 0.0, 600.0]
    assert slope.tolist() == [0.5, 0.0, 0.0, 0.75]


def test_without_work_or_a_compiler_numpy_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DERIVE_TARGET", raising=False)
    kernel = derive.kernel("softmax-ce-soft", target="auto")
    pairs = kernel.module().VALUE_AND_GRAD.pairs
    logits, target = met(50, 4)
    given = (target, logits) if kernel.arguments[0].kind.domain == "simplex" else (logits, target)
    usual = kernel.value_and_grad(*given)
    assert pairs.compiled is None
    assert pairs.work

    def fails(text: str) -> None:
        raise c_compiler.CompilerError("there is none")

    monkeypatch.setattr(compiled_pairs, "library", fails)
    pairs.enough = 0
    again = kernel.value_and_grad(*given)
    assert pairs.failed
    assert all(np.array_equal(a, b) for a, b in zip(usual, again, strict=True))


def test_a_function_without_pairs_is_named() -> None:
    kernel = made_kernel("probit-nll-soft", target="numpy")
    with pytest.raises(KernelError, match="no pairs in C"):
        pair_emission.pair_text(kernel.design(("value_and_grad",)), "value_and_grad")
