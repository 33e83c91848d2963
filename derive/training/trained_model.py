"""A trained model from its checkpoint, without the data it was trained on: `derive.load`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from derive.argument_kinds import PATH, Argument, at_least, or_none
from derive.errors import DataError
from derive.lazy import cached_property
from derive.public_arguments import public
from derive.same_content import SameContent
from derive.short_reprs import Brief
from derive.tables.prediction_kinds import PredictedOutput
from derive.training.checkpoint import Checkpoint, read_good
from derive.training.forecasting import forecast
from derive.training.free_running import written
from derive.training.network import Array, Network
from derive.training.network_outputs import held_out_outputs, outputs_of
from derive.training.parameter_places import fill, parameters_in
from derive.training.prediction_results import (
    Predictions,
    collapsed_sequences,
    label_sequences,
    predicted,
    true_values,
)
from derive.training.prediction_values import kind_of, prediction_in
from derive.training.run_options import Options
from derive.training.saving import load_parameters
from derive.training.setup import (
    check_data,
    compiled_network,
    load_data,
    saved_options,
    stand_in,
    stored_network,
)
from derive.training.tasks.prediction_data import Inputs, places, read_inputs
from derive.training.tasks.task_data import SPACED, Data
from derive.training.weight_files import read_weights, write_weights

ANYTHING = Argument("data: a file, arrays, columns or sequences", lambda _value: True)


class TrainedModel(Brief, SameContent):
    """A model that was trained: its equations and parameters, and what it predicts.

    `parameters` are arrays by the names of the equations, `sizes` the lengths of dimensions.
    `classes` and `symbols` are the names of what is predicted and read, where these have names.
    """

    def __init__(self, checkpoint: Checkpoint, weights: Path | None = None) -> None:
        self.checkpoint, self.path, self._weights = checkpoint, checkpoint.path, weights
        self.options: Options = saved_options(checkpoint)
        self.data: Data = stand_in(checkpoint)

    def __getstate__(self) -> dict[str, Any]:
        return {"checkpoint": self.checkpoint, "weights": self._weights}

    def __setstate__(self, state: dict[str, Any]) -> None:
        TrainedModel.__init__(self, **state)

    def facts(self) -> str:
        """What it was trained on, its size, and for how long."""
        header, options = self.checkpoint.header, self.options
        kind = "own equations" if options.model else options.cell
        count = len(self.checkpoint.arrays["theta"])
        return f": {self.data.title}; {kind}, {count} parameters, step {header.get('step')}"

    @property
    def equations(self) -> str:
        """The text of the model."""
        return str(self.checkpoint.header["equations"])

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The names of the classes that are predicted."""
        return self.data.classes

    @property
    def symbols(self) -> tuple[str, ...] | None:
        """The symbols that are read."""
        return None if isinstance(self.data.inputs, int) else self.data.inputs

    @cached_property
    def parameters(self) -> dict[str, Array]:
        """The parameters by name: the best of the run where it kept those, else the last."""
        vector = "best" if "best" in self.checkpoint.arrays else "theta"
        own = parameters_in(self.checkpoint, vector)
        if own is None or self._weights is None:
            return dict(self.network.parameters) if own is None else own
        made = {name: np.empty_like(array, order="C") for name, array in own.items()}
        fill(made, read_weights(self._weights), str(self._weights))
        return made

    @property
    def sizes(self) -> dict[str, int]:
        """The lengths of the dimensions by name."""
        kept = self.checkpoint.header.get("dims")
        return {str(n): int(v) for n, v in kept.items()} if kept else \
            dict(getattr(self.network, "sizes", {}))

    @cached_property
    def network(self) -> Network:
        """The network, compiled from the equations, with its parameters."""
        made = stored_network(self.checkpoint, self.options) or \
            compiled_network(self.data, self.options)
        load_parameters(made, self.checkpoint)
        if self._weights is not None:
            fill(made.parameters, read_weights(self._weights), str(self._weights))
        return made

    def predict(self, data: object = None, *, ahead: int = 1) -> Predictions:
        """Predictions for `data`: a file, arrays, a table of columns, or a list of sequences.

        Data are in the user's units, as they were for training; targets need not be there, and
        are not read. Predictions are in these units too. Without data the held-out part of what
        the model was trained on is predicted, as the run measured it. A model of the next value
        predicts one beyond the last; with `ahead` as many, each from those predicted before it; one
        of sequences of their own lengths, so many labels or numbers at most.
        Raises DataError for data that the model cannot read.
        """
        if isinstance(ahead, bool) or not isinstance(ahead, int) or ahead < 1:
            raise DataError(f"ahead is a whole number of at least 1, not {ahead!r}")
        if data is None:
            if ahead > 1:
                raise DataError("ahead goes with data")
            return self._held_out()
        inputs = read_inputs(data, self.data)
        form, layout = self.data.form, self.data.layout
        if form == SPACED:
            outputs, _ = outputs_of(self.network, self.data, self.options, inputs)
            assert inputs.starts is not None
            return collapsed_sequences(outputs, self.data, inputs.starts, self.output)
        if form:
            longest = 1 if layout is None else layout.longest
            return written(self.network, self.data, self.options, inputs,
                           ahead if ahead > 1 else longest, self.output)
        if ahead > 1:
            return forecast(self.network, self.data, self.options, inputs, ahead)
        outputs, _ = outputs_of(self.network, self.data, self.options, inputs)
        return predicted(outputs, self.data, places(inputs, self.data), self.output)

    def save_weights(self, path: str | os.PathLike[str]) -> None:
        """Writes the parameters by name, as .npz or .safetensors. Raises DeriveError."""
        write_weights(Path(path), self.parameters, about_weights(self))

    @property
    def output(self) -> PredictedOutput:
        """Which output of the network predicts, and as what."""
        return prediction_in(self.network, self.data.head)

    def _held_out(self) -> Predictions:
        data = load_data(self.options)
        check_data(self.checkpoint, data)
        part = data.held_out
        first = len(data.train) if part.starts is None else 0
        made = places(Inputs(part.inputs, part.starts, part.target_starts), data, first)
        outputs = held_out_outputs(self.network, data, self.options)
        if data.form == SPACED:
            assert part.starts is not None
            assert part.target_starts is not None
            prediction = collapsed_sequences(outputs, data, part.starts, self.output)
            true = label_sequences(part.targets, part.target_starts, data)
            return replace(prediction, targets=dict.fromkeys(prediction.values, true))
        prediction = predicted(outputs, data, made, self.output)
        if not kind_of(self.output).targets:
            return prediction
        return replace(prediction, targets=true_values(part.targets, data))


