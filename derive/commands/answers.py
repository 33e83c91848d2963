"""What a command answers: a record in a form, laid out for where it goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands.destination import STANDARD_OUTPUT, Destination, destination, name_for
from derive.commands.output import columns, encodes_unicode
from derive.rendering.forms import FORMATS

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.derivation import Derivation


@dataclass(frozen=True)
class Answer:
    """Where an answer goes, how it is laid out, how much of it is shown, whether it is checked.

    `detail` is empty where the command has no choice of it.
    """

    destination: Destination
    layout: Mapping[str, Any]
    detail: str = ""
    checked: bool = True

    def shown(self, show: Callable[..., str], *arguments: Any) -> str:
        """What `show` makes of a record in this form."""
        return show(*arguments, self.destination.form, **self.layout)


def answer(target: str | None, form: str | None, output: Path | None, opened: bool, ascii: bool,
           width: int | None, embed_font: Path | None = None, detail: str = "",
           no_verify: bool = False, forms: Sequence[str] = FORMATS) -> Answer:
    """The answer that the options of a command ask for; `target` is what it is about.

    Raises UsageError for options that exclude each other, DeriveError for a place at which
    nothing can be written: both before any work is done.
    """
    command = click.get_current_context().info_name or "derive"
    going = destination(form, output, opened, name_for(command, target), forms)
    if embed_font is not None and going.form != "html":
        raise click.UsageError("--embed-font goes with --format html")
    layout: dict[str, Any] = {}
    if going.form == "html":
        layout = {"embed_font": embed_font}
    elif going.form == "text":
        layout = text_options(going.path, ascii, width)
    return Answer(going, layout, detail, not no_verify)


def text_options(output: Path | None, ascii: bool, width: int | None) -> dict[str, Any]:
    """Width, signs and colour, as the terminal or the file takes them."""
    file = output is not None and output != STANDARD_OUTPUT
    terminal = not file and sys.stdout.isatty()
    return {"width": width or columns(), "ascii": ascii or not (file or encodes_unicode()),
            "color": terminal and "NO_COLOR" not in os.environ
            and os.environ.get("TERM") != "dumb"}


def prepared(derivation: Derivation, reply: Answer) -> str:
    """A derivation as it is printed, verified first."""
    if reply.checked:
        from derive.reporting import report

        report("checking")
        derivation = derivation.verify()
    return derivation.show(reply.destination.form, detail=reply.detail, **reply.layout)
