"""Recurrent models as modules for PyTorch, JAX and NumPy: the numbers of the trainer."""

from __future__ import annotations

import linecache
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.model_export import exported_text
from derive.arrays.recurrent.model_plan import Plan
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.errors import KernelError
from derive.notation.reading.model_equations import read_model
from derive.tables.cell_table import Cell, cells, find_cell
from tests.command_line import run
from tests.conftest import quick_share
from tests.test_spellings import SPELLINGS

SIZES = {"H": 4, "D": 3, "K": 5, "S": 6}
STEPS, BATCH = 4, 2
PUT_TOGETHER = [
    {}, {"bidirectional": True}, {"layers": 2, "masked": True}, {"last": True},
    {"head": "bernoulli"}, {"labels": True, "embed": True}, {"weighted": True}, {"labels": True},
    {"last": True, "labels": True, "masked": True, "bidirectional": True}]
Numbers = tuple[float, dict[str, np.ndarray], list[np.ndarray]]


def module_of(text: str) -> ModuleType:
    made = ModuleType("exported")
    linecache.cache["exported"] = (len(text), None, text.splitlines(True), "exported")
    exec(compile(text, "exported", "exec"), made.__dict__)
    return made


def in_numpy(made: ModuleType, parameters: dict[str, np.ndarray], data: dict[str, Any],
             inputs: set[str]) -> Numbers:
    loss, slopes = made.loss_and_gradients(parameters, **data)
    assert made.loss(parameters, **data) == loss
    return loss, slopes, list(made.outputs(parameters, **{n: data[n] for n in inputs}))


def in_jax(made: ModuleType, parameters: dict[str, np.ndarray], data: dict[str, Any],
           inputs: set[str]) -> Numbers:
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        own = {n: jax.numpy.asarray(a) for n, a in parameters.items()}
        given = {n: jax.numpy.asarray(a) for n, a in data.items()}
        loss, slopes = jax.jit(jax.value_and_grad(made.loss))(own, **given)
        outputs = made.outputs(own, **{n: given[n] for n in inputs})
        return float(loss), {n: np.asarray(a) for n, a in slopes.items()}, \
            [np.asarray(a) for a in outputs]


def in_torch(made: ModuleType, parameters: dict[str, np.ndarray], data: dict[str, Any],
             inputs: set[str]) -> Numbers:
    torch = pytest.importorskip("torch")
    annotations = made.Model.__init__.__annotations__
    model = made.Model(**{d: SIZES[d] for d in annotations if d in SIZES}).double()
    model.load_state_dict({n: torch.tensor(a) for n, a in parameters.items()})
    given = {n: torch.tensor(a.copy()) for n, a in data.items()}
    loss = model(**given)
    loss.backward()
    outputs = model.outputs(**{n: given[n] for n in inputs})
    return loss.item(), {n: p.grad.numpy() for n, p in model.named_parameters()}, \
        [a.numpy() for a in outputs]


RUNS: dict[str, Callable[..., Numbers]] = {"numpy": in_numpy, "jax": in_jax, "torch": in_torch}
targets = pytest.mark.parametrize("target", [
    "numpy", pytest.param("torch", marks=pytest.mark.peers),
    pytest.param("jax", marks=pytest.mark.peers)])


