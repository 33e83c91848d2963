"""The loss of a model with a weight: where the model has none, its loss is one of a sequence."""

from __future__ import annotations

import re

from derive.notation.reading.line_kinds import name_of, sorted_lines
from derive.notation.reading.model_equations import read_model
from derive.notation.reading.specification import text_lines

_WORD = re.compile(r"[^\W\d]\w*")


def with_weights(text: str) -> str:
    """A model in which the loss is multiplied by the weights that a batch has.

    A model with weights of its own stays as it is. Raises ModelError as `read_model`.
    """
    model = read_model(text)
    role = model.learning.role("weights")
    if role in model.scope.names and model.scope.names[role] not in model.weights:
        return text
    taken = {*_WORD.findall(text)}
    weights, total, loss = (next(n for n in (name, *(f"{name}_{k}" for k in range(2, 99)))
                                 if n not in taken) for name in (role, "C", "L"))
    stated = sorted_lines(text).loss or ""
    lines = list(text_lines(text))
    if name_of(stated):
        loss = name_of(stated)
    else:
        lines[lines.index(stated)] = f"{loss} = {stated}"
    about = [] if weights == role else [f"weights {weights}"]
    return "\n".join([f"{weights}: nonnegative", *about, *lines,
                      f"{total} = {weights}*{loss}"]) + "\n"
