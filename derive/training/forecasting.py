"""Forecasts: a model of the next value that reads what it has predicted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from derive.errors import DataError
from derive.training.network import Array, Network, State
from derive.training.network_outputs import along
from derive.training.prediction_results import Predictions, predicted
from derive.training.prediction_values import prediction_in
from derive.training.run_options import Options
from derive.training.tasks.prediction_data import Inputs, scaled
from derive.training.tasks.task_data import Data


def forecast(network: Network, data: Data, options: Options, inputs: Inputs, ahead: int,
             ) -> Predictions:
    """Predictions for the steps of the data and, at the end of each sequence, `ahead` beyond.

    Raises DataError for a model that cannot go on by itself.
    """
    _check(network, data)
    starts = np.array([0, len(inputs.values)]) if inputs.starts is None else inputs.starts
    numbers, steps, parts = [], [], []
    for n, (start, stop) in enumerate(pairwise(starts), 1):
        outputs, state = along(network, inputs.values[start:stop], options.bptt)
        parts.append(outputs)
        for _ in range(ahead - 1):
            last = {name: array[-1:] for name, array in parts[-1].items()}
            outputs, state = _next(network, data, options, last, state)
            parts.append(outputs)
        count = int(stop - start) + ahead - 1
        numbers.append(np.full(count, n))
        steps.append(np.arange(1, count + 1) + 1)
    outputs = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    step = np.concatenate(steps)
    places = {"row": step} if inputs.starts is None else \
        {"sequence": np.concatenate(numbers), "step": step}
    return predicted(outputs, data, places, prediction_in(network, data.head))


def _next(network: Network, data: Data, options: Options, outputs: dict[str, Array], state: State,
          ) -> tuple[dict[str, Array], State]:
    """The outputs of one step that reads what the outputs (1, …) of the last one predict."""
    values = predicted(outputs, data, {}, prediction_in(network, data.head)).values
    columns = np.stack(list(values.values()), -1)
    read = columns[:, 0] if data.classes is not None else scaled(columns, data, "a prediction")
    return along(network, read, options.bptt, state)


def _check(network: Network, data: Data) -> None:
    layout = data.layout
    if not network.carries:
        raise DataError("the model runs backwards in time, so it cannot go beyond the data")
    width = data.train.targets.shape[1] if data.train.targets.ndim > 1 else 1
    same = data.inputs == width if data.classes is None else data.language is not None
    if layout is None or layout.ahead != 1 or not same or layout.columns != layout.targets:
        raise DataError("forecasts go on where a model predicts all that it reads, one step "
                        "ahead; this one reads other data")
