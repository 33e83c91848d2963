"""What the parts share: sizes, cells in no library, networks with given weights, turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from derive.calculus.recurrence.cell_parts import own_cell
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.tables.cell_table import Cell, find_cell
from derive.training.network_building import RecurrentNetwork

from . import peers

HAS_TORCH = find_spec("torch") is not None
UNSTEADY = 1.3  # a median so much above the least time was disturbed


class Size(NamedTuple):
    """Width of the state, steps, sequences, symbols (and classes)."""

    H: int
    T: int
    B: int
    V: int


SIZES = {"A": Size(100, 25, 1, 64), "B": Size(128, 64, 32, 80), "C": Size(512, 64, 64, 96)}

# Cells in no library, as a user writes them. `habituating` answers less to what lasts.
OWN = {
    "habituating": """
x: real[T, D]
h, s: real[T, H]
b_n, b_z, p: real[H]
W_n, W_z: real[H, H]
U_n, U_z: real[H, D]
n[t] = tanh(b_n + W_n @ h[t-1] + U_n @ x[t])
z[t] = sigmoid(b_z + W_z @ h[t-1] + U_z @ x[t] + p*s[t-1])
s[t] = s[t-1] + z[t]*(n[t] - s[t-1])
h[t] = n[t]*exp(-s[t]**2)
""",
    "two-speeds": """
x: real[T, D]
f, s, h: real[T, H]
b, r: real[H]
W_f, W_s: real[H, H]
U: real[H, D]
f[t] = tanh(b + W_f @ f[t-1] + W_s @ s[t-1] + U @ x[t])
s[t] = s[t-1] + sigmoid(r)*(f[t] - s[t-1])
h[t] = f[t] + s[t]
""",
    "multiplying": """
x: real[T, D]
h, a: real[T, H]
b, p: real[H]
W: real[H, H]
U: real[H, D]
a[t] = b + W @ h[t-1] + U @ x[t] + p*(W @ h[t-1])*(U @ x[t])
h[t] = a[t]/sqrt(1 + a[t]**2)
""",
    # A cell of the catalogue, given as a user would give it.
    "mgu": """
