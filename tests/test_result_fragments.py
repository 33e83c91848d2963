"""Kernels and ended runs in a notebook."""

from __future__ import annotations

import derive
from derive.rendering.page.page_formulas import code


def test_a_kernel_shows_what_it_computes_takes_and_how_exact_it_is() -> None:
    kernel = derive.kernel("huber")
    kernel.source  # noqa: B018  (what is measured is known once the module is made)
    shown = kernel._repr_html_()
    for seen in ("Kernel of Huber loss", "argument delta", "positive", "value_and_grad",
                 code(kernel.derivation.notation), "errors of value", "ULP in float64",
                 "Huber loss: gradient", "Squared for small errors, linear beyond"):
        assert seen in shown, seen
    assert "<script" not in shown


def test_a_run_shows_what_was_measured_beside_what() -> None:
    run = derive.train("mackey-glass", steps=2, hidden=4, bptt=8, batch=2, seed=1)
    shown = run._repr_html_()
    for seen in ("Mackey-Glass", "at step 2", "held-out loss", f"{run.metric[1]:.6g}",
                 "of persistence", "hidden=4", "as long as was asked for"):
        assert seen in shown, seen
