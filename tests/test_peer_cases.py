"""The numbers that scikit-learn and XGBoost publish for their losses, from our kernels.

Published numbers are compared to 1e-14, with no absolute tolerance; those of XGBoost, which are
rounded, as in its own tests, and the exact ones to 1e-14. WRONG and WRONG_COX list the numbers
that are not those of the loss.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import exp, fsum, log1p, mp, mpf

import derive
from derive.arrays import Kernel

pytestmark = pytest.mark.peers
CASES = json.loads((Path(__file__).parent / "data" / "peer_cases.json").read_text())
SKLEARN, XGBOOST = CASES["sklearn_specific_values"]["cases"], CASES["xgboost_objectives"]["cases"]
PARTS = ("loss", "grad", "hess")
ACCURACIES = ("fast", "faithful")

REAL = ("z: real", "y: real")
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
}

# Published numbers that the loss does not have, with the reason. All of scikit-learn's are hidden
# by the abs=1e-15 of its test; each of them is (y, raw, part).
SCALE = "digits lost in p*(1 - p) with 100 digits"
ROUNDED = "rounded to zero"
WRONG = {
    (1.0, "-37.5", "hess"): ROUNDED,
    (1.0, "37.0", "grad"): "the sign: p - 1 is negative",
    (0.0, "232.8", "hess"): SCALE,
    (1.0, "232.8", "loss"): ROUNDED,
    (1.0, "232.8", "grad"): SCALE,
    (1.0, "232.8", "hess"): SCALE,
    (1.0, "232.9", "loss"): ROUNDED,
    (1.0, "232.9", "grad"): ROUNDED,
    (1.0, "232.9", "hess"): ROUNDED,
}
# An example censored at the time of an event counts as at risk there, but got no gradient.
WRONG_COX = [1, 2]


@cache
def kernel_of(formula: str, *given: str, accuracy: str) -> Kernel:
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
    label = name == "HalfMultinomialLoss"
    wrong = WRONG if name == "HalfBinomialLoss" else {}
    if f"{name} {[*params, None][0]}" in FORMULAS:  # limits in the power
        name, params = f"{name} {params.pop()}", []
    given = [numbers(case["raw"]), case["y_true"], *([] if label else map(float, params))]
    found = kernel_of(*FORMULAS[name], accuracy=accuracy)
    loss, grad = found.value_and_grad(*given)
    hess = found.hessian(*given)
    ours = {"loss": loss, "grad": grad, "hess": np.diag(hess) if label else hess}
    for part in PARTS:
        published = case["expected"][part]
        if published is not None and (case["y_true"], str(case["raw"]), part) not in wrong:
            agree(ours[part], published)
    for part, exact in case.get("ref", {}).items():
        agree(ours[part.removesuffix("_diag")], exact)


def test_nine_numbers_of_scikit_learn_are_wrong() -> None:
    off = set()
    for case in SKLEARN:
        if case["loss"] != "HalfBinomialLoss" or "ref" not in case:
            continue
        y, z = mpf(case["y_true"]), mpf(case["raw"])
        exact = {"loss": (1 - y)*softplus(z) + y*softplus(-z),
                 "grad": (1 - y)/(1 + exp(-z)) - y/(1 + exp(z)),
                 "hess": 1/((1 + exp(-z))*(1 + exp(z)))}
        for part in PARTS:
            truth = float(exact[part])
            agree(case["ref"][part], truth, 1e-15)
            if abs(case["expected"][part] - truth) > 1e-14*abs(truth):
                off.add((case["y_true"], str(case["raw"]), part))
    assert off == WRONG.keys()
    assert len(off) == 9


def softplus(z: Any) -> Any:
    return max(z, 0) + log1p(exp(-abs(z)))


LINKS = {"squared_error": ("HalfSquaredError", lambda z: z), "poisson": ("HalfPoissonLoss", exp),
         "binomial": ("HalfBinomialLoss", lambda z: 1/(1 + exp(-z)))}


@pytest.mark.parametrize("case", CASES["sklearn_newton_optimum"]["cases"], ids=str)
def test_the_minimum_of_scikit_learn_is_found(case, accuracy: str) -> None:
    """Newton's iteration on the gradient; each step at most 2."""
    name, inverse = LINKS[case["loss"]]
    found, y = kernel_of(*FORMULAS[name], accuracy=accuracy), case["y_true"]
    z = float(case["x0"])
    for _ in range(50):
        step = found.grad(z, y)/found.hessian(z, y)
        z -= step if name == "HalfSquaredError" else np.clip(step, -2, 2)
    assert float(inverse(mpf(z))) == pytest.approx(y, rel=1e-14)
    assert abs(found.grad(z, y)) < 1e-14*max(y, 1)


# The kind of y and of the prediction that says the domain of each loss.
KINDS = {"HalfSquaredError": ("real", "real"), "HalfPoisson": ("nonnegative", "positive"),
         "HalfGamma": ("positive", "positive"), "HalfTweedie -3": ("real", "positive"),
         "HalfTweedie 0": ("real", "positive"), "HalfTweedie 1.5": ("nonnegative", "positive"),
         "HalfTweedie 2": ("positive", "positive"), "HalfTweedie 3": ("positive", "positive"),
         "HalfTweedieIdentity 0": ("real", "real"), "HalfBinomial": ("probability", "probability"),
         "HalfMultinomial": ("label(3)", "probability")}


