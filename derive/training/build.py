"""The network of a run: a model composed from options, compiled, and fed with batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from derive.calculus.recurrence.compose import Composition, composed
from derive.cell_table import Cell, find_cell, find_reduction
from derive.errors import TrainingError
from derive.kernels.recurrent.compiled import CompiledModel, Plan, Ready
from derive.kernels.recurrent.reduction import Weights
from derive.notation.model import TARGET, read_model
from derive.training.network import Array, Batch, State
from derive.training.options import Options
from derive.training.tasks.data import Data

MEAN = "mean"
OF_CLASSES = ("softmax",)  # heads of data whose targets are one of K classes


class RecurrentNetwork:
    """A compiled model as the trainer sees it.

    The loss of a batch is Σ w l: the weights w of the steps are the derivative of the
    `reduction`. What `loss` measures is always the mean over all real steps.
    """

    def __init__(self, text: str, sizes: Mapping[str, int], dtype: Any,
                 reduction: str = MEAN, plan: Plan | None = None) -> None:
        self.equations = text
        self.model = CompiledModel(text, sizes, dtype, plan or Plan(read_model(text)))
        self.theta, self.gradient = self.model.theta, self.model.gradient
        self.parameters, self.gradients = self.model.parameters, self.model.gradients
        self.dtype = self.model.dtype
        self.reduction = reduction
        self.weights = {name: Weights(find_reduction(name)) for name in {reduction, MEAN}}
        self._even: dict[tuple[str, int, int], Array] = {}
        plan = self.model.plan
        self.states = {d.source: d for d in plan.graph.delays.values() if d.state}
        self.each = plan.graph.inputs["w"][0] == "step"
        self.carries = self.each and all(d.shift < 0 for d in self.states.values())
        self.masked = "m" in plan.graph.inputs
        self.names = list(plan.outputs)

    def initialise(self, rng: np.random.Generator) -> None:
        """Draws matrices uniformly in ±1/√(number of inputs); biases are 0.

        Tables of vectors (one for each symbol) are standard normal.
        """
        views = self.model.plan.views.parameters
        tables = self._tables()
        for name, array in self.parameters.items():
            if array.ndim < 2:
                array[...] = 0 if array.ndim == 0 or name not in self._vectors() else \
                    rng.uniform(-1, 1, array.shape) / np.sqrt(array.size)
            elif name in tables and not views[name].turned:
                array[...] = rng.standard_normal(array.shape)
            else:
                wide = array.shape[0] if name in tables else \
                    array.shape[1 if views[name].turned else 0]
                array[...] = rng.uniform(-1, 1, array.shape) / np.sqrt(wide)

    def _tables(self) -> set[str]:
        """The parameters that are read by label."""
        nodes = self.model.plan.schedule.nodes
        return {str(nodes[n.sources[0]].detail[0]) for n in nodes if n.op == "pick"
                and nodes[n.sources[0]].op == "input" and not nodes[n.sources[0]].batched}

    def _vectors(self) -> set[str]:
        """The parameters that a state is multiplied with in a dot product."""
        nodes = self.model.plan.schedule.nodes
        return {str(nodes[s].detail[0]) for n in nodes if n.op == "dots" and not n.dims
                for s in n.sources[::2]}

    def zero_state(self, batch: int) -> State:
        """The state before the first step: zeros, or what the model says."""
        found = {}
        for name, delay in self.states.items():
            if delay.shift < 0:
                dims = self._shape(name)
                found[name] = np.zeros((batch, *dims), self.dtype)
        return found

    def _shape(self, name: str) -> tuple[int, ...]:
        plan = self.model.plan
        slab = plan.storage.slabs[plan.storage.home[plan.graph.named[name]][0]]
        return tuple(self.model._length(d) for d in slab.dims)

    # Computing

    def loss_and_gradient(self, batch: Batch, state: State | None = None) -> tuple[float, State]:
        """The loss of a batch and the last state; fills `gradient`."""
        ready = self._filled(batch, state, self.reduction)
        ready.outputs()
        loss = ready.loss()
        ready.gradient()
        return loss, self._last(ready)

    def loss(self, batch: Batch, state: State | None = None) -> tuple[float, State]:
        """The mean loss of a batch over its real steps, and the last state."""
        ready = self._filled(batch, state, MEAN)
        ready.outputs()
        return ready.loss(), self._last(ready)

    def outputs(self, batch: Batch, state: State | None = None) -> tuple[dict[str, Array], State]:
        """The outputs of the network, (T, B, …) or (B, …), and the last state."""
        ready = self._filled(batch, state, "")
        ready.outputs()
        return {n: ready.value(n).copy() for n in self.names}, self._last(ready)

    def _filled(self, batch: Batch, state: State | None, reduction: str) -> Ready:
        """The functions for a batch of this size, its data, state and weights in place."""
        steps, count = batch["x"].shape[:2]
        ready = self.model.ready(steps, count)
        data = ready.data
        np.copyto(data["x"][-steps:] if len(data["x"]) == steps else data["x"][1:steps + 1],
                  batch["x"], casting="same_kind")
        if self.masked:
            data["m"][...] = batch.get("m", 1)
        if reduction:
            np.copyto(data["y"], batch["y"], casting="unsafe")
            data["w"][...] = self._weights(reduction, batch, steps, count)
        for name in self.states:
            self._begin(ready, name, state)
        return ready

    def _weights(self, reduction: str, batch: Batch, steps: int, count: int) -> Array:
        """The weights of the losses: (T, B), or (B,) where there is one loss a sequence."""
        weigh = self.weights[reduction]
        if "m" in batch and self.each:
            return weigh(np.asarray(batch["m"], self.dtype))  # type: ignore[no-any-return]
        steps = steps if self.each else 1
        key = reduction, steps, count
        if key not in self._even:
            self._even[key] = weigh(np.ones((steps, count), self.dtype))
        return self._even[key] if self.each else self._even[key][0]

    def _begin(self, ready: Ready, name: str, state: State | None) -> None:
        """Writes what stands before the first step of a state, or after its last."""
        edge = ready.edge(name, self.states[name].shift)
        if state is not None and name in state:
            edge[...] = state[name]
        else:
            edge[...] = ready.initial(name)

    def _last(self, ready: Ready) -> State:
        return {n: ready.value(n)[-1].copy() for n, d in self.states.items() if d.shift < 0}


def network(data: Data, options: Options) -> RecurrentNetwork:
    """The network for some data, compiled from its equations.

    Raises DeriveError for equations that do not fit together, or do not fit the data.
    """
    labels = not isinstance(data.inputs, int)
    lengths = data.train.starts is not None
    if options.model is not None and _is_whole(options.model):
        text = options.model
    else:
        cell = own_cell(options.model) if options.model is not None else find_cell(options.cell)
        text = composed(Composition(
            cell, options.head or data.head, layers=options.layers,
            bidirectional=options.bidirectional, labels=labels,
            embed=labels and options.embed > 0, last=not data.each,
            masked=lengths and (not data.each or options.bidirectional), weighted=True))
    sizes = {"H": options.hidden, "D": data.inputs if isinstance(data.inputs, int) else
             options.embed}
    if not isinstance(data.inputs, int):
        sizes["S"] = len(data.inputs)
    if data.classes is not None:
        sizes["K"] = len(data.classes)
    elif data.train.targets.ndim > 1:
        sizes["K"] = data.train.targets.shape[1]
    check_target(text, data)
    try:
        return RecurrentNetwork(text, sizes, np.dtype(options.dtype), options.reduction)
    except KeyError as error:
        raise TrainingError(f"the model has no {error.args[0]}; a model for training reads x and "
                            "y, and ends in L = sum(w*l)") from None


def check_target(text: str, data: Data) -> None:
    """Raises TrainingError where a model's target y is not what the data has."""
    model = read_model(text)
    target = model.scope.names.get(TARGET)
    if target is None:
        raise TrainingError("the model reads no target; declare one, such as y: label(K)[T], and "
                            "use it in the loss")
    values = data.train.targets
    numbers = 1 if data.classes is None else len(data.classes)
    kinds = {"label": data.classes is not None and data.head in OF_CLASSES, "real": data.classes is None,
             "binary": numbers <= 2 and bool(np.isin(values, (0, 1)).all()),
             "count": data.classes is None and bool((values >= 0).all() and
                                                    (values == np.floor(values)).all()),
             "nonnegative": data.classes is None and bool((values >= 0).all()),
             "positive": data.classes is None and bool((values > 0).all())}
    axes = len(target.kind.shape) - int(model.timed(target))
    if not kinds.get(target.kind.domain, data.classes is None) or \
            axes != (values.ndim - 1 if data.classes is None else 0):
        has = f"labels of {numbers} classes" if data.classes is not None else \
            "numbers" if values.ndim == 1 else f"vectors of {values.shape[1]} numbers"
        raise TrainingError(f"the model takes the target {TARGET}: {target.kind}, the data has "
                            f"{has}; choose another --head, such as {data.head}")


def _is_whole(text: str) -> bool:
    """Whether a text is a whole model, with its loss, rather than a cell."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    last = next((line for line in reversed(lines) if line), "")
    return "[" not in last.partition("=")[0]


def own_cell(text: str) -> Cell:
    """The cell that a text of declarations and equations describes; its last equation is read."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    equations = [line for line in lines if "=" in line and "[" in line.partition("=")[0]]
    given = [line for line in lines if line not in equations]
    if not equations:
        raise TrainingError("the cell has no equation; write one such as "
                            "h[t] = tanh(b + W @ h[t-1] + U @ x[t])")
    output = equations[-1].partition("[")[0].strip()
    return Cell("own", "The user's own cell", (), tuple(given), tuple(equations), output)
