"""Estimators for scikit-learn: linear models of a loss, fitted by L-BFGS."""

from __future__ import annotations

from derive.adapters.data_columns import check
from derive.adapters.estimators.code_blocks import Block, indented, module_text
from derive.adapters.estimators.linear_parts import LinearLoss
from derive.adapters.estimators.sklearn_test import sklearn_test
from derive.adapters.request import Request, Written
from derive.errors import KernelError

_INIT = '''
def __init__(self, alpha: float = 1.0, *, fit_intercept: bool = True, max_iter: int = 1000,
             tol: float = 1e-8) -> None:
    self.alpha = alpha
    self.fit_intercept = fit_intercept
    self.max_iter = max_iter
    self.tol = tol
'''
_FIT = '''
def fit(self, X: Any, y: Any, sample_weight: Any = None) -> {name}:
    """Fits coef_ and intercept_."""
    X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64{numeric})
    weight = _check_sample_weight(sample_weight, X)
    if not np.all(weight >= 0) or not np.any(weight > 0):
        raise ValueError("sample_weight must be at least 0, and not all 0")
    if not self.alpha >= 0:
        raise ValueError(f"alpha must be at least 0, not {self.alpha!r}")
    self.n_iter_ = 1
{fit}
    return self

def _minimised(self, X: Any, y: Any, weight: Array{k_type}) -> Array:
    """The weights, flat; a fit of the intercept alone, the best constant, is the start."""
    X, y, share = X[weight > 0], y[weight > 0], weight[weight > 0] / weight.sum()

    def objective(w: Array, X: Any) -> tuple[float, Array]:
{objective}

    def minimised(start: Array, X: Any) -> Any:
        return optimize.minimize(objective, start, (X,), "L-BFGS-B", jac=True, options={
            "maxiter": self.max_iter, "gtol": self.tol, "ftol": np.finfo(float).eps,
            "maxls": 50})

{start}
    if result.status == 1{steep}
        warnings.warn(f"L-BFGS has not converged in {result.nit} steps, of max_iter="
                      f"{self.max_iter}; columns of X of one size help: {result.message}",
                      ConvergenceWarning, stacklevel=3)
    self.n_iter_ = max(self.n_iter_, result.nit)
    return result.x
'''
# Where a step came to nothing although the slope is not small beside that of the start.
_STEEP = """ or not np.abs(result.jac).max() <= max(
            self.tol, 1e-4 * np.abs(objective(start.ravel(), X)[1]).max()):"""
