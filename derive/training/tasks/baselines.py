"""What a model must beat: simple predictions, fitted on the training part of the same data."""

from __future__ import annotations

import numpy as np

from derive.tables.cell_table import measured_heads, targets_of
from derive.training.tasks.metrics import Metric
from derive.training.tasks.ngrams import Contexts
from derive.training.tasks.task_data import OF_FLAGS, OF_NUMBERS, Array, Data, Split

Baselines = list[tuple[str, float]]


def baselines(data: Data) -> Baselines:
    """(name, value) of each baseline that fits, in the task's metric on the held-out part.

    Language models: unigram to 4-gram. Classes: the most frequent one, and the likeliest after
    the last 1 or 4 symbols. Yes or no: always no too. Reals: the mean, persistence, and
    least squares on the last steps.
    """
    if targets_of(data.head) == OF_NUMBERS:
        return _real(data)
    found = [] if data.metric == "bits" else _constant(data)
    if data.each and not isinstance(data.inputs, int) and data.classes is not None:
        found += _language(data) if data.metric == "bits" else _labels(data)
    elif data.metric == "bits" and data.classes is not None:
        found += [("class frequencies", _measure(data, np.tile(_log_frequencies(data),
                                                               (len(data.held_out.targets), 1))))]
    return found


def _measure(data: Data, given: Array) -> float:
    """The metric of predictions for the held-out targets: logits (N, K), or reals as targets."""
    metric = Metric.of(data)
    if targets_of(data.head) == OF_FLAGS and given.ndim == 2:
        given = given[:, 1] - given[:, 0]
    name = measured_heads()[data.head].outputs[0]
    metric.update({name: given}, {"y": data.held_out.targets})
    return metric.value()


def _log_frequencies(data: Data) -> Array:
    """(K,) logarithms of the classes' frequencies, each counted once more than it was seen."""
    counts = np.bincount(data.train.targets.astype(np.int64), minlength=len(data.classes or ()))
    return np.asarray(np.log((counts + 1) / (counts + 1).sum()))


def _constant(data: Data) -> Baselines:
    """One answer for everything."""
    count, classes = len(data.held_out.targets), data.classes or ()
    best = int(np.argmax(_log_frequencies(data)))

    def always(answer: int) -> float:
        return _measure(data, np.tile(np.eye(len(classes))[answer], (count, 1)))

    found = [(f"majority ({classes[best]})", always(best))]
    if targets_of(data.head) == OF_FLAGS:
        found += [(f"always {classes[k]}", always(k)) for k in (0, 1) if k != best]
    return found


def _language(data: Data) -> Baselines:
    """Bits per symbol of n-gram models; an n-gram looks at n − 1 symbols."""
    assert data.classes is not None
    assert not isinstance(data.inputs, int)
    model = Contexts(data.train, len(data.inputs), len(data.classes), 3)
    found = model.probabilities(data.held_out, data.held_out.targets)
    names = ("unigram", "2-gram", "3-gram", "4-gram")
    return [(f"{names[length]}, Witten-Bell" if length else names[0],
             float(-np.log2(probability).mean())) for length, probability in enumerate(found)]


def _labels(data: Data) -> Baselines:
    """The likeliest class after the last 1 and 4 symbols."""
    assert data.classes is not None
    assert not isinstance(data.inputs, int)
    if len(data.classes) > 32:  # a look-up for every class: keep it to seconds
        return []
    model = Contexts(data.train, len(data.inputs), len(data.classes), 4)
    lengths = sorted({1, model.longest} & set(range(1, model.longest + 1)))
    return [(f"last symbol{'' if length == 1 else f's ({length})'}, Witten-Bell",
             _measure(data, np.log(model.distributions(data.held_out, length))))
            for length in lengths]


def _real(data: Data) -> Baselines:
    """The mean of the targets, the target before, and least squares on the last inputs."""
    train, held = data.train, data.held_out
    mean = np.broadcast_to(train.targets.mean(0), held.targets.shape)
    found = [("mean", _measure(data, mean))]
    if not data.each:
        return found
    if train.starts is None and _is_known(train):
        before = np.concatenate([train.targets[-1:], held.targets[:-1]])
        found.append(("persistence", _measure(data, before)))
    if isinstance(data.inputs, int):
        order = _order(len(train), data.inputs)
        name = "AR" if _is_next(train) else "linear"
        found.append((f"{name}({order}), least squares",
                      _measure(data, _least_squares(data, order))))
    return found


def _is_known(split: Split) -> bool:
    """Whether the targets of each step are among the inputs of the next."""
    targets = split.targets.reshape(len(split.targets), -1)
    return all(any(np.array_equal(target, column) for column in split.inputs[1:].T)
               for target in targets[:-1].T)


def _is_next(split: Split) -> bool:
    """Whether the target is the one input of the next step."""
    return (split.inputs.shape[1:] == (1,) and split.targets.ndim == 1
            and np.array_equal(split.inputs[1:, 0], split.targets[:-1]))


def _order(steps: int, width: int) -> int:
    """20 inputs back, 9 for a short series, fewer where there are few steps for the weights."""
    return max(1, min(20 if steps >= 1000 else 9, steps // (4 * width)))


def _least_squares(data: Data, order: int) -> Array:
    """Predictions for the held-out steps, linear in the last `order` inputs."""
    train, held = data.train, data.held_out
    if train.starts is None:
        # The held-out part follows the training part, so its first steps have a past as well.
        rows = _past(np.concatenate([train.inputs, held.inputs]), None, order)
        fitted = rows[order - 1 : len(train)], train.targets[order - 1 :]
        asked = rows[len(train) :]
    else:
        fitted = _past(train.inputs, train, order), train.targets
        asked = _past(held.inputs, held, order)
    weights = np.linalg.lstsq(*fitted, rcond=None)[0]
    return np.asarray(asked @ weights)


def _past(inputs: Array, split: Split | None, order: int) -> Array:
    """(N, order · D + 1) the last `order` inputs of each step, 0 before the first, and a one."""
    count, width = inputs.shape
    since = np.arange(count)
    if split is not None and split.starts is not None:
        since = since - np.repeat(split.starts[:-1], split.lengths)
    rows = np.zeros((count, order * width + 1))
    rows[:, -1] = 1
    for back in range(min(order, count)):
        part = np.where((since >= back)[back:, None], inputs[: count - back], 0)
        rows[back:, back * width : (back + 1) * width] = part
    return rows