def filled(plan: Plan, ready: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    for name, array in ready.data.items():
        domain = plan.graph.inputs[name][1].domain
        array[...] = rng.integers(0, 2, array.shape) if domain in ("label", "binary", "count") \
            else np.abs(rng.normal(size=array.shape)) if domain != "real" else \
            rng.normal(size=array.shape)
    inner = {}
    for name, array in ready.data.items():
        padded = plan.graph.inputs[name][0] == "step" and len(array) > STEPS
        if padded:
            array[0] = array[-1] = 0
        inner[name] = array[1:-1] if padded else array
    return inner


def check(text: str, target: str) -> None:
    """Loss, outputs and gradients of the module are those of the compiled model."""
    pytest.importorskip(target)
    plan = Plan(read_model(text))
    compiled = CompiledModel(text, SIZES, np.float64, plan)
    compiled.theta[...] = np.random.default_rng(4).normal(size=compiled.theta.size) / 2
    ready = compiled.ready(STEPS, BATCH)
    data = filled(plan, ready)
    ready.begin()
    ready.outputs()
    loss = ready.loss()
    ready.gradient()
    made = module_of(exported_text(read_model(text), target, "A model"))
    outputs = made.Model.outputs if target == "torch" else made.outputs
    inputs = {n for n in outputs.__annotations__ if n in data}
    parameters = {n: a.copy() for n, a in compiled.parameters.items()}
    value, slopes, given = RUNS[target](made, parameters, data, inputs)
    assert value == pytest.approx(loss, rel=1e-12)
    for name, output in zip(plan.outputs, given, strict=True):
        np.testing.assert_allclose(output, ready.value(name), rtol=1e-11, atol=1e-12)
    assert slopes.keys() == compiled.gradients.keys()
    for name, slope in slopes.items():
        scale = np.abs(compiled.gradients[name]).max()
        np.testing.assert_allclose(slope, compiled.gradients[name], rtol=0,
                                   atol=1e-12 * max(1, scale), err_msg=name)


@targets
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_a_cell_has_the_numbers_of_the_trainer(cell: str, target: str) -> None:
    check(composed(Composition(find_cell(cell))), target)


@targets
@pytest.mark.parametrize("name", ["a product of matrices first", "weight norm"])
def test_what_parameters_give_is_led_back(name: str, target: str) -> None:
    check(SPELLINGS[name][0], target)


@targets
@pytest.mark.parametrize("more", quick_share(PUT_TOGETHER, 2))
def test_however_a_model_is_put_together(more: dict[str, Any], target: str) -> None:
    check(composed(Composition(find_cell("gru"), **more)), target)


@targets
@pytest.mark.slow
@pytest.mark.parametrize("cell", cells(), ids=lambda c: c.name)
def test_every_cell(cell: Cell, target: str) -> None:
    check(composed(Composition(cell)), target)


STARTS = """
    x: real[T, D]
    h: real[T, H]
    h0, b, v: real[H]
    W: real[H, H]
    U: real[H, D]
    y: real[T]
    h[-1] = h0
    h[t] = tanh(b + W @ h[t-1] + U @ x[t])
    o[t] = dot(v, h[t])
    l[t] = (o[t] - y[t])**2/2
    L = sum(l)
"""


@targets
@pytest.mark.parametrize("text", [
    STARTS, STARTS.replace("h0", "g0").replace("h[-1]", "h[T]").replace("t-1", "t+1"),
    STARTS.replace("L = sum(l)", "s = h[T-1]\nL = sum(l) + dot(s, v)"),
    STARTS.replace("U @ x[t]", "U @ x[t-1]"),
    STARTS.replace("h[-1] = h0", "h[-1] = 0.5").replace("h0, ", ""),
    STARTS.replace("tanh(", "digamma(2 + sigmoid(")
    .replace("x[t])", "x[t]))"), STARTS.replace("tanh(", "logsumexp("),
], ids=["start", "backwards", "last-state", "input-before", "number", "special", "vector"])
def test_edges_of_time_and_functions(text: str, target: str) -> None:
    check(text, target)


@targets
def test_names_that_a_module_uses_itself(target: str) -> None:
    pytest.importorskip(target)
    text = STARTS.replace("h0", "loss").replace("U", "rows").replace("v", "lambda_")
    made = exported_text(read_model(text), target, "A model")
    assert {"loss2", "rows2"} <= set(made.replace('"', " ").replace(".", " ").split())
    module_of(made).self_test()


# --- the text -------------------------------------------------------------------------------------

@pytest.mark.parametrize("target", RUNS)
def test_the_text_is_readable_as_the_cell(target: str) -> None:
    """An equation stands above the statement that computes it, in the names of the model."""
    text = exported_text(read_model(composed(Composition(find_cell("gru")))), target, "GRU",
                         "derive export gru")
    compile(text, "model.py", "exec")
    lines = [line.strip() for line in text.split("\n")]
    for equation, code in (
            ("# n[t] = tanh(b_n + U_n @ x[t] + r[t]*(b_u + W_n @ h[t-1]))", "n_t = "),
            ("# h[t] = (1 - z[t])*n[t] + z[t]*h[t-1]", "h_t = "),
            ("# o[t] = c + V @ h[t]", "o = ")):
        assert lines[lines.index(equation) + 1].startswith(code)
    assert "sigmoid(r_part" in text
    assert "derive export gru" in text
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("target", RUNS)
def test_a_module_tests_itself(target: str, tmp_path: Path) -> None:
    """It says so where one sign of its backward pass is wrong."""
    pytest.importorskip(target)
    text = exported_text(read_model(composed(Composition(find_cell("rnn")))), target, "RNN")
    wrong = text.replace("1 - h**2", "1 + h**2").replace("1 - h ** 2", "1 + h ** 2")
    assert wrong != text
    for content, code, words in ((text, 0, "all is as in derive"),
                                 (wrong, 1, "the gradient by")):
        path = tmp_path / "model.py"
        path.write_text(content)
        done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True)
        assert done.returncode == code
        assert words in done.stdout + done.stderr


