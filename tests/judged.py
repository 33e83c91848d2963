"""Compiled models judged by the plain interpreter and by the complex step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from derive.arrays.recurrent.compiled_model import CompiledModel, Ready
from derive.arrays.recurrent.model_plan import Plan
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.notation.reading.model_equations import read_model
from derive.tables.cell_table import Cell, find_cell
from tests.model_interpreter import Interpreter

SIZES = {"H": 4, "D": 3, "S": 5, "K": 2}
STEP = 1e-100
FLOOR = 1e-3  # errors are relative to the larger of a slope and this part of its array's largest

OWN_CELLS = {  # in no library
    "ring": Cell("ring", "", (
        "x: real[T, D]", "h, s: real[T, H]", "b, g: real[H]", "W, A: real[H, H]", "U: real[H, D]"),
        ("s[t] = g*s[t-1] + (1 - sigmoid(g))*tanh(A @ h[t-1])",
         "h[t] = tanh(b + W @ s[t] + U @ x[t] + s[t-1]*h[t-1])"), "h"),
    "norm": Cell("norm", "", (
        "x: real[T, D]", "a, h: real[T, H]", "mu, va: real[T]", "b, g: real[H]", "W: real[H, H]",
        "U: real[H, D]"),
        ("a[t] = W @ h[t-1] + U @ x[t]", "mu[t] = mean(a[t, i] for i in H)",
         "va[t] = mean((a[t, i] - mu[t])**2 for i in H)",
         "h[t] = tanh(b + g*(a[t] - mu[t])/sqrt(va[t] + 1/100))"), "h"),
    "attending": Cell("attending", "", (
        "x: real[T, D]", "h, p: real[T, H]", "alpha: real", "W, A, B: real[H, H]", "U: real[H, D]"),
        ("p[t] = softmax(A @ h[t-1])",
         "h[t] = sigmoid(alpha)*h[t-1] + B @ relu(W @ (p[t]*h[t-1]) + U @ x[t])/2"), "h"),
}


@cache
def plan(text: str) -> Plan:
    """The plan of a model, made once."""
    return Plan(read_model(text))


def cell(name: str) -> Cell:
    """A cell of the rules or of these tests."""
    return OWN_CELLS[name] if name in OWN_CELLS else find_cell(name)


@cache
def text_of(name: str, **parts: Any) -> str:
    """The text of a model put together from a cell."""
    return composed(Composition(cell(name), **{"weighted": True, **parts}))


class Judged:
    """A compiled model with random data: its loss, its gradient, and what they should be."""

    def __init__(self, text: str, steps: int = 4, batch: int = 2, sizes: Mapping[str, int] = SIZES,
                 dtype: Any = np.float64, seed: int = 0, scale: float = 0.6) -> None:
        self.text, self.sizes, self.steps, self.batch = text, sizes, steps, batch
        self.rng = np.random.default_rng(seed)
        self.model = CompiledModel(text, sizes, dtype, plan(text))
        self.model.theta[:] = self.rng.normal(size=self.model.theta.shape)*scale
        self.ready = self.model.ready(steps, batch)
        self.data = {name: self.drawn(name) for name in self.ready.data}
        self.fill(self.ready)

    def drawn(self, name: str) -> Any:
        """Random data of the type that a model declares."""
        rows, kind = self.model.plan.graph.inputs[name]
        lead = (self.steps, self.batch) if rows == "step" else (self.batch,)
        shape = (*lead, *(self.model._length(d) for d in kind.shape))
        if kind.domain == "label":
            return self.rng.integers(0, self.model._length(kind.over), shape)
        if kind.domain == "binary":
            return self.rng.integers(0, 2, shape)
        if kind.domain == "nonnegative":
            return self.rng.uniform(0.2, 1, shape)
        return self.rng.normal(size=shape)

    def fill(self, ready: Ready) -> None:
        """Puts in the data; what no one should read is made random."""
        for slab in ready.slabs:
            if slab.dtype.kind in "fc":
                slab[...] = np.random.default_rng(1).normal(size=slab.shape)*50
        for name, values in self.data.items():
            ready.put(name, values)
        ready.begin()

    def run(self) -> tuple[float, dict[str, Any]]:
        """The loss and the gradient."""
        self.fill(self.ready)
        self.ready.outputs()
        loss = self.ready.loss()
        self.ready.gradient()
        return loss, {name: array.copy() for name, array in self.model.gradients.items()}

    def interpreted(self, **changed: Any) -> Any:
        """The loss by the interpreter."""
        parameters = {n: a.astype(float) for n, a in self.model.parameters.items()} | changed
        return Interpreter(self.text, self.sizes).value(parameters, self.data)

    def value_error(self) -> float:
        """How far the loss is from the interpreter's, relative."""
        true = self.interpreted()
        return float(abs(self.run()[0] - true)/max(1, abs(true)))

    def slope_error(self) -> float:
        """How far the gradient is from the interpreter's along a random direction, at most."""
        errors = []
        for name, slope in self.run()[1].items():
            way = self.rng.normal(size=slope.shape)
            moved = self.model.parameters[name] + STEP*1j*way
            true = np.imag(self.interpreted(**{name: moved}))/STEP
            errors.append(abs((slope*way).sum() - true)/max(abs(slope*way).sum(), abs(true), 1e-9))
        return float(max(errors))

    def central_error(self) -> float:
        """The same against central differences of the interpreter, in all parameters at once."""
        slopes = self.run()[1]
        ways = {n: self.rng.normal(size=a.shape)*1e-5 for n, a in slopes.items()}
        up, down = (self.interpreted(**{n: self.model.parameters[n] + sign*ways[n] for n in ways})
                    for sign in (1, -1))
        found = sum((slopes[n]*ways[n]).sum() for n in ways)
        return float(abs(found - (up - down)/2)/max(sum(abs(slopes[n]*ways[n]).sum() for n in ways),
                                                    1e-9))

    def complex_error(self) -> float:
        """The largest error of any entry of the gradient against the complex step."""
        self.run()
        twin = CompiledModel(self.text, self.sizes, np.complex128, self.model.plan)
        ready = twin.ready(self.steps, self.batch)
        self.fill(ready)
        true = np.empty(len(twin.theta))
        for place in range(len(true)):
            twin.theta[:] = self.model.theta
            twin.theta[place] += STEP*1j
            ready.begin()
            ready.outputs()
            true[place] = ready.loss().imag/STEP
        kept = self.model.gradient.copy()
        self.model.gradient[:] = true
        judged = {n: a.copy() for n, a in self.model.gradients.items()}
        self.model.gradient[:] = kept
        return max(float((abs(self.model.gradients[n] - a)/np.maximum(
            abs(a), FLOOR*abs(a).max() or 1)).max()) for n, a in judged.items())
