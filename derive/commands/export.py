"""`derive export`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from derive.commands import options
from derive.commands.destination import STANDARD_OUTPUT, check_place, to_file_or_output
from derive.commands.entry_completion import EntryName
from derive.commands.help_pages import HelpfulCommand
from derive.commands.model_options import model_options
from derive.commands.progress_line import working
from derive.tables.cell_table import usual_head

TARGETS = ("torch", "jax", "numpy")
_WEIGHTS = (".npz", ".safetensors")


@click.command("export", cls=HelpfulCommand)
@click.argument("model", type=EntryName("cells", "models"), metavar="CHECKPOINT|MODEL")
@click.option("--to", "target", type=options.Nearest(TARGETS), metavar="NAME",
              help="The library of the module: torch, jax or numpy. Without it, the parameters of "
                   "a checkpoint are written, by name, as --output FILE.npz or FILE.safetensors.")
@model_options
@options.output_option("Write to a file; - is standard output. Beside the module of a checkpoint "
                       "its parameters are written, as .npz.")
@options.patience_option
def command(model: str, target: str | None, output: Path | None, **given: Any) -> None:
    """Write a model, or a trained one, in a form that others read.

    CHECKPOINT is a file that `derive train --save` has kept, MODEL what `derive bptt` takes: the
    name of a cell, which gets a head, or a model as text or in a file. The module has the
    equations, readable as they were typed, the derived backward pass, and a self-test.
    """
    check_place(output)
    from derive.training.exporting import is_checkpoint

    if is_checkpoint(model):
        _trained(Path(model), target, output, given)
        return
    if target is None:
        raise click.UsageError("a model that was not trained has no parameters; --to torch, jax "
                               "or numpy writes its equations")
    text = options.read_target(model) if model == "-" else model
    from derive.arrays.recurrent.model_export import exported_derivation
    from derive.calculus.recurrence.back_propagation import bptt
    from derive.training.exporting import check_module

    if output is not None and output != STANDARD_OUTPUT:
        check_module(output)
    given["labels"] |= given["embed"]
    with working("deriving"):
        shown = exported_derivation(bptt(text, **given), target, _again())
    to_file_or_output(output).write(shown.rstrip("\n"))


def _trained(checkpoint: Path, target: str | None, output: Path | None,
             given: dict[str, Any]) -> None:
    """The parameters of a checkpoint, or a module with them beside it."""
    usual = {"head": usual_head("classes"), "reduction": "sum", "layers": 1}
    if any(value != usual.get(name, False) for name, value in given.items()):
        raise click.UsageError("a trained model is taken as it is; head, reduction, layers and the "
                               "like are for a cell")
    weights = output is not None and output.suffix.lower() in _WEIGHTS
    if target is None and not weights:
        raise click.UsageError("export writes a module by --to torch, jax or numpy, parameters by "
                               "--output FILE.npz or FILE.safetensors")
    if target is not None and weights:
        raise click.UsageError("--to writes a module of Python: --output FILE.py")
    from derive.training import exporting
    from derive.training.trained_model import loaded

    with working("exporting"):
        model = loaded(checkpoint, notice=lambda text: click.echo(f"derive: {text}", err=True))
        if target is None and output is not None:
            exporting.check_parameters(output, model)
            model.save_weights(output)
        elif output is None or str(output) == "-":
            text = exporting.exported_checkpoint(model, target or "", _again())
            to_file_or_output(output).write(text.rstrip("\n"))
        else:
            beside = exporting.write_export(model, target or "", output, _again())
            click.echo(f"{output}; its parameters are in {beside}", err=True)


def _again() -> str:
    """The command as it was typed."""
    return shlex.join(["derive", *sys.argv[1:]])
