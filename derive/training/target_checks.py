"""Whether the targets of some data are those that a model's loss takes."""

from __future__ import annotations

import numpy as np

from derive.errors import TrainingError
from derive.notation.reading.line_kinds import sorted_lines
from derive.notation.reading.model_equations import Model, read_model
from derive.tables.cell_table import targets_of
from derive.training.network import Array
from derive.training.sequence_targets import form_of_targets
from derive.training.tasks.task_data import INPUT_STEPS, OF_FLAGS, SPACED, Data


def check_events(censored: bool, data: Data) -> None:
    """Raises TrainingError where a loss reads events and there are none, or the other way round."""
    if censored and data.train.events is None:
        raise TrainingError("the loss reads d, which is 1 where a time was seen and 0 where it was "
                            "cut off; name its column by --event, or give it as 'event' in JSON "
                            "lines or NPZ")
    if data.train.events is not None and not censored:
        raise TrainingError("the data tell which times were cut off, and the loss does not read "
                            "it; choose another --head, one of survival")


def check_decoded(decodes: bool, data: Data) -> None:
    """Raises TrainingError where a best path over the steps is predicted, and no step has a target.
    """
    if decodes and data.rows != INPUT_STEPS:
        raise TrainingError("the prediction has a recurrence of its own, a label at each step of "
                            "the input, and the data have no target there; predict one for each "
                            "target, such as predict = …")


def target_domain(text: str) -> str:
    """The domain of the target of a whole model, such as count; empty of a cell, or without one."""
    if not has_loss(text):
        return ""
    model = read_model(text)
    target = model.scope.names.get(model.learning.role("target"))
    return "" if target is None else str(target.kind.domain)


def target_form(text: str) -> str:
    """The form of a whole model's targets, where these have lengths of their own; else empty."""
    return form_of_targets(read_model(text)) if has_loss(text) else ""


def has_own_target(text: str) -> bool:
    """Whether a whole model compares its input with a target, rather than explaining it."""
    role = read_model(text).learning.role if has_loss(text) else None
    return role is None or role("input") != role("target")


def check_target(text: str, data: Data) -> None:
    """Raises TrainingError where a model's target y is not what the data has."""
    model = read_model(text)
    if "spaced" in model.learning.roles:
        check_labels(model, data)
        return
    name = model.learning.role("target")
    target = model.scope.names.get(name)
    if target is None:
        raise TrainingError("the model reads no target; declare one, such as y: label(K)[T], and "
                            "use it in the loss")
    values, classes = data.train.targets, data.classes
    fits = _fitting(values) if classes is None else {
        "label": targets_of(data.head) != OF_FLAGS, "binary": len(classes) <= 2}
    axes = len(target.kind.shape) - int(model.timed(target))
    if not fits.get(target.kind.domain, classes is None) or \
            axes != (values.ndim - 1 if classes is None else 0):
        has = f"labels of {len(classes)} classes" if classes is not None else \
            "numbers" if values.ndim == 1 else f"vectors of {values.shape[1]} numbers"
        remedy = f"choose another --head, such as {data.head}" if values.ndim == 1 else \
            f"write a --model with {name}: real[T, K] and its loss"
        raise TrainingError(f"the model takes the target {name}: {target.kind}, the data has "
                            f"{has}; {remedy}")


def check_labels(model: Model, data: Data) -> None:
    """Raises TrainingError where a model takes sequences of labels, and the data has none."""
    name = model.learning.roles["spaced"]
    kind = model.scope.names[name].kind
    if kind.domain != "label" or len(kind.shape) != 1 or model.timed(model.scope.names[name]):
        raise TrainingError(f"{name} holds labels with blanks around them, as in {name}: "
                            f"label(K)[Z], and is {kind}")
    if data.form != SPACED:
        raise TrainingError("the model takes a sequence of labels beside each sequence of inputs; "
                            "give both as JSON lines {\"x\": …, \"y\": …} or NPZ")


def _fitting(values: Array) -> dict[str, bool]:
    """By domain, whether numbers are in it; any other domain takes them all."""
    tests = {"label": False, "binary": np.isin(values, (0, 1)), "nonnegative": values >= 0,
             "count": (values >= 0) & (values == np.floor(values)), "positive": values > 0}
    return {domain: bool(np.all(fits)) for domain, fits in tests.items()}


def has_loss(text: str) -> bool:
    """Whether a text is a whole model, with its loss, rather than a cell."""
    return sorted_lines(text).loss is not None
