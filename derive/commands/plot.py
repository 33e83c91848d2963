"""`derive plot`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import derive
from derive.commands import options
from derive.commands.derivation_frame import FormulaCommand
from derive.commands.destination import (
    STANDARD_OUTPUT,
    check_place,
    form_of_list,
    name_for,
    open_page,
    printed_to,
    temporary,
)
from derive.commands.entry_completion import EntryName
from derive.commands.entry_listing import FORMS, Listing, no_pager_option
from derive.commands.help_texts import example_lines
from derive.commands.progress_line import working
from derive.tables.entry_lists import selected
from derive.tables.picture_table import listed_pictures

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable

_LISTING = Listing(("name", "caption", "title", "meaning"), ask="derive plot", searched=False)


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
@options.format_option(FORMS, None)
@no_pager_option
@options.functions_option
@options.patience_option
def command(target: str | None, form: str | None, no_pager: bool, output: Path | None, opened: bool,
            given: tuple[str, ...], wrt: str | None, values: tuple[str, ...], low: float | None,
            high: float | None, noise: bool, functions: FunctionTable | None) -> None:
    """Draw a loss with its gradient, or a picture by its name.

    TARGET is a picture by name, or a loss. Without TARGET, the pictures are listed. Without
    --output and --open, the curves are described in words. Drawing needs matplotlib (the extra
    `plot`), and no display.
    """
    if target is None:
        return _list(output, opened, form, no_pager)
    if form == "json":
        raise click.UsageError("--format json is for the list of pictures; a picture is .png or "
                               ".svg, as its file is named (--output)")
    _check_ends(low, high)
    from derive.rendering.drawing import check_drawing

    file = output if output != STANDARD_OUTPUT else None
    if opened and file is None:
        file = temporary(f"{name_for('plot', target)}.svg")
    if file is not None:
        check_drawing(file)
        check_place(file)
    with working("deriving"):
        picture = derive.plot(options.read_target(target), given=given, wrt=wrt,
                              values=_numbers(values), low=low, high=high, noise=noise,
                              functions=functions)
        if file is not None:
            picture.save(file)
    if file is None:
        click.echo(str(picture))
    elif opened:
        open_page(file)
    return None


def _list(output: Path | None, opened: bool, form: str | None, no_pager: bool) -> None:
    """The pictures that have a name. Raises UsageError where a picture is asked for."""
    if opened or (output is not None and output.suffix.lower() in (".png", ".svg")):
        raise click.UsageError("name the picture or the loss that is to be drawn, such as: "
                               f"{example_lines('plot')[0]}")
    with printed_to(output):
        _LISTING.show(selected("pictures", "picture", listed_pictures(), ()), (),
                      form_of_list(form, output), no_pager)


def _check_ends(low: float | None, high: float | None) -> None:
    """Raises UsageError where an end of the axis is missing, or they are exchanged."""
    if (low is None) != (high is None) or (low is not None and high is not None and low >= high):
        raise click.UsageError("--from and --to go together, the smaller number first")


def _numbers(values: tuple[str, ...]) -> dict[str, float]:
    """`delta=2` as a name and its number. Raises UsageError."""
    numbers: dict[str, float] = {}
    for name, text in options.named_values(values).items():
        try:
            numbers[name] = int(text) if text.lstrip("-").isdecimal() else float(text)
        except ValueError:
            raise click.UsageError(f"--value reads NAME=NUMBER, not '{name}={text}'") from None
    return numbers