def about_weights(model: TrainedModel) -> dict[str, str]:
    """What a file of weights tells of them."""
    header = model.checkpoint.header
    return {"equations": model.equations, "derive": str(header.get("derive", "")),
            "step": str(header.get("step", ""))}


@public(checkpoint=PATH, parameters=or_none(PATH))
def load(checkpoint: str | os.PathLike[str], *,
         parameters: str | os.PathLike[str] | None = None) -> TrainedModel:
    """The model that `derive.train(..., save=FILE)` has kept, ready to predict.

    The data that it was trained on need not be there. `parameters` is a file of them by
    name (.npz or .safetensors), which take the place of the checkpoint's. Raises CheckpointError
    for a file that is none.

    >>> derive.load("names.ckpt").sizes["H"]
    4
    """
    return loaded(Path(checkpoint), None if parameters is None else Path(parameters))


def loaded(checkpoint: Path, weights: Path | None = None,
           notice: Callable[[str], object] = warnings.warn) -> TrainedModel:
    """As `load`; `notice` hears what there is to say about the file."""
    stored, text = read_good(checkpoint)
    if text:
        notice(text)
    model = TrainedModel(stored, weights)
    if weights is not None:
        _ = model.parameters  # which are refused here, where they do not fit
    return model


@public(checkpoint=PATH, data=ANYTHING, ahead=at_least(1), parameters=or_none(PATH))
def predict(checkpoint: str | os.PathLike[str], data: object = None, *, ahead: int = 1,
            parameters: str | os.PathLike[str] | None = None) -> Predictions:
    """What a model in a checkpoint predicts for `data`: a file, arrays, a table, or sequences.

    Data and predictions are in the user's units. Without data the held-out part of what the model
    was trained on is predicted; `ahead` is how many values beyond the last, each from those before
    it; `parameters` are as for `load`. `values` of the answer are arrays by the targets' names.
    Raises CheckpointError for a file that is none, DataError for data that cannot be read.

    >>> derive.predict("names.ckpt").values["y"].ndim
    1
    """
    return load(checkpoint, parameters=parameters).predict(data, ahead=ahead)
