"""Recurrent models whose steps are C: equal to NumPy's, quick to refuse, never half built."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.operations import Op
from derive.arrays.recurrent import model_text_c
from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.model_plan import Plan
from derive.arrays.recurrent.step_binding_c import Steps
from derive.arrays.targets.c import c_operations
from derive.calculus.recurrence.cell_parts import own_cell
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.errors import KernelError
from derive.notation.reading.model_equations import read_model
from derive.tables.cell_table import Cell, cells, find_cell

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")

SIZES = {"H": 7, "D": 5, "K": 6, "S": 9}
QUICK = ("rnn", "lstm", "gru")
OWN = own_cell("""
x: real[T, D]
h, s: real[T, H]
b, p: real[H]
W: real[H, H]
U: real[H, D]
s[t] = s[t-1] + sigmoid(b + W @ h[t-1] + U @ x[t] + p*s[t-1])
h[t] = max(s[t], -1)*exp(-s[t]**2) + (0.5 if s[t-1] > 0.7 else h[t-1]/2)
""")


def both(text: str, dtype: str, steps: int = 5, batch: int = 3, sizes: dict[str, int] = SIZES,
         ) -> list[dict[str, Any]]:
    """Loss, gradient and outputs of a model in NumPy and in C, at the same random numbers."""
    model = read_model(text)
    plan, rng = Plan(model), np.random.default_rng(5)
    results: list[dict[str, Any]] = []
    theta = None
    data: dict[str, Any] = {}
    for target in ("numpy", "c"):
        made = CompiledModel(model, sizes, dtype, plan, target)
        assert made.target == target
        theta = rng.normal(size=made.theta.size) / 3 if theta is None else theta
        made.theta[...] = theta
        ready = made.ready(steps, batch)
        for name, array in ready.data.items():
            kind, over = plan.graph.inputs[name][1].domain, array.dtype.kind == "i"
            if name not in data:
                data[name] = rng.integers(0, 2, array.shape) if over else rng.integers(
                    0, 2, array.shape) if kind in ("binary", "onehot") else np.abs(
                    rng.normal(size=array.shape)) if kind != "real" else rng.normal(
                    size=array.shape)
            array[...] = data[name]
        ready.begin()
        ready.outputs()
        loss = ready.loss()
        ready.gradient()
        results.append({"loss": loss, "gradient": made.gradient.copy(), **{
            name: ready.value(name).copy() for name in plan.outputs}})
    return results


def agree(results: list[dict[str, Any]], tolerance: float) -> None:
    first, second = results
    for name, value in first.items():
        size = float(np.abs(value).max()) or 1.0
        assert np.abs(second[name] - value).max() <= tolerance * size, name


@pytest.mark.parametrize("cell", QUICK)
@pytest.mark.parametrize(("dtype", "batch"), [("float64", 3), ("float32", 1)])
def test_a_cell_in_c_is_the_cell_in_numpy(cell: str, dtype: str, batch: int) -> None:
    text = composed(Composition(find_cell(cell), labels=dtype == "float32"))
    agree(both(text, dtype, batch=batch), 1e-12 if dtype == "float64" else 2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("cell", cells(), ids=lambda c: c.name)
def test_every_cell_in_c_is_the_cell_in_numpy(cell: Cell, dtype: str) -> None:
    agree(both(composed(Composition(cell)), dtype), 1e-12 if dtype == "float64" else 1e-4)


@pytest.mark.parametrize("more", [
    {"bidirectional": True}, {"layers": 2, "masked": True}, {"last": True}, {"head": "bernoulli"},
    {"head": "gaussian-scale"}, {"labels": True, "embed": True}, {"weighted": True}],
    ids=lambda m: "-".join(m))
def test_however_a_model_is_put_together(more: dict[str, Any]) -> None:
    agree(both(composed(Composition(find_cell("gru"), **more)), "float64"), 1e-12)


def test_a_cell_of_ones_own_with_cases() -> None:
    agree(both(composed(Composition(OWN)), "float64"), 1e-12)


def test_sizes_that_fill_no_panel_and_large_batches() -> None:
    text = composed(Composition(find_cell("lstm")))
    agree(both(text, "float32", 4, 19, {"H": 70, "D": 33, "K": 3, "S": 4}), 2e-5)
    agree(both(text, "float64", 3, 1, {"H": 67, "D": 1, "K": 2, "S": 4}), 1e-12)


def test_a_planted_wrong_operator_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(c_operations.CLAUSES, Op.SUM, "-")
    with pytest.raises(AssertionError):
        agree(both(composed(Composition(find_cell("rnn"))), "float64"), 1e-12)


def test_training_in_c_learns_what_training_in_numpy_learns() -> None:
    runs = [derive.train("mackey-glass", steps=8, hidden=8, target=target, dtype="float64")
            for target in ("numpy", "c")]
    assert [run.run.options.target for run in runs] == ["numpy", "c"]
    assert runs[0].loss == pytest.approx(runs[1].loss, rel=1e-9)


def test_without_a_compiler_numpy_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    text = composed(Composition(find_cell("rnn")))
    with pytest.warns(RuntimeWarning, match="NumPy goes on: there is no C compiler"):
        made = CompiledModel(text, SIZES, np.float64, target="c")
    assert made.target == "numpy"
    assert "no-such-compiler" in made.target_reason


def test_auto_is_numpy_where_there_is_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setenv("DERIVE_TARGET", "auto")
    assert CompiledModel(composed(Composition(find_cell("rnn"))), SIZES, target="auto").target == \
        "numpy"


def test_what_is_no_target_is_named() -> None:
    with pytest.raises(KernelError, match="in numpy or c, not in 'fortran'"):
        CompiledModel(composed(Composition(find_cell("rnn"))), SIZES, target="fortran")


def test_columns_to_predict_may_still_be_called_targets(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("high,count\n" + "1,2\n0,1\n" * 40)
    run = derive.train(data=str(path), target="count", columns="high", hidden=3, steps=3, bptt=4,
                       batch=4)
    assert run.run.options.predict == "count"
    assert run.run.options.target == "numpy"




@pytest.mark.parametrize("wide", [True, False])
def test_large_products_are_the_same_by_c_and_by_numpy(wide: bool, monkeypatch: pytest.MonkeyPatch,
                                                       ) -> None:
    monkeypatch.setattr(model_text_c, "SMALL", 0)
    monkeypatch.setattr(Steps, "wide", wide)
    text = composed(Composition(find_cell("lstm"), labels=True, weighted=True, layers=2))
    mine, other = both(text, "float64", 70, 9, {**SIZES, "H": 35})
    for key, array in mine.items():
        np.testing.assert_allclose(other[key], array, rtol=1e-10, atol=1e-12, err_msg=key)
