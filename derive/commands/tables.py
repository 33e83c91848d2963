"""Tables for the terminal (rich) and for a pipe (plain columns)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Prints a table: fitted to the terminal, or in full, tab-separated, into a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, box=None, pad_edge=False, title_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(heading, style="bold" if place == 0 else None, overflow="fold",
                         no_wrap=place == 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def print_entry(rows: Sequence[tuple[str, str]]) -> None:
    """Prints labelled lines, the empty ones left out."""
    width = max(len(label) for label, _ in rows) + 2
    for label, body in rows:
        if body:
            first, *others = body.split("\n")
            click.echo(f"{label.ljust(width)}{first}")
            for line in others:
                click.echo(" " * width + line)
