"""What a model must beat: simple predictions, fitted on the training part of the same data."""

from __future__ import annotations

import numpy as np

from derive.tables.cell_table import measured_heads, targets_of
from derive.training.tasks.constant_baseline import constant_loss
from derive.training.tasks.metrics import MEASURES, Metric
from derive.training.tasks.ngrams import Contexts
from derive.training.tasks.task_data import OF_FLAGS, Array, Data, Split

Baselines = list[tuple[str, float]]


def baselines(data: Data, head: str = "") -> Baselines:
    """(name, value) of each baseline of the head, in the task's metric on the held-out part.

    What is measured by its loss stands beside the best constant of that loss, which the `head` of
    the network names.
    """
    if MEASURES[data.metric].part is None:
        return constant_loss(data, head) if head else []
    if data.classes is None and targets_of(data.head) == OF_FLAGS:
        odds = np.where(data.train.targets.mean(0) > 0.5, 1.0, -1.0)
        return [("majority of each flag", _measure(
            data, np.tile(odds, (len(data.held_out.targets), 1))))]
    return [measured for name in measured_heads()[data.head].baselines
            for measured in BASELINES[name](data)]


def _measure(data: Data, given: Array) -> float:
    """The metric of predictions for the held-out targets: scores (N, K), or reals as targets."""
    metric = Metric.of(data)
    metric.update({metric.prediction.name: given}, {"y": data.held_out.targets})
    return metric.value()


def _log_frequencies(data: Data) -> Array:
    """(K,) logarithms of the classes' frequencies, each counted once more than it was seen."""
    counts = np.bincount(data.train.targets.astype(np.int64), minlength=len(data.classes or ()))
    return np.asarray(np.log((counts + 1) / (counts + 1).sum()))


def _constant(data: Data, answer: int) -> float:
    """The metric of one answer for everything."""
    scores = np.eye(len(data.classes or ()))[answer]
    return _measure(data, np.tile(scores, (len(data.held_out.targets), 1)))


def _most_frequent(data: Data) -> Baselines:
    """The most frequent class; of bits, each class as often as it was seen."""
    frequencies = _log_frequencies(data)
    if data.metric != "bits":
        best, classes = int(np.argmax(frequencies)), data.classes or ()
        return [(f"majority ({classes[best]})", _constant(data, best))]
    if data.each and not isinstance(data.inputs, int):
        return []  # the contexts begin with none
    scores = np.tile(frequencies, (len(data.held_out.targets), 1))
    return [("class frequencies", _measure(data, scores))]


def _others(data: Data) -> Baselines:
    """Each class but the most frequent one."""
    best = int(np.argmax(_log_frequencies(data)))
    return [] if data.metric == "bits" else [
        (f"always {name}", _constant(data, place))
        for place, name in enumerate(data.classes or ()) if place != best]


def _contexts(data: Data) -> Baselines:
    """What the last symbols tell of a target that each step has."""
    if not data.each or isinstance(data.inputs, int):
        return []
    return _language(data) if data.metric == "bits" else _labels(data)


def _counted(data: Data, longest: int) -> Contexts:
    """The contexts of the training part."""
    assert data.classes is not None
    assert not isinstance(data.inputs, int)
    return Contexts(data.train, len(data.inputs), len(data.classes), longest)


def _language(data: Data) -> Baselines:
    """Bits per symbol of n-gram models; an n-gram looks at n − 1 symbols."""
    model = _counted(data, 3)
    probabilities = model.probabilities(data.held_out, data.held_out.targets)
    names = ("unigram", "2-gram", "3-gram", "4-gram")
    return [(f"{names[length]}, Witten-Bell" if length else names[0],
             float(-np.log2(part).mean())) for length, part in enumerate(probabilities)]


def _labels(data: Data) -> Baselines:
    """The likeliest class after the last 1 and 4 symbols."""
    if len(data.classes or ()) > 32:  # a look-up for every class: keep it to seconds
        return []
    model = _counted(data, 4)
    lengths = sorted({1, model.longest} & set(range(1, model.longest + 1)))
    return [(f"last symbol{'' if length == 1 else f's ({length})'}, Witten-Bell",
             _measure(data, np.log(model.distributions(data.held_out, length))))
            for length in lengths]


def _mean(data: Data) -> Baselines:
    """The mean of the targets."""
    mean = data.train.targets.mean(0)
    return [("mean", _measure(data, np.broadcast_to(mean, data.held_out.targets.shape)))]


def _persistence(data: Data) -> Baselines:
    """The target before, where it is known."""
    if not data.each or data.train.starts is not None or not _is_known(data.train):
        return []
    before = np.concatenate([data.train.targets[-1:], data.held_out.targets[:-1]])
    return [("persistence", _measure(data, before))]


def _linear(data: Data) -> Baselines:
    """Least squares on the last inputs."""
    if not data.each or not isinstance(data.inputs, int):
        return []
    order = _order(len(data.train), data.inputs)
    name = "AR" if _is_next(data.train) else "linear"
    return [(f"{name}({order}), least squares", _measure(data, _least_squares(data, order)))]


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
    train, held_out = data.train, data.held_out
    if train.starts is None:
        # The held-out part follows the training part, so its first steps have a past as well.
        rows = _past(np.concatenate([train.inputs, held_out.inputs]), None, order)
        fitted = rows[order - 1 : len(train)], train.targets[order - 1 :]
        asked = rows[len(train) :]
    else:
        fitted = _past(train.inputs, train, order), train.targets
        asked = _past(held_out.inputs, held_out, order)
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


# The baselines of `rules/heads.toml` by name.
BASELINES = {"most frequent class": _most_frequent, "other classes": _others,
             "contexts": _contexts, "mean": _mean, "persistence": _persistence,
             "least squares": _linear}
