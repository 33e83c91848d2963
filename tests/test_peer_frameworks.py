"""The numbers that optax, Keras, PyTorch and statsmodels publish, from our kernels.

Most are rounded: a kernel agrees with them within the tolerance of their own tests, and to 1e-14
with the exact value. WRONG lists the published numbers that are not those of the loss.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import cosh, exp, fsum, log, mp, mpf, sqrt

import derive
from derive.arrays import Kernel
from tests.test_peer_cases import (
    ACCURACIES,
    CASES,
    REAL,
    agree,
    kernel_of,
    numbers,
    softmax,
    softplus,
)
from tests.test_peer_cases import FORMULAS as SHARED

pytestmark = pytest.mark.peers
OPTAX, KERAS = CASES["optax"]["blocks"], CASES["keras"]["blocks"]

# Each peer's loss in the notation: the formula of z, then its declarations.
FORMULAS: dict[str, tuple[str, ...]] = SHARED | {
    "poly_loss": ("-sum(t[k]*log(softmax(z)[k]) for k in K)"
                  " + e*(1 - sum(t[k]*softmax(z)[k] for k in K))",
                  "z: real[K]", "t: simplex(K)", "e: real"),
    "kl_divergence": ("sum(q[k]*(log(q[k]) - z[k]) for k in K if q[k] != 0)", "z: real[K]",
                      "q: nonnegative[K]"),
    "generalized_kl": ("sum(q[k]*(log(q[k]) - z[k]) for k in K if q[k] != 0)"
                       " + sum(exp(z[k]) - q[k] for k in K)", "z: real[K]", "q: nonnegative[K]"),
    "log_cosh": ("log(cosh(z - y))", *REAL),
    "cosine_distance": ("1 - dot(z, y)/(norm(z)*norm(y))", "z: real[K]", "y: real[K]"),
    "sigmoid_focal": ("(log(1 + exp(z)) - y*z)*(y + (1 - 2*y)*sigmoid(z))**g", "z: real",
                      "y: probability", "g: nonnegative"),
    "probability": ("-y*log(z) - (1 - y)*log(1 - z)", "z: probability", "y: binary"),
    "renormalised": ("-log(z[y]/sum(z[k] for k in K))", "z: probability[K]", "y: label(K)"),
    "torch_gaussian_nll": ("log(v)/2 + (y - z)**2/(2*v)", *REAL, "v: positive"),
    "statsmodels_invlogit": ("sigmoid(z)", "z: real"),
    "soft": ("-sum(t[k]*log(softmax(z)[k]) for k in K if t[k] != 0)", "z: real[K]",
             "t: nonnegative[K]"),
}

# Published numbers that the loss does not have, with the reason.
WRONG = {
    "optax ranking_softmax extreme": "the sign of 2.1e26, hidden by rtol=1e-3",
    "keras bce, p = 1 and y = 0": "clipped to 1 - 1e-7 in float32; the loss is infinite",
}
# What a kernel does not do, or does in another way.
OTHERS = {
    "ctc": "a sum over alignments, which the notation has not",
    "statsmodels_props": "no numbers; the links are tested with the likelihoods",
    "torch_edge_contracts": "sentences: a mean over nothing is nan there, 0 here",
}


@pytest.fixture(params=ACCURACIES)
def accuracy(request) -> str:
    return request.param


@pytest.fixture(autouse=True)
def _sixty_digits():
    with mp.workdps(60):
        yield


def kernel(name: str, accuracy: str) -> Kernel:
    return kernel_of(*FORMULAS[name], accuracy=accuracy)


def entropy(row: Any, target: Any) -> Any:
    """-sum(t*log(softmax(z))), where a term with t = 0 counts as 0."""
    top = max(row)
    total = top + log(fsum(exp(mpf(float(z)) - mpf(float(top))) for z in row))
    return fsum(mpf(float(t))*(total - mpf(float(z)))
                for z, t in zip(row, target, strict=True) if t)


@pytest.mark.parametrize("name", ["softmax_cross_entropy", "safe_softmax_cross_entropy"])
def test_optax_cross_entropy(name: str, accuracy: str) -> None:
    block = OPTAX[name]
    logits, labels = numbers(block["logits"]), numbers(block["labels"])
    found = kernel("soft", accuracy).value(logits, labels)
    agree(found, [float(entropy(*row)) for row in zip(logits, labels, strict=True)])
    np.testing.assert_allclose(found, numbers(block["expected"]), atol=1e-4)


@pytest.mark.parametrize("case", OPTAX["sigmoid_binary_cross_entropy_mean"]["cases"], ids=str)
def test_optax_sigmoid_cross_entropy(case, accuracy: str) -> None:
    preds, labels = numbers(case["preds"]), numbers(case["labels"])
    found = kernel("HalfBinomialLoss", accuracy).value(preds, labels, reduction="mean")
    exact = fsum(softplus(mpf(z)*(1 - 2*int(y))) for z, y in zip(preds, labels, strict=True))/2
    agree(found, float(exact))
    assert found == pytest.approx(case["expected"], rel=1e-6)


def test_optax_poly_loss(accuracy: str) -> None:
    def exact(row: Any, target: Any, eps: float) -> float:
        hit = fsum(mpf(float(t))*p for t, p in zip(target, softmax(row), strict=True))
        return float(entropy(row, target) + mpf(eps)*(1 - hit))

    block, found = OPTAX["poly_loss"], kernel("poly_loss", accuracy)
    for data in (block, block["batched"]):
        logits, labels = numbers(data["logits"]), numbers(data["labels"])
        for eps, expected in zip(data["eps"], data["expected"], strict=True):
            values = found.value(logits, labels, float(eps))
            np.testing.assert_allclose(values, expected, rtol=0, atol=1e-4)
            rows = zip(np.atleast_2d(logits), np.atleast_2d(labels), strict=True)
            agree(np.atleast_1d(values), [exact(*row, eps) for row in rows])


def test_optax_kl_divergence(accuracy: str) -> None:
    block = OPTAX["kl_divergence"]
    z, q = numbers(block["log_p"]), numbers(block["q"])
    exact = [fsum(mpf(b)*(log(mpf(b)) - mpf(a)) for a, b in zip(*row, strict=True) if b)
             for row in zip(z, q, strict=True)]
    excess = [fsum(exp(mpf(a)) - mpf(b) for a, b in zip(*row, strict=True))
              for row in zip(z, q, strict=True)]
    plain = kernel("kl_divergence", accuracy).value(z, q)
    whole = kernel("generalized_kl", accuracy).value(z, q)
    agree(plain, [float(e) for e in exact])
    agree(whole, [float(e + x) for e, x in zip(exact, excess, strict=True)])
    np.testing.assert_allclose(plain, block["expected"], rtol=1e-6)
    np.testing.assert_allclose(whole, block["generalized_expected"], rtol=1e-6)


def test_optax_regression(accuracy: str) -> None:
    huber, smooth, cosine = OPTAX["huber"], OPTAX["log_cosh"], OPTAX["cosine_distance"]
    given = numbers(huber["pred"]), numbers(huber["target"]), float(huber["delta"])
    agree(kernel("HuberLoss", accuracy).value(*given), huber["expected"])
    found = kernel("log_cosh", accuracy)
    values = found.value(numbers(smooth["pred"]), numbers(smooth["target"]))
    agree(values, smooth["ref"])
    np.testing.assert_allclose(values, smooth["expected"], rtol=1e-6)
    for z, value in smooth["extra_small"]:
        agree(value, float(log(cosh(mpf(z)))))
        agree(found.value(z, 0.0), value)
    a, b = numbers(cosine["a"]), numbers(cosine["b"])
    values = kernel("cosine_distance", accuracy).value(a, b)
    agree(values, [float(1 - dot(u, v)/sqrt(dot(u, u)*dot(v, v)))
                   for u, v in zip(a, b, strict=True)])
    np.testing.assert_allclose(values, cosine["expected"], rtol=1e-7)


def dot(u: Any, v: Any) -> Any:
    return fsum(mpf(a)*mpf(b) for a, b in zip(u, v, strict=True))


def test_optax_sigmoid_focal(accuracy: str) -> None:
    block, found = OPTAX["sigmoid_focal"], kernel("sigmoid_focal", accuracy)
    logits, targets = numbers(block["logits"]), numbers(block["targets"])
    entropies = kernel("HalfBinomialLoss", accuracy).value(logits, targets)
    agree(found.value(logits, targets, 0.0), entropies)
    miss = [float(1/(1 + exp(mpf(z)*(2*int(y) - 1))))
            for z, y in zip(logits.ravel(), targets.ravel(), strict=True)]
    agree((found.value(logits, targets, 2.0)/entropies).ravel(), np.square(miss))
    for weight in (targets, 1 - targets):  # alpha = 1 and alpha = 0
        agree(found.value(logits, targets, 2.0, weight=weight) == 0, weight == 0)
    extreme = block["extreme"]
    given = numbers(extreme["logits"]), numbers(extreme["labels"]), extreme["gamma"]
    for result in (*found.value_and_grad(*given), found.hessian(*given)):
        assert np.isfinite(result).all()


def test_optax_ranking(accuracy: str) -> None:
    block, found = OPTAX["ranking_softmax"], kernel("soft", accuracy)
    for data in (block, extreme := block["extreme"]):
        scores, labels = numbers(data["scores"]), numbers(data["labels"])
        agree(found.value(scores, labels), float(entropy(scores, labels)))
    agree(found.value(numbers(block["scores"]), numbers(block["labels"])), block["expected"])
    right = extreme["scores"][2] - extreme["scores"][1]
    agree(found.value(scores, labels), right)
    assert extreme["expected"] == pytest.approx(2*extreme["scores"][2] - right, rel=1e-15)


def test_keras_binary(accuracy: str) -> None:
    plain, logits, clipped, smoothed = KERAS["bce"]
    found = kernel("probability", accuracy)
    y, p = numbers(plain["y"]), numbers(plain["p"])
    exact = -fsum(log(mpf(q) if t else 1 - mpf(q)) for t, q in zip(y.flat, p.flat, strict=True))/9
    agree(found.value(p, y, reduction="mean"), float(exact))
    assert float(exact) == pytest.approx(plain["expected"], rel=1e-6)
    assert found.value(numbers(clipped["p"]), numbers(clipped["y"]), reduction="mean") == np.inf
    assert clipped["expected"] == pytest.approx(-np.log(np.float32(2**-23))/4, rel=1e-4)
    y, z = numbers(logits["y"]), numbers(logits["logits"])
    values = kernel("HalfBinomialLoss", accuracy).value(z, y)
    agree(values, [[float(softplus(mpf(a)*(1 - 2*int(b)))) for a, b in zip(*row, strict=True)]
                   for row in zip(z, y, strict=True)])
    np.testing.assert_allclose(values.mean(axis=1), logits["none"], rtol=0, atol=1e-3)
    assert values.mean() == pytest.approx(logits["expected"], abs=1e-4)
    y, z, eps = numbers(smoothed["y"]), numbers(smoothed["logits"]), smoothed["label_smoothing"]
    value = derive.kernel("label-smoothed-bce", accuracy=accuracy).value(z, y, eps).mean()
    assert value == pytest.approx(smoothed["expected"], abs=1e-4)
    agree(value, float(fsum(softplus(mpf(a)) - ((1 - mpf(eps))*int(b) + mpf(eps)/2)*mpf(a)
                            for a, b in zip(z.flat, y.flat, strict=True))/3))


def test_keras_categorical(accuracy: str) -> None:
    plain, logits, smoothed = KERAS["cce"]
    p, y = numbers(plain["p"]), np.argmax(plain["y"], axis=1)
    found = kernel("renormalised", accuracy).value(p, y, reduction="mean")
    agree(found, float(-fsum(log(mpf(row[k])/fsum(map(mpf, row)))
                             for row, k in zip(p, y, strict=True))/3))
    assert found == pytest.approx(plain["expected"], abs=1e-4)
    z, y = numbers(logits["logits"]), np.argmax(logits["y"], axis=1)
    found, weight = kernel("HalfMultinomialLoss", accuracy), numbers(logits["sample_weight"])
    agree(found.value(z, y), logits["ref"])
    np.testing.assert_allclose(found.value(z, y), logits["none"], rtol=0, atol=1e-6)
    agree(found.value(z, y, reduction="mean"), np.mean(logits["ref"]))
    assert found.value(z, y, reduction="mean") == pytest.approx(logits["expected"], abs=1e-4)
    weighted = found.value(z, y, weight=weight, reduction="mean")
    agree(weighted, np.dot(weight, logits["ref"])/3)
    assert weighted == pytest.approx(logits["weighted"], abs=1e-5)
    z, y = numbers(smoothed["logits"]), np.argmax(smoothed["y"], axis=1)
    found = derive.kernel("label-smoothed-softmax-nll", accuracy=accuracy)
    agree(found.value(z, y, smoothed["label_smoothing"]), [smoothed["expected"]])


def test_the_contracts_of_torch(accuracy: str) -> None:
    z = np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 1.0]])
    found = kernel("HalfMultinomialLoss", accuracy)
    nothing = ((z, [-100, -100], {"ignore_label": -100}), (z, [0, 1], {"weight": np.zeros(2)}),
               (z[:0], np.zeros(0, int), {}))
    for logits, labels, options in nothing:
        assert not found.value(logits, labels, **options).any()
        assert found.value(logits, labels, reduction="sum", **options) == 0
        assert found.value(logits, labels, reduction="mean", **options) == 0  # nan in torch
    agree(kernel("soft", accuracy).value(z, np.eye(3)[[2, 0]]), found.value(z, np.array([2, 0])))
    smoothed = derive.kernel("-(1 - e)*log(softmax(z)[y]) - e/K*sum(log(softmax(z)[k]) for k in K)",
                             given=["z: real[K]", "y: label(K)", "e: probability"], wrt="z")
    for eps in (-0.1, 1.1):
        with pytest.raises(ValueError, match="e must be in"):
            smoothed.value(z, [0, 1], eps, check=True)
    slopes = derive.kernel("smooth-l1", accuracy=accuracy).grad(z, 0.0, 5e-324)
    assert (abs(slopes) <= 1).all()
    case = CASES["torch_gaussian_nll"]
    given = [numbers(case[name]) for name in ("input", "target", "var")]
    agree(kernel("torch_gaussian_nll", accuracy).value(*given), case["expected"])


def test_statsmodels_invlogit(accuracy: str) -> None:
    case = CASES["statsmodels_invlogit"]
    agree(kernel("statsmodels_invlogit", accuracy).value(numbers(case["z"])), case["expected"])


def test_every_block_is_used_or_named() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_peer_*.py"))
    unused = [name for name in [*OPTAX, *KERAS, *CASES]
              if name != "_about" and f'"{name}"' not in tests]
    assert not unused
