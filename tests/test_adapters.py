"""Objectives for libraries that boost trees: what is written, chosen, refused."""

from __future__ import annotations

import ast
import doctest
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import DeriveError
from derive.tables.adapter_table import libraries, library_for
from derive.tables.loss_table import entry_for, losses
from tests.adapter_data import data_for, margin_loss, values_of
from tests.command_line import run as run_command

TREES = ("xgboost", "lightgbm", "catboost")
# One loss of each kind: certain curvature, softmax, residuals, zero curvature, Fisher, floored.
KINDS = ["bernoulli-ce", "softmax-nll", "huber", "pinball", "probit-nll", "focal", "poisson-nll"]


@cache
def written(name: str, library: str = "xgboost", hessian: str | None = None) -> Any:
    return derive.adapters.adapter(library, name, values=values_of(entry_for(name)),
                                   hessian=hessian)


def made(name: str, library: str = "xgboost", hessian: str | None = None) -> Any:
    """An adapter that can be run; its file may call SciPy, which the libraries need as well."""
    adapter = written(name, library, hessian)
    if "from scipy" in adapter.source:
        pytest.importorskip("scipy")
    return adapter


def run(*arguments: str) -> tuple[int, str]:
    result = run_command("kernel", *arguments)
    return result.returncode, result.stdout + result.stderr


def policy(adapter: Any) -> str:
    return str(adapter.notes[0].removeprefix("Hessian: ").partition(",")[0])


# Which policy fits

@pytest.mark.parametrize(("name", "wanted"), [
    ("bernoulli-ce", "exact-diagonal"), ("gaussian-mse", "exact-diagonal"),
    ("poisson-nll", "exact-diagonal"), ("tweedie-deviance", "exact-diagonal"),
    ("expectile", "exact-diagonal"), ("multilabel-bce", "exact-diagonal"),
    ("probit-nll", "fisher"), ("cauchit-nll", "fisher"), ("brier", "fisher"),
    ("inverse-gaussian-deviance", "fisher"), ("log-link-squared-error", "fisher"),
    ("softmax-nll", "bound"), ("infonce", "bound"), ("huber", "bound"), ("log-cosh", "bound"),
    ("pseudo-huber", "bound"), ("welsch", "bound"), ("smoothed-hinge", "bound"),
    ("pinball", "floored"), ("absolute-error", "floored"), ("hinge", "floored"),
    ("focal", "floored"), ("softmax-focal", "floored")])
def test_the_policy_fits_the_loss(name: str, wanted: str) -> None:
    assert policy(written(name)) == wanted


@pytest.mark.parametrize("name", [e.name for e in losses()])
@pytest.mark.slow
def test_no_second_derivative_is_negative_or_not_finite(name: str) -> None:
    try:
        adapter = made(name)
    except DeriveError:
        return
    loss = margin_loss(entry_for(name))
    _, columns = data_for(loss)
    width = () if loss.outputs is None else (3,)
    read = adapter.checked(*(columns[leaf.name] for leaf in loss.observed), *width)
    rng = np.random.default_rng(1)
    with np.errstate(all="ignore"):
        for reach in (0.1, 1.0, 5.0):
            z = rng.normal(0.0, reach, (240, *width))
            _, h = adapter.derivatives(z, *(read if isinstance(read, tuple) else (read,)))
            fine = np.isfinite(adapter.loss(z, *(read if isinstance(read, tuple) else (read,))))
            assert np.all(np.isfinite(h[fine]))
            assert np.all(h[fine] >= 0.0)


def test_zero_second_derivatives_become_a_constant() -> None:
    _, h = made("pinball").derivatives(np.zeros(3), np.array([-1.0, 0.5, 2.0]))
    assert h.tolist() == [1.0, 1.0, 1.0]


def test_negative_second_derivatives_are_floored() -> None:
    """The second derivative of the focal loss is negative on a third of its margins."""
    focal, z = made("focal"), np.linspace(-12.0, 12.0, 1001)
    _, floored = focal.derivatives(z, np.ones(1001))
    _, exact = made("focal", hessian="exact-diagonal").derivatives(z, np.ones(1001))
    assert np.mean(exact < 0) > 0.3
    assert np.array_equal(floored, np.fmax(exact, focal.FLOOR))
    assert focal.FLOOR > 0


