"""`derive sample`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from derive.commands.destination import printed_to
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import FILE, output_option, patience_option
from derive.outgoing_text import plain_signs

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
    from derive.training.checkpoint_text import sampled

    symbols = sampled(checkpoint, length, temperature, prime, seed,
                      lambda notice: click.echo(f"derive: {notice}", err=True))
    seen = plain_signs if sys.stdout.isatty() else str
    chunk = 1 if sys.stdout.isatty() else _CHUNK
    waiting: list[str] = []
    for symbol in symbols:
        waiting.append(symbol)
        if len(waiting) >= chunk:
            click.echo(seen("".join(waiting)), nl=False)
            waiting.clear()
    click.echo(seen("".join(waiting)))
