"""The network of a run: a cell with its head, or a whole model, with the sizes of its data."""

from __future__ import annotations

import numpy as np

from derive.calculus.recurrence.model_composition import Composition, composition
from derive.calculus.recurrence.model_sources import find_source
from derive.calculus.recurrence.named_heads import target_type
from derive.notation.reading.model_equations import read_model
from derive.tables.cell_table import find_cell
from derive.tables.prediction_kinds import PredictedOutput
from derive.training.dimension_sizes import with_sizes
from derive.training.network_building import RecurrentNetwork
from derive.training.run_options import Options
from derive.training.sequence_targets import spaced_size
from derive.training.stated_predictions import of_head, of_model
from derive.training.target_checks import check_decoded, check_events, check_target
from derive.training.tasks.task_data import SPACED, Data
from derive.training.weighted_loss import with_weights


def network(data: Data, options: Options) -> RecurrentNetwork:
    """The network for some data, compiled from its equations.

    Raises DeriveError for equations that do not fit together, or do not fit the data.
    """
    sizes = known_sizes(data, options)
    text, prediction, names = model_of(data, options)
    sizes = {names.get(name, name): size for name, size in sizes.items()}
    text = with_lines(text, options.init, options.frozen)
    check_target(text, data)
    if data.form == SPACED:
        sizes |= spaced_size(read_model(text), max(
            int(part.target_lengths.max(initial=0)) for part in (data.train, data.held_out)
            if part.target_starts is not None))
    made = RecurrentNetwork(text, with_sizes(text, sizes, options.sizes), np.dtype(options.dtype),
                            options.reduction, target=options.target, prediction=prediction)
    check_events(made.censored, data)
    check_decoded(made.decodes, data)
    return made


def known_sizes(data: Data, options: Options) -> dict[str, int]:
    """The sizes of the dimensions H, D, S and K that options and data tell."""
    real = isinstance(data.inputs, int)
    sizes = {"H": options.hidden, "D": data.inputs if isinstance(data.inputs, int) else
             options.embed}
    if not real:
        sizes["S"] = len(data.inputs)  # type: ignore[arg-type]
    if data.classes is not None:
        sizes["K"] = len(data.classes)
    elif data.train.targets.ndim > 1:
        sizes["K"] = data.train.targets.shape[1]
    return sizes


def model_of(data: Data, options: Options) -> tuple[str, PredictedOutput, dict[str, str]]:
    """The text of a run's model, what it predicts, and its names of H, D, S and K."""
    source = find_source(options.model) if options.model is not None else None
    if source is not None and source.cell is None:
        text, prediction = of_model(source.text)
        return with_weights(text), prediction, {}
    labels, lengths = not isinstance(data.inputs, int), data.train.starts is not None
    parts = Composition(
        source.cell if source is not None and source.cell else find_cell(options.cell),
        options.head or data.head, layers=options.layers, bidirectional=options.bidirectional,
        labels=labels, embed=labels and options.embed > 0, last=not data.each and not data.form,
        masked=lengths and (not data.each or options.bidirectional), weighted=True,
        several=data.train.targets.ndim > 1 and not is_vector(options.head or data.head))
    return *of_head(parts), dict(composition(parts).sizes)


def with_lines(text: str, init: tuple[str, ...], frozen: tuple[str, ...]) -> str:
    """A model with further lines: initial values `NAME=METHOD`, and names that are not learned."""
    lines = [f"init {line.replace('=', ': ', 1)}" for line in init]
    return text + "".join(f"{line}\n" for line in (*lines, *(f"frozen {n}" for n in frozen)))


def is_vector(head: str) -> bool:
    """Whether the target of a head is a vector, such as the probabilities of the classes."""
    return target_type(head).startswith("simplex") or "[" in target_type(head)
