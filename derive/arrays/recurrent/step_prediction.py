"""The value that a model predicts, as a part of the program of a step."""

from __future__ import annotations

from collections.abc import Collection

from derive.arrays.operations import Op
from derive.arrays.recurrent.step_graph import Stepper
from derive.arrays.stable.stable_forms import stable
from derive.core.indexing import free_names
from derive.core.walk import substitute
from derive.notation.reading.model_equations import Model


def predicted_from(model: Model) -> list[str]:
    """The names of equations that the prediction reads, itself if it is an equation."""
    if model.predict is None:
        return []
    names = {e.name for e in model.equations}
    read = {str(leaf) for leaf in free_names(model.predict.body)} | {model.predict.name}
    return sorted(names & read)


def add_prediction(stepper: Stepper, early: Collection[int]) -> None:
    """Adds what the model predicts to the graph; it shares nodes with the `early` ones alone.

    It is computed when it is asked for; other nodes belong to the loss and its gradient.
    """
    predict, program = stepper.model.predict, stepper.graph.program
    if predict is None or predict.name in stepper.graph.named:
        return
    program.known = {node: number for node, number in program.known.items()
                     if number in early or node.op is Op.INPUT}
    stepper.lowering.parts.clear()
    time = stepper.model.time_of(predict.symbol)
    indices = stepper.adjoints.indices(predict.symbol)
    own = predict.indices[stepper.model.timed(predict.symbol):]
    body = stable(substitute(predict.body, dict(zip(own, indices, strict=True))),
                  stepper.rulebook)
    if time is None:
        stepper.bind(predict.name, stepper.slices.of_axes(body), indices, False)
    elif stepper.model.spanned(predict):
        stepper.graph.axes.add(predict.name)
        stepper.bind(predict.name, stepper.slices.of_axes(body), (time, *indices), False)
    else:
        stepper.bind(predict.name, stepper.slices.of_step(body, time), indices)
