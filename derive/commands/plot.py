"""`derive plot`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import derive
from derive.commands import options
from derive.commands.output import print_table

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.rendering.pictures import Picture


@click.command("plot", cls=options.FormulaCommand)
@click.argument("target", required=False)
@options.output_option("--output", "-o",
                       text="The picture, .png or .svg; without it, it is said in words.")
@options.given_option("z: real")
@options.wrt_option("What is on the axis.")
@options.value_option("The value of another name: delta=2")
@click.option("--from", "low", type=float, metavar="NUMBER", help="Where the axis starts.")
@click.option("--to", "high", type=float, metavar="NUMBER", help="Where it ends.")
@click.option("--noise", is_flag=True, help="The density exp(-loss)/Z instead.")
@options.patience_option
def command(target: str | None, output: Path | None, given: tuple[str, ...], wrt: str | None,
            values: tuple[str, ...], low: float | None, high: float | None, noise: bool) -> None:
    """A picture with matplotlib (the extra `plot`), without a display.

    TARGET is a picture by name, or a loss: it is drawn with its gradient. Without TARGET, the
    pictures are listed. Without --output, the curves are described.
    """
    from derive.rendering.drawing import check_drawing, draw
    from derive.rendering.pictures import in_words
    from derive.teaching.picturing import picture_named, pictures

    if target is None:
        print_table(("name", "says", "title"),
                    [(n, e.get("caption", ""), e["title"]) for n, e in pictures().items()])
        return
    if output is not None:
        check_drawing(output)
    if target in pictures():
        picture = picture_named(target)
    else:
        picture = _of_loss(options.read_target(target), given, wrt, _numbers(values),
                           (low, high), noise)
    if output is None:
        click.echo(in_words(picture))
    else:
        draw(picture, output)


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
