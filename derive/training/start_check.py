"""Whether a network's gradient is that of its loss, looked at before the first step of a run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.errors import TrainingError
from derive.training.gradient_check import STEP
from derive.training.network import Array, Batch
from derive.training.network_building import RecurrentNetwork
from derive.training.tasks.batching import Batches

# A model of the same equations is looked at, small where the data does not tell a size, on the
# first steps of a few sequences.
_LENGTH, _STEPS, _SEQUENCES = 8, 4, 2
_CLOSE = 1e-7   # of the complex step, as a part of what the gradient says in all
_LOOSE = 1e-3   # of differences, which have the last word where the complex step says otherwise
_ALIKE = 1e-2   # of the differences to either side, as a part of them
_DIFFERENCE = 1e-6
_OFF = {"float32": 0.3, "float64": 1e-6}  # from the gradient in float64, as a part of the largest
_POINTS = 3     # random parameters that are tried
_SPREAD = 0.1   # of what is added to the drawn parameters, so that none is 0

Ways = dict[str, Array]


def checked_start(network: RecurrentNetwork, feed: Batches) -> list[str]:
    """Compares the gradient with the loss along a random direction; what there is to say of it.

    Raises TrainingError, naming the parameter, for a gradient that is not that of the loss, and
    for a loss that depends on no parameter.
    """
    kept = feed.state()
    full = feed.take()
    feed.restore(kept)
    without: set[str] = set(network.learned)
    with np.errstate(all="ignore"):
        for seed in range(_POINTS):
            point = _Point.of(network, _few(full, seed), seed)
            if point is None:
                return []  # the loss has no value here: the run itself will say so
            point.check()
            without &= point.zero()
            if not without:
                return []
    if without == set(network.learned):
        raise TrainingError("the loss depends on no parameter: every gradient is 0 at random "
                            "parameters; nothing can be learned from this model")
    names = ", ".join(name for name in network.parameters if name in without)
    return [f"the loss does not depend on {names}: the gradient is 0 at random parameters"]


def _few(batch: Batch, seed: int) -> dict[str, Array]:
    """A few steps of a few sequences, others for each seed."""
    count = batch["x"].shape[1]
    rows = np.arange(seed * _SEQUENCES, (seed + 1) * _SEQUENCES) % count
    rows = np.unique(rows)
    made = {name: values[:_STEPS, rows] if values.shape[:2] == batch["x"].shape[:2]
            else values[rows] for name, values in batch.items() if "k" not in batch or name in "xm"}
    # Of labels so few that each has a step of its own, and a blank beside it.
    own = {name: batch[name][:_STEPS // 2, rows] for name in ("y", "k") if "k" in batch}
    return {**made, **own}


def small_sizes(network: RecurrentNetwork) -> dict[str, int]:
    """The sizes of the small model: those of data stay, others are a few at most.

    No place that the equations read by its number is left out.
    """
    graph = network.model.plan.graph
    delayed = {name for name in graph.inputs if name in graph.delays or name in graph.edges}
    fixed = {str(dim) for name, (rows, kind) in graph.inputs.items()
             if rows != "parameter" and name not in delayed for dim in (*kind.shape, kind.over)}
    least = max((int(n) + 1 for n in re.findall(r"(?<![\w.])\d+(?![\w.])", network.equations)
                 if len(n) < 5), default=1)
    return {name: size if name in fixed else min(size, max(_LENGTH, least))
            for name, size in network.model.sizes.items()}


@dataclass
class _Point:
    """Small twins of a network at random parameters: in its own numbers, float64 and complex."""

    own: RecurrentNetwork
    double: RecurrentNetwork
    step: RecurrentNetwork
    batch: Mapping[str, Array]
    seed: int

    @classmethod
    def of(cls, network: RecurrentNetwork, batch: Batch, seed: int) -> _Point | None:
        """The twins; None where the loss has no value."""
        sizes = small_sizes(network)

        def twin(dtype: Any, target: str) -> RecurrentNetwork:
            return RecurrentNetwork(network.equations, sizes, dtype, network.reduction,
                                    network.model.plan, target)

        double = twin(np.float64, "numpy")
        point = cls(twin(network.dtype, network.model.target), double,
                    twin(np.complex128, "numpy"), batch, seed)
        rng = np.random.default_rng(seed)
        for spread in (_SPREAD, 0.0):
            double.initialise(rng)
            double.theta[...] += rng.normal(0, spread, double.theta.shape)
            loss, _ = double.loss_and_gradient(batch)
            if np.isfinite(loss) and np.isfinite(double.gradient).all():
                return point
        return None

    def check(self) -> None:
        """Raises TrainingError, naming the parameter, where a gradient is wrong."""
        rng = np.random.default_rng(self.seed + 100)
        slopes = {n: self.double.gradients[n].copy() for n in self.double.learned}
        ways: Ways = {}
        for name, slope in slopes.items():  # of all parameters the parts are alike
            way = rng.normal(size=slope.shape)
            size = float(np.sqrt((slope**2).sum())) if slope.any() else 1.0
            ways[name] = way / size
        parts = {n: float((slopes[n] * ways[n]).sum()) for n in ways}
        scale = float(np.sqrt(sum(p * p for p in parts.values()))) or 1.0
        true = self.complex_slope(ways)
        doubtful = self.zero() if abs(sum(parts.values()) - true) <= _CLOSE * scale else ways
        for name in doubtful:
            self.judge(name, ways[name], parts[name])
        self.compare(slopes)

    def complex_slope(self, ways: Ways) -> float:
        """The slope of the loss along a direction, by the complex step."""
        self.step.theta[...] = self.double.theta
        for name, way in ways.items():
            self.step.learned[name][...] += 1j * STEP * way
        try:
            loss: Any = self.step.reduced(self.batch)
        except (TypeError, ValueError):  # a function that is not one of complex numbers
            return float("nan")
        return float(loss.imag / STEP)

    def judge(self, name: str, way: Array, own: float) -> None:
        """Compares one gradient with differences to either side; at a kink it is not judged."""
        array = self.double.learned[name]
        kept = array.copy()
        step = _DIFFERENCE / (float(np.abs(way).max(initial=0)) or 1.0)
        losses = []
        for by in (-step, 0.0, step):
            array[...] = kept + by * way
            losses.append(self.double.reduced(self.batch))
        array[...] = kept
        left, right = ((losses[1] - losses[0]) / step, (losses[2] - losses[1]) / step)
        true = (losses[2] - losses[0]) / (2 * step)
        rounding = 1e-14 * max(1.0, abs(losses[1])) / step
        size = max(abs(true), abs(own))
        # At a kink, and where a function changes too quickly for such a step, nothing is said.
        if not abs(left - right) <= _ALIKE * max(abs(left), abs(right)) + rounding:
            return
        if abs(true - own) > _LOOSE * size + rounding:
            raise wrong(name, f"along a random direction the loss rises by {true:.6g}, and the "
                              f"gradient says {own:.6g}")

    def compare(self, slopes: Ways) -> None:
        """Compares the gradient in the network's own numbers, and by its own target."""
        self.own.theta[...] = self.double.theta
        loss, _ = self.own.loss_and_gradient(self.batch)
        true = self.double.reduced(self.batch)
        if not abs(loss - true) <= _LOOSE * max(1.0, abs(true)) or \
                not np.isfinite(self.own.gradient).all():
            return  # beyond what its numbers tell, or too large: the run itself will say so
        largest = max(float(np.abs(s).max(initial=0)) for s in slopes.values())
        for name, slope in slopes.items():
            gap = float(np.abs(self.own.gradients[name] - slope).max(initial=0))
            size = float(np.abs(slope).max(initial=0))
            off = _OFF[str(self.own.dtype)]
            if gap > off * (size + 1e-2 * largest):
                raise wrong(name, f"in {self.own.dtype}, target {self.own.model.target}, it is off "
                                  f"by {gap:.3g} of {size:.3g}")

    def zero(self) -> set[str]:
        """The parameters with a gradient of 0."""
        return {n for n in self.double.learned if not self.double.gradients[n].any()}


def wrong(name: str, says: str) -> TrainingError:
    """The error for a gradient that is not that of the loss."""
    return TrainingError(f"the gradient of {name} is wrong: {says}; this is a fault of the "
                         "program, and nothing was trained; please report the model")
