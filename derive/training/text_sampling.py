"""Text from a language model, symbol by symbol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import numpy as np

from derive.errors import TrainingError
from derive.tables.cell_table import usual_head
from derive.tables.prediction_kinds import PredictedOutput
from derive.training.network import Array, Network, State, copied
from derive.training.prediction_values import as_scores, kind_of, prediction_in
from derive.training.tasks.task_data import OF_CLASSES


def sample(network: Network, symbols: Sequence[str], length: int, *, temperature: float = 1.0,
           prime: str = "", seed: int = 0) -> Iterator[str]:
    """`length` symbols, drawn one after another from softmax(o / temperature); at 0 the likeliest.

    o are the log-weights of the symbols that the network predicts: its scores, or the logarithms
    of its probabilities. The state is carried from symbol to symbol. The model reads `prime`
    first, or one line end (its first symbol, if it knows none); neither is yielded. Raises
    TrainingError for a temperature below 0, for symbols of `prime` that the model does not know,
    for a model that runs backwards in time, and for one that predicts no probabilities.
    """
    if not (isfinite(temperature) and temperature >= 0):
        raise TrainingError(f"the temperature is a number of at least 0, not {temperature}")
    if not network.carries:
        raise TrainingError("the model runs backwards in time, so it cannot tell what comes next")
    read = encode(prime, symbols) if prime else [_start(symbols)]
    prediction = prediction_in(network, usual_head(OF_CLASSES))
    if not kind_of(prediction).sampled:
        raise TrainingError(f"no symbols can be drawn: the model predicts {prediction.name}, "
                            f"{kind_of(prediction).says}")
    return _draw(network, symbols, read, length, temperature, np.random.default_rng(seed),
                 prediction)


def encode(text: str, symbols: Sequence[str]) -> list[int]:
    """The numbers of the symbols of a text. Raises TrainingError, naming those that are none."""
    places = {symbol: place for place, symbol in enumerate(symbols)}
    unknown = [c for c in dict.fromkeys(text) if c not in places]
    if unknown:
        named = ", ".join(repr(c) for c in unknown[:8]) + (", …" if len(unknown) > 8 else "")
        raise TrainingError(f"the model does not know {named} of the prime text; it was trained on "
                            f"{len(symbols)} symbols")
    return [places[c] for c in text]


def choose(logits: Array, temperature: float, rng: np.random.Generator) -> int:
    """A place drawn from softmax(logits / temperature), (K,); at 0 the first largest."""
    values = logits.astype(np.float64)
    if temperature == 0:
        return int(values.argmax())
    with np.errstate(over="ignore"):  # a tiny temperature makes −inf of all but the largest
        weights = np.exp((values - values.max()) / temperature)
    edges = np.cumsum(weights)
    place = int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))
    return min(place, int(np.flatnonzero(weights)[-1]))


def _draw(network: Network, symbols: Sequence[str], read: list[int], length: int,
          temperature: float, rng: np.random.Generator, prediction: PredictedOutput,
          ) -> Iterator[str]:
    state: State = network.zero_state(1)
    for _ in range(length):
        for place in read:
            logits, state = _read(network, place, state, prediction)
        drawn = choose(logits, temperature, rng)
        yield symbols[drawn]
        read = [drawn]


def _read(network: Network, place: int, state: State, prediction: PredictedOutput,
          ) -> tuple[Array, State]:
    """The log-weights (K,) after one symbol, and the state as a copy."""
    outputs, last = network.outputs({"x": np.array([[place]])}, state)
    if prediction.name not in outputs:
        raise TrainingError(f"the model has no output {prediction.name} of log-weights of "
                            "symbols; sampling is for language models")
    given = as_scores(prediction.kind, outputs[prediction.name].astype(np.float64))
    return given.reshape(-1), copied(last)


def _start(symbols: Sequence[str]) -> int:
    return symbols.index("\n") if "\n" in symbols else 0