def test_steep_slopes_without_curvature_take_their_size() -> None:
    adapter = made("absolute-percentage-error")
    g, h = adapter.derivatives(np.zeros(2), np.array([0.01, -4.0]))
    assert np.all(np.abs(g) <= h + adapter.FLOOR)


@pytest.mark.parametrize(("library", "factor"), [("xgboost", 2.0), ("lightgbm", 1.5)])
def test_scores_have_the_factor_of_the_library(library: str, factor: float) -> None:
    z = np.random.default_rng(0).normal(size=(5, 3))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    _, h = made("softmax-nll", library).derivatives(z, np.array([0, 1, 2, 0, 1]))
    np.testing.assert_allclose(h, factor * p * (1 - p), 1e-12)


def test_twice_the_diagonal_bounds_the_matrix() -> None:
    z = np.random.default_rng(3).normal(size=(1, 4))
    kernel = derive.kernel("softmax-nll")
    _, h = made("softmax-nll").derivatives(z, np.array([2]))
    gap = np.diag(h[0]) - kernel.hessian(z, [2])[0]
    assert np.linalg.eigvalsh(gap)[0] > -1e-12


@pytest.mark.parametrize(("name", "asked", "message"), [
    ("pinball", "exact-diagonal", "0 wherever it exists"), ("pinball", "bound", "0 bounds it"),
    ("focal", "fisher", "no density"), ("poisson-nll", "bound", "no upper bound"),
    ("softmax-focal", "bound", "no diagonal was shown"), ("huber", "newton", "there is")])
def test_a_policy_that_does_not_exist_is_refused_with_those_that_do(
        name: str, asked: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message) as error:
        written(name, hessian=asked)
    assert "there is" in str(error.value)
    assert "floored" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_weight_of_the_row_does_not_make_a_second_derivative_vanish() -> None:
    adapter = derive.adapters.xgboost("w*(z - y)**2", given="z, y: real; w: positive", wrt="z",
                                      label="y, w")
    assert policy(adapter) == "exact-diagonal"


def test_labels_must_be_able_to_have_the_mean_of_fishers_information() -> None:
    """The slope 1 + y/z is 0 at a negative label alone."""
    adapter = derive.adapters.xgboost("log(z) - y/z", given="z, y: positive", wrt="z")
    assert policy(adapter) == "floored"


# Derivatives

@pytest.mark.parametrize(("name", "library"), [
    *((name, "xgboost") for name in KINDS), ("softmax-nll", "lightgbm"), ("huber", "catboost")])
def test_the_slope_is_that_of_the_kernel(name: str, library: str) -> None:
    adapter, values = made(name, library), values_of(entry_for(name))
    loss = margin_loss(entry_for(name))
    _, columns = data_for(loss)
    read = adapter.checked(*columns.values(), *([3] if loss.outputs is not None else []))
    z = np.random.default_rng(2).normal(size=(240, 3) if loss.outputs is not None else 240)
    kernel = derive.kernel(name)
    given = {a.name: read if a.name == "y" else float(values[a.name])
             for a in kernel.arguments[1:]}
    np.testing.assert_allclose(adapter.derivatives(z, read)[0], kernel.grad(z, *given.values()),
                               1e-9, 1e-12)
    np.testing.assert_allclose(adapter.loss(z, read), kernel.value(z, *given.values()), 1e-9, 1e-12)


def test_catboost_maximises() -> None:
    y, z = np.array([0.0, 1.0]), np.array([0.3, 0.3])
    adapter = made("bernoulli-ce", "catboost")
    g, h = adapter.derivatives(z, y)
    assert adapter.Objective().calc_ders_range(z, y, None) == list(zip(-g, -h, strict=True))
    assert not adapter.Metric().is_max_optimal()


@pytest.mark.parametrize("library", TREES)
def test_weights_multiply_once(library: str) -> None:
    adapter, z, y, w = made("poisson-nll", library), np.zeros(3), np.array([0, 1, 4]), [1, 2, 3]
    for plain, weighted in zip(adapter.weighted(z, y), adapter.weighted(z, y, w), strict=True):
        np.testing.assert_allclose(weighted, plain * np.array(w))
    assert adapter.mean_loss(z, y, w) == pytest.approx(np.average(adapter.loss(z, y), weights=w))


# The starting value

