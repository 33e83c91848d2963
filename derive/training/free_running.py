"""Sequences that a model writes by itself: each target is read as the one before the next."""

from __future__ import annotations

import numpy as np

from derive.errors import DataError
from derive.limits import tick
from derive.tables.prediction_kinds import PredictedOutput
from derive.training.network import Array, Network
from derive.training.prediction_results import Predictions, label_sequences, predicted, target_names
from derive.training.prediction_values import as_asked, as_scores, kind_of
from derive.training.run_options import Options
from derive.training.tasks.prediction_data import Inputs
from derive.training.tasks.sequence_batches import batches_of
from derive.training.tasks.task_data import ENDED, Data, Split


def written(network: Network, data: Data, options: Options, inputs: Inputs, most: int,
            output: PredictedOutput) -> Predictions:
    """The sequences that a network gives, label by label the likeliest, or number by number.

    Labels go on to their end, `most` of them at most; of numbers there are that many.
    """
    assert inputs.starts is not None
    count = len(inputs.starts) - 1
    shape = data.train.targets.shape[1:]
    targets = np.zeros((count * most, *shape), data.train.targets.dtype)
    split = Split(inputs.values, targets, inputs.starts, None, np.arange(count + 1) * most)
    made = targets.reshape(count, most, *shape)
    batches = batches_of(data, split, options.batch, options.bptt, False, dtype=network.dtype,
                         even=network.even)
    for batch in batches:
        made[batches.chosen] = _by_itself(network, dict(batch), most, data, output)
    if data.form == ENDED:
        ends = np.where((made == 0).any(1), (made == 0).argmax(1), most)
        kept = np.arange(most) < ends[:, None]
        texts = label_sequences(made[kept], np.concatenate([[0], np.cumsum(ends)]), data)
        return Predictions({"sequence": np.arange(1, count + 1)}, {target_names(data)[0]: texts})
    places = {"sequence": np.repeat(np.arange(1, count + 1), most),
              "step": np.tile(np.arange(1, most + 1), count)}
    return predicted({output.name: targets}, data, places, output._replace(kind="number"))


def _by_itself(network: Network, batch: dict[str, Array], most: int, data: Data,
               output: PredictedOutput) -> Array:
    """(B, R) what a network gives for a batch, with what it gave before as its targets."""
    given = np.zeros_like(batch["y"])
    for step in range(most):
        tick("predicting")
        steps = {**batch, "y": given[:step + 1], "k": np.ones(given[:step + 1].shape[:2],
                                                              network.dtype)}
        outputs = network.outputs(steps)[0]
        if output.name not in outputs:
            raise DataError(f"the prediction is {output.name}, which the network does not give")
        last = outputs[output.name][step]
        if kind_of(output).targets == "classes":
            given[step] = as_scores(output.kind, last).argmax(-1)
        else:
            given[step] = as_asked(output.kind, last).reshape(given[step].shape)
        if data.form == ENDED and (given[:step + 1] == 0).any(0).all():
            break
    return np.swapaxes(given, 0, 1)