@targets
@pytest.mark.parametrize("head", ["poisson-nll", "bernoulli"])
def test_a_module_tests_itself_on_counts_and_flags(head: str, target: str) -> None:
    """In float64, as all of the test: a logarithm of Γ in float32 would be off by 1e-8."""
    pytest.importorskip(target)
    model = read_model(composed(Composition(find_cell("rnn"), head=head)))
    module_of(exported_text(model, target, "RNN")).self_test()


def test_numpy_is_typed(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    path = tmp_path / "model.py"
    path.write_text(exported_text(read_model(composed(Composition(
        find_cell("rnn"), labels=True, embed=True, masked=True, weighted=True))), "numpy", "RNN"))
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", str(path)], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_a_library_cannot_say_is_refused_by_name() -> None:
    text = STARTS.replace("W @ h[t-1]", "inv(W) @ h[t-1]")
    with pytest.raises(KernelError, match="functions of matrices"):
        exported_text(read_model(text), "jax", "A model")
    with pytest.raises(KernelError, match="exported to torch, jax, numpy, not to 'tensorflow'"):
        exported_text(read_model(STARTS), "tensorflow", "A model")


def test_the_command_writes_a_module() -> None:
    done = run("bptt", "rnn", "--target", "numpy")
    assert done.returncode == 0
    compile(done.stdout, "model.py", "exec")
    assert "    derive bptt rnn --target numpy" in done.stdout


# --- the text that runs ---------------------------------------------------------------------------

def test_what_runs_is_readable_as_the_cell() -> None:
    """Each equation stands behind the statement that ends it, in the names of the model."""
    text = Plan(read_model(composed(Composition(find_cell("gru"))))).text
    for end, equation in (
            ("n_t)", "n[t] = tanh(b_n + U_n @ x[t] + r[t]*(b_u + W_n @ h[t-1]))"),
            ("h_t)", "h[t] = (1 - z[t])*n[t] + z[t]*h[t-1]"), ("o)", "o[t] = c + V @ h[t]")):
        line = next(line for line in text.split("\n") if line.endswith(f"  # {equation}"))
        assert line.partition("  # ")[0].endswith(end)
    assert "np_matmul(h, V, o)" in text


def test_names_of_a_model_like_those_of_views() -> None:
    """They stand in quotes where the text reads data, and are left alone there."""
    text = STARTS.replace("h0", "v1").replace("x", "s0").replace("b", "v2").replace("D", "V0")
    compiled = CompiledModel(text.replace("s0", "x"), {**SIZES, "V0": 3}, np.float64)
    renamed = CompiledModel(text, {**SIZES, "V0": 3}, np.float64)
    values = []
    for model, name in ((compiled, "x"), (renamed, "s0")):
        model.theta[...] = np.random.default_rng(1).normal(size=model.theta.size)
        ready = model.ready(3, 2)
        ready.put(name, np.arange(18.0).reshape(3, 2, 3) / 9)
        ready.put("y", np.ones((3, 2)))
        ready.begin()
        ready.outputs()
        values.append(ready.loss())
    assert values[0] == values[1]
