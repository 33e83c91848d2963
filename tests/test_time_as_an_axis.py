"""Sums, softmax and attention over time, and second axes of time."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from derive import DeriveError, bptt
from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.model_plan import Plan
from derive.errors import ModelError, VerificationError
from derive.judge.claims.adjoint_claims import Adjoint, adjoint_claim
from derive.judge.claims.text_claims import judge
from derive.notation.reading.model_equations import read_model
from tests.judged import Judged
from tests.time_axis_models import MODELS, torch_loss

SIZES = {"H": 3, "D": 2}
_PLANS: dict[str, Plan] = {}


def plan(name: str) -> Plan:
    if name not in _PLANS:
        _PLANS[name] = Plan(read_model(MODELS[name]))
    return _PLANS[name]


class Compiled:
    """A compiled model at random parameters and data, and its complex twin."""

    def __init__(self, name: str, steps: int = 4, batch: int = 2, further: int = 3, seed: int = 5,
                 ) -> None:
        random = np.random.default_rng(seed)
        self.models = [CompiledModel("", SIZES, kind, plan(name)) for kind in
                       (np.float64, np.complex128)]
        lengths = [further]*(len(plan(name).times) - 1)
        self.ready = [m.ready(steps, batch, *lengths) for m in self.models]
        self.models[0].theta[:] = random.normal(size=self.models[0].theta.size)/2
        for key, array in self.ready[0].data.items():
            array[...] = random.normal(size=array.shape)
            if key == "m":
                array[...] = random.integers(0, 2, array.shape)
                array[0] = 1
            self.ready[1].data[key][...] = array

    def loss(self, which: int = 0) -> Any:
        self.ready[which].begin()
        with np.errstate(all="ignore"):
            self.ready[which].outputs()
            return self.ready[which].loss()

    def slopes(self) -> dict[str, Any]:
        self.loss()
        with np.errstate(all="ignore"):
            self.ready[0].gradient()
        return {n: g.copy() for n, g in self.models[0].gradients.items()}

    def complex_slopes(self) -> dict[str, Any]:
        found = {}
        for name, array in self.models[1].parameters.items():
            found[name] = np.zeros(array.shape)
            for at in np.ndindex(array.shape):
                self.models[1].theta[:] = self.models[0].theta
                array[at] += 1e-30j
                found[name][at] = self.loss(1).imag/1e-30
        return found


def agree(first: dict[str, Any], second: dict[str, Any], most: float = 1e-11) -> None:
    scale = max(np.abs(g).max() for g in second.values())
    assert {n: gap for n in first if (gap := np.abs(first[n] - second[n]).max()/scale) > most} == {}


# What is derived

def test_a_mean_over_time_gives_every_step_its_part() -> None:
    found = bptt(MODELS["mean pooling"])
    h = next(d for d in (found, *found.others) if str(d.quantity.args[1].args[0]) == "h")
    assert h.notation == ("d(L, c[i]) / T + sum(W[k, i] * (1 - h[t + 1, k]**2) * "
                          "d(L, h[t + 1, k]) for k in H)")


def test_what_every_step_reads_gets_a_sum_over_the_steps_that_read() -> None:
    found = bptt(MODELS["causal self-attention"])
    told = {str(d.quantity.args[1].args[0]): d.notation for d in (found, *found.others)}
    assert told["u"] == "sum(a[j, t] * d(L, c[j, i]) for j in T if t <= j)"
    assert told["k"] == "sum(q[j, i] * d(L, e[j, t]) for j in T)"
    assert told["q"] == "sum(k[j, i] * d(L, e[t, j]) for j in T)"


VERIFIED = ("softmax pooling", "the mean of the steps, and the first and the last state",
            "attention over past states inside of a cell",
            "an encoder and a decoder with attention")


@pytest.mark.parametrize("name", [*VERIFIED, *(pytest.param(n, marks=pytest.mark.slow)
                                               for n in MODELS if n not in VERIFIED)])
def test_both_judges_agree_with_the_printed_adjoints(name: str) -> None:
    found = bptt(MODELS[name]).verify().verification
    assert found.worst < 1e-38
    assert found.unjudged == ""
    assert found.ends


def test_a_sum_over_the_wrong_steps_is_noticed() -> None:
    found = bptt(MODELS["causal self-attention"])
    printed = [(d.quantity.args[1], d.notation) for d in (found, *found.others)]

    def claim(change: Any) -> Any:
        return adjoint_claim(MODELS["causal self-attention"], [Adjoint(
            str(at.args[0]), change(text), tuple((i.name, str(i.dim)) for i in at.args[1:]))
            for at, text in printed])

    judge(claim(lambda text: text))
    with pytest.raises(VerificationError):
        judge(claim(lambda text: text.replace("if t <= j", "if t < j")))
    with pytest.raises(VerificationError):
        judge(claim(lambda text: text.replace("i] * d(L, e[t, j])", "i] * d(L, e[j, t])")))


# What is compiled

@pytest.mark.parametrize("name", MODELS)
def test_the_compiled_gradient_is_that_of_the_complex_step(name: str) -> None:
    if name != "maximum pooling":
        compiled = Compiled(name)
        agree(compiled.slopes(), compiled.complex_slopes())


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("name", ["causal self-attention", "softmax pooling",
                                  "attention over past states inside of a cell"])
def test_short_sequences_and_a_batch_of_one(name: str, steps: int) -> None:
    compiled = Compiled(name, steps, 1)
    agree(compiled.slopes(), compiled.complex_slopes())


@pytest.mark.parametrize("name", [n for n in MODELS if "axes of time" not in n
                                  and "decoder" not in n and "maximum" not in n])
def test_every_value_is_that_of_an_interpreter_of_the_text(name: str) -> None:
    assert Judged(MODELS[name], 4, 2, {**SIZES, "T": 4}).value_error() <= 1e-13


def test_a_run_leaves_nothing_for_the_next_one() -> None:
    compiled = Compiled("attention over past states inside of a cell")
    first = compiled.slopes()
    data = {n: a.copy() for n, a in compiled.ready[0].data.items()}
    for array in compiled.ready[0].data.values():
        array[...] = np.nan
    compiled.slopes()
    for name, array in compiled.ready[0].data.items():
        array[...] = data[name]
    again = compiled.slopes()
    assert all(np.array_equal(first[n], again[n]) for n in first)


def test_padded_steps_change_neither_loss_nor_gradient() -> None:
    name = "attention of the scaled product, over what a mask leaves"
    short, long = Compiled(name, 4), Compiled(name, 7)
    long.models[0].theta[:] = short.models[0].theta
    for key, array in long.ready[0].data.items():
        array[...] = 0
        array[:4] = short.ready[0].data[key]
    assert long.loss() == pytest.approx(short.loss(), rel=1e-15)
    agree(long.slopes(), short.slopes(), 1e-15)


def test_the_work_grows_with_the_square_of_the_steps_and_no_faster() -> None:
    model = CompiledModel("", SIZES, np.float32, plan("causal self-attention"))
    small, large = model.ready(16, 2).bytes, model.ready(64, 2).bytes
    assert large < 16*small
    assert max(array.size for array in model.ready(64, 2).slabs) <= 4*64*64*2


# What is refused

CELL = "x: real[T, D]\nh: real[T, H]\nW: real[H, H]\nU: real[H, D]\nv: real[H]\ny: real[T]\n"
END = "\nl[t] = (dot(v, h[t]) - y[t])**2\nL = sum(l)"


def test_a_loss_may_read_any_step() -> None:
    text = CELL.replace("y: real[T]\n", "") + "h[t] = tanh(W @ h[t-1] + U @ x[t])\nL = dot(v, h[3])"
    found = bptt(text).verify().verification
    assert found.ends
    assert dict(found.sizes)["T"] == (7,)


@pytest.mark.parametrize(("text", "message"), [
    ("c: real[H]\nh[t] = tanh(W @ h[t-1] + c)\nc = mean(x)",
     "a mean of vectors over the steps is mean(h[s] for s in T)"),
    ("c: real[T, H]\nc[t] = sum(h[s] for s in T)\nh[t] = tanh(W @ c[t-1] + U @ x[t])",
     "the equation of c reads h at every step, and h depends on it: c → h → c"),
    ("h[t] = tanh(W @ h[t-1] + U @ x[t] + h[T-1])", r"reads h[T - 1], and h depends on it"),
    ("h[t] = tanh(sum(W @ h[s] for s in T if s <= t) + U @ x[t])", "circular within one step"),
    ("h[t] = tanh(W @ sum(h[s-1] for s in T if s < t) + U @ x[t])", "beside a step that is bound"),
])
def test_the_future_of_a_loop_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=re.escape(message)):
        bptt(CELL + text + END)


def test_a_model_asks_for_the_steps_of_each_axis_of_time() -> None:
    model = CompiledModel("", SIZES, np.float32, plan("an encoder and a decoder with attention"))
    with pytest.raises(DeriveError, match="2 axes of time: T, R"):
        model.ready(4, 2)


# Beside PyTorch

@pytest.mark.peers
@pytest.mark.parametrize("name", MODELS)
def test_pytorch_has_the_same_gradients(name: str) -> None:
    torch = pytest.importorskip("torch")
    compiled = Compiled(name, 5, 3, 4, 11)
    leaves = {n: torch.tensor(a.copy(), dtype=torch.float64, requires_grad=True)
              for n, a in compiled.models[0].parameters.items()}
    data = {n: torch.tensor(np.swapaxes(a, 0, 1) if a.ndim > 1 else a)
            for n, a in compiled.ready[0].data.items()}
    loss = torch_loss(name, torch, leaves, data)
    loss.backward()
    assert compiled.loss() == pytest.approx(loss.item(), rel=1e-12)
    agree(compiled.slopes(), {n: leaf.grad.numpy() for n, leaf in leaves.items()}, 1e-12)
