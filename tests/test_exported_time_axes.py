"""Exported models in which time is an axis: pooling, attention, a loss of sums over time."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import derive
from derive.errors import KernelError

CELL = """x: real[T, D]
h: real[T, H]
W: real[H, H]
U: real[H, D]
v: real[H]
h[t] = tanh(W @ h[t-1] + U @ x[t])
"""
MODELS = {
    "mean pooling": "c = mean(h[s] for s in T)\nL = (dot(v, c) - 1)**2",
    "max pooling": "c: real[H]\nc = max(h[s] for s in T)\nL = (dot(v, c) - 1)**2",
    "attention pooling": "q: real[H]\na: real[T]\na[t] = dot(q, h[t])\n"
                         "c = sum(softmax(a)[s]*h[s] for s in T)\nL = (dot(v, c) - 1)**2",
    "masked pooling": "m: binary[T]\nc = sum(h[s] for s in T if m[s] == 1)\nL = dot(v, c)**2",
    "self-attention": "e, a: real[T, T]\nc: real[T, H]\ny: real[T]\ne[t, s] = dot(h[t], h[s])\n"
                      "a[t, s] = exp(e[t, s])/sum(exp(e[t, r]) for r in T if r <= t)\n"
                      "c[t] = sum(a[t, s]*h[s] for s in T if s <= t)\n"
                      "l[t] = (dot(v, c[t]) - y[t])**2\nL = sum(l)",
    "a mean in a second layer": "Q: real[H, H]\ng: real[T, H]\nc = mean(h[s] for s in T)\n"
                                "g[t] = tanh(Q @ g[t-1] + c + h[t])\nl[t] = dot(v, g[t])**2\n"
                                "L = sum(l)"}


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("name", MODELS)
def test_a_module_with_time_as_an_axis_has_the_loss_and_slopes_of_derive(
        name: str, target: str, tmp_path: Path) -> None:
    if target != "numpy":
        pytest.importorskip(target)
    text = derive.export(CELL + MODELS[name], target)
    assert "> 1e-9 * max(1.0, abs(expected))" in text
    path = tmp_path / "exported.py"
    path.write_text(text.replace("> 1e-9 * max", "> 1e-12 * max"), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.self_test()


def test_the_sum_over_time_is_a_reduction_of_the_stacked_states() -> None:
    text = derive.export(CELL + MODELS["mean pooling"], "torch")
    assert "h_turned = torch.swapaxes(h, 0, 1)" in text
    assert "h_turned.sum(-2)" in text


@pytest.mark.parametrize(("model", "message"), [
    ("s: real[R, H]\nS: real[H, H]\ny: real[R]\ns[-1] = h[T-1]\ns[r] = tanh(S @ s[r-1])\n"
     "l[r] = (dot(v, s[r]) - y[r])**2\nL = sum(l)", "two axes of time"),
    ("g: real[T, H]\ny: real[T]\ng[t] = tanh(h[t] + sum(g[s] for s in T if s < t))\n"
     "l[t] = (dot(v, g[t]) - y[t])**2\nL = sum(l)", "all of the past of g")])
def test_what_is_not_exported_is_refused_by_name(model: str, message: str) -> None:
    with pytest.raises(KernelError, match=message):
        derive.export(CELL + model, "torch")