x: real[T, D]
h: real[T, H]
b_f, b_n: real[H]
W_f, W_n: real[H, H]
U_f, U_n: real[H, D]
f[t] = sigmoid(b_f + W_f @ h[t-1] + U_f @ x[t])
n[t] = tanh(b_n + W_n @ (f[t]*h[t-1]) + U_n @ x[t])
h[t] = (1 - f[t])*h[t-1] + f[t]*n[t]
""",
}


def _habituating(t: Any, w: Any, x: Any, s: Any) -> dict[str, Any]:
    n = t.tanh(t.addmm(x["n"], s["h"], w["W_n"].t()))
    z = t.sigmoid(t.addmm(x["z"], s["h"], w["W_z"].t()) + w["p"] * s["s"])
    trace = s["s"] + z * (n - s["s"])
    return {"h": n * t.exp(-trace * trace), "s": trace}


# The same in PyTorch: a step in Python, and the names of its states.
LOOPS = {"habituating": (_habituating, ("h", "s")), "mgu": peers.STEPS["mgu"]}


def cell(name: str) -> Cell:
    """A cell of the rules, or one of OWN."""
    return own_cell(OWN[name]) if name in OWN else find_cell(name)


def network(name: str, size: Size, dtype: Any = np.float32, seed: int = 0) -> RecurrentNetwork:
    """A softmax language model of the cell, all parameters uniform in ±1/√H."""
    text = composed(Composition(cell(name), labels=True, weighted=True))
    net = RecurrentNetwork(text, {"H": size.H, "S": size.V, "K": size.V}, dtype)
    bound = size.H**-0.5
    rng = np.random.default_rng(seed)
    for array in net.parameters.values():
        array[...] = rng.uniform(-bound, bound, array.shape)
    return net


def twin(name: str, net: RecurrentNetwork) -> peers.TorchModel:
    """The same model with the same parameters in PyTorch."""
    head = {n for n in net.parameters if n.partition("_")[0] in ("V", "c")}
    kind = {2: "V", 1: "c"}
    step, states = LOOPS.get(name, (None, ("h",)))
    return peers.torch_model(
        name, {n: a for n, a in net.parameters.items() if n not in head},
        {kind[net.parameters[n].ndim]: net.parameters[n] for n in head}, net.dtype, step, states)


def trainer(net: RecurrentNetwork, batch: Mapping[str, Any], lr: float) -> Callable[[], float]:
    """One step of training: forward, backward, SGD in place. Returns the loss before it."""
    state = net.zero_state(batch["x"].shape[1])
    scaled, rate = np.empty_like(net.theta), np.asarray(lr, net.dtype)

    def step() -> float:
        loss, _ = net.loss_and_gradient(batch, state)
        np.multiply(net.gradient, rate, scaled)
        np.subtract(net.theta, scaled, net.theta)
        return loss
    return step


def random_batch(size: Size, seed: int = 0) -> dict[str, Any]:
    """Tokens and labels (T, B), uniform."""
    rng = np.random.default_rng(seed)
    return {name: rng.integers(0, size.V, (size.T, size.B)) for name in "xy"}


def text_batches(size: Size, steps: int) -> Iterator[dict[str, Any]]:
    """Batches (T, B) of Python's help topics in order, B places apart, around at the end.

    The V - 1 most frequent characters keep a symbol of their own, all others share one.
    """
    from derive.training.tasks.text_tasks import topics_text

    codes = np.frombuffer(topics_text().encode("latin-1", "replace"), np.uint8)
    order = np.argsort(-np.bincount(codes, minlength=256), kind="stable")
    table = np.full(256, size.V - 1)
    table[order[:size.V - 1]] = np.arange(size.V - 1)
    symbols = table[codes]
    starts = np.arange(size.B) * (len(symbols) // size.B)
    for step in range(steps):
        places = (starts + np.arange(size.T + 1)[:, None] + step * size.T) % len(symbols)
        found = symbols[places]
        yield {"x": found[:-1], "y": found[1:]}


class Times(NamedTuple):
    """Seconds of one call: the least and the median over rounds, and the median on processors."""

    least: float
    median: float
    busy: float

    @property
    def unsteady(self) -> bool:
        return self.median > UNSTEADY * self.least


def turns(works: Mapping[str, Callable[[], Any]], rounds: int, spell: float) -> dict[str, Times]:
    """Times of contenders that take turns, each for about `spell` seconds, `rounds` times."""
    calls = {}
    for name, work in works.items():
        work()
        once = min(_seconds(work, 1)[0] for _ in range(3))
        calls[name] = max(1, int(spell / max(once, 1e-6)))
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for number in range(rounds):
        order = list(works)[::-1 if number % 2 else 1]
        for name in order:
            works[name]()  # its data are in the caches again
            found[name].append(_seconds(works[name], calls[name]))
    medians = {name: [statistics.median(one) for one in zip(*pairs, strict=True)]
               for name, pairs in found.items()}
    return {name: Times(min(wall for wall, _ in pairs), *medians[name])
            for name, pairs in found.items()}


def _seconds(work: Callable[[], Any], calls: int) -> tuple[float, float]:
    """Of a call: seconds that passed, and seconds on processors."""
    busy, start = time.process_time(), time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls, (time.process_time() - busy) / calls


def milliseconds(seconds: float) -> str:
    """In milliseconds, three digits."""
    value = 1e3 * seconds
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def verdict(value: float, bar: float, least: bool) -> str:
    """Whether a value is at least, or at most, its bar, and by how much."""
    met = value >= bar if least else value <= bar
    sign = "≥" if least else "≤"
    shown = f"{bar:g}" if bar >= 1e-3 else f"{bar:.0e}".replace("e-0", "e-")
    return f"{sign} {shown} {'met' if met else 'MISSED'}"
