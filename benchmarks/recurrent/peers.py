"""Recurrent models in PyTorch with given weights: the reference for speed, losses, gradients.

Weights are dicts of NumPy arrays, named as in `rules/cells`. H is the width of the state, V the
number of input labels, K the number of classes:

    W_*  (H, H)   W_g @ h[t-1]          b_*  (H,)     the only bias of gate g
    U_*  (H, V)   U_g @ x[t], x one-hot  b_u  (H,)     nn.GRU's bias inside the reset product
    V    (K, H)   head: o[t] = c + V @ h[t]           c    (K,)

`rnn` and `relu-rnn` have W, U and b without a suffix. The loss is the mean of the softmax
negative log-likelihood over all T*B labels. Tokens and labels are (T, B) integers, time first.
The state starts at zero.

PyTorch has two biases per gate. The second stays zero here (but b_u), so that SGD moves their
sum as far as it moves our one bias.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Weights = Mapping[str, Array]
Tensors = Mapping[str, Any]
# A step of a loop cell: (torch, weights, inputs, state) -> state. `inputs[g]` is (B, H), U_g @ x[t]
# plus b_g; every state is (B, H), and the head reads `h`.
Step = Callable[[Any, Tensors, Tensors, Tensors], dict[str, Any]]

# The gates of PyTorch's own layers, in the order in which it stacks them.
GATES = {"rnn": ("",), "relu-rnn": ("",), "lstm": ("i", "f", "g", "o"), "gru": ("r", "z", "n")}
MORE = {"gru": ("b_u",), "lstm-peephole": ("p_i", "p_f", "p_o")}


def torch_module() -> Any:
    """PyTorch. Raises ImportError, saying how to install it."""
    try:
        import torch
    except ImportError as error:
        raise ImportError("the peers need PyTorch: python -m pip install torch --index-url "
                          "https://download.pytorch.org/whl/cpu") from error
    return torch


def set_threads(count: int) -> None:
    """How many threads PyTorch computes on. NumPy's are set in the environment, before import."""
    torch_module().set_num_threads(count)


@dataclass(frozen=True)
class Part:
    """Where a named weight lies: some rows of a tensor."""

    tensor: Any
    rows: slice

    def read(self, gradient: bool) -> Array:
        tensor = self.tensor.grad if gradient else self.tensor.detach()
        return np.array(tensor[self.rows].numpy())


@dataclass(frozen=True)
class TorchModel:
    """A network: its loss as a function of integer tensors (T, B), and what SGD updates."""

    cell: str
    parameters: tuple[Any, ...]
    parts: Mapping[str, Part]
    loss: Callable[[Any, Any], Any]


def torch_model(cell: str, weights: Weights, head: Weights, dtype: Any = np.float32,
                step: Step | None = None, states: tuple[str, ...] = ("h",)) -> TorchModel:
    """A model with copies of these weights.

    `rnn`, `relu-rnn`, `lstm` and `gru` are nn.RNN, nn.LSTM and nn.GRU on one-hot input. The cells
    of STEPS, and a cell of one's own given by its `step` and the names of its `states`, are loops
    over time in Python. Raises ValueError, ImportError.
    """
    if set(head) != {"V", "c"} or set(head) & set(weights):
        raise ValueError("the head has weights V and c; the cell must not use these names")
    if step is None and cell in STEPS:
        step, states = STEPS[cell]
    if step is None and cell not in GATES:
        raise ValueError(f"no cell {cell!r}: {', '.join([*GATES, *STEPS])}, or pass step=")
    torch = torch_module()
    kind = torch.float64 if np.dtype(dtype) == np.float64 else torch.float32
    leaf = {name: torch.tensor(np.asarray(a), dtype=kind).requires_grad_()
            for name, a in ({**weights, **head} if step else head).items()}
    parts = {name: Part(tensor, slice(None)) for name, tensor in leaf.items()}
    used = list(leaf.values())
    if step:
        hidden = _loop_states(torch, step, leaf, states)
    else:
        layer, own = _layer(torch, cell, weights, kind)
        hidden = _layer_states(torch, layer, kind)
        parts |= own
        used += [p for p in layer.parameters() if p.requires_grad]

    def loss(tokens: Any, labels: Any) -> Any:
        logits = torch.nn.functional.linear(hidden(tokens), leaf["V"], leaf["c"])
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())

    return TorchModel(cell, tuple(used), parts, loss)


