"""Files for SciPy, scikit-learn, NGBoost and Keras: their text, and what they compute beside these.

What needs a library is marked `peers`: the test that is written beside a file is run as it stands.
"""

from __future__ import annotations

import ast
import doctest
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import DeriveError, UnknownNameError
from derive.tables.distribution_table import distributions
from derive.tables.keras_functions import printed_functions
from derive.tables.library_losses import own_losses

VALUES = {"delta": "1", "gamma": "2", "eps": "1/10", "tau": "3/10", "c": "2", "p": "3/2",
          "q": "7/10", "nu": "4", "beta": "1", "lam": "1/4", "alpha": "1/2", "a": "1", "b": "1/2",
          "m": "1"}
TEXTS = [("scipy", "poisson-nll"), ("scipy", "softmax-nll"), ("scipy", "weibull"),
         ("sklearn", "bernoulli-ce"), ("sklearn", "softmax-nll"), ("keras", "hinge"),
         ("keras", "probit-nll"), ("ngboost", "normal"), ("ngboost", "categorical")]
NAMED = {"scipy": ["poisson-nll", "softmax-nll", "huber", "binomial-nll", "normal", "binomial",
                   "continuous-bernoulli-nll", "time-bins-nll"],
         "sklearn": ["poisson-nll", "softmax-nll", "bernoulli-ce", "hinge", "gaussian-mse",
                     "bernoulli-ce-soft"],
         "ngboost": ["normal", "weibull", "bernoulli", "dirichlet", "negative-binomial"],
         "keras": ["bernoulli-ce", "softmax-nll", "huber", "probit-nll"]}


def made(library: str, name: str, **values: str) -> Any:
    """The adapter; parameters without a value get one."""
    for _ in range(6):
        try:
            return derive.adapters.adapter(library, name, values=values)
        except DeriveError as error:
            missing = str(error).partition("--set ")[2].partition("=")[0]
            if not missing or missing in values:
                raise
            values[missing] = VALUES.get(missing, "0")
    raise AssertionError(name)


@pytest.mark.parametrize(("library", "name"), TEXTS)
def test_a_file_says_who_wrote_it_and_is_python(library: str, name: str) -> None:
    adapter = made(library, name)
    tree = ast.parse(adapter.source)
    assert f"derive kernel {name} --for {library}" in (ast.get_docstring(tree) or "")
    assert ast.parse(adapter.test_source("some_file"))
    assert max(len(line.partition("  # ")[0]) for line in adapter.source.splitlines()) <= 100
    assert len(adapter.source.splitlines()) < 200


@pytest.mark.slow
@pytest.mark.parametrize(("library", "name"), TEXTS)
def test_a_file_is_clean_for_strict_mypy(library: str, name: str, tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    made(library, name).save(tmp_path / "made_file.py")
    text, _, status = api.run(["--strict", "--ignore-missing-imports", "--cache-dir",
                               str(tmp_path), str(tmp_path / "made_file.py")])
    assert status == 0, text


@pytest.mark.parametrize(("library", "name"), TEXTS)
def test_a_file_imports_only_numpy_and_its_library(library: str, name: str) -> None:
    tree = ast.parse(made(library, name).source)
    roots = {(node.module or "").partition(".")[0] for node in tree.body
             if isinstance(node, ast.ImportFrom)} | {
        alias.name.partition(".")[0] for node in tree.body if isinstance(node, ast.Import)
        for alias in node.names}
    allowed = {"numpy", "scipy", library} if library != "keras" else {"keras"}
    assert roots - {*sys.stdlib_module_names} <= allowed


@pytest.mark.parametrize(("library", "name"), [("scipy", "poisson-nll"), ("scipy", "softmax-nll")])
def test_the_gradient_of_a_recipe_is_its_slope(library: str, name: str) -> None:
    pytest.importorskip("scipy")
    recipe = made(library, name)
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(30, 2)), rng.integers(0, 3, 30)
    more = (3,) if name == "softmax-nll" else ()
    w = 0.3 * rng.normal(size=9 if more else 3)
    data = (X, y if more else y.astype(float), *more, rng.uniform(1, 2, 30), 0.1)
    slopes = [(recipe.fun_and_grad(w + s, *data)[0] - recipe.fun_and_grad(w - s, *data)[0]) / 2e-6
              for s in 1e-6 * np.eye(len(w))]
    assert recipe.fun_and_grad(w, *data)[1] == pytest.approx(slopes, rel=1e-5, abs=1e-7)
    v = rng.normal(size=len(w))
    ahead, behind = (recipe.fun_and_grad(w + s * v, *data)[1] for s in (1e-6, -1e-6))
    assert recipe.hessp(w, v, *data) == pytest.approx((ahead - behind) / 2e-6, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(("law", "truth"), [
    ("normal", lambda y: {"mu": y.mean(), "sigma": y.std()}),
    ("exponential", lambda y: {"lam": 1/y.mean()}), ("poisson", lambda y: {"lam": y.mean()}),
    ("log-normal", lambda y: {"mu": np.log(y).mean(), "sigma": np.log(y).std()})])
def test_the_recipe_of_a_law_finds_its_estimates(law: str, truth: Any) -> None:
    pytest.importorskip("scipy")
    recipe = derive.adapters.scipy(law)
    y = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0])
    assert recipe.parameters(recipe.fit(y).x) == pytest.approx(truth(y), rel=1e-4)