@pytest.mark.parametrize(("name", "labels", "start"), [
    ("bernoulli-ce", [0, 1, 1, 1], np.log(3)), ("gaussian-mse", [1, 2, 6], 3.0),
    ("poisson-nll", [0, 1, 5], np.log(2)), ("gamma-deviance", [1, 3], np.log(2)),
    ("absolute-error", [1, 2, 9], 2.0), ("pinball", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3.0),
    ("expectile", [0.0, 1.0], 0.3), ("exponential-loss", [0, 1, 1, 1], np.log(3) / 2)])
def test_the_start_is_the_best_constant(name: str, labels: list[float], start: float) -> None:
    adapter = made(name)
    z = adapter.base_score(labels)
    least = adapter.mean_loss(np.full(len(labels), start), labels)
    assert adapter.mean_loss(np.full(len(labels), z), labels) == pytest.approx(least, rel=1e-9)


def test_the_start_of_classes_are_their_log_shares() -> None:
    start = made("softmax-nll").base_score([0, 0, 0, 1, 1, 2])
    np.testing.assert_allclose(np.exp(start) / np.exp(start).sum(), [3/6, 2/6, 1/6], 1e-9)


@pytest.mark.parametrize("name", ["bernoulli-ce", "pinball", "probit-nll"])
def test_weights_count_rows(name: str) -> None:
    adapter = made(name)
    assert adapter.base_score([0, 1], [3, 1]) == pytest.approx(adapter.base_score([0, 0, 0, 1]),
                                                               abs=1e-9)


def test_labels_all_alike_have_no_finite_start() -> None:
    with pytest.raises(ValueError, match="no finite best constant"), np.errstate(all="ignore"):
        made("bernoulli-ce").base_score([1.0, 1.0])


# The link

@pytest.mark.parametrize(("name", "z", "meaning"), [
    ("bernoulli-ce", 0.0, 0.5), ("focal", 0.0, 0.5), ("poisson-nll", 1.0, np.e),
    ("probit-nll", 0.0, 0.5), ("gaussian-mse", 1.5, 1.5), ("poisson-nll-mean", 0.0, 1.0),
    ("bernoulli-ce-probability", 0.0, 0.5), ("exponential-loss", 0.5, 1/(1 + np.exp(-1)))])
def test_predictions_go_through_the_link(name: str, z: float, meaning: float) -> None:
    assert made(name).predict([z]) == pytest.approx([meaning])


def test_predictions_of_scores_sum_to_one() -> None:
    assert made("softmax-nll").predict([[1.0, 2.0, 800.0]]).sum() == pytest.approx(1.0)


def test_a_probability_is_predicted_by_its_logit() -> None:
    """The slope is by the margin, not by the probability."""
    z, y = np.array([0.3, -2.0]), np.array([1.0, 0.0])
    by_probability = made("bernoulli-ce-probability")
    np.testing.assert_allclose(by_probability.derivatives(z, y), made("bernoulli-ce").derivatives(
        z, y), 1e-12)


# The file

@pytest.mark.parametrize(("name", "library"), [
    *((name, "xgboost") for name in KINDS), ("softmax-nll", "lightgbm"),
    ("softmax-nll", "catboost"), ("huber", "lightgbm"), ("huber", "catboost")])
def test_a_file_is_short_and_says_where_it_is_from(name: str, library: str) -> None:
    source = written(name, library).source
    tree = ast.parse(source)
    assert source.count("\n") <= 150
    assert max(map(len, source.split("\n"))) <= 100
    assert "Written by derive" in source
    assert f"--for {library}" in source
    assert {n.name for n in tree.body if isinstance(n, ast.FunctionDef)} >= {
        "checked", "loss", "derivatives", "base_score", "predict"}
    imports = {n.module for n in tree.body if isinstance(n, ast.ImportFrom)}
    assert imports <= {"__future__", "typing", "numpy.typing", "scipy"}


def test_the_command_writes_a_file_and_its_test(tmp_path: Path) -> None:
    file = tmp_path / "objective.py"
    code, output = run("focal", "--for", "xgboost", "--set", "gamma=2", "-o", str(file),
                       "--with-test")
    assert code == 0
    assert "Hessian: floored" in output
    assert "def objective(predt" in file.read_text()
    assert "import objective as own" in (tmp_path / "test_objective.py").read_text()


def test_values_stand_in_the_formula() -> None:
    """A value by name or in a dict is one and the same."""
    by_name = derive.adapters.xgboost("huber", delta=2)
    assert by_name.source == derive.adapters.adapter("xgboost", "huber", values={"delta": 2}).source
    assert "delta" not in by_name.source.partition("def loss")[2]