_SINGLE_OBJECTIVE = '''
coef = w[:X.shape[1]]
loss, slope = loss_and_slope(X @ coef + w[X.shape[1]:].sum(), y)
slope = share * slope
grad = np.append(X.T @ slope + self.alpha * coef, [slope.sum()] * (len(w) - len(coef)))
return share @ loss + self.alpha / 2 * coef @ coef, grad
'''
_SINGLE_START = '''
start = np.zeros(X.shape[1] + bool(self.fit_intercept))
if self.fit_intercept:
    start[-1:] = minimised(start[-1:], X[:, :0]).x
result = minimised(start, X)
'''
_SEVERAL_OBJECTIVE = '''
W = w.reshape(K, -1)
coef, bias = W[:, :X.shape[1]], W[:, X.shape[1]:]
loss, slope = loss_and_slope(X @ coef.T + bias.sum(axis=1), y)
slope = share[:, None] * slope
grad = np.hstack([slope.T @ X + self.alpha * coef, slope.sum(axis=0)[:, None] + 0 * bias])
return share @ loss + self.alpha / 2 * np.sum(coef**2), grad[:, :W.shape[1]].ravel()
'''
_SEVERAL_START = '''
start = np.zeros((K, X.shape[1] + bool(self.fit_intercept)))
if self.fit_intercept:
    start[:, -1] = minimised(start[:, -1], X[:, :0]).x
result = minimised(start.ravel(), X)
'''
_FIT_REGRESSOR = '''
w = self._minimised(X, y, weight)
self.coef_, self.intercept_ = w[:X.shape[1]], float(w[X.shape[1]:].sum())
'''
_FIT_BINARY = '''
check_classification_targets(y)
self.classes_ = np.unique(y)
if len(self.classes_) < 2:
    raise ValueError("y has one class; a classifier needs two or more")
against_others = self.classes_ if len(self.classes_) > 2 else self.classes_[1:]
W = np.array([self._minimised(X, (y == c).astype(float), weight) for c in against_others])
self.coef_, self.intercept_ = W[:, :X.shape[1]], W[:, X.shape[1]:].sum(axis=1)
'''
_FIT_CLASSES = '''
check_classification_targets(y)
self.classes_, y = np.unique(y, return_inverse=True)
if len(self.classes_) < 2:
    raise ValueError("y has one class; a classifier needs two or more")
W = self._minimised(X, y, weight, len(self.classes_)).reshape(len(self.classes_), -1)
self.coef_, self.intercept_ = W[:, :X.shape[1]], W[:, X.shape[1]:].sum(axis=1)
'''
_MARGINS = '''
def _margins(self, X: Any) -> Array:
    """X @ coef_{turn} + intercept_."""
    check_is_fitted(self)
    X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
    return X @ self.coef_{turn} + self.intercept_
'''
_REGRESSOR = '''
def predict(self, X: Any) -> Array:
    """What is expected of y at the rows of X."""
    return {mean}
'''
_BINARY = '''
def decision_function(self, X: Any) -> Array:
    """The margin of the second class of two; of more, of each against the others."""
    margins = self._margins(X)
    return margins[:, 0] if margins.shape[1] == 1 else margins

def predict(self, X: Any) -> Any:
    """The class of each row."""
    margins = self._margins(X)
    best = margins[:, 0] > 0 if margins.shape[1] == 1 else np.argmax(margins, axis=1)
    return self.classes_[best.astype(int)]
'''
_BINARY_PROBABILITIES = '''
def predict_proba(self, X: Any) -> Array:
    """The probabilities of the classes; of more than two, in proportion to each one's own."""
    p = predicted(self._margins(X))
    return np.hstack([1 - p, p]) if p.shape[1] == 1 else p / p.sum(axis=1, keepdims=True)
'''
_CLASSES = '''
def decision_function(self, X: Any) -> Array:
    """The margin of each class; of two classes, by how much the second one is ahead."""
    margins = self._margins(X)
    return margins[:, 1] - margins[:, 0] if len(self.classes_) == 2 else margins

def predict(self, X: Any) -> Any:
    """The class of each row."""
    best = np.argmax(self._margins(X), axis=1)
    return self.classes_[best]
'''
_CLASSES_PROBABILITIES = '''
def predict_proba(self, X: Any) -> Array:
    """The probabilities of the classes."""
    return predicted(self._margins(X))
'''
_TAGS = '''
def __sklearn_tags__(self) -> Any:
    tags = super().__sklearn_tags__()
{tags}
    return tags
'''


def sklearn_file(request: Request) -> Written:
    """The file of a loss for scikit-learn. Raises DeriveError."""
    loss = LinearLoss(request)
    _check(loss)
    name = class_of(loss)
    functions: list[Block] = [loss.functions[0]]
    if loss.predicted is not None:
        functions.append(loss.predicted)
    special = any("special." in line for block in functions for line in block.lines)
    kind = "classifier" if _classifies(loss) else "regressor"
    heading = loss.heading(f"a linear {kind} for scikit-learn", [
        f"Minimises the weighted mean of the loss at {loss.margin} = X @ coef_ + intercept_, plus "
        "alpha/2 times the sum of coef_**2, by L-BFGS. Plain float64; the forms are stable, but "
        "nothing is computed again where a row overflows.", *_kinks(loss)])
    types = ["Array = NDArray[np.float64]",
             *(["Labels = NDArray[np.intp]"] if loss.labelled else []), *loss.constants]
    body = ["\n".join(types), *(f"\n\n{block.text}" for block in functions),
            "\n\n" + _class(loss, name, kind)]
    return Written(module_text(heading, _imports(loss, special), body),
                   sklearn_test(loss, name, bool(_kinks(loss))))


def class_of(loss: LinearLoss) -> str:
    """The name of the estimator."""
    return loss.name + ("Classifier" if _classifies(loss) else "Regressor")


def _classifies(loss: LinearLoss) -> bool:
    return loss.label.kind.domain in ("binary", "label")


