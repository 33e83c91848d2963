"""The kinds of predictions of `rules/predictions.toml`. Reading them needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from derive.errors import DataFileError
from derive.resources import read_entry, read_table, rules_folder


class PredictedOutput(NamedTuple):
    """What a model predicts: a kind of `rules/predictions.toml`, and the name of the value.

    `line` is what is to be added to the model's text, where no name in it has that value.
    `likelihood`: the loss of a step is -log of the probability of its class.
    """

    kind: str
    name: str
    line: str = ""
    likelihood: bool = False


@dataclass(frozen=True)
class PredictionKind:
    """What the numbers of a prediction mean, and what may be done with them.

    `inverse` (softmax, sigmoid, exp) makes a probability or a mean of them, where they are none.
    Of flags, a prediction above the `threshold` says 1. `sampled`: symbols can be drawn;
    `measured`: errors by squares make sense. `decoded`: labels themselves; `collapsed`: a
    sequence of labels is what is left of those of its steps without repeats and blanks.
    """

    name: str
    says: str
    targets: str
    inverse: str = ""
    threshold: float = 0.0
    sampled: bool = False
    measured: bool = False
    decoded: bool = False
    collapsed: bool = False


@cache
def prediction_kinds() -> dict[str, PredictionKind]:
    """All kinds by name. Raises DataFileError."""
    path = rules_folder() / "predictions.toml"
    return {name: read_entry(PredictionKind, path, name, entry)
            for name, entry in read_table(path)["kinds"].items()}


def usual_kind(targets: str) -> str:
    """The kind that the usual head of such targets predicts: the first of them that is listed.

    Raises DataFileError.
    """
    for kind in prediction_kinds().values():
        if kind.targets == targets:
            return kind.name
    raise DataFileError(f"predictions.toml: no kind of {targets}")


@cache
def predicted_by_loss() -> dict[str, tuple[str, str]]:
    """By the name of a loss, the kind and the formula of what its outputs predict.

    Raises DataFileError.
    """
    path = rules_folder() / "predictions.toml"
    known = {}
    for name, entry in read_table(path)["losses"].items():
        (kind, formula), = entry.items()
        if kind not in prediction_kinds():
            raise DataFileError(f"{path}: entry [losses]: {name} predicts no kind {kind!r}")
        known[name] = (kind, formula)
    return known
