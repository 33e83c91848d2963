"""Recipes for the minimiser of SciPy: objective and gradient, Hessian product, fit."""

from __future__ import annotations

from derive.adapters.estimators.code_blocks import Block, module_text
from derive.adapters.estimators.law_recipe import law_file
from derive.adapters.estimators.linear_parts import LinearLoss
from derive.adapters.estimators.scipy_test import test_text
from derive.adapters.request import Request, Written
from derive.tables.distribution_table import Distribution, distributions
from derive.tables.loss_table import losses

_FUN = "The objective and its gradient, for `minimize(fun_and_grad, w, args, jac=True)`."
_HESSP = "The Hessian of the objective times v, for Newton-CG and the trust-region methods."
_FIT = "Minimises the objective; the intercept starts at the best constant."
_SECOND = ('second = {"hessp": hessp} if method in ("Newton-CG", "trust-ncg", "trust-krylov") '
           "else {}")
_SHARE = ["share = np.ones(len(X)) if weight is None else np.asarray(weight, float)",
          "share = share / share.sum()"]


def scipy_file(request: Request) -> Written:
    """The file of a loss for SciPy. Raises DeriveError."""
    law = distribution_named(request.target)
    if law is not None and not request.given:
        return law_file(request, law)
    loss = LinearLoss(request)
    parts = _several(loss) if loss.several else _single(loss)
    blocks = [*loss.functions, *parts]
    if loss.predicted is not None:
        blocks += [loss.predicted, _predict(loss)]
    special = any("special." in line for block in blocks for line in block.lines)
    types = ["Array = NDArray[np.float64]",
             *(["Labels = NDArray[np.intp]"] if loss.labelled else []), *loss.constants]
    imports = ["from typing import Any", "", "import numpy as np",
               "from numpy.typing import NDArray",
               f"from scipy import optimize{', special' if special else ''}"]
    body = ["\n".join(types), *(f"\n\n{block.text}" for block in blocks)]
    heading = loss.heading("recipes for scipy.optimize", [
        f"The objective is the weighted mean of the loss over the rows, at {loss.margin} = X @ w + "
        f"b, plus alpha/2 times the sum of w**2. {_layout(loss)} b is not penalised. Plain "
        "float64; the forms are stable, but nothing is computed again where a row overflows."])
    return Written(module_text(heading, imports, body), test_text(loss))


def distribution_named(text: str) -> Distribution | None:
    """The distribution of that name, unless it is a loss's."""
    name = text.strip().lower().replace("_", "-")
    if any(name == entry.name or name in entry.aliases for entry in losses()):
        return None
    return next((d for d in distributions() if name == d.name or name in d.aliases), None)


def _layout(loss: LinearLoss) -> str:
    if loss.several:
        return ("w is flat: K rows of weights, one for each margin, each with b behind it where it "
                "has one element more than X has columns;")
    return "b is the last element of w, where w has one element more than X has columns;"


def _arguments(loss: LinearLoss) -> list[str]:
    k = ["K: int"] if loss.several else []
    return ["X: Array", *loss.data, *k, "weight: Array | None = None", "alpha: float = 0.0"]


def _passed(loss: LinearLoss) -> str:
    return ", ".join(loss.names)


