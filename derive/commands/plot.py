"""`derive plot`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.commands.options import FormulaCommand, patience_option, read_target
from derive.commands.tables import print_table


@click.command("plot", cls=FormulaCommand)
@click.argument("target", required=False)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path),
              help="The picture, .png or .svg; without it, it is said in words.")
@click.option("--given", "-g", multiple=True, metavar="DECLARATION",
              help="A declaration such as 'z: real', or a condition; repeat it.")
@click.option("--wrt", metavar="VARIABLE", help="What is on the axis.")
@click.option("--value", "values", multiple=True, metavar="NAME=NUMBER",
              help="The value of another name: delta=2; repeat it.")
@click.option("--from", "low", type=float, metavar="NUMBER", help="Where the axis starts.")
@click.option("--to", "high", type=float, metavar="NUMBER", help="Where it ends.")
@click.option("--noise", is_flag=True, help="The density exp(-loss)/Z instead.")
@patience_option
def command(target: str | None, output: Path | None, given: tuple[str, ...], wrt: str | None,
            values: tuple[str, ...], low: float | None, high: float | None, noise: bool) -> None:
    """A picture with matplotlib (the extra `plot`), without a display.

    TARGET is a picture by name, or a loss: it is drawn with its gradient. Without TARGET, the
    pictures are listed. Without --output, the curves are described.
    """
    from derive.teaching.picturing import picture_named, pictures

    if target is None:
        print_table(("name", "says", "title"),
                    [(n, e.get("caption", ""), e["title"]) for n, e in pictures().items()])
        return
    if output is not None:
        from derive.rendering.drawing import check_drawing

        check_drawing(output)
    if target in pictures():
        picture = picture_named(target)
    else:
        picture = _of_loss(read_target(target), given, wrt, numbers(values), (low, high), noise)
    written(picture, output)


def written(picture: Any, output: Path | None) -> None:
    """Draws a picture into a file; without one it is said in words."""
    from derive.rendering.drawing import draw
    from derive.rendering.pictures import said

    if output is None:
        click.echo(said(picture))
    else:
        draw(picture, output)


def numbers(values: tuple[str, ...]) -> dict[str, Any]:
    """`delta=2` as a name and its number. Raises UsageError."""
    found: dict[str, Any] = {}
    for text in values:
        name, sign, number = (part.strip() for part in text.partition("="))
        try:
            found[name] = int(number) if number.lstrip("-").isdigit() else float(number)
        except ValueError:
            sign = ""
        if not sign:
            raise click.UsageError(f"--value reads NAME=NUMBER, not {text!r}")
    return found


def _of_loss(target: str, given: tuple[str, ...], wrt: str | None, values: dict[str, Any],
             ends: tuple[float | None, float | None], noise: bool) -> Any:
    from derive.teaching.loss_pictures import loss_picture, noise_picture

    low, high = ends
    between = None if low is None or high is None else (low, high)
    if (low is None) != (high is None) or (between and between[0] >= between[1]):
        raise click.UsageError("--from and --to go together, the smaller number first")
    if noise:
        from derive.calculus.likelihood.assumed_noise import noise as assumed

        return noise_picture(assumed(target, given=given, wrt=wrt), values)
    from derive.calculus.gradient.gradient import grad

    return loss_picture(grad(target, given=given, wrt=wrt), values, between)