def _tail(gate: str) -> str:
    return f"_{gate}" if gate else ""


def _layer(torch: Any, cell: str, weights: Weights, kind: Any) -> tuple[Any, dict[str, Part]]:
    """A layer of torch.nn and where each weight lies in its stacked tensors."""
    tails = [_tail(g) for g in GATES[cell]]
    needed = {name + tail for name in "WUb" for tail in tails} | set(MORE.get(cell, ()))
    if needed != set(weights):
        raise ValueError(f"{cell} has weights {', '.join(sorted(needed))}")
    width, labels = weights["U" + tails[0]].shape
    build = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}.get(cell, torch.nn.RNN)
    extra = {"nonlinearity": "relu"} if cell == "relu-rnn" else {}
    layer = build(labels, width, dtype=kind, **extra)
    stacked = {"W": layer.weight_hh_l0, "U": layer.weight_ih_l0, "b": layer.bias_ih_l0}
    parts = {name + tail: Part(tensor, slice(k * width, (k + 1) * width))
             for name, tensor in stacked.items() for k, tail in enumerate(tails)}
    second = layer.bias_hh_l0
    if cell == "gru":
        inner = slice(2 * width, 3 * width)
        parts["b_u"] = Part(second, inner)
        keep = torch.zeros_like(second).index_fill_(0, torch.arange(2 * width, 3 * width), 1.0)
        second.register_hook(lambda gradient: gradient * keep)
    else:
        second.requires_grad_(False)
    with torch.no_grad():
        second.zero_()
        for name, part in parts.items():
            part.tensor[part.rows] = torch.tensor(np.asarray(weights[name]), dtype=kind)
    return layer, parts


def _layer_states(torch: Any, layer: Any, kind: Any) -> Callable[[Any], Any]:
    def states(tokens: Any) -> Any:
        return layer(torch.nn.functional.one_hot(tokens, layer.input_size).to(kind))[0]
    return states


def _loop_states(torch: Any, step: Step, weights: Tensors,
                 names: tuple[str, ...]) -> Callable[[Any], Any]:
    """All h (T, B, H). The products with the input are looked up for all steps at once."""
    gates = [name[1:] for name in weights if name == "U" or name.startswith("U_")]
    width = weights["U" + gates[0]].shape[0]

    def states(tokens: Any) -> Any:
        table = torch.cat([weights["U" + g] for g in gates]).t()
        bias = torch.cat([weights["b" + g] for g in gates])
        terms = torch.nn.functional.embedding(tokens, table) + bias
        zero = terms.new_zeros(tokens.shape[1], width)
        state: dict[str, Any] = dict.fromkeys(names, zero)
        found = []
        for at_t in terms.unbind(0):
            inputs = {g[1:]: part for g, part in zip(gates, at_t.split(width, 1), strict=True)}
            state = step(torch, weights, inputs, state)
            found.append(state["h"])
        return torch.stack(found)
    return states


# --- loop cells ----------------------------------------------------------------------------------

def _rnn(t: Any, w: Tensors, x: Tensors, s: Tensors) -> dict[str, Any]:
    return {"h": t.tanh(t.addmm(x[""], s["h"], w["W"].t()))}


def _mgu(t: Any, w: Tensors, x: Tensors, s: Tensors) -> dict[str, Any]:
    h = s["h"]
    f = t.sigmoid(t.addmm(x["f"], h, w["W_f"].t()))
    n = t.tanh(t.addmm(x["n"], f * h, w["W_n"].t()))
    return {"h": (1 - f) * h + f * n}


def _gru_reset_before(t: Any, w: Tensors, x: Tensors, s: Tensors) -> dict[str, Any]:
    h = s["h"]
    r = t.sigmoid(t.addmm(x["r"], h, w["W_r"].t()))
    z = t.sigmoid(t.addmm(x["z"], h, w["W_z"].t()))
    n = t.tanh(t.addmm(x["n"], r * h, w["W_n"].t()))
    return {"h": (1 - z) * n + z * h}


def _gru(t: Any, w: Tensors, x: Tensors, s: Tensors) -> dict[str, Any]:
    h = s["h"]
    r = t.sigmoid(t.addmm(x["r"], h, w["W_r"].t()))
    z = t.sigmoid(t.addmm(x["z"], h, w["W_z"].t()))
    n = t.tanh(x["n"] + r * t.addmm(w["b_u"], h, w["W_n"].t()))
    return {"h": (1 - z) * n + z * h}


