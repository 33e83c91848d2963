"""The network of a run: a model composed from options, compiled, and fed with batches."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike

from derive.arrays.recurrent.compiled_model import CompiledModel, Ready
from derive.arrays.recurrent.loss_weights import Weights
from derive.arrays.recurrent.model_plan import Plan
from derive.calculus.recurrence.decoding_text import Decoding, decoding_text
from derive.errors import DataError, TrainingError
from derive.notation.reading.declaration_lines import PREDICTION, ROLES
from derive.notation.reading.initial_lines import LEARNED
from derive.notation.reading.model_equations import Model, read_model
from derive.tables.cell_table import find_reduction
from derive.tables.prediction_kinds import PredictedOutput
from derive.training.decoder import Decoder
from derive.training.free_parameters import free_parameters
from derive.training.initial_values import initialise
from derive.training.mask_drawing import put_masks
from derive.training.network import Array, Batch, State
from derive.training.sequence_targets import SequenceTargets, reads_ahead

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
        decoding = decoding_text(text)
        kept = _kept(decoding, prediction)
        plan = plan or Plan(read_model(text), sizes, kept=kept)
        self.model = CompiledModel(text, sizes, dtype, plan, target)
        self.gradients = self.model.gradients
        self.dtype, self.sizes = self.model.dtype, self.model.sizes
        self.reduction = reduction
        self.draw: tuple[int, int] | None = None  # what random masks of a step are drawn from
        self.weights = {name: Weights(find_reduction(name)) for name in {reduction, MEAN}}
        self._even: dict[tuple[str, int, int], Array] = {}
        self.targets = SequenceTargets(plan.model, plan.times)
        self.called = {word: plan.model.learning.role(word) for word in ROLES}
        self.free = free_parameters(self.model)
        self.theta, self.gradient = self.free.theta, self.free.gradient
        names = self._data_names(plan)
        self._check_data(names, plan.model)
        self.states = [d.source for d in plan.graph.delays.values() if d.state and d.shift < 0]
        self.each = plan.graph.inputs[self.called["weights"]][0] == "step"
        self.carries = self.each and self._is_carried(plan, names)
        self.masked, self.censored = (self.called[word] in names for word in ("mask", "events"))
        read = [n for n in kept if n in plan.graph.named]
        self.names = list(dict.fromkeys((*plan.outputs, *self._predicted(plan), *read)))
        self.even = not self.masked and reads_ahead(plan.model)
        self.decodes = decoding is not None
        self.decoder = None if decoding is None or self.dtype.kind == "c" else Decoder(
            decoding, self.sizes, self.dtype, self.model.target)

    @staticmethod
    def _data_names(plan: Plan) -> set[str]:
        """What a batch brings: what is drawn, counted or carried is none of it."""
        carried = {name for start in plan.starts.values() for name in (start.begun, start.given)}
        return {*plan.graph.data} - carried - {*plan.graph.counts} - {*plan.model.learning.masks}

    @staticmethod
    def _is_carried(plan: Plan, names: set[str]) -> bool:
        """Whether a state says all of the past.

        The data of the steps around a chunk is not carried, nor what runs backwards in time, nor
        all the past that attention reads.
        """
        graph = plan.graph
        return graph.plain and not any(graph.counts) and not any(
            (d.state and d.shift > 0) or d.source in names for d in graph.delays.values())

    @staticmethod
    def _predicted(plan: Plan) -> list[str]:
        """The name of the prediction, where the model has a line for it."""
        return [PREDICTION] if PREDICTION in plan.graph.named else []

    def _check_data(self, names: set[str], model: Model) -> None:
        """Raises TrainingError for a model that reads other data than a batch has."""
        roles = ("input", "weights") if self.targets.spaced else ("input", "target", "weights")
        needed = {self.called[word] for word in roles}
        missing = needed - names
        more = names - needed - self.targets.names() - {
            self.called["mask"], self.called["events"]}
        if missing or more:
            what = f"has no {min(missing)}" if missing else f"reads {min(more)}"
            if more and not missing and self._may_be_learned(min(more), model):
                raise TrainingError(f"{min(more)} has no value at each step and is not learned; to "
                                    f"learn it, add the line init {min(more)}: 1")
            raise TrainingError(f"the model {what}; a model for training reads x and y, and ends "
                                "in L = sum(w*l); it may read a mask m and events d too, and "
                                "nothing else")

    @staticmethod
    def _may_be_learned(name: str, model: Model) -> bool:
        leaf = model.scope.names[name]
        return not model.timed(leaf) and leaf.kind.domain in LEARNED

    @property
    def parameters(self) -> dict[str, Array]:
        """Named values of the parameters. What `theta` holds of bounded ones is a free number."""
        self.free.give_values()
        return self.model.parameters

    @property
    def views(self) -> dict[str, Array]:
        """Named views into `theta`: of bounded parameters the free numbers."""
        return self.free.views

    @property
    def bounded(self) -> dict[str, str]:
        """The domains of the parameters that are trained by a free number."""
        return self.free.domains

    @property
    def learned(self) -> dict[str, Array]:
        """Named views into `theta` of the parameters that are learned."""
        frozen = self.model.plan.model.learning.frozen
        return {n: view for n, view in self.free.views.items() if n not in frozen}

    def initialise(self, rng: np.random.Generator) -> None:
        """Draws all parameters."""
        initialise(self.model, rng)
        self.free.take_values()

    def zero_state(self, batch: int) -> State:
        """The state before the first step: zeros, or what the model says now."""
        state = {}
        for name in self.states:
            start = np.nan if name in self.model.plan.starts else \
                self.model.plan.initial.get(name, 0)
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
        put_masks(ready, self.draw)
        ready.outputs()
        loss = ready.loss()
        ready.gradient()
        self._given(ready, state)
        self.free.turn_gradient()
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
        made = {n: ready.value(n).copy() for n in self.names}
        name = self.called["input"]
        if self.decoder is not None and name in self.decoder.reads:
            made[name] = np.asarray(batch["x"])
        return made, self._last(ready)

    def decoded(self, outputs: dict[str, Array], starts: Array | None) -> dict[str, Array]:
        """Outputs (N, …) of all steps with the prediction, where it has a recurrence of its own."""
        if self.decoder is None:
            return outputs
        return {**outputs, PREDICTION: self.decoder.labels(self.parameters, outputs, starts)}

    def _filled(self, batch: Batch, state: State | None, reduction: str) -> Ready:
        """The functions for a batch of this size, its data, state and weights in place."""
        x = np.asarray(batch["x"])
        if x.ndim < 2 or 0 in x.shape:
            raise DataError(f"x has shape {x.shape}; a batch has one step and one sequence at "
                            "least, (T, B) or (T, B, D)")
        steps, count = x.shape[:2]
        self.free.give_values()
        ready = self.targets.ready(self.model, batch, steps, count)
        if self.masked:
            ready.put(self.called["mask"], batch.get("m", 1))
        self._put_targets(ready, batch, bool(reduction))
        ready.put(self.called["input"], x)
        if reduction:
            if self.censored:
                ready.put(self.called["events"], batch["d"])
            ready.put(self.called["weights"], self._weights(reduction, batch, steps, count))
        put_masks(ready, None)
        ready.begin(state)
        length = self.model.plan.graph.length
        if length and "m" in batch:
            ready.put(length, np.maximum(1, np.asarray(batch["m"]).sum(0)))
        return ready

    def _put_targets(self, ready: Ready, batch: Batch, due: bool) -> None:
        """Writes the targets of a batch. Raises DataError where they are `due` and not there."""
        if due and "y" not in batch:
            raise DataError("the batch has no y, and a loss needs targets")
        self.targets.put(ready, batch)
        if self.called["target"] in ready.data and "y" in batch and (due or self.targets.further):
            ready.put(self.called["target"], batch["y"])

    def _weights(self, reduction: str, batch: Batch, steps: int, count: int) -> Array:
        """The weights of the losses: (T, B), or (B,) where there is one loss a sequence."""
        weigh = self.weights[reduction]
        if self.targets.further and self.each:
            batch = {"m": batch.get("k", np.ones(np.shape(batch["y"])[:2], self.dtype))}
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


def _kept(decoding: Decoding | None, prediction: PredictedOutput | None) -> list[str]:
    """The names of equations whose values are read outside, beside what the loss reads."""
    return [*(decoding.reads if decoding is not None else ()),
            *([prediction.name] if prediction is not None else ())]
