"""Listings: tables for the terminal (rich) and for a pipe (plain columns), cards, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import wraps
from typing import Any

import click

from derive.commands.options import Decorator, format_option, with_options

_WIDE = 110  # columns from which all of a table is shown; below, its name and what it says
Rows = Sequence[tuple[str, str]]


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Prints a table: fitted to the terminal, or in full, tab-separated, into a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
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
        table.add_row(*(Text(row[place]) for place in shown))
    console.print(table)


def listing_command(name: str, columns: Mapping[str, str], card: Callable[[Any], Rows],
                    *options: Decorator) -> Callable[[Callable[..., Any]], click.Command]:
    """Makes a command of a function that gives the entries of a table.

    The function gets the name that was typed, or None, the `form`, and its own `options`. One
    entry by its name is printed as its `card`, several as a table; see `print_entries`.
    """
    def make(function: Callable[..., Sequence[Any]]) -> click.Command:
        @wraps(function)
        def command(name: str | None, form: str, **given: Any) -> None:
            entries = function(name, form=form, **given)
            print_entries(entries, form, columns, () if name is None else card(entries[0]))

        return click.command(name)(with_options(
            click.argument("name", required=False), *options, format_option(("text", "json")),
        )(command))

    return make


def print_entries(entries: Sequence[Any], form: str, columns: Mapping[str, str],
                  card: Rows = ()) -> None:
    """Prints entries as JSON; as text one as its card, several as a table.

    `columns` maps the headings of the table to the fields of an entry.
    """
    if form == "json":
        click.echo(json.dumps([asdict(e) for e in entries], ensure_ascii=False, indent=2))
    elif card:
        print_entry(card)
    else:
        print_table(tuple(columns), [[_text(getattr(e, f)) for f in columns.values()]
                                     for e in entries])


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else "; ".join(value)


def print_entry(rows: Rows) -> None:
    """Prints labelled lines, the empty ones left out."""
    width = max(len(label) for label, _ in rows) + 2
    for label, body in rows:
        if body:
            first, *others = body.split("\n")
            click.echo(f"{label.ljust(width)}{first}")
            for line in others:
                click.echo(" " * width + line)
