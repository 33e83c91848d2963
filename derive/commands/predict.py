"""`derive predict`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from derive.commands.destination import STANDARD_OUTPUT, check_place
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import FILE, output_option, patience_option
from derive.commands.progress_line import working


@click.command("predict", cls=HelpfulCommand)
@click.argument("checkpoint", type=FILE)
@click.option("--data", type=FILE, metavar="FILE",
              help="Predict for this data, in a form that the model was trained on: text, CSV with "
                   "the same columns, JSON lines or NPZ. Without it, for the held-out part of "
                   "what the model was trained on, with the true values.")
@click.option("--ahead", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="Of a model of the next value: go so many values beyond the data, each from "
                   "those predicted before it.")
@click.option("--parameters", "weights", type=FILE, metavar="FILE",
              help="Take the parameters from this file, .npz or .safetensors.")
@output_option("Write to a file: .csv, .tsv, .jsonl or .npz. Without it, CSV to standard output.")
@patience_option
def command(checkpoint: Path, data: Path | None, ahead: int, weights: Path | None,
            output: Path | None) -> None:
    """Predict with a model that was trained.

    CHECKPOINT is a file that `derive train --save` has kept. Predictions are in the units and
    names of the data, classes with their probabilities; data need not have targets.
    """
    check_place(output)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products with one row gain nothing
    from derive.training import prediction_files
    from derive.training.own_files import check_apart
    from derive.training.trained_model import loaded

    prediction_files.form_of(output)
    to_file = output if output != STANDARD_OUTPUT else None
    read = {"--data": data, "--parameters": weights, "CHECKPOINT": checkpoint}
    check_apart({"--output": to_file}, read)
    if data is None and ahead > 1:
        raise click.UsageError("--ahead goes with --data")
    with working("predicting"):
        model = loaded(checkpoint, weights, lambda notice: click.echo(f"derive: {notice}",
                                                                      err=True))
        own = model.options.data
        check_apart({"--output": to_file}, {"the model": Path(own) if own else None})
        prediction = model.predict(data, ahead=ahead)
    if to_file is None:
        click.echo(prediction_files.in_csv(prediction), nl=False)
    else:
        prediction_files.write_prediction(prediction, to_file)