def _check(loss: LinearLoss) -> None:
    """Raises KernelError for a loss that no estimator fits."""
    title = loss.loss.title
    if loss.loss.columns:
        names = ", ".join(leaf.name for leaf in loss.loss.columns)
        raise KernelError(f"{title} reads {names} in each row, and an estimator's fit has X, y and "
                          "sample_weight alone; --for scipy takes it")
    if loss.label.kind.shape:
        raise KernelError(f"{title} has labels {loss.label.name} of several columns; scikit-learn "
                          "scores and checks one: --for scipy takes them")
    if loss.several != loss.labelled:
        raise KernelError(f"{title} puts {'a vector' if loss.several else 'one number'} beside "
                          f"a {loss.label.kind} label; there is no such estimator: --for scipy "
                          "takes it")


def _kinks(loss: LinearLoss) -> list[str]:
    """What a loss without curvature means for the fit."""
    kinked = loss.loss.derivation.obligations
    return ["The loss has kinks, at which L-BFGS may stop a little above the minimum."] \
        if kinked else []


def _imports(loss: LinearLoss, special: bool) -> list[str]:
    classifies = _classifies(loss)
    mixin = "ClassifierMixin" if classifies else "RegressorMixin"
    multiclass = ["from sklearn.utils.multiclass import check_classification_targets"] \
        if classifies else []
    return ["import warnings", "from typing import Any", "", "import numpy as np",
            "from numpy.typing import NDArray",
            f"from scipy import optimize{', special' if special else ''}",
            f"from sklearn.base import BaseEstimator, {mixin}",
            "from sklearn.exceptions import ConvergenceWarning", *multiclass,
            "from sklearn.utils.validation import _check_sample_weight, check_is_fitted, "
            "validate_data"]


def _class(loss: LinearLoss, name: str, kind: str) -> str:
    mixin = "ClassifierMixin" if kind == "classifier" else "RegressorMixin"
    head = [f"class {name}({mixin}, BaseEstimator):  # type: ignore[misc,unused-ignore]"]
    says = ['"""A linear model, with a penalty alpha on the squares; see the head of this file."""']
    parts = [_INIT, _fit(loss, name), *_predictions(loss), _tags(loss)]
    return "\n".join([*head, *indented(says),
                      *("\n" + "\n".join(indented([part.strip("\n")])) for part in parts if part)])


def _fit(loss: LinearLoss, name: str) -> str:
    """The methods that fit."""
    classifies, several = _classifies(loss), loss.several
    objective, start = (_SEVERAL_OBJECTIVE, _SEVERAL_START) if several else \
        (_SINGLE_OBJECTIVE, _SINGLE_START)
    fit = _FIT_CLASSES if several else _FIT_BINARY if classifies else \
        "\n".join([*check(loss.label, "y", counted=False), _FIT_REGRESSOR.lstrip()])
    text = _FIT.replace("{name}", name).replace("{k_type}", ", K: int" if several else "")
    return text.replace("{steep}", ":" if _kinks(loss) else _STEEP) \
        .replace("{numeric}", "" if classifies else ", y_numeric=True") \
        .replace("{fit}", _under(fit)).replace("{objective}", _under(objective, 2)) \
        .replace("{start}", _under(start))


def _under(text: str, depth: int = 1) -> str:
    return "\n".join(indented([text.strip("\n")], depth)) if text else ""


def _predictions(loss: LinearLoss) -> list[str]:
    """The methods that predict."""
    predicted = loss.predicted is not None
    margins = _MARGINS.replace("{turn}", ".T" if _classifies(loss) else "")
    if not _classifies(loss):
        mean = "predicted(self._margins(X))" if predicted else "self._margins(X)"
        return [margins, _REGRESSOR.replace("{mean}", mean)]
    methods = (_CLASSES, _CLASSES_PROBABILITIES) if loss.several else \
        (_BINARY, _BINARY_PROBABILITIES)
    return [margins, *(methods if predicted else methods[:1])]


def _tags(loss: LinearLoss) -> str:
    """What scikit-learn is told of the estimator."""
    tags = ["tags.input_tags.sparse = True"]
    if loss.label.kind.domain in ("positive", "nonnegative", "count"):
        tags.append("tags.target_tags.positive_only = True")
    return _TAGS.replace("{tags}", _under("\n".join(tags)))
