"""Recurrent models as modules of PyTorch: the derived backward pass, equal to the trainer's."""

from __future__ import annotations

import linecache
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from derive.arrays.recurrent.compiled_model import CompiledModel, Plan
from derive.arrays.recurrent.torch_model import TorchModel
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.notation.reading.model_equations import read_model
from derive.tables.cell_table import Cell, cells, find_cell

SIZES = {"H": 4, "D": 3, "K": 5, "S": 6}
STEPS, BATCH = 4, 2


def module_of(plan: Plan) -> ModuleType:
    text = TorchModel(plan, "A model", "derive bptt").text()
    made = ModuleType("model_in_torch")
    linecache.cache["model_in_torch"] = (len(text), None, text.splitlines(True), "model_in_torch")
    exec(compile(text, "model_in_torch", "exec"), made.__dict__)
    return made


def numbers(plan: Plan, ready: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    for name, array in ready.data.items():
        domain = plan.graph.inputs[name][1].domain
        array[...] = rng.integers(0, 2, array.shape) if domain in ("label", "binary", "count") \
            else np.abs(rng.normal(size=array.shape)) if domain != "real" else \
            rng.normal(size=array.shape)
    return dict(ready.data)


def check(text: str) -> None:
    """Loss, outputs and gradients of the module are those of the compiled model."""
    torch = pytest.importorskip("torch")
    plan = Plan(read_model(text))
    compiled = CompiledModel(text, SIZES, np.float64, plan)
    compiled.theta[...] = np.random.default_rng(4).normal(size=compiled.theta.size) / 2
    ready = compiled.ready(STEPS, BATCH)
    data = numbers(plan, ready)
    ready.begin()
    ready.outputs()
    loss = ready.loss()
    ready.gradient()
    made = module_of(plan)
    model = made.Model(**{d: SIZES[d] for d in made.Model.__init__.__annotations__
                          if d in SIZES}).double()
    for name, parameter in model.named_parameters():
        parameter.data = torch.tensor(compiled.parameters[name].copy())
    given = [torch.tensor(a.copy()) for a in data.values()]
    value = model(*given)
    value.backward()
    assert value.item() == pytest.approx(loss, rel=1e-12)
    inputs = {n: torch.tensor(a.copy()) for n, a in data.items()
              if n in made.Model.outputs.__annotations__}
    for name, output in zip(plan.outputs, model.outputs(**inputs), strict=True):
        np.testing.assert_allclose(output.numpy(), ready.value(name), rtol=1e-11, atol=1e-12)
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(parameter.grad.numpy(), compiled.gradients[name], rtol=1e-10,
                                   atol=1e-12, err_msg=name)


@pytest.mark.peers
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_cell_in_torch_has_the_numbers_of_the_trainer(cell: str) -> None:
    check(composed(Composition(find_cell(cell))))


@pytest.mark.peers
@pytest.mark.parametrize("more", [
    {"bidirectional": True}, {"layers": 2, "masked": True}, {"last": True}, {"head": "bernoulli"},
    {"labels": True, "embed": True}, {"weighted": True}, {"labels": True}],
    ids=lambda m: "-".join(m))
def test_however_a_model_is_put_together(more: dict[str, Any]) -> None:
    check(composed(Composition(find_cell("gru"), **more)))


@pytest.mark.slow
@pytest.mark.peers
@pytest.mark.parametrize("cell", cells(), ids=lambda c: c.name)
def test_every_cell_in_torch(cell: Cell) -> None:
    check(composed(Composition(cell)))


def test_the_text_needs_no_library_and_says_what_it_is() -> None:
    plan = Plan(read_model(composed(Composition(find_cell("rnn")))))
    text = TorchModel(plan, "Recurrent network", "derive bptt rnn --target torch").text()
    compile(text, "model.py", "exec")
    assert "h[t] = tanh(b + W @ h[t-1] + U @ x[t])" in text
    assert "derive bptt rnn --target torch" in text
    assert max(map(len, text.split("\n"))) <= 100
