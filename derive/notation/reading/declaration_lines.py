"""Lines of declarations as they are typed, before anything is read. Needs no SymPy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from derive.argument_kinds import Declarations

Given = Declarations  # declarations, one or several
ROLES = {"input": "x", "target": "y", "weights": "w", "mask": "m",
         "events": "d", "spaced": "", "last": ""}  # of data, with usual names
# What begins a line on given names: how they start, which are learned, drawn, or data of a role.
ABOUT = ("init", "learned", "frozen", "data", *ROLES, "dropout", "zoneout")
_BETWEEN = re.compile(r"[;\n]")
PREDICTION = "predict"  # the name of what a model predicts
_LINE = re.compile(rf"\s*{PREDICTION}\s*(?:\[[^\]=]*\])?\s*=(?!=)")


def is_prediction(line: str) -> bool:
    """Whether a line names the prediction.

    >>> is_prediction("predict[t] = softmax(o[t])"), is_prediction("predicted = 1")
    (True, False)
    """
    return _LINE.match(line) is not None


def loss_last(lines: Sequence[str]) -> list[str]:
    """The lines of a model with the loss at their end, where the prediction stands after it."""
    after = len(lines)
    while after > 1 and is_prediction(lines[after - 1]):
        after -= 1
    return [*lines[:after - 1], *lines[after:], *lines[after - 1:after]]


def lines_of(given: Given) -> list[str]:
    """The lines of declarations and conditions.

    They stand in a text, between semicolons or on lines, in a list of texts, or in a dict of
    names and kinds.
    """
    if isinstance(given, str):
        lines = [line.strip() for line in _BETWEEN.split(given)]
        return [line for line in lines if line] if len(lines) > 1 else [given]
    if isinstance(given, Mapping):
        return [f"{name}: {kind}" for name, kind in given.items()]
    return [line for part in given for line in lines_of(part)]


def between_commas(text: str) -> list[str]:
    """The parts of a text between commas outside of brackets."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def declared_names(lines: Iterable[str]) -> tuple[str, ...]:
    """The names that lines declare, in order; a condition declares none."""
    return tuple(name.strip() for line in lines if ":" in line
                 for name in line.partition(":")[0].split(","))