@cache
def passes(kind: str, value: Any) -> bool:
    """Whether a number passes the check of its declared kind."""
    given = ["z: real[3]", f"v: {kind}"] if kind == "label(3)" else ["z: real", f"v: {kind}"]
    formula = "-log(softmax(z)[v])" if kind == "label(3)" else "(z - v)**2"
    value = float(value)
    whole = kind == "label(3)" and value.is_integer()
    try:
        derive.kernel(formula, given=given, wrt="z").value(
            np.zeros(3 if kind == "label(3)" else ()), int(value) if whole else value, check=True)
    except (ValueError, TypeError):
        return False
    return True


@pytest.mark.parametrize(("extra", "place"), [("y_true_extra", 0), ("y_pred_extra", 1)])
def test_the_domains_of_scikit_learn(extra: str, place: int) -> None:
    """Their domains are open; infinities and the ends 0 and 1 are numbers of the kinds here."""
    for name, params, good, bad in CASES["sklearn_domains"]["common"] \
            + CASES["sklearn_domains"][extra]:
        kind = KINDS[" ".join([name, *map(str, params.values())])][place]
        ends = {"real": ("-inf", "inf"), "nonnegative": ("inf",), "positive": ("inf",),
                "probability": (0, 1), "label(3)": ()}[kind]
        assert all(passes(kind, value) for value in good)
        assert [value for value in bad if passes(kind, value)] == [v for v in bad if v in ends]


def test_log1pexp(accuracy: str) -> None:
    grid = CASES["log1pexp_grid"]
    found = derive.kernel("log(1 + exp(z))", given="z: real", wrt="z", accuracy=accuracy)
    agree(found.value(np.array(grid["x"])), grid["ref"])
    agree(found.value(np.array(grid["x"], np.float32)),
          [float(softplus(mpf(float(np.float32(x))))) for x in grid["x"]], 5e-7)


PLAIN = [c for c in XGBOOST if c["objective"] in FORMULAS]


@pytest.mark.parametrize("case", PLAIN, ids=lambda c: c["objective"] + str(c["params"]))
def test_xgboost(case, accuracy: str) -> None:
    name, params = case["objective"], [float(p) for p in case["params"].values()]
    if name == "reg:pseudohubererror":
        params = params or [1.0]
    found, weight = kernel_of(*FORMULAS[name], accuracy=accuracy), numbers(case["weights"])
    given = [numbers(case["preds"]), numbers(case["labels"]), *params]
    grad, hess = found.grad(*given, weight=weight), found.hessian(*given, weight=weight)
    published = numbers(case["hess"])
    if name == "count:poisson":  # half the sum of mean and target, chosen for its boosting
        published = 2*published - given[1]
    if name == "binary:hinge":  # 1 and the smallest float32, in place of 0
        published = np.zeros(8)
    np.testing.assert_allclose(grad, case["grad"], rtol=0, atol=0.01)
    np.testing.assert_allclose(hess, published, rtol=0, atol=0.01)
    if "ref_grad" in case:
        agree(grad, case["ref_grad"])
        agree(hess, case["ref_hess"])
    else:
        agree(grad, case["grad"], 1e-15)


def test_xgboost_softmax(accuracy: str) -> None:
    case, = (c for c in XGBOOST if c["objective"] == "multi:softmax")
    found = kernel_of(*FORMULAS["HalfMultinomialLoss"], accuracy=accuracy)
    logits, labels = numbers(case["preds"]).reshape(2, 3), np.array(case["labels"], int)
    p = np.array([[float(p) for p in softmax(row)] for row in logits])
    grad, hess = found.grad(logits, labels), found.hessian(logits, labels)
    agree(grad, [[float(p - (k == y)) for k, p in enumerate(softmax(row))]
                 for row, y in zip(logits, labels, strict=True)])
    agree(np.diagonal(hess, axis1=1, axis2=2), p*(1 - p), 1e-14)
    np.testing.assert_allclose(grad.ravel(), case["grad"], rtol=0, atol=0.01)
    np.testing.assert_allclose(2*np.diagonal(hess, axis1=1, axis2=2).ravel(), case["hess"],
                               rtol=0, atol=0.01)  # twice the diagonal


def softmax(row: Any) -> list[Any]:
    total = fsum(exp(mpf(float(z))) for z in row)
    return [exp(mpf(float(z)))/total for z in row]


def test_xgboost_cox(accuracy: str) -> None:
    """A time is negative where it is censored; all with a time not before the event's are at risk.

    The gradients sum to 0, as the loss does not change with a constant added to all predictions.
    """
    case, = (c for c in XGBOOST if c["objective"] == "survival:cox")
    z, time = numbers(case["preds"]), numbers(case["labels"])
    events = np.flatnonzero(time > 0)
    risk = (abs(time) >= time[events][:, None]).astype(float)
    found = derive.kernel("cox-partial-nll", accuracy=accuracy)
    given = [{"z": z, "r": risk, "i": events}[a.name] for a in found.arguments]
    grad = found.grad(*given).sum(axis=0)
    hess = np.diagonal(found.hessian(*given), axis1=1, axis2=2).sum(axis=0)
    shares = [softmax([v if r else -mp.inf for v, r in zip(z, row, strict=True)]) for row in risk]
    agree(grad[1:], [float(fsum(s[n] for s in shares) - (n in events)) for n in range(1, 8)])
    agree(hess[1:], [float(fsum(s[n]*(1 - s[n]) for s in shares)) for n in range(1, 8)])
    assert abs(grad.sum()) < 1e-15
    right = [0, *range(3, 8)]
    for ours, published in ((grad, numbers(case["grad"])), (hess, numbers(case["hess"]))):
        np.testing.assert_allclose(ours[right], published[right], rtol=0, atol=0.01)
        assert np.all(published[WRONG_COX] == 0)
        assert np.all(ours[WRONG_COX] > 0.05)
    assert sum(case["grad"]) < -0.2
