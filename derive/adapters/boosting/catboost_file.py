"""The file for CatBoost: classes for its loss function and its metric."""

from __future__ import annotations

from derive.adapters.boosting.objective_file import metric_name, written
from derive.adapters.objective_core import Core
from derive.adapters.request import Request, Written
from derive.errors import KernelError

_USE = """\
start = base_score(y)
pool = Pool(X, y, baseline=np.full(len(y), start))
model = CatBoost({"loss_function": Objective(), "eval_metric": Metric()}).fit(pool)
predict(start + model.predict(X))        # the starting value is no part of the model"""
_USE_OF_SCORES = """\
start = base_score(y)                    # one best constant for each of the predictions
pool = Pool(X, y, baseline=np.tile(start, (len(y), 1)))
model = CatBoost({"loss_function": Objective(), "eval_metric": Metric(),
                  "classes_count": len(start)}).fit(pool)
predict(start + model.predict(X))"""
_USE_OF_VECTORS = """\
model = CatBoost({"loss_function": Objective(), "eval_metric": Metric()}).fit(Pool(X, y))
predict(model.predict(X))                # starts at 0: here CatBoost takes no baseline"""
_NUMBER = '''class Objective:
    """For loss_function. CatBoost takes the derivatives of what is maximised: minus the loss."""

    no_jit = True  # its own compiler knows no SciPy

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> list[Any]:
        """Pairs of derivatives, with the weights of the rows."""
        g, h = weighted(approxes, targets, weights)
        return list(zip(-g, -h))


class Metric:
    """For eval_metric."""

    no_jit = True

    def is_max_optimal(self) -> bool:
        """Less is better."""
        return False

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> tuple[float, float]:
        """The sum of the losses, and of the weights."""
        w = np.ones(len(target)) if weight is None else np.asarray(weight, float)
        return mean_loss(approxes[0], target, w) * float(np.sum(w)), float(np.sum(w))

    def get_final_error(self, error: float, weight: float) -> float:
        """The mean loss."""
        return error / weight'''
_SCORES = '''class Objective(BASE):
    """For loss_function. CatBoost takes the derivatives of what is maximised: minus the loss."""

    no_jit = True  # its own compiler knows no SciPy

    def calc_ders_multi(self, approx: Any, target: Any, weight: float) -> Any:
        """The derivatives of a row, and the matrix of the second ones, with its weight."""
        g, h = weighted(np.asarray(approx)[None], np.asarray(target)[None], [weight])
        return list(-g[0]), np.diag(-h[0]).tolist()


class Metric(BASE_OF_METRIC):
    """For eval_metric."""

    no_jit = True

    def is_max_optimal(self) -> bool:
        """Less is better."""
        return False

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> tuple[float, float]:
        """The sum of the losses, and of the weights."""
        z = np.asarray(approxes).T
        w = np.ones(len(z)) if weight is None else np.asarray(weight, float)
        return mean_loss(z, np.asarray(target)TURN, w) * float(np.sum(w)), float(np.sum(w))

    def get_final_error(self, error: float, weight: float) -> float:
        """The mean loss."""
        return error / weight'''


def catboost_file(request: Request) -> Written:
    """An objective and a metric for CatBoost."""
    core = Core(request)
    if core.columns:
        raise KernelError(
            f"{metric_name(core)}: a row also holds {', '.join(core.columns)}, but CatBoost hands "
            "its objective labels and weights alone, in parts of the data; XGBoost and LightGBM "
            "can be given columns")
    if not core.vector:
        return written(request, core, _USE, _NUMBER)
    vectors = bool(core.loss.label.kind.shape)
    text = _SCORES.replace("BASE_OF_METRIC", "MultiTargetCustomMetric") if vectors else \
        _SCORES.replace("(BASE_OF_METRIC)", "")
    text = text.replace("BASE", "MultiTargetCustomObjective") if vectors else \
        text.replace("(BASE)", "")
    text = text.replace("TURN", ".T" if vectors else "")
    use = _USE_OF_VECTORS if vectors else _USE_OF_SCORES
    imports = "from catboost import MultiTargetCustomMetric, MultiTargetCustomObjective" \
        if vectors else ""
    return written(request, core, use, text, imports)