def _lstm(t: Any, w: Tensors, x: Tensors, s: Tensors) -> dict[str, Any]:
    a = {g: t.addmm(x[g], s["h"], w[f"W_{g}"].t()) for g in "ifgo"}

    def gate(g: str, c: Any) -> Any:
        return t.sigmoid(a[g] + w[f"p_{g}"] * c if f"p_{g}" in w else a[g])

    c = gate("f", s["c"]) * s["c"] + gate("i", s["c"]) * t.tanh(a["g"])
    return {"h": gate("o", c) * t.tanh(c), "c": c}


# name -> one step, the names of its states
STEPS: dict[str, tuple[Step, tuple[str, ...]]] = {
    "rnn-loop": (_rnn, ("h",)), "lstm-loop": (_lstm, ("h", "c")), "gru-loop": (_gru, ("h",)),
    "mgu": (_mgu, ("h",)), "gru-reset-before": (_gru_reset_before, ("h",)),
    "lstm-peephole": (_lstm, ("h", "c")),
}


# --- weights, training, time ---------------------------------------------------------------------

def random_weights(cell: str, width: int, labels: int, classes: int, seed: int = 0,
                   dtype: Any = np.float64) -> tuple[dict[str, Array], dict[str, Array]]:
    """Weights and head, uniform in ±1/√H as PyTorch draws them. Raises ValueError."""
    name = cell.removesuffix("-loop")
    gates = {**GATES, "mgu": ("f", "n"), "gru-reset-before": GATES["gru"],
             "lstm-peephole": GATES["lstm"]}.get(name)
    if gates is None:
        raise ValueError(f"no cell {cell!r}")
    shapes: dict[str, tuple[int, ...]] = {}
    for gate in gates:
        shapes["W" + _tail(gate)] = (width, width)
        shapes["U" + _tail(gate)] = (width, labels)
        shapes["b" + _tail(gate)] = (width,)
    shapes |= dict.fromkeys(MORE.get(name, ()), (width,))
    rng, bound = np.random.default_rng(seed), width**-0.5

    def drawn(shape: tuple[int, ...]) -> Array:
        return rng.uniform(-bound, bound, shape).astype(dtype)

    weights = {key: drawn(shape) for key, shape in shapes.items()}
    return weights, {"V": drawn((classes, width)), "c": drawn((classes,))}


def sgd(model: TorchModel, batches: Iterable[tuple[Array, Array]], lr: float) -> list[float]:
    """One step of SGD for each (tokens, labels); the loss before every step."""
    return [_sgd_step(torch_module(), model, *_integers(x, y), lr).item() for x, y in batches]


def sgd_steps(model: TorchModel, tokens: Array, labels: Array, steps: int,
              lr: float) -> list[float]:
    """`steps` steps on the same batch; the loss before every step."""
    return sgd(model, ((tokens, labels) for _ in range(steps)), lr)


def _sgd_step(torch: Any, model: TorchModel, tokens: Any, labels: Any, lr: float) -> Any:
    for p in model.parameters:
        p.grad = None
    loss = model.loss(tokens, labels)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters:
            p.add_(p.grad, alpha=-lr)
    return loss.detach()


def stepper(model: TorchModel, tokens: Array, labels: Array, lr: float) -> Callable[[], Any]:
    """A training step without arguments, for timing it between other candidates."""
    torch, (x, y) = torch_module(), _integers(tokens, labels)
    return lambda: _sgd_step(torch, model, x, y, lr)


def seconds_per_step(step: Callable[[], Any], repeats: int = 20, warm_up: int = 3) -> float:
    """The median of `repeats` calls after `warm_up` calls."""
    for _ in range(warm_up):
        step()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def loss_and_gradients(model: TorchModel, tokens: Array,
                       labels: Array) -> tuple[float, dict[str, Array]]:
    """The loss and its gradient in every weight and in V and c, by their names."""
    for p in model.parameters:
        p.grad = None
    loss = model.loss(*_integers(tokens, labels))
    loss.backward()
    return loss.item(), {name: part.read(gradient=True) for name, part in model.parts.items()}


def weights_of(model: TorchModel) -> dict[str, Array]:
    """Copies of all weights as they are now, V and c among them."""
    return {name: part.read(gradient=False) for name, part in model.parts.items()}


def _integers(*arrays: Array) -> list[Any]:
    return [torch_module().as_tensor(np.ascontiguousarray(a, dtype=np.int64)) for a in arrays]