def test_a_laws_information_is_the_curvature_of_its_loss() -> None:
    """At the estimates, where the mean of the curvature is the information of a normal law."""
    pytest.importorskip("scipy")
    recipe = derive.adapters.scipy("normal")
    y = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])
    z = np.array([y.mean(), np.log(y.std())])
    change = [recipe.fun_and_grad(z + s, y)[1] - recipe.fun_and_grad(z - s, y)[1]
              for s in 1e-5 * np.eye(2)]
    curvature = np.array(change) / 2e-5
    assert recipe.information(z) == pytest.approx(curvature, abs=1e-6)


def test_a_law_with_fixed_parameters_takes_them_as_data() -> None:
    pytest.importorskip("scipy")
    recipe = derive.adapters.scipy("binomial")
    y = np.array([3.0, 5.0, 4.0])
    z = recipe.fit(y, 10.0).x
    assert recipe.parameters(z)["theta"] == pytest.approx(0.4, rel=1e-5)
    assert recipe.information(z, y, 10.0)[0, 0] == pytest.approx(10 * 0.4 * 0.6, rel=1e-4)


def test_a_recipe_refuses_labels_that_its_loss_cannot_take() -> None:
    pytest.importorskip("scipy")
    recipe = derive.adapters.scipy("bernoulli-ce")
    with pytest.raises(ValueError, match="y must be 0 or 1"):
        recipe.fit(np.ones((3, 1)), np.array([-1.0, 1.0, 1.0]))
    with pytest.raises(ValueError, match="each row needs y <= n"):
        derive.adapters.scipy("binomial-nll").fit(
            np.ones((2, 1)), np.array([1.0, 4.0]), np.array([2.0, 3.0]))


@pytest.mark.parametrize(("data", "says"), [
    ({"y": np.ones((3, 1))}, r"one number for each row of X; its shape is \(3, 1\)"),
    ({"y": np.ones(2)}, r"its shape is \(2,\)"),
    ({"weight": np.zeros(3)}, "not all 0"), ({"weight": -np.ones(3)}, "at least 0"),
    ({"weight": np.ones(2)}, "for each a weight"), ({"X": np.ones(3)}, "matrix of finite numbers"),
    ({"X": np.full((3, 1), np.nan)}, "matrix of finite numbers"),
    ({"X": np.ones((0, 1)), "y": np.ones(0)}, "needs rows")])
def test_a_recipe_refuses_rows_that_do_not_belong_together(data: dict[str, Any], says: str) -> None:
    """Weights whose sum is 0 or less gave the start, or the fit of their opposites."""
    pytest.importorskip("scipy")
    usual = {"X": np.ones((3, 1)), "y": np.ones(3)}
    with pytest.raises(ValueError, match=says):
        derive.adapters.scipy("poisson-nll").fit(**{**usual, **data})


def test_classes_may_be_floats() -> None:
    pytest.importorskip("scipy")
    recipe, y = derive.adapters.scipy("softmax-nll"), np.array([0, 1, 2, 1, 0])
    x = np.arange(5.0)[:, None]
    np.testing.assert_array_equal(recipe.fit(x, y, alpha=1.0).x,
                                  recipe.fit(x, y.astype(float), alpha=1.0).x)


