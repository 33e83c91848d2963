"""`derive sample`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from derive.commands.destination import printed_to
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import FILE, output_option, patience_option
from derive.errors import CheckpointError

_CHUNK = 256  # symbols written at once into a pipe


@click.command("sample", cls=HelpfulCommand)
@click.argument("checkpoint", type=FILE)
@click.option("--length", type=click.IntRange(0), default=500, show_default=True, metavar="N",
              help="Write so many symbols.")
@click.option("--temperature", type=float, default=0.8, show_default=True, metavar="NUMBER",
              help="Below 1 likely symbols become likelier; 0 takes the likeliest.")
@click.option("--prime", default="", metavar="TEXT",
              help="Let the model read TEXT before it writes.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, metavar="N",
              help="The same seed writes the same text.")
@click.option("--argmax", is_flag=True, help="The same as --temperature 0.")
@output_option("Write the text to a file; - is standard output.")
@patience_option
def command(checkpoint: Path, length: int, temperature: float, prime: str, seed: int,
            argmax: bool, output: Path | None) -> None:
    """Write text with a language model that was trained.

    CHECKPOINT is a file that `derive train --save` has kept.
    """
    with printed_to(output):
        _write(checkpoint, length, 0 if argmax else temperature, prime, seed)


def _write(checkpoint: Path, length: int, temperature: float, prime: str, seed: int) -> None:
    """Writes the text to standard output as it is drawn."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products with one row gain nothing
    from derive.training.checkpoint import read_good
    from derive.training.saving import load_parameters
    from derive.training.setup import compiled_network, saved_options, stand_in
    from derive.training.text_sampling import sample

    stored, notice = read_good(checkpoint)
    if notice:
        click.echo(f"derive: {notice}", err=True)
    options, data = saved_options(stored), stand_in(stored)
    if data.language is None:
        raise CheckpointError(f"{checkpoint} is no language model: it was trained on "
                              f"{data.name!r} ({data.title}); sampling needs a model of text")
    network = compiled_network(data, options)
    load_parameters(network, stored)
    chunk = 1 if sys.stdout.isatty() else _CHUNK
    waiting: list[str] = []
    for symbol in sample(network, data.language, length, temperature=temperature,
                         prime=prime, seed=seed):
        waiting.append(symbol)
        if len(waiting) >= chunk:
            click.echo("".join(waiting), nl=False)
            waiting.clear()
    click.echo("".join(waiting))