def test_a_vector_of_values_stays_a_name() -> None:
    adapter = derive.adapters.xgboost("class-weighted-softmax-nll", w=[1, 2, 0.5])
    plain = made("softmax-nll")
    z, y = np.random.default_rng(0).normal(size=(4, 3)), np.array([0, 1, 2, 1])
    np.testing.assert_allclose(adapter.loss(z, y), np.array([1, 2, 0.5, 2]) * plain.loss(z, y))


def test_names_that_the_file_uses_itself_are_no_trouble() -> None:
    adapter = derive.adapters.xgboost("(w - h)**2/2*t1", given="w, h: real; t1: real",
                                      wrt="w", label="h, t1")
    assert adapter.loss(np.array([3.0]), np.array([1.0]), np.array([1.0])).tolist() == [2.0]


def test_a_formula_of_ones_own_has_an_objective() -> None:
    adapter = derive.adapters.lightgbm("log(cosh(c*(m - y)))", given="m, y: real", wrt="m", c=3)
    g, _ = adapter.derivatives(np.array([0.1]), np.array([0.4]))
    assert g[0] == pytest.approx(3 * np.tanh(-0.9))


def test_a_library_is_only_missed_where_it_is_needed() -> None:
    adapter = written("softmax-ce-soft", "catboost")  # its class has a base class of the library
    assert "class Objective(MultiTargetCustomObjective)" in adapter.source
    try:
        import catboost  # noqa: F401
    except ImportError:
        with pytest.raises(DeriveError, match="pip install catboost"):
            adapter.module  # noqa: B018


def test_columns_are_bound_beside_the_label() -> None:
    adapter = made("exponential-survival-nll")
    functions = adapter.objective_with([1.0, 0.0])
    assert len(functions) == 4
    assert "hands it a label" in adapter.notes[1]
    with pytest.raises(ValueError, match="2 rows of d for 3 of the data"):
        adapter.weighted(np.zeros(3), np.ones(3), np.array([1.0, 0.0]))


# Bad input: one line that names what is wrong

@pytest.mark.parametrize(("name", "labels", "message"), [
    ("bernoulli-ce", [-1, 1], "0 or 1; labels -1 and +1 become"), ("bernoulli-ce", [0.5], "0 or 1"),
    ("poisson-nll", [1.5], "counts"), ("poisson-nll", [-1], "counts"),
    ("gamma-deviance", [0.0], "positive"), ("gaussian-mse", [np.nan], "finite"),
    ("bernoulli-ce", [np.nan], "0 or 1")])
