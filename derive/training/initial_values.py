"""How the parameters of a network start: as the model says, else by the usual draws."""

from __future__ import annotations

from math import prod, sqrt

import numpy as np

from derive.arrays.operations import Op
from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.gain_parameters import gains
from derive.arrays.recurrent.loop_schedule import PHASES
from derive.notation.reading.initial_lines import Initial
from derive.training.network import Array

# What a parameter starts at that is learned, and not real.
_MIDDLE = {"positive": 1.0, "nonnegative": 1.0, "negative": -1.0, "probability": 0.5}


def initialise(model: CompiledModel, rng: np.random.Generator) -> None:
    """Draws all parameters, in their order.

    Without a line of the model, matrices are uniform in ±1/√(number of inputs), vectors that a
    state is multiplied with too, tables of vectors (one for each symbol) standard normal. Other
    vectors and numbers are 0; those that are factors without which nothing would be read
    (`gains`) are 1.
    """
    plan = model.plan
    learning = plan.model.learning
    kinds = {leaf.name: leaf.kind for leaf in plan.model.weights}
    ones = gains(plan.model)
    tables, vectors = _tables(model), _vectors(model)
    for name, array in model.parameters.items():
        mine = plan.views.parameters[name]
        table = name in tables and not mine.turned
        wide = array.shape[0] if name in tables else \
            prod(array.shape[n] for n in mine.axes[0]) if array.ndim > 1 else array.size
        stated = learning.initials.get(name)
        if stated is not None:
            array[...] = drawn(stated, array.shape, wide, rng)
        elif kinds[name].domain != "real":
            array[...] = _MIDDLE[kinds[name].domain]
        elif array.ndim < 2 and name not in vectors:
            array[...] = 1 if name in ones else 0
        elif table:
            array[...] = rng.standard_normal(array.shape)
        else:
            array[...] = rng.uniform(-1, 1, array.shape) / np.sqrt(wide)


def drawn(initial: Initial, shape: tuple[int, ...], wide: int, rng: np.random.Generator) -> Array:
    """Values of an array by a method; `wide` is the number of inputs of a row."""
    method, numbers = initial.method, [float(n) for n in initial.numbers]
    if method is None or method.draw == "fixed":
        return np.full(shape, numbers[0] if method is None else method.value)
    if method.draw == "diagonal":
        return np.broadcast_to(np.eye(shape[-2], shape[-1]), shape)
    if method.draw == "orthonormal":
        return _orthogonal(shape, rng)
    if method.draw == "between":
        return rng.uniform(numbers[0], numbers[1], shape)
    if method.draw == "around":
        return numbers[0] + numbers[1] * rng.standard_normal(shape)
    others = int(np.prod(shape)) // max(1, wide)
    variance = method.variance / (method.inputs * wide + method.outputs * others)
    return rng.uniform(-1, 1, shape) * sqrt(3 * variance) if method.draw == "even" else \
        rng.standard_normal(shape) * sqrt(variance)


def _orthogonal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Matrices with orthonormal columns, or rows where there are fewer; uniform among those."""
    *lead, rows, columns = shape
    normal = rng.standard_normal((*lead, max(rows, columns), min(rows, columns)))
    made, upper = np.linalg.qr(normal)
    made = made * np.sign(np.diagonal(upper, axis1=-2, axis2=-1))[..., None, :]
    return made if rows >= columns else np.swapaxes(made, -1, -2)


def _tables(model: CompiledModel) -> set[str]:
    """The parameters that are read by label."""
    nodes = model.plan.schedule.nodes
    return {str(nodes[n.sources[0]].detail[0]) for n in nodes if n.op is Op.PICK
            and nodes[n.sources[0]].op is Op.INPUT and not nodes[n.sources[0]].batched}


def _vectors(model: CompiledModel) -> set[str]:
    """The parameters that a state is multiplied with in a dot product, before the gradients."""
    schedule = model.plan.schedule
    nodes = schedule.nodes
    forward = [nodes[n] for n, phase in schedule.phases.items() if PHASES[phase] != "gradient"]
    return {str(nodes[s].detail[0]) for n in forward if n.op is Op.DOTS and not n.dims
            for s in n.sources[::2]}
