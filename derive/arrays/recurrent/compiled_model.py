"""A compiled model: its parameters and memory, and the three functions that compute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from derive.arrays.recurrent.complex_numpy import NAMES
from derive.arrays.recurrent.computed_starts import put_numbers, put_starts
from derive.arrays.recurrent.derived_parameters import DerivedParameters, Stack, laid, split
from derive.arrays.recurrent.edge_values import NumbersByIndex
from derive.arrays.recurrent.fixed_places import check_lengths
from derive.arrays.recurrent.model_plan import Plan
from derive.arrays.recurrent.model_targets import model_module
from derive.arrays.recurrent.value_storage import Slab
from derive.arrays.targets.numpy.executing import Array
from derive.core.kinds import Dimension, Kind
from derive.errors import DataError, KernelError
from derive.notation.reading.model_equations import Model, read_model

_DTYPES = {"i": np.intp, "b": np.bool_}
_VIEW = 200  # bytes of a view
_KEPT = 2**26  # bytes of memory for other sizes of batches that are kept


class CompiledModel:
    """A model as NumPy code: parameters in one vector, gradients in another of the same form.

    `sizes` gives the length of each dimension but time, such as {"H": 128, "D": 32, "K": 10}.
    `dtype` is float32 or float64; complex128 serves gradient checks. `target` is numpy, c, or
    auto; the attribute of that name says what computes, `target_reason` why it is another.
    """

    def __init__(self, model: Model | str, sizes: Mapping[str, int], dtype: DTypeLike = np.float32,
                 plan: Plan | None = None, target: str = "numpy") -> None:
        self.plan = plan or Plan(read_model(model) if isinstance(model, str) else model,
                                 sizes)
        names = [d.name for d in self.plan.sizes]
        self.sizes = {name: int(sizes[name]) for name in names if name in sizes}
        for name in names:
            if self.sizes.get(name, 0) < 1:
                what = "has no size" if name not in sizes else f"has the size {sizes[name]}"
                raise KernelError(f"the dimension {name} {what}; give it a whole number from 1, or "
                                  f"write one in the model, in place of {name}")
        check_lengths(self.plan.least, self.sizes)
        self.dtype = np.dtype(dtype)
        made = model_module(self.plan.text, self.plan.schedule, self.plan.views, self.dtype,
                            target)
        self.target, self.target_reason = made.target, made.reason
        module = made.module.__dict__
        if self.dtype.kind == "c":
            module.update({name: value for name, value in NAMES.items() if name in module})
        self._make = module["make"]
        self._allocate()
        self._ready: dict[tuple[int, ...], Ready] = {}

    def _length(self, dim: Dimension) -> int:
        return self.sizes[str(dim)] if str(dim) in self.sizes else int(str(dim))

    def _allocate(self) -> None:
        """One vector for all parameters, one for the gradient, and views by name."""
        learned, derived = list[Stack](), list[Stack]()
        for stack in self.plan.stacks.parameters:
            first = self.plan.views.parameters[stack[0]]
            dims = [prod(map(self._length, group)) for group in first.stored]
            kind = derived if stack[0] in self.plan.graph.derived else learned
            kind.append((self.plan.stacks.parameters.index(stack), (len(stack), *dims)))
        self.theta, values = laid(learned, self.dtype), laid(derived, self.dtype)
        self.gradient, slopes = laid(learned, self.dtype), laid(derived, self.dtype)
        self._stacks = split(self.theta, learned) | split(values, derived)
        self._slopes = split(self.gradient, learned) | split(slopes, derived)
        self.parameters = {n: self._named(n, self._stacks) for n in self.plan.parameters}
        self.gradients = {n: self._named(n, self._slopes) for n in self.plan.parameters}
        self.derived = None if self.plan.derived is None else DerivedParameters(
            self.plan.derived, {n: self._named(n, self._stacks) for n in self.plan.graph.gradients},
            {n: self._named(n, self._slopes) for n in self.plan.graph.gradients}, self.sizes)

    def _named(self, name: str, stacks: dict[int, Array]) -> Array:
        place = self.plan.views.parameters[name]
        return place.declared(stacks[place.stack][place.plane, ...], self._length)

    # Memory for a size of batches

    def ready(self, steps: int, batch: int, *further: int) -> Ready:
        """The functions and arrays for batches of this size; those of the last few are kept.

        `further` are the numbers of steps of further axes of time.
        """
        if min(steps, batch, *further) < 1:
            raise KernelError(f"a batch has one step and one sequence at least, not {steps} steps "
                              f"of {batch} sequences")
        if len(further) != len(self.plan.times) - 1:
            raise KernelError(f"the model has {len(self.plan.times)} axes of time: "
                              f"{', '.join(map(str, self.plan.times))}; give the steps of each")
        key = (steps, batch, *further)
        functions = self._ready.get(key)
        if functions is None:
            functions = Ready(self, steps, batch, further)
            kept = self._ready.values()
            while kept and functions.bytes + sum(r.bytes for r in kept) > _KEPT:
                self._ready.pop(next(iter(self._ready)))
            self._ready[key] = functions
        return functions


def _quiet(function: Callable[[], Any]) -> Callable[[], Any]:
    """A function without warnings: what a filter leaves out is computed, and may be no number."""
    def run() -> Any:
        with np.errstate(all="ignore"):
            return function()
    return run


class Ready:
    """A compiled model for batches of one size: its data arrays, its values, its functions."""

    def __init__(self, model: CompiledModel, steps: int, batch: int,
                 further: tuple[int, ...] = ()) -> None:
        self.model, self.steps, self.batch = model, steps, batch
        plan = model.plan
        self.lengths = dict(zip(map(str, plan.times), (steps, *further), strict=True))
        check_lengths(plan.least, self.lengths)
        self.slabs: list[Array] = [self._slab(s) for s in plan.storage.slabs]
        self.data = {name: self._data(name, kind) for name, (rows, kind) in
                     plan.graph.inputs.items() if rows in ("step", "sequence")
                     and not plan.graph.is_value(name)}
        clocks = {name: self._clock(name) for name in plan.graph.clocks}
        views = steps * sum(map(len, plan.views.stepped.values()))
        self.bytes = sum(a.nbytes for a in (*self.slabs, *self.data.values())) + _VIEW * views
        stacks, slopes = ([memory[n] for n in sorted(memory)]
                          for memory in (model._stacks, model._slopes))
        made = model._make(stacks, slopes, {**self.data, **clocks}, self.slabs,
                           {**model.sizes, **self.lengths}, steps, batch, model.dtype)
        if not plan.graph.plain:
            made = tuple(map(_quiet, made))
        self.outputs, self.loss, self.gradient, self.predict = made
        if model.derived is not None:
            self.outputs = model.derived.before(self.outputs)
            self.gradient = model.derived.behind(self.gradient)

    def _length(self, dim: Dimension) -> int:
        return self.lengths.get(str(dim)) or self.model._length(dim)

    def steps_of(self, name: str) -> int:
        """How many steps a name has."""
        time = self.model.plan.graph.time_of(name)
        return self.steps if time is None else self._length(time)

    def _slab(self, slab: Slab) -> Array:
        dims = tuple(map(self._length, slab.dims))
        dtype = _DTYPES.get(slab.kind, self.model.dtype)
        steps = self.steps if slab.time is None else self._length(slab.time)
        rows: tuple[int, ...] = {"step": (slab.lead + steps + slab.tail, self.batch),
                                 "parameter": (1,)}.get(slab.rows, (self.batch,))
        if self.batch == 1 and f"memory[{slab.number}]" in self.model.plan.views.beside:
            # The planes of one step lie together: for one sequence a step is then one run.
            return np.zeros((rows[0], slab.planes, *rows[1:], *dims), dtype).swapaxes(0, 1)
        return np.zeros((slab.planes, *rows, *dims), dtype)

    def _data(self, name: str, kind: Kind) -> Array:
        graph = self.model.plan.graph
        dims = tuple(map(self._length, kind.shape))
        dtype = np.intp if kind.domain == "label" else self.model.dtype
        if graph.inputs[name][0] == "sequence":
            return np.zeros((self.batch, *dims), dtype)
        beyond = 2 * any(d.source == name for d in graph.delays.values())
        return np.zeros((self.steps_of(name) + beyond, self.batch, *dims), dtype)

    def _clock(self, name: str) -> Array:
        """The number of each step."""
        steps = self.steps_of(name)
        return np.repeat(np.arange(steps)[:, None], self.batch, 1)

    def put(self, name: str, values: ArrayLike) -> None:
        """Writes data for all steps; a single number is taken for all.

        Raises DataError for a shape, a dtype or labels that do not fit.
        """
        array, values = self.data[name], np.asarray(values)
        if self.model.plan.graph.inputs[name][0] == "step" and \
                len(array) > self.steps_of(name):
            array = array[1:-1]
        if values.shape != array.shape and values.shape:
            raise DataError(f"{name} has shape {values.shape}, the model takes {array.shape}")
        integral = array.dtype.kind == "i"
        if values.dtype.kind not in ("iub" if integral else "iubf" + array.dtype.kind):
            raise DataError(f"{name} has the dtype {values.dtype}; the model takes "
                            f"{'whole ' if integral else ''}numbers")
        np.copyto(array, values, casting="unsafe")
        over = self.model.plan.graph.inputs[name][1].over
        if integral and over is not None:
            most = self._length(over) - 1
            if array.view(np.uintp).max() > most:  # as unsigned numbers, negative ones are large
                raise DataError(f"{name} has labels from {values.min()} to {values.max()}; the "
                                f"model takes 0 to {most}")

    def value(self, name: str) -> Array:
        """The value of an equation at all steps: (T, B, …), or (B, …) once a sequence.

        That of the prediction, `predict`, is there once `predict()` has been called.
        """
        plan = self.model.plan
        home, plane = plan.storage.home[plan.graph.named[name]]
        slab = plan.storage.slabs[home]
        array: Array = self.slabs[home][plane]
        if name in plan.graph.axes:
            return array.swapaxes(0, 1)
        return array[slab.lead:slab.lead + self.steps_of(name)] if slab.rows == "step" else array

    def edge(self, name: str, shift: int) -> Array:
        """The place before the first step of a state (shift -1), or after its last: (B, …)."""
        plan = self.model.plan
        home, plane = plan.storage.home[plan.graph.named[name]]
        edge: Array = self.slabs[home][plane][0 if shift < 0 else -1]
        return edge

    def initial(self, name: str, shift: int) -> Array | float:
        """The value that the model gives a state there: 0, a number, or a parameter."""
        plan = self.model.plan
        body = plan.initial.get(name) if plan.ends.get(name) == shift else None
        if body is None:
            return 0
        if isinstance(body, NumbersByIndex):
            return body.array(self.model._length)
        if self.model.derived is not None and body in plan.graph.derived:
            self.model.derived.compute()
            return self.model.derived.values[str(body)]
        return self.model.parameters[body] if isinstance(body, str) else body

    def begin(self, state: Mapping[str, Array] | None = None) -> None:
        """Writes what stands before the first step and after the last of each state.

        A `state` has values (B, …) before the first step, in place of those of the model; NaN
        stands for that of the model, where that is computed.
        """
        plan = self.model.plan
        put_numbers(plan.graph, self.data, self.steps)
        put_starts(plan.starts, self.data, state or {})
        for delay in plan.graph.delays.values():
            if delay.source in self.data and plan.ends.get(delay.source, 0) == delay.shift:
                self.data[delay.source][0 if delay.shift < 0 else -1] = plan.initial[delay.source]
            if delay.state and delay.edge is None:
                edge = self.edge(delay.source, delay.shift)
                value = (state or {}).get(delay.source) if delay.shift < 0 else None
                if value is not None and np.shape(value) != edge.shape:
                    raise DataError(f"the state {delay.source} has shape {np.shape(value)}, the "
                                    f"model takes {edge.shape}")
                edge[...] = self.initial(delay.source, delay.shift) if value is None else value
