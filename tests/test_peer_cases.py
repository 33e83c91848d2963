"""The numbers that other libraries publish for their losses, from kernels of the same formulas.

A published number of all digits is compared as it is, a rounded one within the tolerance of its
own test; the kernel always agrees to 1e-14 with the exact value. WRONG lists the published
numbers that are not those of the loss, OTHERS what is not a number of a loss at all.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import cosh, exp, fsum, log, mp, mpf, pi, sqrt

import derive
from derive.kernels import Kernel

CASES = json.loads((Path(__file__).parent / "data" / "peer_cases.json").read_text())
SKLEARN, XGBOOST = CASES["sklearn_specific_values"]["cases"], CASES["xgboost_objectives"]["cases"]
OPTAX, KERAS = CASES["optax"]["blocks"], CASES["keras"]["blocks"]
PARTS = ("loss", "grad", "hess")
ACCURACIES = ("fast", "faithful")

REAL = ("z: real", "y: real")
SOFT = ("-sum(t[k]*log(softmax(z)[k]) for k in K if t[k] != 0)", "z: real[K]",
        "t: nonnegative[K]")
# Each peer's loss in the notation: the formula of z, then its declarations.
FORMULAS: dict[str, tuple[str, ...]] = {
    "HalfSquaredError": ("(y - z)**2/2", *REAL),
    "AbsoluteError": ("abs(z - y)", *REAL),
    "PinballLoss": ("max(q*(y - z), (q - 1)*(y - z))", *REAL, "q: probability"),
    "HuberLoss": ("(z - y)**2/2 if abs(z - y) <= d else d*(abs(z - y) - d/2)", *REAL,
                  "d: positive"),
    "HalfPoissonLoss": ("exp(z) - y*z", "z: real", "y: nonnegative"),
    "HalfGammaLoss": ("z + y*exp(-z)", "z: real", "y: positive"),
    "HalfTweedieLoss": ("exp((2 - p)*z)/(2 - p) - y*exp((1 - p)*z)/(1 - p)", *REAL, "p: real"),
    "HalfTweedieLossIdentity": (
        "y**(2 - p)/((1 - p)*(2 - p)) - y*z**(1 - p)/(1 - p) + z**(2 - p)/(2 - p)",
        "z: positive", "y: positive", "p: real"),
    "HalfTweedieLossIdentity 1": ("y*log(y/z) - y + z", "z: positive", "y: positive"),
    "HalfTweedieLossIdentity 2": ("log(z/y) + y/z - 1", "z: positive", "y: positive"),
    "HalfBinomialLoss": ("log(1 + exp(z)) - y*z", "z: real", "y: probability"),
    "HalfMultinomialLoss": ("-log(softmax(z)[y])", "z: real[K]", "y: label(K)"),
    "reg:squarederror": ("(y - z)**2/2", *REAL),
    "reg:squaredlogerror": ("(log(1 + z) - log(1 + y))**2/2", "z: nonnegative", "y: nonnegative"),
    "reg:logistic": ("log(1 + exp(z)) - y*z", "z: real", "y: probability"),
    "binary:logitraw": ("log(1 + exp(z)) - y*z", "z: real", "y: probability"),
    "count:poisson": ("exp(z) - y*z", "z: real", "y: nonnegative"),
    "reg:gamma": ("z + y*exp(-z)", "z: real", "y: positive"),
    "reg:tweedie": ("exp((2 - p)*z)/(2 - p) - y*exp((1 - p)*z)/(1 - p)", *REAL, "p: real"),
    "reg:pseudohubererror": ("d**2*(sqrt(1 + ((z - y)/d)**2) - 1)", *REAL, "d: positive"),
    "reg:expectileerror": ("(a if y > z else 1 - a)*(y - z)**2/2", *REAL, "a: probability"),
    "binary:hinge": ("max(0, 1 - (2*y - 1)*z)", "z: real", "y: binary"),
    "poly_loss": ("-sum(t[k]*log(softmax(z)[k]) for k in K)"
                  " + e*(1 - sum(t[k]*softmax(z)[k] for k in K))",
                  "z: real[K]", "t: simplex(K)", "e: real"),
    "kl_divergence": ("sum(q[k]*(log(q[k]) - z[k]) for k in K if q[k] != 0)", "z: real[K]",
                      "q: simplex(K)"),
    "generalized_kl": ("sum(q[k]*(log(q[k]) - z[k]) for k in K if q[k] != 0)"
                       " + sum(exp(z[k]) - q[k] for k in K)", "z: real[K]", "q: simplex(K)"),
    "log_cosh": ("log(cosh(z - y))", *REAL),
    "cosine_distance": ("1 - dot(z, y)/(norm(z)*norm(y))", "z: real[K]", "y: real[K]"),
    "sigmoid_focal": ("(log(1 + exp(z)) - y*z)*(y + (1 - 2*y)*sigmoid(z))**g", "z: real",
                      "y: probability", "g: nonnegative"),
    "probability": ("-y*log(z) - (1 - y)*log(1 - z)", "z: probability", "y: binary"),
    "renormalised": ("-log(z[y]/sum(z[k] for k in K))", "z: probability[K]", "y: label(K)"),
    "torch_gaussian_nll": ("log(v)/2 + (y - z)**2/(2*v)", *REAL, "v: positive"),
    "statsmodels_invlogit": ("sigmoid(z)", "z: real"),
    "soft": SOFT,
}

# Published numbers that the loss does not have, with the reason. All of scikit-learn's are hidden
# by the abs=1e-15 of its test; each of them is (y, raw, part).
SCALE = "digits lost in p*(1 - p) with 100 digits"
ROUNDED = "rounded to zero"
WRONG = {
    (1.0, -37.5, "hess"): ROUNDED,
    (1.0, 37.0, "grad"): "the sign: p - 1 is negative",
    (0.0, 232.8, "hess"): SCALE,
    (1.0, 232.8, "loss"): ROUNDED,
    (1.0, 232.8, "grad"): SCALE,
    (1.0, 232.8, "hess"): SCALE,
    (1.0, 232.9, "loss"): ROUNDED,
    (1.0, 232.9, "grad"): ROUNDED,
    (1.0, 232.9, "hess"): ROUNDED,
}
WRONG_ELSEWHERE = {
    "xgboost survival:cox": "an example censored at the time of an event is in the sum over those "
                            "at risk, but has no gradient: they do not sum to 0",
    "optax ranking_softmax extreme": "the sign of 2.1e26, hidden by rtol=1e-3",
    "keras bce, p = 1 and y = 0": "clipped to 1 - 1e-7 in float32; the loss is infinite",
}
OTHERS = {
    "xgboost count:poisson hess": "(mu + y)/2, chosen for its boosting",
    "xgboost multi:softmax hess": "twice the diagonal",
    "xgboost binary:hinge hess": "1 or the smallest float32 in place of 0",
    "optax ctc": "a sum over alignments, which the notation has not",
    "statsmodels_props": "no numbers; the links are tested with the distributions and likelihoods",
    "torch_edge_contracts mean": "a mean over nothing is nan there, 0 here",
}


@cache
def kernel(name: str, accuracy: str) -> Kernel:
    formula, *given = FORMULAS[name]
    return derive.kernel(formula, given=given, wrt="z", accuracy=accuracy)


def agree(found: Any, exact: Any, rel: float = 1e-14) -> None:
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(exact, float), rtol=rel,
                               atol=0)


def numbers(given: Any) -> Any:
    return np.array(given, float)  # "-inf" too


@pytest.fixture(params=ACCURACIES)
def accuracy(request) -> str:
    return request.param


@pytest.fixture(autouse=True)
def _sixty_digits():
    with mp.workdps(60):
        yield


def identify(case: dict[str, Any]) -> str:
    return " ".join([case["loss"], *map(str, case["params"].values()), str(case["y_true"]),
                     str(case["raw"])])


@pytest.mark.parametrize("case", SKLEARN, ids=identify)
def test_scikit_learn(case, accuracy: str) -> None:
    name, params = case["loss"], [*case["params"].values()]
    if f"{name} {[*params, None][0]}" in FORMULAS:  # limits in the power
        name, params = f"{name} {params.pop()}", []
    label = name == "HalfMultinomialLoss"
    given = [numbers(case["raw"]), case["y_true"], *([] if label else map(float, params))]
    found = kernel(name, accuracy)
    loss, grad = found.value_and_grad(*given)
    hess = found.hessian(*given)
    agree(found.value(*given), loss, 1e-15)
    agree(found.grad(*given), grad, 1e-15)
    reference = case.get("ref", {})
    for part, ours in zip(PARTS, (loss, grad, np.diag(hess) if label else hess), strict=True):
        published, exact = case["expected"][part], reference.get(part, reference.get("hess_diag"))
        if label and part == "grad":
            exact = reference["grad"]
        if exact is not None:
            agree(ours, exact)
        if published is not None and (case["y_true"], case["raw"], part) not in WRONG_OF(name):
            agree(ours, published)


def WRONG_OF(name: str) -> Any:
    return WRONG if name == "HalfBinomialLoss" else ()


def test_nine_numbers_of_scikit_learn_are_wrong() -> None:
    off = set()
    for case in SKLEARN:
        if case["loss"] != "HalfBinomialLoss" or "ref" not in case:
            continue
        y, z = mpf(case["y_true"]), mpf(case["raw"])
        slope = (1 - y)/(1 + exp(-z)) - y/(1 + exp(z))
        exact = {"loss": (1 - y)*log1pexp(z) + y*log1pexp(-z), "grad": slope,
                 "hess": 1/((1 + exp(-z))*(1 + exp(z)))}
        for part in PARTS:
            agree(case["ref"][part], float(exact[part]), 1e-15)
            if abs(case["expected"][part] - exact[part]) > 1e-14*abs(float(exact[part])):
                off.add((case["y_true"], case["raw"], part))
    assert off == WRONG.keys()
    assert len(off) == 9


def log1pexp(z: Any) -> Any:
    return log(1 + exp(-abs(z)), prec=2000) + max(z, 0) if False else \
        max(z, 0) + mp.log1p(exp(-abs(z)))
