"""Where the first value of a network arises that is no finite number, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.model_plan import Plan
from derive.core import heads
from derive.core.indexing import parts
from derive.errors import DeriveError
from derive.notation.reading.model_equations import Model, read_model
from derive.notation.reading.specification import Definition
from derive.training.network import Array, Batch, State
from derive.training.network_building import RecurrentNetwork
from derive.training.watch import Undefined


class _Kept(Plan):
    """A plan of which every equation keeps its values at all steps."""

    @staticmethod
    def _outputs(model: Model, scored: set[str]) -> list[str]:
        return [e.name for e in model.equations]


def first_undefined(network: RecurrentNetwork, batch: Batch, state: State | None,
                    ) -> Undefined | None:
    """Looks for it: in the parameters, the data, and then equation by equation."""
    for name, array in network.parameters.items():
        if not np.isfinite(array).all():
            return Undefined("parameter", f"the parameter {name} holds {_worst(array)}")
    for name, array in batch.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            at = np.argwhere(~np.isfinite(array))[0]
            where = f" at step {at[0]} of row {at[1]}" if len(at) > 1 else f" in row {at[0]}"
            return Undefined("data", f"the data hold {_worst(array)}: {name}{where}")
    try:
        values = _values(network, batch, state)
    except (DeriveError, MemoryError):
        return None
    return _first(network, values) or _slope(network, batch, state)


def _slope(network: RecurrentNetwork, batch: Batch, state: State | None) -> Undefined | None:
    """The parameters whose gradient is undefined, where all values are numbers."""
    network.loss_and_gradient(batch, state)
    names = [n for n, slope in network.gradients.items() if not np.isfinite(slope).all()]
    return Undefined("slope", "every value of the equations is finite, and the gradient of "
                              f"{', '.join(names)} is not") if names else None


def _values(network: RecurrentNetwork, batch: Batch, state: State | None) -> dict[str, Array]:
    """Every equation at all steps, (T, B, …), or once a sequence, (B, …)."""
    plan = _Kept(read_model(network.equations), network.model.sizes)
    kept = CompiledModel(plan.model, network.model.sizes, network.dtype, plan)
    for name, array in network.parameters.items():
        kept.parameters[name][...] = array
    ready = kept.ready(*batch["x"].shape[:2])
    source = network._filled(batch, state, network.reduction)
    for name, array in ready.data.items():
        array[...] = source.data[name]
    ready.begin(state)
    ready.outputs()
    ready.loss()
    return {e.name: ready.value(e.name).copy() for e in plan.model.equations}


def _first(network: RecurrentNetwork, values: Mapping[str, Array]) -> Undefined | None:
    """The value of which all is finite that its equation reads; the earliest, of several."""
    model = network.model.plan.model
    places = []
    for number, equation in enumerate(model.equations):
        timed = model.timed(equation.symbol)
        bad = ~_finite(values[equation.name], timed)
        for symbol, shift in model.reads(equation):
            if model.equation(symbol) is not None:
                good = _finite(values[symbol.name], model.timed(symbol))
                bad = bad & _seen(good, shift, bad.ndim, model.timed(symbol))
        at = np.argwhere(bad)
        if len(at):
            places.append((int(at[0][0]) if timed else -1, number, int(at[0][-1]), equation))
    if not places:
        return None
    step, _, row, equation = min(places, key=lambda p: p[:2])
    value = values[equation.name][(step, row) if step >= 0 else row]
    where = f" at time step {step}" if step >= 0 else ""
    line = model.line_of(equation.symbol).strip()
    return Undefined("equation", (
        f"{equation.name} is {_worst(value)}{where} of row {row}, the first value that is no "
        f"number, in {line}{_of_what(equation, network.dtype)}"))


def _finite(value: Array, timed: bool) -> Array:
    """Whether all of a value is finite: (T, B), or (B,) once a sequence."""
    lead = 1 + timed
    return np.asarray(np.isfinite(value).reshape(*value.shape[:lead], -1).all(-1))


def _seen(good: Array, shift: int | None, rank: int, timed: bool) -> Array:
    """What of that a reader sees at its own step; beyond the ends all is finite."""
    if not timed:
        return good
    if shift is None or rank == 1:
        return np.asarray(good.all(0))
    there = np.ones_like(good)
    inside = slice(max(0, -shift), len(good) - max(0, shift))
    there[inside] = good[slice(max(0, shift), len(good) - max(0, -shift))]
    return there


def _worst(array: Array) -> str:
    """What there is in an array that is no finite number."""
    return "nan" if np.isnan(array).any() else "inf" if np.isposinf(array).any() else "-inf"


def _of_what(equation: Definition, dtype: np.dtype[Any]) -> str:
    """Which function of an equation may give no number, and when."""
    names = {n.name for n in parts(equation.body) if isinstance(n, heads.Apply)}
    if "log" in names:
        return "; log has no value at 0 and below"
    if "exp" in names:
        return f"; exp of more than {np.log(np.finfo(dtype).max):.3g} is infinite in {dtype}"
    return ""
