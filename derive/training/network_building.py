"""The network of a run: a model composed from options, compiled, and fed with batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import DTypeLike

from derive.arrays.operations import Op
from derive.arrays.recurrent.compiled_model import CompiledModel, Plan, Ready
from derive.arrays.recurrent.loss_weights import Weights
from derive.calculus.recurrence.model_composition import Composition
from derive.core.kinds import Dimension
from derive.errors import DataError, TrainingError
from derive.notation.reading.declaration_lines import PREDICTION, loss_last
from derive.notation.reading.model_equations import TARGET, read_model
from derive.notation.reading.specification import text_lines
from derive.tables.cell_table import Cell, find_cell, find_reduction, targets_of
from derive.tables.prediction_kinds import PredictedOutput
from derive.training.network import Array, Batch, State
from derive.training.run_options import Options
from derive.training.stated_predictions import of_head, of_model
from derive.training.tasks.task_data import OF_CLASSES, Data

MEAN = "mean"


class RecurrentNetwork:
    """A compiled model as the trainer sees it.

    The loss of a batch is Σ w l: the weights w of the steps are the derivative of the
    `reduction`. What `loss` measures is always the mean over all real steps.
    """

    def __init__(self, text: str, sizes: Mapping[str, int], dtype: DTypeLike,
                 reduction: str = MEAN, plan: Plan | None = None, target: str = "numpy",
                 prediction: PredictedOutput | None = None) -> None:
        self.equations, self.prediction = text, prediction
        self.model = CompiledModel(text, sizes, dtype, plan or Plan(read_model(text)), target)
        self.theta, self.gradient = self.model.theta, self.model.gradient
        self.parameters, self.gradients = self.model.parameters, self.model.gradients
        self.dtype, self.sizes = self.model.dtype, self.model.sizes
        self.reduction = reduction
        self.weights = {name: Weights(find_reduction(name)) for name in {reduction, MEAN}}
        self._even: dict[tuple[str, int, int], Array] = {}
        plan = self.model.plan
        names = {n for n, (rows, _) in plan.graph.inputs.items() if rows in ("step", "sequence")
                 and not plan.graph.is_value(n)}
        self._check_data(names, plan.times)
        delays = plan.graph.delays.values()
        self.states = [d.source for d in delays if d.state and d.shift < 0]
        self.each = plan.graph.inputs["w"][0] == "step"
        # The data of the steps around a chunk is not carried, nor what runs backwards in time,
        # nor all the past that attention reads.
        self.carries = self.each and plan.graph.plain and not any(
            (d.state and d.shift > 0) or d.source in names for d in delays)
        self.masked = "m" in plan.graph.inputs
        self.names = list(dict.fromkeys((*plan.outputs, *self._predicted(plan))))

    @staticmethod
    def _predicted(plan: Plan) -> list[str]:
        """The name of the prediction, where the model has a line for it."""
        return [PREDICTION] if PREDICTION in plan.graph.named else []

    @staticmethod
    def _check_data(names: set[str], times: Sequence[Dimension]) -> None:
        """Raises TrainingError for a model that reads other data than a batch has."""
        if len(times) > 1:
            raise TrainingError(f"the model has {len(times)} axes of time, "
                                f"{' and '.join(map(str, times))}; the data that is read has one. "
                                "Compile it, and give each batch its arrays (docs/recurrence.md)")
        missing, more = {"x", "y", "w"} - names, names - {"x", "y", "w", "m"}
        if missing or more:
            what = f"has no {min(missing)}" if missing else f"reads {min(more)}"
            raise TrainingError(f"the model {what}; a model for training reads x and y, and ends "
                                "in L = sum(w*l); it may read a mask m too, and nothing else")

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
        return {str(nodes[n.sources[0]].detail[0]) for n in nodes if n.op is Op.PICK
                and nodes[n.sources[0]].op is Op.INPUT and not nodes[n.sources[0]].batched}

    def _vectors(self) -> set[str]:
        """The parameters that a state is multiplied with in a dot product."""
        nodes = self.model.plan.schedule.nodes
        return {str(nodes[s].detail[0]) for n in nodes if n.op is Op.DOTS and not n.dims
                for s in n.sources[::2]}

    def zero_state(self, batch: int) -> State:
        """The state before the first step: zeros, or what the model says now."""
        state = {}
        for name in self.states:
            start = self.model.plan.initial.get(name, 0)
            value = self.parameters[start] if isinstance(start, str) else start
            state[name] = np.full((batch, *self._shape(name)), value, self.dtype)
        return state

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
        self._given(ready, state)
        return loss, self._last(ready)

    def loss(self, batch: Batch, state: State | None = None) -> tuple[float, State]:
        """The mean loss of a batch over its real steps, and the last state."""
        ready = self._filled(batch, state, MEAN)
        ready.outputs()
        return ready.loss(), self._last(ready)

    def reduced(self, batch: Batch, state: State | None = None) -> float:
        """The loss of a batch as the reduction has it: what `gradient` is the gradient of."""
        ready = self._filled(batch, state, self.reduction)
        ready.outputs()
        return ready.loss()  # type: ignore[no-any-return]

    def outputs(self, batch: Batch, state: State | None = None) -> tuple[dict[str, Array], State]:
        """The outputs of the network, (T, B, …) or (B, …), and the last state."""
        ready = self._filled(batch, state, "")
        ready.outputs()
        ready.predict()
        return {n: ready.value(n).copy() for n in self.names}, self._last(ready)

    def _filled(self, batch: Batch, state: State | None, reduction: str) -> Ready:
        """The functions for a batch of this size, its data, state and weights in place."""
        x = np.asarray(batch["x"])
        if x.ndim < 2 or 0 in x.shape:
            raise DataError(f"x has shape {x.shape}; a batch has one step and one sequence at "
                            "least, (T, B) or (T, B, D)")
        steps, count = x.shape[:2]
        ready = self.model.ready(steps, count)
        ready.put("x", x)
        if self.masked:
            ready.put("m", batch.get("m", 1))
        if reduction:
            if "y" not in batch:
                raise DataError("the batch has no y, and a loss needs targets")
            ready.put("y", batch["y"])
            ready.put("w", self._weights(reduction, batch, steps, count))
        ready.begin(state)
        return ready

    def _weights(self, reduction: str, batch: Batch, steps: int, count: int) -> Array:
        """The weights of the losses: (T, B), or (B,) where there is one loss a sequence."""
        weigh = self.weights[reduction]
        if "m" in batch and self.each and len(weigh.derivation.indices) == 1:
            return self._own_length(weigh, np.asarray(batch["m"], self.dtype))
        if "m" in batch and self.each:
            return weigh(np.asarray(batch["m"], self.dtype))
        steps = steps if self.each else 1
        key = reduction, steps, count
        if key not in self._even:
            self._even[key] = weigh(np.ones((steps, count), self.dtype))
        return self._even[key] if self.each else self._even[key][0]

    @staticmethod
    def _own_length(weigh: Weights, mask: Array) -> Array:
        """The weights of a reduction of one sequence: those of each one without its padding."""
        weights, lengths = np.zeros_like(mask), (mask > 0).sum(0)
        for length in np.unique(lengths):
            rows = lengths == length
            weights[:, rows] = np.where(
                mask[:, rows] > 0, weigh(np.ones((max(1, length), 1), mask.dtype))[0, 0], 0)
        return weights

    def _last(self, ready: Ready) -> State:
        return {n: ready.value(n)[-1].copy() for n in self.states}

    def _given(self, ready: Ready, state: State | None) -> None:
        """Takes off the gradient of initial values what flows into a state that was given."""
        graph, initial = self.model.plan.graph, self.model.plan.initial
        names = [n for n in state or () if n in self.states and isinstance(initial.get(n), str)]
        for name in names:
            slope = self.gradients[str(initial[name])]
            if sum(initial[n] == initial[name] for n in names) == \
                    len(graph.gradients[str(initial[name])]):
                slope[...] = 0
                continue
            flow = ready.value(f"{name}'-1")[0].sum(0)
            slope -= flow if slope.shape else flow.sum()


def network(data: Data, options: Options) -> RecurrentNetwork:
    """The network for some data, compiled from its equations.

    Raises DeriveError for equations that do not fit together, or do not fit the data.
    """
    labels = not isinstance(data.inputs, int)
    lengths = data.train.starts is not None
    if options.model is not None and has_loss(options.model):
        check_target(options.model, data)
        text, prediction = of_model(options.model)
    else:
        cell = own_cell(options.model) if options.model is not None else find_cell(options.cell)
        text, prediction = of_head(Composition(
            cell, options.head or data.head, layers=options.layers,
            bidirectional=options.bidirectional, labels=labels,
            embed=labels and options.embed > 0, last=not data.each,
            masked=lengths and (not data.each or options.bidirectional), weighted=True))
        check_target(text, data)
    sizes = {"H": options.hidden, "D": data.inputs if isinstance(data.inputs, int) else
             options.embed}
    if not isinstance(data.inputs, int):
        sizes["S"] = len(data.inputs)
    if data.classes is not None:
        sizes["K"] = len(data.classes)
    elif data.train.targets.ndim > 1:
        sizes["K"] = data.train.targets.shape[1]
    return RecurrentNetwork(text, sizes, np.dtype(options.dtype), options.reduction,
                            target=options.target, prediction=prediction)


def target_domain(text: str) -> str:
    """The domain of the target of a whole model, such as count; empty of a cell, or without one."""
    if not has_loss(text):
        return ""
    target = read_model(text).scope.names.get(TARGET)
    return "" if target is None else str(target.kind.domain)


def check_target(text: str, data: Data) -> None:
    """Raises TrainingError where a model's target y is not what the data has."""
    model = read_model(text)
    target = model.scope.names.get(TARGET)
    if target is None:
        raise TrainingError("the model reads no target; declare one, such as y: label(K)[T], and "
                            "use it in the loss")
    values, classes = data.train.targets, data.classes
    fits = _fitting(values) if classes is None else {
        "label": targets_of(data.head) == OF_CLASSES, "binary": len(classes) <= 2}
    axes = len(target.kind.shape) - int(model.timed(target))
    if not fits.get(target.kind.domain, classes is None) or \
            axes != (values.ndim - 1 if classes is None else 0):
        has = f"labels of {len(classes)} classes" if classes is not None else \
            "numbers" if values.ndim == 1 else f"vectors of {values.shape[1]} numbers"
        remedy = f"choose another --head, such as {data.head}" if values.ndim == 1 else \
            f"write a --model with {TARGET}: real[T, K] and its loss"
        raise TrainingError(f"the model takes the target {TARGET}: {target.kind}, the data has "
                            f"{has}; {remedy}")


def _fitting(values: Array) -> dict[str, bool]:
    """By domain, whether numbers are in it; any other domain takes them all."""
    tests = {"label": False, "binary": np.isin(values, (0, 1)), "nonnegative": values >= 0,
             "count": (values >= 0) & (values == np.floor(values)), "positive": values > 0}
    return {domain: bool(np.all(fits)) for domain, fits in tests.items()}


def has_loss(text: str) -> bool:
    """Whether a text is a whole model, with its loss, rather than a cell."""
    last = next(reversed(loss_last(list(text_lines(text)))), "")
    return "[" not in last.partition("=")[0]


def own_cell(text: str) -> Cell:
    """The cell that a text of declarations and equations describes; its last equation is read."""
    lines = [line.strip() for line in text_lines(text)]
    equations = [line for line in lines if "=" in line and "[" in line.partition("=")[0]]
    given = [line for line in lines if line not in equations]
    if not equations:
        raise TrainingError("the cell has no equation; write one such as "
                            "h[t] = tanh(b + W @ h[t-1] + U @ x[t])")
    output = equations[-1].partition("[")[0].strip()
    return Cell("own", "The user's own cell", tuple(given), tuple(equations), output)
