"""The part of an objective's test that trains with the library, beside its own objective."""

from __future__ import annotations

from derive.adapters.objective_core import Core

_XGBOOST = '''

def trained(objective: Any, metric: Any, settings: dict[str, Any], y: Any) -> Any:
    """The predictions of ten rounds from the best constant, by an objective or by settings."""
    xgb = pytest.importorskip("xgboost")
    start = np.broadcast_to(own.base_score(*ROWS{size}), Z.shape)
    data = xgb.DMatrix(X, y, base_margin=start)
    settings = {{"base_score": 0.5, "max_depth": 3, {classes}**settings}}
    if objective is not None:
        settings["disable_default_eval_metric"] = 1
    booster = xgb.train(settings, data, 10, obj=objective, custom_metric=metric,
                        evals=[(data, "train")] if metric else [], verbose_eval=False)
    return booster.predict(data, output_margin=True)
'''
_LIGHTGBM = '''

def trained(objective: Any, metric: Any, settings: dict[str, Any], y: Any) -> Any:
    """The predictions of ten rounds from the best constant, by an objective or by settings."""
    lgb = pytest.importorskip("lightgbm")
    start = np.array(np.broadcast_to(own.base_score(*ROWS{size}), Z.shape))
    data = lgb.Dataset(X, y, init_score=start)
    settings = {{"verbosity": -1, "min_data_in_leaf": 5, {classes}**settings}}
    if objective is not None:
        settings |= {{"objective": objective, "metric": "none"}}
    booster = lgb.train(settings, data, 10, feval=metric, valid_sets=[data] if metric else None)
    return start + booster.predict(X, raw_score=True)
'''
_CATBOOST = '''

def trained(objective: Any, metric: Any, settings: dict[str, Any], y: Any) -> Any:
    """The predictions of ten rounds from the best constant, by an objective or by settings."""
    catboost = pytest.importorskip("catboost")
    start = np.array(np.broadcast_to(own.base_score(*ROWS{size}), Z.shape))
    pool = catboost.Pool(X, y, baseline=start)
    settings = {{"iterations": 10, "learning_rate": 0.1, "depth": 3, "verbose": 0, {classes}
                "leaf_estimation_method": "Newton", "leaf_estimation_iterations": 1,
                "bootstrap_type": "No", "random_strength": 0, "allow_writing_files": False,
                **settings}}
    if objective is not None:
        settings |= {{"loss_function": objective, "eval_metric": metric}}
    model = catboost.CatBoost(settings).fit(pool)
    return start + np.asarray(model.predict(X, prediction_type="RawFormulaVal")).reshape(Z.shape)
'''
_TRAINS = '''

def test_ten_rounds_lower_the_loss() -> None:
    z = trained({objective}, {metric}, {{}}, {labels})
    start = np.broadcast_to(own.base_score(*ROWS{size}), Z.shape)
    assert own.mean_loss(z, *ROWS) < own.mean_loss(start, *ROWS)
'''
_OWN = '''

def test_the_librarys_own_objective_gives_the_same() -> None:
    mine = trained({objective}, {metric}, {{}}, {labels})
    theirs = trained(None, None, {settings}, {labels})
    np.testing.assert_allclose(mine, theirs, 1e-4, 1e-4)
'''
_TRAINERS = {"xgboost": _XGBOOST, "lightgbm": _LIGHTGBM, "catboost": _CATBOOST}


def training_test(core: Core) -> str:
    """The functions that train."""
    library, vectors = core.request.library.name, bool(core.loss.label.kind.shape)
    parts, own = _parts(core, library, vectors), _own_settings(core)
    if library == "catboost" and vectors:  # it takes no baseline there
        start = "np.broadcast_to(own.base_score(*ROWS{size}), Z.shape)"
        text = (_CATBOOST + _TRAINS).replace(start, "np.zeros(Z.shape)")
        return text.replace(", baseline=start", "").format(settings=own, **parts)
    text = _TRAINERS[library] + _TRAINS + (_OWN if own else "")
    return text.format(settings=own, **parts).replace("[:2], , {}", "[:2], {}")


def _parts(core: Core, library: str, vectors: bool) -> dict[str, str]:
    """What differs from loss to loss: the number of scores, the objective, the labels."""
    key = "classes_count" if library == "catboost" else "num_class"
    counted = core.vector and (library == "lightgbm" or not vectors)
    columns = ", ".join(f"ROWS[{n + core.label_is_given}]" for n in range(len(core.columns)))
    objective, metric = ("own.Objective()", "own.Metric()") if library == "catboost" else \
        ("own.objective", "own.metric")
    labels = "ROWS[0]" if core.label_is_given else "np.zeros(len(X))"
    if library == "catboost" and core.loss.label.kind.domain == "label":
        labels += ".astype(int)"
    return {"size": f", {core.width}" if core.needs_size else "", "labels": labels,
            "classes": f"\"{key}\": {core.width}, " if counted else "",
            "objective": f"*own.objective_with({columns})[:2]" if columns else objective,
            "metric": "" if columns else metric}


def _own_settings(core: Core) -> str:
    """The settings of the library's own objective for the loss with this policy; empty for none."""
    if core.loss.entry is None:
        return ""
    values = " ".join(f"{n}={v}" for n, v in core.loss.values.items())
    here = f"{core.loss.entry.name} {values}".strip()
    for line in core.request.library.own:
        loss, policy, settings = (part.strip() for part in line.split("|"))
        if loss == here and policy == core.curvature.policy:
            pairs = (s.partition("=") for s in settings.split())
            return "{" + ", ".join(f"\"{k}\": {_value(v)}" for k, _, v in pairs) + "}"
    return ""


def _value(text: str) -> str:
    """A setting as code: a number, or a text."""
    try:
        float(text)
    except ValueError:
        return f"\"{text}\""
    return text