@pytest.mark.peers
@pytest.mark.parametrize(("options", "weight", "says"), [
    ({}, np.zeros(5), "sample_weight must be at least 0, and not all 0"),
    ({}, -np.ones(5), "sample_weight must be at least 0"),
    ({"alpha": -1.0}, None, "alpha must be at least 0, not -1.0"),
    ({"alpha": np.nan}, None, "alpha must be at least 0, not nan")])
def test_an_estimator_refuses_odd_weights_and_penalties(options: dict[str, Any], weight: Any,
                                                        says: str) -> None:
    """They gave coefficients of 0, or of 10**159."""
    pytest.importorskip("sklearn")
    estimator = derive.adapters.sklearn("poisson-nll").PoissonNllRegressor(**options)
    with pytest.raises(ValueError, match=says):
        estimator.fit(np.ones((5, 1)), np.ones(5), weight)


@pytest.mark.peers
@pytest.mark.parametrize(("name", "labels", "margins"), [
    ("bernoulli-ce", [1.0, 0.5, -1.0], [[1.0], [1.0], [1.0]]),
    ("softmax-nll", [1.0, 3.0, 0.5], np.eye(3).tolist())])
def test_keras_gives_nan_for_what_is_no_label(name: str, labels: list[float],
                                              margins: list[list[float]]) -> None:
    """Formulas rest on its being one, so that another gave the value of no formula."""
    pytest.importorskip("keras")
    made_loss = made("keras", name)
    loss = getattr(made_loss, f"{name.title().replace('-', '')}Loss")(reduction=None)
    each = np.asarray(loss(np.array(labels, np.float32), np.array(margins, np.float32)))
    assert np.isnan(each).tolist() == [False, True, True]


@pytest.mark.peers
def test_a_fit_that_comes_to_nothing_warns() -> None:
    """The first step overflows, so that nothing moves from 0, which SciPy calls convergence."""
    pytest.importorskip("sklearn")
    from sklearn.exceptions import ConvergenceWarning
    x = np.linspace(-1.0, 1.0, 20)[:, None]
    estimator = derive.adapters.sklearn("poisson-nll").PoissonNllRegressor()
    with pytest.warns(ConvergenceWarning, match="columns of X of one size help"):
        estimator.fit(x * 1e6, np.arange(20.0))


@pytest.mark.parametrize(("library", "name", "says"), [
    ("sklearn", "softmax-ce-soft", "labels t of several columns; .* --for scipy takes them"),
    ("sklearn", "binomial-nll", "reads n in each row, .* --for scipy takes it"),
    ("keras", "binomial-nll", "reads n in each row, .* y_true and y_pred alone"),
    ("keras", "von-mises-nll", "Keras has no besseli0e"),
    ("sklearn", "triplet-margin", "predictions for different inputs"),
    ("scipy", "cox-partial-nll", "those of different rows"),
    ("scipy", "gan-generator", "no label"),
    ("ngboost", "uniform", "the support depends on a and b"),
    ("ngboost", "cox", "a likelihood of all rows at once"),
    ("ngboost", "weibull-censored", "two labels, .* NGBSurvival")])
def test_what_does_not_fit_is_refused_in_one_line(library: str, name: str, says: str) -> None:
    with pytest.raises(DeriveError, match=says) as caught:
        made(library, name)
    assert "\n" not in str(caught.value)


def test_a_policy_for_the_hessian_is_a_question_of_trees() -> None:
    with pytest.raises(DeriveError, match="--hessian is a question of trees"):
        derive.adapters.scipy("hinge", hessian="floored")


def test_a_loss_is_no_distribution_for_ngboost() -> None:
    with pytest.raises(UnknownNameError, match="distribution"):
        derive.adapters.ngboost("poisson-nll")


