"""Equations of a step in stable forms: right at large, small and opposite arguments, as mpmath
has them, forward and backward, in both precisions and on both targets."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.model_plan import Plan
from derive.arrays.targets.c.c_compiler import compiler
from derive.notation.reading.model_equations import read_model

POINTS = [(1000, -1000), (-1000, 1000), (1000, 999), (-1000, -1001), (88, 89), (-745, 0), (40, -40),
          (0, 0), (0.5, -0.25), (1e-9, 2), (37.5, 3), (-20, -20), (709.5, 710.5)]
RUNS = [(np.float64, "numpy"), (np.float32, "numpy"), pytest.param(
    np.float32, "c", marks=pytest.mark.skipif(compiler() is None, reason="no C compiler"))]


def log_sum(*terms: Any) -> Any:
    return mp.log(mp.fsum(map(mp.exp, terms)))


def share(*terms: Any) -> Any:
    return mp.exp(terms[0]) / mp.fsum(map(mp.exp, terms))


FORMULAS: dict[str, Callable[..., Any]] = {
    "log(exp(u[t]) + exp(2))": lambda u, v: log_sum(u, 2),
    "log(exp(u[t]) + exp(v[t]))": log_sum,
    "log(exp(u[t]) + exp(v[t]) + 1)": lambda u, v: log_sum(u, v, 0),
    "log(exp(u[t]) + exp(v[t]) + exp(3 - v[t]))": lambda u, v: log_sum(u, v, 3 - v),
    "log(1 + sum(exp(k*u[t]) for k in K))": lambda u, v: log_sum(0, 0, u, 2*u),
    "log(sum(exp(u[t]*k + v[t]) for k in K))": lambda u, v: log_sum(v, u + v, 2*u + v),
    "logsumexp(k*u[t] - v[t] for k in K)": lambda u, v: log_sum(-v, u - v, 2*u - v),
    "log(exp(u[t]) + (exp(v[t]) if b[t] == 1 else 0))": log_sum,
    "exp(u[t])/(1 + exp(u[t]))": lambda u, v: share(u, 0),
    "exp(u[t])/(exp(u[t]) + exp(v[t]))": share,
    "exp(u[t])/(exp(u[t]) + exp(v[t]) + 1)": lambda u, v: share(u, v, 0),
    "exp(u[t])/(1 + sum(exp(k*v[t] + u[t]) for k in K))":
        lambda u, v: share(u, 0, u + v, u + 2*v),
    "(1 - exp(-2*u[t]))/(1 + exp(-2*u[t]))": lambda u, v: mp.tanh(u),
    "(exp(u[t]) - exp(v[t]))/(exp(u[t]) + exp(v[t]))": lambda u, v: mp.tanh((u - v)/2),
    "log(sigmoid(u[t]))": lambda u, v: -log_sum(0, -u),
    "log(1 - sigmoid(u[t] - v[t]))": lambda u, v: -log_sum(0, u - v),
    "log(p[t])": lambda u, v: -log_sum(0, v - u),
    "softmax(k*u[t] - v[t] for k in K)[1]": lambda u, v: share(u, 0, 2*u),
    "u[t]*log(1 + exp(v[t]))": lambda u, v: u*log_sum(0, v),
}


@lru_cache
def plan() -> Plan:
    """All formulas as equations of a step that the loss does not read itself."""
    lines = ["x: real[T, 2]", "b: binary[T]", f"w: real[T, {len(FORMULAS)}]"]
    for n, formula in enumerate(FORMULAS):
        own = re.sub(r"\b([uvp])\[t\]", rf"\g<1>{n}[t]", formula.replace(" in K", " in 3"))
        lines += [f"c{n}: real[2]", f"u{n}[t] = x[t, 0] + c{n}[0]"]
        if "v[t]" in formula or "p[t]" in formula:
            lines.append(f"v{n}[t] = x[t, 1] + c{n}[1]")
        if "p[t]" in formula:
            lines.append(f"p{n}[t] = sigmoid(u{n}[t] - v{n}[t])")
        lines += [f"g{n}[t] = {own}", f"h{n}[t] = 3*g{n}[t]"]
    terms = (f"w[t, {n}]*h{n}[t]" for n in range(len(FORMULAS)))
    return Plan(read_model("\n".join([*lines, f"l[t] = {' + '.join(terms)}", "L = sum(l)"])))


@lru_cache
def compiled(dtype: Any, target: str) -> CompiledModel:
    """The formulas, compiled."""
    return CompiledModel(plan().model, {}, dtype, plan(), target)


def computed(formula: str, u: float, v: float, dtype: Any, target: str) -> tuple[float, float]:
    """The value of a formula, and its slope by u."""
    model, place = compiled(dtype, target), list(FORMULAS).index(formula)
    ready = model.ready(1, 1)
    ready.put("x", np.array([[[u, v]]]))
    ready.put("b", 1.0)
    ready.put("w", np.eye(len(FORMULAS))[place].reshape(1, 1, -1))
    ready.begin()
    with np.errstate(all="ignore"):
        ready.outputs()
        value = ready.loss()
        ready.gradient()
    return value / 3, float(model.gradients[f"c{place}"][0]) / 3


@pytest.mark.parametrize(("dtype", "target"), RUNS)
@pytest.mark.parametrize("formula", FORMULAS)
def test_a_step_is_right_forward_and_backward(formula: str, dtype: Any, target: str) -> None:
    for u, v in POINTS:
        value, slope = computed(formula, u, v, dtype, target)
        first, second, third = truth(formula, u, v, dtype)
        assert off(value, *first, dtype) < 32, (u, v)
        if (u, v) != (0, 0):
            # A quick tanh gives slopes with the error of rounding next to 1.
            assert off(slope, second, [*third, mpf(1)], dtype) < 32, (u, v)


@lru_cache(maxsize=1000)
def truth(formula: str, u: float, v: float, dtype: Any) -> tuple[Any, Any, list[Any]]:
    """The value with what the rounding of arguments does to it; the slope by u, with the same."""
    with mp.workdps(600):
        given = [mpf(float(dtype(u))), mpf(float(dtype(v)))]
        exact, first, second = judged(FORMULAS[formula], *given)
        bend = judged(lambda a, b: judged(FORMULAS[formula], a, b)[1], *given)
        return ((exact, [first*given[0], second*given[1]]), first,
                [bend[1]*given[0], bend[2]*given[1]])


def judged(function: Callable[..., Any], u: Any, v: Any) -> tuple[Any, Any, Any]:
    """The value and both slopes, in many digits."""
    h = mpf(10)**-100
    exact = function(u, v)
    return exact, (function(u + h, v) - exact)/h, (function(u, v + h) - exact)/h


def off(found: Any, exact: Any, conditions: list[Any], dtype: Any) -> float:
    """The error in units of rounding of the value and of what its arguments' rounding does."""
    if not np.isfinite(found):
        return float("inf")
    limits = np.finfo(dtype)
    scale = abs(exact) + sum(map(abs, conditions)) + mpf(float(limits.tiny))
    return float(abs(mpf(float(found)) - exact)/scale)/float(limits.eps)
