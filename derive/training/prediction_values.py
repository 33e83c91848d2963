"""The numbers of a prediction as log-weights of classes, and as what a user asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derive.errors import CheckpointError
from derive.tables.cell_table import measured_heads
from derive.tables.prediction_kinds import (
    PredictedOutput,
    PredictionKind,
    prediction_kinds,
    usual_kind,
)
from derive.training.network import Array, Network
from derive.version import __version__

PROBABILITIES, PROBABILITY = "probabilities", "probability"


def prediction_in(network: Network, head: str) -> PredictedOutput:
    """What a network predicts: what it says itself, or what the usual head of its data gives."""
    own = getattr(network, "prediction", None)
    return own if isinstance(own, PredictedOutput) else usual_prediction(head)


def kept_prediction(header: Mapping[str, Any]) -> PredictedOutput | None:
    """What a network predicts as its checkpoint tells; None for one that does not.

    Raises CheckpointError for a kind that is unknown here.
    """
    kept = header.get("prediction")
    if not isinstance(kept, dict):
        return None
    if kept.get("kind") not in prediction_kinds():
        raise CheckpointError(f"the checkpoint, written by derive {header.get('derive', '')}, "
                              f"predicts what derive {__version__} does not know: "
                              f"{kept.get('kind')!r}; use it with that version")
    return PredictedOutput(**kept)


def usual_prediction(head: str) -> PredictedOutput:
    """What a head of `rules/heads.toml` gives: its first output, in the kind of its targets."""
    known = measured_heads()[head]
    return PredictedOutput(usual_kind(known.targets), known.outputs[0], "", known.nats)


def kind_of(prediction: PredictedOutput) -> PredictionKind:
    """The kind of a prediction."""
    return prediction_kinds()[prediction.kind]


def as_scores(kind: str, given: Array) -> Array:
    """Log-weights (…, K) of classes of a prediction of classes (…, K) or of a flag (…,).

    Of labels (…,) that are decoded, 1 for the label.
    """
    known = prediction_kinds()[kind]
    if known.decoded:
        labels = given.astype(np.int64)
        return np.eye(int(labels.max(initial=0)) + 1)[labels]
    with np.errstate(divide="ignore"):
        if kind == PROBABILITIES:
            return np.asarray(np.log(given))
        if kind == PROBABILITY:
            return np.stack([np.log1p(-given), np.log(given)], -1)
    if known.targets == "flags":
        return np.stack([np.full_like(given, known.threshold), given], -1)
    return given


def as_asked(kind: str, given: Array) -> Array:
    """Probabilities, or a mean, of a prediction: what its kind says is the inverse of it."""
    inverse = prediction_kinds()[kind].inverse
    return INVERSES[inverse](given) if inverse else given


def softmax(scores: Array) -> Array:
    """Probabilities (…, K) of log-weights."""
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def sigmoid(odds: Array) -> Array:
    """The probability of log odds."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * odds)))


INVERSES: dict[str, Callable[[Array], Array]] = {
    "softmax": softmax, "sigmoid": sigmoid, "exp": np.exp}
