"""What listings print: tables (rich; columns for a pipe), cards, JSON."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from derive.outgoing_text import plain_signs

_WIDE = 110  # columns from which all of a table is shown; below, its name and what it says
Rows = Sequence[tuple[str, str]]


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Prints a table: fitted to the terminal, or in full, tab-separated, into a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(map(plain_signs, row)))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    places = range(len(headings))
    shown = tuple(places) if console.width >= _WIDE else (0, *places[2:3])
    table = Table(title=title or None, box=None, pad_edge=False, title_justify="left")
    for place in shown:
        table.add_column(headings[place], style="bold" if place == 0 else None,
                         no_wrap=place == 0)
    for row in rows:
        table.add_row(*(Text(plain_signs(row[place])) for place in shown))
    console.print(table)


def print_entry(rows: Rows) -> None:
    """Prints labelled lines, the empty ones left out."""
    width = max(len(label) for label, _ in rows) + 2
    for label, body in rows:
        if body:
            first, *others = plain_signs(body).split("\n")
            click.echo(f"{label.ljust(width)}{first}")
            for line in others:
                click.echo(" " * width + line)


def columns() -> int:
    """The width of the terminal; 100 where there is none."""
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


OVERWRITE = "derive.overwrite"  # under which the context of a command keeps --overwrite


def overwriting() -> bool:
    """Whether the command was given --overwrite."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(OVERWRITE))


def encodes_unicode(output: Path | None = None) -> bool:
    """Whether the output can show mathematical signs."""
    if output is not None:
        return True
    if getattr(sys.stdout, "in_words", False):
        return False
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return encoding.startswith("utf") and os.environ.get("TERM") != "dumb"
