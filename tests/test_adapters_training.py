"""Objectives inside the libraries: they train, and give what the library's own objective gives.

    pytest -m "peers and slow" tests/test_adapters_training.py
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import DeriveError
from derive.tables.adapter_table import library_for
from derive.tables.loss_table import Entry, entry_for, losses
from tests.adapter_data import data_for, margin_loss, values_of

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
TREES = ("xgboost", "lightgbm", "catboost")
# No slope, or no value, where training starts: what a constant of 0 loses already is nothing.
UNUSUAL = {("perceptron", "*"): "its least value is at 0, where every label is right",
           ("cosine-distance", "catboost"): "undefined at 0, where CatBoost starts vectors",
           ("gaussian-mixture-nll", "catboost"): "CatBoost's several scores are of classes"}


def trained(library: str, adapter: Any, entry: Entry, rounds: int = 10, **settings: Any,
            ) -> tuple[float, float]:
    """The mean loss at the best constant, and after some rounds from there."""
    loss = margin_loss(entry, library)
    features, columns = data_for(loss)
    observed = [columns[leaf.name] for leaf in loss.observed]
    start = np.asarray(adapter.base_score(*observed))
    shape = (len(features), *start.shape)
    z0 = np.array(np.broadcast_to(start, shape))
    given = bool(adapter.library.vectors or not loss.label.kind.shape)
    y, extra = (observed[0] if given else np.zeros(len(features))), observed[given:]
    vectors = bool(loss.label.kind.shape)
    if library == "catboost":
        z0 = z0 * (not vectors)
        z = _catboost(adapter, features, y, z0, vectors, rounds)
    else:
        pair = adapter.objective_with(*extra)[:2] if extra else (adapter.objective, adapter.metric)
        train = _xgboost if library == "xgboost" else _lightgbm
        z = train(pair, features, y, z0, vectors, rounds, settings)
    return adapter.mean_loss(z0, *observed), adapter.mean_loss(z, *observed)


def _xgboost(pair: Any, x: Any, y: Any, z0: Any, vectors: bool, rounds: int, more: Any) -> Any:
    xgb = pytest.importorskip("xgboost")
    settings = {"base_score": 0.0, "disable_default_eval_metric": 1, "max_depth": 3} | more
    if z0.ndim == 2 and not vectors:
        settings["num_class"] = z0.shape[1]
    data = xgb.DMatrix(x, y, base_margin=z0)
    booster = xgb.train(settings, data, rounds, obj=pair[0], custom_metric=pair[1],
                        evals=[(data, "train")], verbose_eval=False)
    return booster.predict(data, output_margin=True)


def _lightgbm(pair: Any, x: Any, y: Any, z0: Any, vectors: bool, rounds: int, more: Any) -> Any:
    lgb = pytest.importorskip("lightgbm")
    settings = {"objective": pair[0], "metric": "none", "verbosity": -1} | more
    if z0.ndim == 2:
        settings["num_class"] = z0.shape[1]
    data = lgb.Dataset(x, y, init_score=z0)
    booster = lgb.train(settings, data, rounds, feval=pair[1], valid_sets=[data])
    return z0 + booster.predict(x, raw_score=True)


def _catboost(adapter: Any, x: Any, y: Any, z0: Any, vectors: bool, rounds: int) -> Any:
    catboost = pytest.importorskip("catboost")
    settings = {"loss_function": adapter.Objective(), "eval_metric": adapter.Metric(), "depth": 3,
                "iterations": rounds, "learning_rate": 0.1, "verbose": 0,
                "allow_writing_files": False}
    if z0.ndim == 2 and not vectors:
        settings["classes_count"], y = z0.shape[1], y.astype(int)
    pool = catboost.Pool(x, y) if vectors else catboost.Pool(x, y, baseline=z0)
    return z0 + np.asarray(catboost.CatBoost(settings).fit(pool).predict(x)).reshape(z0.shape)


@pytest.mark.slow
@pytest.mark.parametrize("library", TREES)
@pytest.mark.parametrize("entry", losses(), ids=lambda entry: entry.name)
def test_every_loss_of_a_margin_and_a_label_trains(entry: Entry, library: str) -> None:
    """Or it is refused by one line."""
    if (entry.name, library) in UNUSUAL or (entry.name, "*") in UNUSUAL:
        pytest.skip(UNUSUAL.get((entry.name, library)) or UNUSUAL[entry.name, "*"])
    pytest.importorskip(library)
    try:
        adapter = derive.adapters.adapter(library, entry.name, values=values_of(entry))
    except DeriveError as error:
        if "\n" in str(error):
            raise
        pytest.skip(str(error))
    before, after = trained(library, adapter, entry)
    assert after < before


@pytest.mark.parametrize("library", TREES)
@pytest.mark.parametrize("name", ["pinball", "focal", "absolute-error", "log-cosh"])
def test_no_second_derivative_stops_a_tree(name: str, library: str) -> None:
    """Its exact second derivative is 0, negative, or as good as 0 far from the label."""
    pytest.importorskip(library)
    entry = entry_for(name)
    adapter = derive.adapters.adapter(library, name, values=values_of(entry))
    before, after = trained(library, adapter, entry, rounds=30)
    assert after < 0.9 * before


def test_residuals_in_the_thousands_do_not_stop_a_tree() -> None:
    """The exact second derivative of log cosh is 0 there in floats."""
    xgb = pytest.importorskip("xgboost")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    y = 1000.0 * x[:, 0]
    adapter = derive.adapters.xgboost("log-cosh")
    data = xgb.DMatrix(x, y)
    booster = xgb.train({"base_score": 0.0, "learning_rate": 1.0}, data, 5, obj=adapter.objective)
    assert np.ptp(booster.predict(data)) > 1.0
    exact = derive.adapters.xgboost("log-cosh", hessian="exact-diagonal")
    stuck = xgb.train({"base_score": 0.0, "learning_rate": 1.0}, data, 5, obj=exact.objective)
    assert len(stuck.trees_to_dataframe()) == 5  # leaves alone


def own_objectives() -> list[Any]:
    return [pytest.param(library, line, id=f"{library}-{line.partition(' |')[0]}")
            for library in TREES for line in library_for(library).own]


@pytest.mark.slow
@pytest.mark.parametrize(("library", "line"), own_objectives())
def test_a_file_and_the_librarys_own_objective_give_the_same(
        library: str, line: str, tmp_path: Path) -> None:
    """Told by the test that is written beside the file, which all passes."""
    pytest.importorskip(library)
    loss, policy, _ = (part.strip() for part in line.split("|"))
    name, *values = loss.split()
    adapter = derive.adapters.adapter(library, name, hessian=policy,
                                      values=dict(v.split("=") for v in values))
    adapter.save(tmp_path / "objective.py", with_test=True)
    test = (tmp_path / "test_objective.py").read_text()
    assert "test_the_librarys_own_objective_gives_the_same" in test
    run = subprocess.run([sys.executable, "-m", "pytest", "-q", "test_objective.py"], cwd=tmp_path,
                         capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [
    ("return w * g, w * h", "return -w * g, w * h"),
    ("return w * g, w * h", "return w * g[::-1], w * h"),
    ("t1 * z", "1.1 * t1 * z"), ("return start", "return start + 0.5")])
def test_the_written_test_sees_an_error(before: str, after: str, tmp_path: Path) -> None:
    pytest.importorskip("xgboost")
    adapter = derive.adapters.xgboost("bernoulli-ce")
    adapter.save(tmp_path / "objective.py", with_test=True)
    source = adapter.source
    assert before in source
    (tmp_path / "objective.py").write_text(source.replace(before, after))
    run = subprocess.run([sys.executable, "-m", "pytest", "-q", "test_objective.py"], cwd=tmp_path,
                         capture_output=True, text=True, check=False)
    assert run.returncode == 1


def test_both_interfaces_of_xgboost_agree() -> None:
    xgb = pytest.importorskip("xgboost")
    adapter = derive.adapters.xgboost("poisson-nll")
    features, columns = data_for(margin_loss(entry_for("poisson-nll")))
    weight = np.random.default_rng(5).uniform(0.5, 2.0, len(features))
    y, start = columns["y"], adapter.base_score(columns["y"], weight)
    data = xgb.DMatrix(features, y, weight=weight)
    booster = xgb.train({"base_score": start, "max_depth": 3, "disable_default_eval_metric": 1},
                        data, 5, obj=adapter.objective, custom_metric=adapter.metric)
    model = xgb.XGBRegressor(objective=adapter.sklearn_objective, base_score=start, max_depth=3,
                             n_estimators=5, eval_metric=adapter.sklearn_metric)
    model.fit(features, y, sample_weight=weight, eval_set=[(features, y)], verbose=False)
    np.testing.assert_allclose(model.predict(features, output_margin=True),
                               booster.predict(data, output_margin=True), 1e-5, 1e-5)


def test_both_interfaces_of_lightgbm_agree() -> None:
    lgb = pytest.importorskip("lightgbm")
    adapter = derive.adapters.lightgbm("softmax-nll")
    features, columns = data_for(margin_loss(entry_for("softmax-nll")))
    weight = np.random.default_rng(5).uniform(0.5, 2.0, len(features))
    y = columns["y"].astype(int)
    data = lgb.Dataset(features, y, weight=weight)
    booster = lgb.train({"objective": adapter.objective, "num_class": 3, "verbosity": -1}, data, 5)
    model = lgb.LGBMClassifier(objective=adapter.sklearn_objective, n_estimators=5, verbosity=-1)
    model.fit(features, y, sample_weight=weight, eval_metric=adapter.sklearn_metric)
    np.testing.assert_allclose(model.predict(features, raw_score=True),
                               booster.predict(features, raw_score=True), 1e-9, 1e-9)
