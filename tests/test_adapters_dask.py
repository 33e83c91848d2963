"""Objectives on a local Dask cluster: they give what one process gives.

    pytest -m "peers and slow" tests/test_adapters_dask.py
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive

pytestmark = [pytest.mark.peers, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 4))
STEPS = np.round(X.clip(-1.5, 1.5) * 2.0)  # the same values, and so the same bins, in each part
Y = (RNG.uniform(size=400) < 1 / (1 + np.exp(-2 * X[:, 0]))).astype(float)
COUNTS = RNG.poisson(np.exp(0.5 * X[:, 0])).astype(float)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Two processes on this machine, behind the loopback."""
    distributed = pytest.importorskip("distributed")
    pytest.importorskip("pyarrow")  # of dask.dataframe, which both libraries import
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True,
                                  host="127.0.0.1", dashboard_address=None) as cluster, \
            distributed.Client(cluster) as here:
        yield here


def parts(array: Any) -> Any:
    """An array in two parts, for two workers."""
    return pytest.importorskip("dask.array").from_array(array, chunks=(200, *array.shape[1:]))


@pytest.mark.parametrize(("name", "values", "labels"), [
    ("bernoulli-ce", {}, Y), ("focal", {"gamma": 2}, Y), ("poisson-nll", {}, COUNTS)])
def test_xgboost_on_dask_gives_what_one_process_gives(
        client: Any, name: str, values: dict[str, Any], labels: Any) -> None:
    xgb = pytest.importorskip("xgboost")
    from xgboost import dask as dask_xgboost

    adapter = derive.adapters.xgboost(name, values=values)
    settings = {"base_score": adapter.base_score(labels), "max_depth": 3, "tree_method": "hist",
                "max_bin": 512, "disable_default_eval_metric": 1}
    data = dask_xgboost.DaskDMatrix(client, parts(X), parts(labels))
    made = dask_xgboost.train(client, settings, data, num_boost_round=5, obj=adapter.objective,
                              custom_metric=adapter.metric, evals=[(data, "train")])
    alone = xgb.train(settings, xgb.DMatrix(X, labels), 5, obj=adapter.objective)
    rows = xgb.DMatrix(X)
    np.testing.assert_allclose(made["booster"].predict(rows, output_margin=True),
                               alone.predict(rows, output_margin=True), 1e-3, 1e-3)
    history = made["history"]["train"][name]
    assert history[-1] < history[0]


@pytest.mark.parametrize(("name", "values", "labels"), [
    ("bernoulli-ce", {}, Y), ("huber", {"delta": 1}, X[:, 0] + X[:, 1])])
def test_lightgbm_on_dask_gives_what_one_process_gives(
        client: Any, name: str, values: dict[str, Any], labels: Any) -> None:
    lgb = pytest.importorskip("lightgbm")
    adapter = derive.adapters.lightgbm(name, values=values)
    settings = {"objective": adapter.sklearn_objective, "n_estimators": 5, "num_leaves": 8,
                "verbosity": -1, "max_bin": 512, "min_data_in_bin": 1}
    spread = lgb.DaskLGBMRegressor(client=client, tree_learner="data", **settings)
    spread.fit(parts(STEPS), parts(labels))
    alone = lgb.LGBMRegressor(**settings).fit(STEPS, labels)
    np.testing.assert_allclose(spread.to_local().predict(STEPS, raw_score=True),
                               alone.predict(STEPS, raw_score=True), 1e-6, 1e-6)


def test_the_page_trains_on_two_processes(tmp_path: Path) -> None:
    for module in ("distributed", "pyarrow", "xgboost"):
        pytest.importorskip(module)
    page = (Path(__file__).parent.parent / "docs" / "scaling.md").read_text(encoding="utf-8")
    script = re.search(r"```python\n(# train_dask\.py\n.*?)```", page, re.DOTALL)
    assert script is not None
    (tmp_path / "train_dask.py").write_text(script[1], encoding="utf-8")
    derive.adapters.xgboost("focal", gamma=2).save(tmp_path / "objective.py")
    done = subprocess.run([sys.executable, "train_dask.py"], cwd=tmp_path, text=True,
                          capture_output=True, check=False, timeout=200)
    assert done.stdout.split()[-1:] == ["True"], done.stderr[-2000:]
