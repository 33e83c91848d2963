"""The text of a model with what it predicts in it, and the kind of that."""

from __future__ import annotations

import re
from functools import cache

from derive.calculus.recurrence.decoding_text import decoding_text
from derive.calculus.recurrence.head_equations import decoding_lines
from derive.calculus.recurrence.model_composition import Composition, composed_with_names
from derive.calculus.recurrence.model_structure import checked
from derive.calculus.recurrence.named_heads import find_head
from derive.calculus.recurrence.predictions import prediction_of
from derive.errors import TrainingError
from derive.notation.reading.declaration_lines import PREDICTION, declared_names, loss_last
from derive.notation.reading.model_equations import read_model
from derive.notation.reading.specification import text_lines
from derive.tables.cell_table import cells
from derive.tables.prediction_kinds import PredictedOutput, predicted_by_loss

LABELS, STATES, ALIGNMENT = "labels", "states", "alignment"  # kinds of `rules/predictions.toml`
_NAME = re.compile(r"[^\W\d]\w*")
_OTHER = ("write it as a line of the model, such as predict[t] = softmax(o[t]), predict[t] = "
          "sigmoid(z[t]) or predict = mu")


def of_model(text: str) -> tuple[str, PredictedOutput]:
    """A whole model with its prediction, as written or as its loss says.

    Raises TrainingError where neither determines it, ModelError for equations that do not fit.
    """
    model = read_model(text)
    if decoding_text(text) is not None:
        role = model.learning.role
        return text, PredictedOutput(STATES if role("input") == role("target") else LABELS,
                                     PREDICTION)
    if "spaced" in model.learning.roles and model.predict is not None:
        return text, PredictedOutput(ALIGNMENT, PREDICTION)
    known = prediction_of(checked(model))
    if known is None and model.predict is not None:
        raise TrainingError(f"what {PREDICTION} is, scores, probabilities or numbers, does not "
                            "follow from the loss; write the loss as a sum of those of the steps, "
                            "L = sum(w*l), or of one of the sequence, L = w*l")
    if known is None:
        raise TrainingError("what the model predicts is not determined by its loss; " + _OTHER)
    return _with_line(text, known.line), known


def of_head(parts: Composition) -> tuple[str, PredictedOutput]:
    """The text of a cell with its head, and what the head predicts.

    Raises as `composed`, and TrainingError for a loss of which no prediction is known.
    """
    text, naming = composed_with_names(parts)
    head = find_head(parts.head)[0]
    if head.decode:
        for line in decoding_lines(head, naming):
            text = _with_line(text, line)
        return text, PredictedOutput(LABELS, PREDICTION)
    if head.sequence_loss:
        return text, PredictedOutput(ALIGNMENT, naming[head.outputs[0]].partition("[")[0])
    known, names = _of_loss(parts.head, parts.last)
    line = known.line
    if line:
        left, _, right = line.partition("=")
        there = {old.partition("[")[0]: naming[name].partition("[")[0]
                 for name, old in names.items()}
        line = f"{left}={_NAME.sub(lambda m: there.get(m.group(), m.group()), right)}"
        return _with_line(text, line), known
    own = next((n for n, old in names.items() if old.partition("[")[0] == known.name), known.name)
    return text, known._replace(name=naming.get(own, own).partition("[")[0])


@cache
def _of_loss(head: str, last: bool) -> tuple[PredictedOutput, dict[str, str]]:
    """What a head predicts in a model that is made of it and a simple cell, and its names there."""
    simple = Composition(cells()[0], head, last=last, weighted=True)
    text, naming = composed_with_names(simple)
    entry, constants = find_head(head)[1:]
    formula = predicted_by_loss().get(entry.name)
    if formula is not None:
        kind, body = formula
        step = "" if last else "[t]"
        there = _NAME.sub(lambda m: naming.get(m.group(), constants.get(m.group(), m.group())),
                          body)
        return PredictedOutput(kind, PREDICTION, f"{PREDICTION}{step} = {there}"), naming
    known = prediction_of(checked(read_model(text)))
    if known is None:
        raise TrainingError(f"the loss {entry.name} does not determine what the network predicts; "
                            "choose another --head, or write a --model with its loss and a line "
                            "such as predict = mu")
    return known, naming


def _with_line(text: str, line: str) -> str:
    """The text with a line before its loss. Raises TrainingError where it has the name itself."""
    if not line:
        return text
    lines = loss_last(list(text_lines(text)))
    name = _NAME.match(line)
    if name and name.group() == PREDICTION and PREDICTION in declared_names(lines):
        raise TrainingError(f"the model declares {PREDICTION}, the name of what a model predicts, "
                            f"and its loss adds the line {line}; give yours another name")
    return "\n".join([*lines[:-1], line, lines[-1]]) + "\n"