@pytest.mark.parametrize("library", ["ngboost", "keras"])
def test_a_missing_library_is_named_with_what_installs_it(
        library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    name = {"ngboost": "normal", "keras": "hinge"}[library]
    with pytest.raises(DeriveError, match=f"pip install {library}"):
        _ = made(library, name).anything


def test_ngboost_is_told_on_which_scale_it_boosts() -> None:
    text = derive.adapters.ngboost("normal").source
    assert "log_sigma    sigma = exp(log_sigma)" in text
    assert "FI[:, 1, 1] = 2\n" in text


def test_an_unknown_information_is_told_and_left_to_ngboost() -> None:
    text = derive.adapters.ngboost("negative-binomial").source
    assert "def metric" not in text
    assert "Monte Carlo" in text


def test_what_an_information_lacks_at_simple_parameters_is_not_taken() -> None:
    """That of the Kumaraswamy law is 0/0 at b = 1 and b = 2, its limits are no formula."""
    assert "def metric" not in derive.adapters.ngboost("kumaraswamy").source


@pytest.mark.parametrize("name", [d.name for d in distributions() if not d.base and d.scipy])
def test_the_law_of_scipy_stats_is_that_of_the_entry(name: str) -> None:
    stats = pytest.importorskip("scipy.stats")
    law = next(d for d in distributions() if d.name == name)
    rng = np.random.default_rng(5)
    draws = {"real": lambda: rng.normal(), "positive": lambda: rng.uniform(0.6, 2.5),
             "probability": lambda: rng.uniform(0.2, 0.8), "count": lambda: 9}
    for _ in range(3):
        names: dict[str, Any] = {"np": np, "stats": stats}
        for line in (*law.given, *law.known):
            own, _, kind = line.partition(":")
            if kind:
                names |= {n.strip(): draws[kind.strip()]() for n in own.split(",")}
        if name == "uniform":
            names["a"], names["b"] = sorted((names["a"], names["b"]))
        frozen = eval(f"stats.{law.scipy}", names)
        y = float(frozen.rvs(random_state=rng))
        density = frozen.pmf(y) if hasattr(frozen, "pmf") and name in DISCRETE else frozen.pdf(y)
        assert density == pytest.approx(density_at(law.density, {**names, "y": y}), rel=1e-9)


DISCRETE = {"bernoulli", "binomial", "poisson", "geometric", "negative-binomial",
            "negative-binomial-linear", "beta-binomial", "skellam"}


def density_at(text: str, names: dict[str, Any]) -> float:
    """A density typed in the notation, computed by SciPy's functions."""
    from scipy import special

    functions = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt, "pi": np.pi, "abs": abs,
                 "loggamma": special.gammaln, "logbeta": special.betaln, "max": max, "cos": np.cos,
                 "cosh": np.cosh, "besseli": special.iv,
                 "besseli0": special.i0}
    return float(eval(text, {**functions, **names}))


def test_functions_printed_for_keras_bring_along_what_they_call() -> None:
    assert [f.name for f in printed_functions(["x = mills(z)"])] == ["logPhi", "mills"]
    assert printed_functions(["x = special.loggamma(z)"]) == []


@pytest.mark.parametrize("library", ["sklearn", "ngboost", "keras"])
def test_what_a_library_has_of_its_own_is_of_the_catalogue(library: str) -> None:
    known = {e.name for e in derive.losses()} | {d.name for d in distributions()}
    assert own_losses(library)
    assert not own_losses(library).keys() - known


def test_the_examples_of_the_page_are_true() -> None:
    pytest.importorskip("scipy")
    page = Path(__file__).parent.parent / "docs" / "estimators.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0


def run_own_tests(folder: Path, *adapters: Any) -> None:
    """Runs the tests that are written beside files, all in one process without derive."""
    for number, adapter in enumerate(adapters):
        adapter.save(folder / f"made_file_{number}.py", with_test=True)
    files = [str(folder / f"test_made_file_{number}.py") for number in range(len(adapters))]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", *files],
        cwd=folder, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
             "KERAS_BACKEND": os.environ.get("KERAS_BACKEND", "torch")}, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.peers
@pytest.mark.parametrize("library", NAMED)
def test_the_tests_beside_files_pass(library: str, tmp_path: Path) -> None:
    pytest.importorskip(library)
    run_own_tests(tmp_path, *(made(library, name) for name in NAMED[library]))


@pytest.mark.peers
@pytest.mark.slow
@pytest.mark.parametrize("library", ["scipy", "sklearn", "keras"])
@pytest.mark.parametrize("name", [e.name for e in derive.losses()])
def test_the_test_beside_every_loss_passes(library: str, name: str, tmp_path: Path) -> None:
    pytest.importorskip(library)
    try:
        adapter = made(library, name)
    except DeriveError:
        pytest.skip("it is refused by name")
    run_own_tests(tmp_path, adapter)


@pytest.mark.peers
@pytest.mark.slow
@pytest.mark.parametrize("name", [d.name for d in distributions()])
def test_the_test_beside_every_distribution_passes(name: str, tmp_path: Path) -> None:
    pytest.importorskip("ngboost")
    try:
        adapter = made("ngboost", name)
    except DeriveError:
        pytest.skip("it is refused by name")
    run_own_tests(tmp_path, adapter)