def test_labels_that_do_not_fit_are_refused_by_name(
        name: str, labels: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        made(name).weighted(np.zeros(len(labels)), np.array(labels, np.float32))


@pytest.mark.parametrize("labels", [[0.5, 1], [0, 3], [-1, 0], [np.nan, 0]])
def test_classes_are_integers_below_their_number(labels: list[float]) -> None:
    with pytest.raises(ValueError, match="numbers of classes, 0 to 2"):
        made("softmax-nll").weighted(np.zeros((2, 3)), np.array(labels, np.float32))


@pytest.mark.parametrize(("labels", "weight", "message"), [
    ([[1.0], [2.0], [9.0]], None, "one number for each row; their shape is (3, 1)"),
    (3.0, None, "their shape is ()"), ([], None, "needs rows"), ([np.inf, 1.0], None, "finite"),
    ([1.0, 2.0], [0.0, 0.0], "not all 0"), ([1.0, 2.0], [-1.0, 2.0], "at least 0"),
    ([1.0, 2.0], [np.nan, 2.0], "at least 0"), ([1.0, 2.0], [1.0], "for each a weight")])
@pytest.mark.parametrize("name", ["squared-error", "huber"])
def test_no_start_comes_from_odd_rows_or_weights(name: str, labels: Any, weight: Any,
                                                 message: str) -> None:
    """Columns (n, 1) made n × n differences of them: a Poisson start was log 6 instead of log 2."""
    with pytest.raises(ValueError, match=re.escape(message)):
        made(name).base_score(labels, weight=weight)


def test_predictions_of_one_column_are_those_of_the_rows() -> None:
    objective = made("huber")
    z, y = np.array([0.0, 0.5, 7.0]), np.array([1.0, 2.0, 3.0])
    for column, row in zip(objective.weighted(z[:, None], y), objective.weighted(z, y),
                           strict=True):
        assert column.tolist() == row.tolist()
    with pytest.raises(ValueError, match="size 2 into shape"):
        objective.weighted(z[:2], y)


@pytest.mark.parametrize(("labels", "message"), [
    ([0, 0, 0], "two classes or more"), ([], "two classes or more"),
    ([0, np.nan], "first wrong: nan"), ([0, -1], "first wrong: -1.0")])
def test_a_start_needs_two_classes(labels: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made("softmax-nll", "lightgbm").base_score(labels)


def test_a_class_without_rows_is_as_unlikely_as_floats_can_say() -> None:
    start = made("softmax-nll", "lightgbm").base_score([0, 2, 2])
    shares = np.exp(start) / np.exp(start).sum()
    np.testing.assert_allclose(shares, [1 / 3, 0, 2 / 3], atol=1e-11)


def test_classes_as_float32_are_turned_into_integers() -> None:
    g, _ = made("softmax-nll").weighted(np.zeros((2, 3), np.float32), np.float32([0, 2]))
    np.testing.assert_allclose(g[0], [1/3 - 1, 1/3, 1/3], 1e-6)


@pytest.mark.parametrize(("arguments", "message"), [
    (["huber", "--for", "xgboost", "--set", "delta=1", "--target", "c"],
     "--target does not go with --for"),
    (["huber", "--for", "xgboost", "--set", "delta=1", "--runtime", "full"],
     "--runtime does not go with --for"),
    (["huber", "--for", "xgboost", "--set", "delta=1", "--set", "delta=2"],
     "--set gives delta two values, 1 and 2"),
    (["huber", "--for", "xgboost", "--set", "y=2"], "y is the label, which each row"),
    (["focal"], "gamma has no value: set it, --set gamma="),
    (["focal", "--set", "gamma=-1"], "gamma=-1 does not fit its type, which is nonnegative"),
    (["focal", "--set", "gamma=x"], "'x', which is no number"),
    (["focal", "--set", "gamma"], "is not NAME=VALUE"),
    (["focal", "--set", "gama=2"], "no parameter 'gama'"),
    (["focal", "--set", "z=2"], "what the model predicts"),
    (["focal", "--set", "gamma=1,2"], "takes one number"),
    (["binary-gce", "--set", "q=2"], "breaks the condition q <= 1"),
    (["class-weighted-softmax-nll", "--set", "w=2"], "a number for each output"),
    (["gan-generator"], "has no label"),
    (["ranknet"], "predictions for different inputs"),
    (["listnet"], "those of different rows"),
    (["bernoulli-ce", "--label", "w"], "nothing that a row of the data can hold"),
    (["bernoulli-ce", "--outputs", "grad"], "--outputs does not go with --for"),
    (["bernoulli-ce", "--hessian", "none"], "there is exact-diagonal, fisher, bound, floored"),
    (["sum(z[i, i]*y for i in D)", "-g", "z: real[D, D]", "-g", "y: real", "--wrt", "z"],
     "no matrix"),
    (["logdet(S)", "-g", "S: spd[D, D]"], "no matrix")])
def test_what_cannot_be_had_is_one_clear_line(arguments: list[str], message: str) -> None:
    code, output = run(*arguments, "--for", "xgboost")
    assert code
    assert message in output
    assert output.count("\n") == 1


def test_catboost_has_no_place_for_columns() -> None:
    code, output = run("exponential-survival-nll", "--for", "catboost")
    assert code
    assert "a row also holds d" in output


def test_options_of_adapters_need_a_library() -> None:
    assert "--set goes with --for" in run("focal", "--set", "gamma=2")[1]
    assert "did you mean xgboost" in run("focal", "--for", "xgbost")[1]


@pytest.mark.parametrize("value", [True, None, "two", object(), [1, "a"]])
def test_a_value_is_a_number(value: Any) -> None:
    with pytest.raises(DeriveError, match="gamma"):
        derive.adapters.xgboost("focal", gamma=value)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DeriveError, match="cannot write"):
        written("bernoulli-ce").save(tmp_path / "no" / "objective.py")


@pytest.mark.parametrize("library", libraries(), ids=lambda library: library.name)
def test_the_table_of_libraries_is_complete(library: Any) -> None:
    assert library_for(library.name) == library
    assert library.says
    assert library.source
    for line in library.own:
        assert entry_for(line.split(" ")[0])
        assert line.count("|") == 2


def test_the_page_shows_what_is_so() -> None:
    page = Path(__file__).parent.parent / "docs" / "adapters.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0
