"""Parameters with three axes or more: their products are products of matrices, and right."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest

from derive.arrays.operations import Op
from tests.judged import Judged, plan
from tests.test_exported_models import check, targets
from tests.test_models_in_c import both

SIZES = {"H": 3, "D": 2, "K": 2, "P": 2, "E": 4}
GIVEN = "x: real[T, D]\nh: real[T, H]\nb: real[H]\nU: real[H, D]\nV: real[K, H]\n" \
    "y: label(K)[T]\n"
HEAD = "\no[t] = V @ h[t]\nl[t] = -log(softmax(o[t])[y[t]])\nL = sum(l)\n"
LAYER = "b[i] + sum(U[i, k]*x[t, k] for k in D)"


def cell(*lines: str) -> str:
    return GIVEN + "\n".join(lines) + HEAD


MODELS = {
    "a matrix for each input": cell(
        "W: real[H, H, D]", "h[t, i] = tanh(b[i] + sum(sum(W[i, j, k]*h[t-1, j]*x[t, k] "
        "for k in D) for j in H) + sum(U[i, k]*x[t, k] for k in D))"),
    "summed over the first axis and the last": cell(
        "W: real[H, H, D]", "h[t, i] = tanh(" + LAYER + " + sum(sum(W[j, i, k]*h[t-1, j]*x[t, k] "
        "for k in D) for j in H))"),
    "a quadratic form of the state": cell(
        "W: real[H, H, H]", "h[t, i] = tanh(" + LAYER + " + sum(sum(W[i, j, k]*h[t-1, j]*h[t-1, k]"
        " for k in H) for j in H))"),
    "scores by slices": cell(
        "W: real[D, H, H]", "u: real[T, H]", "z: real[T, D]", "u[t] = U @ x[t]",
        "z[t, k] = tanh(sum(sum(h[t-1, i]*W[k, i, j]*u[t, j] for j in H) for i in H))",
        "h[t] = tanh(b + U @ z[t])"),
    "several heads": cell(
        "q: real[T, P, E]", "W: real[P, E, H]", "C: real[H, P, E]",
        "q[t, n, d] = sum(W[n, d, j]*h[t-1, j] for j in H)",
        "h[t, i] = tanh(" + LAYER + " + sum(sum(C[i, n, d]*tanh(q[t, n, d]) for d in E) "
        "for n in P))"),
    "four axes": cell(
        "W: real[P, H, H, P]", "z: real[T, P]", "A: real[P, D]", "z[t] = A @ x[t]",
        "h[t, i] = tanh(" + LAYER + " + sum(sum(sum(W[a, i, j, c]*h[t-1, j]*z[t, a]*z[t, c] "
        "for c in P) for j in H) for a in P))"),
    "one array in two products": cell(
        "W: real[H, H, D]", "g: real[T, H]",
        "g[t, i] = sum(sum(W[i, j, k]*h[t-1, j]*x[t, k] for k in D) for j in H)",
        "h[t, j] = tanh(b[j] + g[t, j] + sum(sum(W[i, j, k]*g[t, i]*x[t, k] for k in D) "
        "for i in H) + sum(U[j, k]*x[t, k] for k in D))"),
    "two products in a sum": cell(
        "W: real[P, E, H]", "Q: real[P, E, D]", "q: real[T, P, E]", "C: real[H, P, E]",
        "q[t, n, d] = tanh(sum(W[n, d, j]*h[t-1, j] for j in H) + "
        "sum(Q[n, d, k]*x[t, k] for k in D))",
        "h[t, i] = tanh(" + LAYER + " + sum(sum(C[i, n, d]*q[t, n, d] for d in E) for n in P))"),
    "a matrix for each head": cell(
        "q: real[T, P, E]", "W: real[P, E, E]", "C: real[H, P, E]", "Q: real[P, E, D]",
        "q[t, n, i] = tanh(sum(W[n, i, j]*q[t-1, n, j] for j in E) + "
        "sum(Q[n, i, k]*x[t, k] for k in D))",
        "h[t, i] = tanh(" + LAYER + " + sum(sum(C[i, n, d]*q[t, n, d] for d in E) for n in P))"),
    "a diagonal": cell(
        "W: real[H, H, H]", "h[t, i] = tanh(" + LAYER + " + sum(W[i, j, j]*h[t-1, j] for j in H))"),
    "read in another place, too": cell(
        "W: real[H, H, D]", "h[t, i] = tanh(" + LAYER + " + W[0, i, 1]*h[t-1, i] + sum(sum("
        "W[i, j, k]*h[t-1, j]*x[t, k] for k in D) for j in H))"),
    "in the loss itself": cell(
        "W: real[H, H, D]", "h[t, i] = tanh(" + LAYER + ")").replace(
            "[y[t]])", "[y[t]]) + sum(sum(sum(W[i, j, k]*h[t, i]*h[t, j]*x[t, k] for k in D) "
                       "for j in H) for i in H)**2"),
}
OF_MATRICES = list(MODELS)[:6]  # nothing but matrices are multiplied


@pytest.mark.parametrize("name", MODELS)
def test_numbers_are_those_of_the_text(name: str) -> None:
    judged = Judged(MODELS[name], 3, 2, SIZES)
    assert judged.value_error() <= 1e-13
    assert judged.slope_error() <= 1e-11
    assert judged.complex_error() <= 1e-12


@pytest.mark.parametrize("name", OF_MATRICES)
def test_all_that_reads_the_array_is_a_product_of_matrices(name: str) -> None:
    made = plan(MODELS[name])
    arrays = {n for n, p in made.views.parameters.items() if len(p.dims) > 2}
    assert arrays
    for array in arrays:
        number = next(n for n in made.schedule.order if made.schedule.nodes[n].op is Op.INPUT
                      and made.schedule.nodes[n].detail[0] == array)
        assert {made.schedule.nodes[n].op for n in made.schedule.readers[number]} == {Op.DOTS}
        assert {made.schedule.nodes[n].op for n in made.graph.gradients[array]} == {Op.OUTER}


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize(("name", "batch"), [
    (OF_MATRICES[0], 1), (OF_MATRICES[0], 3), ("four axes", 3), ("two products in a sum", 3),
    ("a matrix for each head", 3)])
def test_c_gives_the_numbers_of_numpy(name: str, batch: int) -> None:
    mine, other = both(MODELS[name], "float64", 4, batch, SIZES)
    for key, array in mine.items():
        np.testing.assert_allclose(other[key], array, rtol=1e-11, atol=1e-12, err_msg=key)


@targets
@pytest.mark.parametrize("name", ["a matrix for each input", "several heads", "four axes"])
def test_exported_modules_have_its_numbers(name: str, target: str) -> None:
    check(re.sub(r"\b[PE]\b", "2", MODELS[name]), target)
