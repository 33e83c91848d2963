"""`derive plot`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import derive
from derive.commands import options
from derive.commands.derivation_frame import FormulaCommand
from derive.commands.destination import STANDARD_OUTPUT, name_for, open_page, temporary
from derive.commands.entry_completion import EntryName
from derive.commands.output import print_table
from derive.commands.progress_line import working

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.rendering.pictures import Picture


@click.command("plot", cls=FormulaCommand)
@click.argument("target", required=False, type=EntryName("pictures", "losses"))
@options.given_option("z: real")
@options.wrt_option("What is on the axis.")
@options.value_option("The value of another name: delta=2")
@click.option("--from", "low", type=float, metavar="NUMBER", help="Where the axis starts.")
@click.option("--to", "high", type=float, metavar="NUMBER", help="Where it ends.")
@click.option("--noise", is_flag=True, help="Draw the density exp(-loss)/Z instead.")
@options.output_option("Write the picture, as .png or .svg; without it, it is said in words.")
@options.open_option("Show the picture in the browser; without --output, a temporary one.")
@options.patience_option
def command(target: str | None, output: Path | None, opened: bool, given: tuple[str, ...],
            wrt: str | None, values: tuple[str, ...], low: float | None, high: float | None,
            noise: bool) -> None:
    """Draw a loss with its gradient, or a picture by its name.

    TARGET is a picture by name, or a loss. Without TARGET, the pictures are listed. Without
    --output and --open, the curves are described in words. Drawing needs matplotlib (the extra
    `plot`), and no display.
    """
    from derive.rendering.drawing import check_drawing, draw
    from derive.rendering.pictures import in_words
    from derive.teaching.picturing import picture_named, pictures

    if target is None:
        print_table(("name", "says", "title"),
                    [(n, e.get("caption", ""), e["title"]) for n, e in pictures().items()])
        return
    file = output if output != STANDARD_OUTPUT else None
    if opened and file is None:
        file = temporary(f"{name_for('plot', target)}.svg")
    if file is not None:
        check_drawing(file)
    with working("deriving"):
        if target in pictures():
            picture = picture_named(target)
        else:
            picture = _of_loss(options.read_target(target), given, wrt, _numbers(values),
                               (low, high), noise)
        if file is not None:
            draw(picture, file)
    if file is None:
        click.echo(in_words(picture))
    elif opened:
        open_page(file)


def _numbers(values: tuple[str, ...]) -> dict[str, float]:
    """`delta=2` as a name and its number. Raises UsageError."""
    numbers: dict[str, float] = {}
    for name, text in options.named_values(values).items():
        try:
            numbers[name] = int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError:
            raise click.UsageError(f"--value reads NAME=NUMBER, not '{name}={text}'") from None
    return numbers


def _of_loss(target: str, given: tuple[str, ...], wrt: str | None, values: dict[str, float],
             ends: tuple[float | None, float | None], noise: bool) -> Picture:
    from derive.teaching.loss_pictures import loss_picture, noise_picture

    low, high = ends
    between = None if low is None or high is None else (low, high)
    if (low is None) != (high is None) or (between and between[0] >= between[1]):
        raise click.UsageError("--from and --to go together, the smaller number first")
    if noise:
        return noise_picture(derive.noise(target, given=given, wrt=wrt), values)
    return loss_picture(derive.grad(target, given=given, wrt=wrt), values, between)
