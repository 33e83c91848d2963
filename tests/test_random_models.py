"""Random models against a plain interpreter, and models that random ones were wrong at."""

from __future__ import annotations

import pytest

from benchmarks.recurrent.random_texts import SIZES, random_text
from derive.arrays.recurrent.compiled_model import CompiledModel
from tests.judged import Judged, plan

START = "x: real[T]\np, q, v: real[H]\nW: real[H, H]\nG: real[S, H]\nc: real\n" \
        "h: real[T, H]\nh[-1] = q\n"
PLAIN = "x: real[T]\np, q, v: real[H]\nh: real[T, H]\nh[-1] = q\n"
LOSS = "\nz[t] = dot(v, h[t])\nL = sum(z)"
ONCE_WRONG = {
    "a largest element of a state and a parameter":
        "h[t, j] = max(h[t-1, i] + W[i, j] for i in H) + x[t]",
    "a largest product with a parameter": "h[t] = h[t-1]*x[t] + max(h[t-1, i]*p[i] for i in H)",
    "a filter beside a largest element":
        "h[t, i] = tanh(min(h[t-1, k]*x[t]*W[i, k] for k in H if k != i) + h[t-1, i])",
    "a row of a parameter by its number": "h[t, i] = W[1, i]*h[t-1, i] + x[t]",
    "the diagonal of a parameter": "h[t, i] = W[i, i]*h[t-1, i] + x[t]",
    "a column at the largest element": "h[t, i] = h[t-1, i] + W[i, argmax(h[t-1])]*x[t]",
    "a row at the largest product":
        "h[t, i] = h[t-1, i]*x[t] + W[argmax(W[i, k]*h[t-1, k] for k in H), i]",
    "a softmax of a softmax's state": "h[t] = softmax(h[t-1]) + x[t]*p",
    "a condition on a parameter alone": "h[t] = (tanh(h[t-1]) if c > 0 else h[t-1]*p) + x[t]",
    "a sum over a parameter's own axis": "h[t, i] = h[t-1, i]*x[t] + sum(G[k, i] for k in S)",
    "a sign of a parameter": "h[t] = h[t-1]*x[t] + sign(p)"}
OTHERS = {
    "what parameters alone give, summed over steps":
        "x: real[T]\np: real\nq[t] = p**2\ne[t] = sin(q[t]) + x[t]\nf[t] = cos(p)\n"
        "L = sum(e) + sum(f)",
    "what a label alone gives, summed over steps":
        "x: real[T]\ns: label(S)\nE: real[S]\nq[t] = E[s]**2\ne[t] = sin(q[t]) + x[t]\nL = sum(e)",
    "an equation of parameters, read at the step before":
        "x: real[T]\np: real[H]\nc: real\na, b: real[T]\na[t] = min(p[k] for k in H)\n"
        "b[t] = c*a[t-1] + x[t]\nL = sum(b*b)",
    "a name without an index of its own in its formula":
        "x: real[T]\np, q: real\nz[t] = p/(1 + q**2)\nl[t] = (z[t] - x[t])**2\nL = sum(l)",
    "what the last step alone reads":
        PLAIN + "h[t, a] = h[t-1, argmax(p + h[t-1])]*x[t]\nz = dot(v, h[T-1])\nL = z**2",
    "a value of the step after in a formula for all steps":
        PLAIN.replace(", v", "") + "u: real[T]\ng: real[T, H]\nu[t] = sum(p*h[t-1])\n"
        "h[t] = tanh(p*x[t]) + h[t-1]/3\n"
        "g[t] = sigmoid(g[t+1] - u[t+1])\nL = sum(g*g) + sum(u*u)",
    "states that begin at either end":
        "x: real[T]\nf, b: real[T, H]\np, q: real[H]\nf[-1] = p\nb[T] = q\nf[t] = tanh(f[t-1]) + "
        "x[t]\nb[t] = tanh(b[t+1]) + x[t]\nL = sum(f*b)"}


def text_of(cell: str) -> str:
    lines = START.splitlines()
    used = [line for line in lines if "W" not in line or "W[" in cell]
    used = [line for line in used if "G:" not in line or "G[" in cell]
    used = [line for line in used if not line.startswith("c:") or " c " in cell]
    text = "\n".join([*used, cell]) + LOSS
    return text if "p" in cell.replace("softplus", "") else text.replace("p, q, v", "q, v")


TEXTS = {**{name: text_of(cell) for name, cell in ONCE_WRONG.items()}, **OTHERS}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_model_that_was_wrong_once(text: str) -> None:
    judged = Judged(text, 4, 2, {"H": 3, "S": 2})
    assert judged.value_error() <= 1e-13
    assert judged.slope_error() <= 1e-10


@pytest.mark.parametrize("name", ["what the last step alone reads",
                                  "a value of the step after in a formula for all steps"])
def test_a_model_that_was_wrong_in_c(name: str) -> None:
    judged = Judged(TEXTS[name], 4, 2, {"H": 3, "S": 2})
    judged.model = CompiledModel(TEXTS[name], {"H": 3, "S": 2}, plan=plan(TEXTS[name]),
                                 dtype=judged.model.dtype, target="c")
    judged.model.theta[:] = judged.rng.normal(size=judged.model.theta.shape)
    judged.ready = judged.model.ready(4, 2)
    assert judged.value_error() <= 1e-13
    assert judged.slope_error() <= 1e-10


@pytest.mark.parametrize("seed", [103, 106, 108, 112, 123, 126, 133, 145])
def test_random_models(seed: int) -> None:
    judged = Judged(random_text(seed), 3, 2, SIZES, seed=seed)
    assert judged.value_error() <= 1e-12
    assert judged.slope_error() <= 1e-8