def _single(loss: LinearLoss) -> list[Block]:
    """The recipes for one margin a row."""
    margin, passed = loss.margin, _passed(loss)
    return [
        Block("margins", ["w: Array", "X: Array"], "Array", "X @ w + b.",
              ["return X @ w[:X.shape[1]] + w[X.shape[1]:].sum()"]),
        Block("fun_and_grad", ["w: Array", *_arguments(loss)], "tuple[float, Array]", _FUN, [
            *_SHARE, f"loss, slope = loss_and_slope(margins(w, X), {passed})",
            "by_margin, coef = share * slope, w[:X.shape[1]]",
            "grad = np.append(X.T @ by_margin + alpha * coef,",
            "                 np.full(len(w) - len(coef), by_margin.sum()))",
            "return float(share @ loss + alpha / 2 * coef @ coef), grad"]),
        Block("hessp", ["w: Array", "v: Array", *_arguments(loss)], "Array", _HESSP, [
            *_SHARE, f"by_margin = share * curvature(margins(w, X), {passed}) * margins(v, X)",
            "coef = v[:X.shape[1]]",
            "return np.append(X.T @ by_margin + alpha * coef,",
            "                 np.full(len(v) - len(coef), by_margin.sum()))"]),
        Block("fit", [*_arguments(loss), "*", "intercept: bool = True",
                      "method: str = \"L-BFGS-B\"", "tol: float = 1e-8"], "Any", _FIT, [
            *loss.reading,
            "w = np.zeros(X.shape[1] + intercept)",
            f"none = (X[:, :0], {passed}, weight)",
            "if intercept:",
            "    w[-1:] = optimize.minimize(fun_and_grad, w[-1:], none, \"L-BFGS-B\", jac=True).x",
            _SECOND,
            f"data = (X, {passed}, weight, alpha)",
            "return optimize.minimize(fun_and_grad, w, data, method, jac=True, tol=tol, "
            "**second)"]),
    ] if margin else []


def _several(loss: LinearLoss) -> list[Block]:
    """The recipes for K margins a row."""
    passed, vector = _passed(loss), loss.loss.formula.vector.name
    size = f"{loss.label.name}.max() + 1" if loss.labelled else f"{loss.label.name}.shape[1]"
    packed = ["W = w.reshape(K, -1)", "coef = W[:, :X.shape[1]]"]
    bias = "np.repeat(by_margin.sum(axis=0)[:, None], W.shape[1] - coef.shape[1], axis=1)"
    back = f"return np.hstack([by_margin.T @ X + alpha * coef, {bias}]).ravel()"
    return [
        Block("margins", ["w: Array", "X: Array", "K: int"], "Array", "X @ W.T + b.", [
            "W = w.reshape(K, -1)",
            "return X @ W[:, :X.shape[1]].T + W[:, X.shape[1]:].sum(axis=1)"]),
        Block("fun_and_grad", ["w: Array", *_arguments(loss)], "tuple[float, Array]", _FUN, [
            *_SHARE, f"loss, slope = loss_and_slope(margins(w, X, K), {passed})", *packed,
            "by_margin = share[:, None] * slope",
            f"bias = {bias}",
            "grad = np.hstack([by_margin.T @ X + alpha * coef, bias]).ravel()",
            "return float(share @ loss + alpha / 2 * np.sum(coef**2)), grad"]),
        Block("hessp", ["w: Array", "v: Array", *_arguments(loss)], "Array", _HESSP, [
            *_SHARE, "along = margins(v, X, K)",
            f"by_margin = share[:, None] * curvature_times(margins(w, X, K), along, {passed})",
            *(line.replace("w.reshape", "v.reshape") for line in packed),
            f"bias = {bias}", back.replace(bias, "bias")]),
        Block("fit", ["X: Array", *loss.data, "weight: Array | None = None", "alpha: float = 0.0",
                      "*", "K: int | None = None", "intercept: bool = True",
                      "method: str = \"L-BFGS-B\"", "tol: float = 1e-8"], "Any", _FIT, [
            *loss.reading,
            f"K = int({size}) if K is None else K",
            "W = np.zeros((K, X.shape[1] + intercept))",
            "if intercept:",
            f"    none = (X[:, :0], {passed}, K, weight)",
            "    W[:, -1] = optimize.minimize(fun_and_grad, W[:, -1], none, \"L-BFGS-B\",",
            "                                 jac=True).x",
            _SECOND,
            f"data = (X, {passed}, K, weight, alpha)",
            "return optimize.minimize(fun_and_grad, W.ravel(), data, method, jac=True, tol=tol,",
            "                         **second)"]),
    ] if vector else []


def _predict(loss: LinearLoss) -> Block:
    k = ["K: int"] if loss.several else []
    passed = ", K" if loss.several else ""
    return Block("predict", ["w: Array", "X: Array", *k], "Array",
                 "What the fitted weights predict.",
                 [f"return predicted(margins(w, X{passed}))"])
