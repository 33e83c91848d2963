"""The file for XGBoost: both of its interfaces."""

from __future__ import annotations

from derive.adapters.boosting.objective_file import bound_to_columns, metric_name, use_of, written
from derive.adapters.objective_core import Core, Function
from derive.adapters.request import Request, Written

_USE = """\
start = base_score(y)                    # best constant; XGBoost's own guess is for another loss
xgb.train({{"base_score": start, "disable_default_eval_metric": 1}}, dtrain, obj=objective,
          custom_metric=metric, evals=[(dtrain, "train")])
xgb.XGBRegressor(objective=sklearn_objective, base_score=start, eval_metric=sklearn_metric)
predict(booster.predict(d, output_margin=True))"""
_USE_OF_SCORES = """\
start = np.tile(base_score(y), (len(y), 1))   # one best constant for each of K predictions
dtrain = xgb.DMatrix(X, y, base_margin=start)
xgb.train({{{classes}"base_score": 0.0, "disable_default_eval_metric": 1}}, dtrain,
          obj=objective, custom_metric=metric)
predict(booster.predict(d, output_margin=True))    # predictions and slopes: (rows, K)"""


def xgboost_file(request: Request) -> Written:
    """An objective and a metric for XGBoost."""
    core = Core(request)
    rest = "".join(f", {c}" for c in core.columns)
    functions = [
        Function("objective(predt: Any, dtrain: Any) -> tuple[Floats, Floats]",
                 "For xgboost.train(…, obj=objective).",
                 (f"return weighted(predt, dtrain.get_label(){rest}, dtrain.get_weight())",)),
        Function("metric(predt: Any, dtrain: Any) -> tuple[str, float]",
                 "For xgboost.train(…, custom_metric=metric).",
                 (f"value = mean_loss(predt, dtrain.get_label(){rest}, dtrain.get_weight())",
                  f"return \"{metric_name(core)}\", value")),
        Function("sklearn_objective(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any",
                 "For XGBRegressor(objective=sklearn_objective).",
                 (f"return weighted(y_pred, y_true{rest}, sample_weight)",)),
        Function("sklearn_metric(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float",
                 "For XGBRegressor(eval_metric=sklearn_metric).",
                 (f"return mean_loss(y_pred, y_true{rest}, sample_weight)",))]
    library = bound_to_columns(core, functions)
    classes = "" if core.loss.label.kind.shape else f"\"num_class\": {core.loss.outputs}, "
    use = _USE_OF_SCORES.format(classes=classes) if core.vector else _USE.format()
    return written(request, core, use_of(core, functions, use), library)
