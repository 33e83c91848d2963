"""Equal models, spelled in other ways: the same numbers, and as few products inside the loop."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from derive.arrays.operations import Op
from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.model_plan import Plan
from derive.notation.reading.model_equations import read_model
from tests.judged import Judged, plan

SIZES = {"H": 3, "D": 2, "K": 2}
GIVEN = ("x: real[T, D]", "h: real[T, H]", "b: real[H]", "U: real[H, D]", "V: real[K, H]",
         "y: label(K)[T]", "w: nonnegative[T]")
HEAD = ("o[t] = V @ h[t]", "l[t] = -log(softmax(o[t])[y[t]])", "L = sum(w*l)")
PLAIN = ("W: real[H, H]", "h[t] = tanh(b + W @ h[t-1] + U @ x[t])")
LAYER = "b + W @ h[t-1] + U @ x[t]"
NORMED = ("W: real[H, H]", "g, e: real[H]", "a, d: real[T, H]", "m, v: real[T]",
          f"a[t] = {LAYER}", "m[t] = mean(a[t])", "d[t] = a[t] - m[t]", "v[t] = mean(d[t]**2)",
          "h[t] = tanh(e + g*d[t]/sqrt(v[t] + 1/100))")


def model(*lines: str) -> str:
    given = [line for line in lines if ":" in line]
    return "\n".join([*GIVEN, *given, *(line for line in lines if line not in given), *HEAD])


def layer(product: str, *given: str) -> str:
    """A plain cell with another product in the place of W @ h[t-1], as element i."""
    return model(*given, f"h[t, i] = tanh(b[i] + {product} + sum(U[i, d]*x[t, d] for d in D))")


# By what they compute: how each is spelled, and what is as quick.
SPELLINGS = {
    "a product of matrices first": (
        model("W1, W2: real[H, H]", "h[t] = tanh(b + (W1 @ W2) @ h[t-1] + U @ x[t])"), PLAIN),
    "one matrix after the other": (
        model("W1, W2: real[H, H]", "h[t] = tanh(b + W1 @ (W2 @ h[t-1]) + U @ x[t])"), PLAIN),
    "three matrices": (
        model("A, B, C: real[H, H]", "h[t] = tanh(b + (A @ B @ C) @ h[t-1] + U @ x[t])"), PLAIN),
    "a chain in elements": (
        layer("sum(sum(A[i, j]*B[j, k]*h[t-1, k] for k in H) for j in H)", "A, B: real[H, H]"),
        PLAIN),
    "a chain with one matrix transposed": (
        layer("sum(sum(A[j, i]*B[j, k]*h[t-1, k] for k in H) for j in H)", "A, B: real[H, H]"),
        PLAIN),
    "a matrix with its own transpose": (
        layer("sum(sum(A[i, j]*A[k, j]*h[t-1, k] for k in H) for j in H)", "A: real[H, H]"), PLAIN),
    "a sum of matrices": (
        model("A, B: real[H, H]", "h[t] = tanh(b + (A + 2*B) @ h[t-1] + U @ x[t])"), PLAIN),
    "a scalar times a matrix": (
        model("s: real", "A: real[H, H]", "h[t] = tanh(b + (s*A) @ h[t-1] + U @ x[t])"), PLAIN),
    "weight norm": (
        layer("sum(g[i]*A[i, j]/sqrt(sum(A[i, k]**2 for k in H))*h[t-1, j] for j in H)",
              "A: real[H, H]", "g: real[H]"), PLAIN),
    "a matrix over its norm, named": (
        model("A: real[H, H]", "n = sqrt(sum(A**2))",
              "h[t] = tanh(b + (A/n) @ h[t-1] + U @ x[t])"), PLAIN),
    "a softmax of parameters": (
        layer("sum(softmax(A[i])[j]*h[t-1, j] for j in H)", "A: real[H, H]"), PLAIN),
    "a softmax of parameters, written out": (
        layer("sum(exp(A[i, j])/sum(exp(A[i, k]) for k in H)*h[t-1, j] for j in H)",
              "A: real[H, H]"), PLAIN),
    "a matrix over a norm of its product": (
        model("A: real[H, H]", "u: real[H]",
              "h[t] = tanh(b + (A/norm(A @ u)) @ h[t-1] + U @ x[t])"), PLAIN),
    "a product of vectors beside a matrix": (
        layer("sum((p[i]*q[j] + A[i, j])*h[t-1, j] for j in H)", "p, q: real[H]", "A: real[H, H]"),
        PLAIN),
    "a gated matrix": (
        layer("sum(sigmoid(A[i, j])*B[i, j]*h[t-1, j] for j in H)", "A, B: real[H, H]"), PLAIN),
    "a product of few ranks, multiplied first": (
        model("P: real[H, 1]", "Q: real[1, H]", "h[t] = tanh(b + (P @ Q) @ h[t-1] + U @ x[t])"),
        ("P: real[H, 1]", "Q: real[1, H]", "h[t] = tanh(b + P @ (Q @ h[t-1]) + U @ x[t])")),
    "a sum that factors": (
        layer("sum(p[i]*q[j]*h[t-1, j] for j in H)", "p, q: real[H]"),
        ("p, q: real[H]", "s: real[T]", "s[t] = dot(q, h[t-1])",
         "h[t] = tanh(b + p*s[t] + U @ x[t])")),
    "a normalised layer in one line": (
        model("W: real[H, H]", "g, e: real[H]", f"h[t] = tanh(e + g*({LAYER} - mean({LAYER}))/"
              f"sqrt(mean(({LAYER} - mean({LAYER}))**2) + 1/100))"), NORMED),
    "a normalised layer with the mean repeated": (
        model("W: real[H, H]", "g, e: real[H]", "a: real[T, H]", f"a[t] = {LAYER}",
              "h[t] = tanh(e + g*(a[t] - mean(a[t]))/sqrt(mean((a[t] - mean(a[t]))**2) + 1/100))"),
        NORMED),
}


def products(made: Plan) -> Counter[str]:
    """The products of each loop over time, and how many values of two axes its steps have."""
    found: Counter[str] = Counter()
    for region in made.schedule.regions:
        for number in region.nodes if region.step else ():
            node = made.schedule.nodes[number]
            if node.op is Op.DOTS:
                found["dots"] += len(node.detail)
            elif node.op is Op.CONTRACT and len(node.dims) > 0:
                found["contractions"] += 1
            elif len(node.dims) > 1 and node.op is not Op.INPUT:
                found["matrices"] += 1
    return found


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_spelling_has_the_products_of_the_quickest(name: str) -> None:
    slow, fast = SPELLINGS[name]
    assert products(plan(slow)) == products(plan(model(*fast)))


@pytest.mark.parametrize("name", SPELLINGS)
def test_its_numbers_are_those_of_the_text(name: str) -> None:
    judged = Judged(SPELLINGS[name][0], 3, 2, SIZES)
    assert judged.value_error() <= 1e-13
    assert judged.slope_error() <= 1e-11
    assert judged.complex_error() <= 1e-12


@pytest.mark.parametrize("name", ["three matrices", "weight norm", "a softmax of parameters"])
def test_what_parameters_give_is_not_learned_by_itself(name: str) -> None:
    text = SPELLINGS[name][0]
    made = CompiledModel(text, SIZES, np.float64, plan(text))
    declared = {str(p) for p in read_model(text).parameters}
    assert made.parameters.keys() == made.gradients.keys() == declared
    assert made.theta.size == sum(a.size for a in made.parameters.values())


def test_parameters_that_are_changed_are_read_anew() -> None:
    text = SPELLINGS["a product of matrices first"][0]
    judged = Judged(text, 3, 2, SIZES)
    first = judged.run()[0]
    judged.model.parameters["W1"][...] *= 2
    assert judged.run()[0] != first
    assert judged.value_error() <= 1e-13


@pytest.mark.parametrize(("width", "once"), [(4, True), (100_000, False)])
def test_the_order_of_a_chain_follows_the_sizes(width: int, once: bool) -> None:
    text = SPELLINGS["a product of matrices first"][0]
    made = Plan(read_model(text), {"H": width, "D": 3, "K": 3})
    assert (made.derived is not None) == once
    assert products(made)["dots"] == (2 if once else 4)


@pytest.mark.parametrize("more", ["", "/T"])
def test_parameters_alone_are_computed_once_beside_sums_over_time(more: str) -> None:
    text = "\n".join([*GIVEN[:4], "A, B: real[H, H]", "v, c: real[H]", "y: real",
                      "h[t] = tanh(b + (A @ B) @ h[t-1] + U @ x[t])",
                      "c = mean(h[s] for s in T)", f"L = (dot(v, c) - y)**2/2 + sum(v**2){more}"])
    judged = Judged(text, 3, 2, SIZES)
    assert judged.model.plan.derived is not None
    assert judged.complex_error() <= 1e-12


def test_what_parameters_give_is_stable() -> None:
    judged = Judged(SPELLINGS["a softmax of parameters, written out"][0], 3, 2, SIZES)
    judged.model.parameters["A"][...] = np.diag([1000.0, 900.0, 800.0])
    assert np.isfinite(judged.run()[0])
    assert np.isfinite(judged.model.gradient).all()
    judged.model.parameters["A"][...] -= 800  # the same softmax of each row
    assert judged.value_error() <= 1e-13


MORE = {
    "a product of a matrix with three axes": layer(
        "sum(sum(A[i, j, k]*h[t-1, j]*x[t, k] for k in D) for j in H)", "A: real[H, H, D]"),
    "names like those of parts": model(
        "p_1, a_1, a_2: real[H, H]", "h[t] = tanh(b + (p_1 @ a_1) @ (a_2 @ h[t-1]) + U @ x[t])"),
    "a layer that is read twice": model(
        "A: real[H, H]", "h[t] = softmax(A @ h[t-1] + U @ x[t])*sum(tanh(A @ h[t-1] + b)**2)"),
    "backwards in time": model(
        "A, B: real[H, H]", "h[t] = tanh(b + (A @ B) @ h[t+1] + U @ x[t])"),
    "a start that parameters read, too": model(
        "A, B: real[H, H]", "r: real[H]", "h[-1] = r",
        "h[t] = tanh(b + (A @ B) @ (h[t-1] - r) + U @ x[t])"),
    "penalties of parameters in the loss": model(
        "A, B: real[H, H]", "h[t] = tanh(b + (A @ B) @ h[t-1] + U @ x[t])").replace(
            "L = sum(w*l)", "L = sum(w*l) + sum(A**2)/10"),
    "diagonals": layer("sum(A[i, j]*A[j, j]*h[t-1, j] for j in H)", "A: real[H, H]"),
}


@pytest.mark.parametrize("name", MORE)
def test_other_models_whose_parts_have_names(name: str) -> None:
    judged = Judged(MORE[name], 3, 2, SIZES)
    assert judged.value_error() <= 1e-13
    assert judged.slope_error() <= 1e-11
