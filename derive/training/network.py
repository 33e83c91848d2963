"""What the trainer asks of a network; compiled models satisfy it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Batch = Mapping[str, Array]
State = dict[str, Array]


class Network(Protocol):
    """A recurrent model with its loss, as array code. Arrays are time-major.

    A batch has `x`: (T, B) integer labels or (T, B, D) real; `y`: (T, B) or (T, B, K), or (B,)
    where a sequence has one target; `m`: (T, B) of 0 and 1, where lengths vary. Targets with
    lengths of their own are `y`: (R, B) or (R, B, K), with `k`: (R, B) of 0 and 1.
    """

    each: bool
    """Whether there is a loss at each step or target, not one a sequence."""
    even: bool
    """Whether the sequences of a batch must have equal lengths: padding would change the loss."""
    decodes: bool
    """Whether the prediction has a recurrence of its own, that runs once the outputs are known."""
    draw: tuple[int, int] | None
    """The seed and the step from which `loss_and_gradient` draws random masks; None: none."""

    @property
    def equations(self) -> str:
        """The text of the model, as it is kept in checkpoints."""

    @property
    def parameters(self) -> dict[str, Array]:
        """Named views into `theta`."""

    @property
    def theta(self) -> Array:
        """(P,) all parameters, float32 or float64."""

    @property
    def gradient(self) -> Array:
        """(P,) what `loss_and_gradient` wrote last."""

    @property
    def gradients(self) -> dict[str, Array]:
        """Named views into `gradient`."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32 or float64."""

    @property
    def carries(self) -> bool:
        """Whether state can be carried from chunk to chunk: not if it runs backwards in time."""

    def initialise(self, rng: np.random.Generator) -> None:
        """Draws all parameters."""

    def zero_state(self, batch: int) -> State:
        """The state before the first step: name -> (B, H)."""

    def loss_and_gradient(self, batch: Batch, state: State | None = None) -> tuple[float, State]:
        """The loss, a mean over real steps, and the last state; fills `gradient`."""

    def loss(self, batch: Batch, state: State | None = None) -> tuple[float, State]:
        """The loss and the last state."""

    def outputs(self, batch: Batch, state: State | None = None) -> tuple[dict[str, Array], State]:
        """The outputs, such as {"o": (T, B, K)}, and the last state; needs no targets."""

    def decoded(self, outputs: dict[str, Array], starts: Array | None) -> dict[str, Array]:
        """Outputs (N, …) of all steps of sequences, with the prediction if it has a recurrence."""


def copied(state: State) -> State:
    """A state in memory of its own: that of a network may be written over by its next call."""
    return {name: array.copy() for name, array in state.items()}
