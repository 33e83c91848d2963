"""A tanh RNN written by hand, as slow and plain as can be, and toy data for the trainer's tests."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np


class ToyNetwork:
    """h[t] = tanh(b + W h[t-1] + U x[t]), o = c + V h, with a softmax or Gaussian head.

    `y` of (B,) is one target for each sequence, told from the last state; where m is 0 the state
    stays. It keeps its last state in memory of its own, as compiled networks may.
    """

    def __init__(self, inputs: int, hidden: int, outputs: int, *, labels: bool = True,
                 head: str = "softmax", dtype: str = "float64", carries: bool = True) -> None:
        self.equations = f"h[t] = tanh(b + W @ h[t-1] + U @ x[t])\n{head}(c + V @ h[t])"
        self.labels, self.head, self.carries = labels, head, carries
        self.each, self.even, self.decodes = True, False, False
        self.dtype = np.dtype(dtype)
        self.shapes = {"U": (hidden, inputs), "W": (hidden, hidden), "b": (hidden,),
                       "V": (outputs, hidden), "c": (outputs,)}
        size = sum(int(np.prod(s)) for s in self.shapes.values())
        self.theta, self.gradient = np.zeros(size, dtype), np.zeros(size, dtype)
        self.parameters, self.gradients = self._views(self.theta), self._views(self.gradient)
        self._memory: dict[int, Any] = {}

    def decoded(self, outputs, starts):
        return outputs

    def _views(self, flat):
        views, at = {}, 0
        for name, shape in self.shapes.items():
            count = int(np.prod(shape))
            views[name] = flat[at : at + count].reshape(shape)
            at += count
        return views

    def initialise(self, rng) -> None:
        self.theta[:] = 0.3 * rng.standard_normal(self.theta.size)

    def zero_state(self, batch: int):
        return {"h": np.zeros((batch, self.shapes["W"][0]), self.dtype)}

    def _dense(self, batch):
        x = batch["x"]
        return np.eye(self.shapes["U"][1], dtype=self.dtype)[x] if self.labels else x

    def _forward(self, batch, state):
        p, x = self.parameters, self._dense(batch)
        mask = batch.get("m", np.ones(x.shape[:2], self.dtype))[..., None]
        h = self.zero_state(x.shape[1])["h"] if state is None else state["h"]
        states = [h]
        for t in range(len(x)):
            new = np.tanh(p["b"] + states[-1] @ p["W"].T + x[t] @ p["U"].T)
            states.append(mask[t] * new + (1 - mask[t]) * states[-1])
        if x.shape[1] not in self._memory:
            self._memory[x.shape[1]] = np.zeros_like(states[-1])
        self._memory[x.shape[1]][:] = states[-1]  # memory that the next call overwrites
        hs = np.array(states)
        return x, mask, hs, p["c"] + hs[1:] @ p["V"].T, {"h": self._memory[x.shape[1]]}

    def outputs(self, batch, state=None):
        *_, o, last = self._forward(batch, state)
        if self.head == "softmax":
            return {"o": o if batch.get("y", o).ndim > 1 else o[-1]}, last
        return {"mu": o[..., 0]}, last

    def _loss(self, batch, o, mask):
        """The loss and its gradient in o (T, B, K)."""
        y, weight = batch["y"], mask / max(mask.sum(), 1)
        if y.ndim == 1:  # only the last step counts; y is spread over the steps
            weight = np.zeros_like(mask)
            weight[-1] = 1 / len(y)
            y = np.broadcast_to(y, o.shape[:2])
        if self.head != "softmax":
            d = o[..., 0] - y
            return float((weight[..., 0] * d * d / 2).sum()), weight * d[..., None]
        shifted = o - o.max(-1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
        one_hot = np.eye(o.shape[-1], dtype=self.dtype)[y]
        return float(-(weight * one_hot * logs).sum()), weight * (np.exp(logs) - one_hot)

    def loss(self, batch, state=None):
        _, mask, _, o, last = self._forward(batch, state)
        return self._loss(batch, o, mask)[0], last

    def loss_and_gradient(self, batch, state=None):
        x, mask, hs, o, last = self._forward(batch, state)
        loss, do = self._loss(batch, o, mask)
        p, g = self.parameters, self.gradients
        self.gradient[:] = 0
        dh = np.zeros_like(hs[0])
        for t in range(len(x) - 1, -1, -1):
            g["V"] += do[t].T @ hs[t + 1]
            g["c"] += do[t].sum(0)
            dh = dh + do[t] @ p["V"]
            new = np.tanh(p["b"] + hs[t] @ p["W"].T + x[t] @ p["U"].T)
            da = mask[t] * dh * (1 - new * new)
            g["U"] += da.T @ x[t]
            g["W"] += da.T @ hs[t]
            g["b"] += da.sum(0)
            dh = (1 - mask[t]) * dh + da @ p["W"]
        return loss, last


class ToyFeed:
    """Chunks of a text that repeats itself with noise; state is carried and starts anew each epoch.

    With `shuffled` the chunks come in a random order and carry nothing.
    """

    def __init__(self, seed: int = 0, steps: int = 8, rows: int = 4, chunks: int = 7,
                 shuffled: bool = False) -> None:
        text = np.random.default_rng(5).integers(0, 5, rows * (steps * chunks + 1))
        text[::2] = 1
        self.text = text.reshape(rows, -1).T
        self.length, self.chunks, self.shuffled, self.fresh = steps, chunks, shuffled, True
        self.rng, self.at, self.order = np.random.default_rng(seed), 0, np.arange(chunks)

    def __len__(self) -> int:
        return self.chunks

    def take(self):
        if self.at == 0 and self.shuffled:
            self.order = self.rng.permutation(self.chunks)
        self.fresh, start = self.shuffled or self.at == 0, self.order[self.at] * self.length
        self.at = (self.at + 1) % self.chunks
        return {"x": self.text[start : start + self.length],
                "y": self.text[start + 1 : start + self.length + 1]}

    def state(self):
        return {"rng": self.rng.bit_generator.state, "at": self.at, "order": self.order}

    def restore(self, state) -> None:
        self.rng.bit_generator.state = state["rng"]
        self.at, self.order = state["at"], state["order"]


def toy(**changes):
    return ToyNetwork(5, 6, 5, **changes)


def digest(array) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
