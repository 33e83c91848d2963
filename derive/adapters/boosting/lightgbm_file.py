"""The file for LightGBM: both of its interfaces."""

from __future__ import annotations

from derive.adapters.boosting.objective_file import bound_to_columns, metric_name, use_of, written
from derive.adapters.objective_core import Core, Function
from derive.adapters.request import Request, Written

_USE = """\
start = base_score(y)                    # a custom objective starts at 0 without it
data = lgb.Dataset(X, y, init_score=np.full(len(y), start))
booster = lgb.train({"objective": objective, "metric": "none"}, data, feval=metric,
                    valid_sets=[data])
lgb.LGBMRegressor(objective=sklearn_objective).fit(X, y, init_score=np.full(len(y), start),
                                                   eval_metric=sklearn_metric)
predict(start + booster.predict(X))      # the starting value is no part of the model"""
_USE_OF_SCORES = """\
start = base_score(y)                    # one best constant for each of the predictions
data = lgb.Dataset(X, y, init_score=np.tile(start, (len(y), 1)))
booster = lgb.train({"objective": objective, "num_class": len(start), "metric": "none"}, data,
                    feval=metric, valid_sets=[data])
predict(start + booster.predict(X))      # predictions and slopes: (rows, K)"""


def lightgbm_file(request: Request) -> Written:
    """An objective and a metric for LightGBM."""
    core = Core(request)
    label = "train_data.get_label()" if core.label_is_given else ""
    first = ", ".join(filter(None, [label, *core.columns]))
    skl = ", ".join(filter(None, ["y_true" if core.label_is_given else "", *core.columns]))
    functions = [
        Function("objective(preds: Any, train_data: Any) -> tuple[Floats, Floats]",
                 "For lightgbm.train({\"objective\": objective}, …).",
                 (f"return weighted(preds, {first}, train_data.get_weight())",)),
        Function("metric(preds: Any, train_data: Any) -> tuple[str, float, bool]",
                 "For lightgbm.train(…, feval=metric): name, value, and that more is not better.",
                 (f"value = mean_loss(preds, {first}, train_data.get_weight())",
                  f"return \"{metric_name(core)}\", value, False")),
        Function("sklearn_objective(y_true: Any, y_pred: Any, weight: Any) -> "
                 "tuple[Floats, Floats]", "For LGBMRegressor(objective=sklearn_objective).",
                 (f"return weighted(y_pred, {skl}, weight)",)),
        Function("sklearn_metric(y_true: Any, y_pred: Any, weight: Any) -> "
                 "tuple[str, float, bool]", "For fit(…, eval_metric=sklearn_metric).",
                 (f"return \"{metric_name(core)}\", mean_loss(y_pred, {skl}, weight), False",))]
    library = bound_to_columns(core, functions)
    use = use_of(core, functions, _USE_OF_SCORES if core.vector else _USE)
    return written(request, core, use, library)
