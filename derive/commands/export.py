"""`derive export`."""

from __future__ import annotations

from pathlib import Path

import click

from derive.commands.destination import check_place
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import FILE, output_option, patience_option


@click.command("export", cls=HelpfulCommand)
@click.argument("checkpoint", type=FILE)
@output_option("Write to a file: .npz or .safetensors, the parameters by name.")
@patience_option
def command(checkpoint: Path, output: Path | None) -> None:
    """Write a trained model in a form that others read.

    CHECKPOINT is a file that `derive train --save` has kept.
    """
    check_place(output)
    if output is None:
        raise click.UsageError("export needs --output FILE, such as weights.safetensors")
    from derive.training.trained_model import loaded

    model = loaded(checkpoint, notice=lambda notice: click.echo(f"derive: {notice}", err=True))
    model.save_weights(output)
