"""The frame of commands that list entries: all of them, those about some words, or one as a card.

Needs no SymPy.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

from derive.commands.destination import form_of_list, printed_to
from derive.commands.entry_completion import EntryName
from derive.commands.entry_layout import card, laid_out, wrapped
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import Decorator, format_option, output_option, with_options
from derive.commands.output import Rows, columns, encodes_unicode, print_entry
from derive.entry_names import Named, entry_named
from derive.errors import UnknownNameError
from derive.notation.printing.formula_signs import with_signs
from derive.outgoing_text import as_json, plain_signs
from derive.tables.entry_lists import Entries, heading_of

Column = str | Callable[[Any], str]  # a field of an entry, or what is made of it
FORMS = ("text", "json")
no_pager_option = click.option(
    "--no-pager", is_flag=True,
    help="Print a list that is longer than the screen at once; so does NO_PAGER=1.")


def names_first(entries: Entries[Named], text: str) -> bool:
    """Whether a text is the name or an alias of the first entry."""
    try:
        entry_named(entries.what, text, entries[:1])
    except UnknownNameError:
        return False
    return True


@dataclass(frozen=True)
class Listing:
    """How a command lists entries.

    `columns` are those of a pipe, tab-separated, the name first; `card` is what is shown of an
    entry by its name, if it `is_named`; `record` what JSON has of it. `ask` is the command that
    takes a name, where it is not that of the list, `search` the one that takes words, where it is
    another and the list is `searched` at all. `write` puts formulas into signs for a terminal.
    """

    columns: Sequence[Column]
    card: Callable[[Any], Rows] | None = None
    record: Callable[[Any], Mapping[str, Any]] = asdict
    ask: str = ""
    search: str = ""
    searched: bool = True
    write: Callable[[str], str] = with_signs
    is_named: Callable[[Entries[Named], str], bool] = names_first

    def show(self, entries: Entries[Named], words: Sequence[str], form: str, no_pager: bool = False,
             ) -> None:
        """Prints entries that `words` asked for: as JSON, as a card, or as a list."""
        named = bool(words) and self.card is not None and self.is_named(entries, " ".join(words))
        if form == "json":
            records = [dict(self.record(e)) for e in (entries[:1] if named else entries)]
            click.echo((as_json if encodes_unicode() else json.dumps)(records, indent=2))
        elif named and self.card is not None:
            _print_card(self.card(entries[0]), entries)
        elif not sys.stdout.isatty():
            for entry in entries:
                click.echo("\t".join(_cell(entry, column) for column in self.columns))
        else:
            lines = laid_out(entries, partial(heading_of, entries.table), columns(), _style(),
                             self.write if encodes_unicode() else str)
            closing = [part for line in self._closing(entries, words)
                       for part in wrapped(line, columns())]
            _print_lines([*lines, "", *closing], no_pager)

    def _closing(self, entries: Entries[Named], words: Sequence[str]) -> Iterable[str]:
        """How many entries there are, and what to type for one of them."""
        yield f"{entries.counted} for {' '.join(words)!r}" if words else entries.counted
        ask = self.ask.format(what=entries.what) or f"derive {entries.table}"
        if entries:
            yield f"one of them: {ask} {entries[0].name}"
        if self.searched and not words:
            yield f"search: {self.search or ask} WORDS"


def listing_command(name: str, listing: Listing, *options: Decorator,
                    ) -> Callable[[Callable[..., Entries[Any]]], click.Command]:
    """Makes a command of a function that gives the entries of a table.

    The function gets the words that were typed, the `form`, and its own `options`.
    """
    def make(function: Callable[..., Entries[Any]]) -> click.Command:
        @wraps(function)
        def command(words: tuple[str, ...], form: str | None, no_pager: bool, output: Path | None,
                    **given: Any) -> None:
            chosen = form_of_list(form, output)
            with printed_to(output):
                listing.show(function(*words, form=chosen, **given), words, chosen, no_pager)

        return click.command(name, cls=HelpfulCommand)(with_options(
            words_argument(name), *options, format_option(FORMS, None), output_option(),
            no_pager_option)(command))

    return make


def words_argument(*tables: str) -> Decorator:
    """Adds the name of an entry, or the words that are looked for."""
    return click.argument("words", nargs=-1, metavar="[NAME | WORDS]",
                          type=EntryName(*tables, files=False))


def _cell(entry: Named, column: Column) -> str:
    """A cell of a row in a pipe, in one line."""
    value = column(entry) if callable(column) else getattr(entry, column)
    return plain_signs(" ".join((value if isinstance(value, str) else "; ".join(value)).split()))


def _print_card(rows: Rows, entries: Entries[Named]) -> None:
    others = [entry.name for entry in entries[1:7]]
    further = ", ".join(others) + ", …" * (len(entries) > 7)
    rows = [*rows, ("related", further)]
    if sys.stdout.isatty():
        click.echo(_in_signs("\n".join(card(rows, columns(), _style()))))
    else:
        print_entry(rows)


def _in_signs(text: str) -> str:
    """A text in the signs that the terminal has."""
    if encodes_unicode():
        return text
    from derive.commands.ascii_words import in_ascii

    return in_ascii(text)


def _style() -> Callable[..., str]:
    """What makes text bold or coloured; nothing where colours are not wanted."""
    if "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb":
        return lambda text, **_: text
    return click.style


def _print_lines(lines: Sequence[str], no_pager: bool) -> None:
    """Prints lines, through a pager where they are more than the terminal has."""
    text = _in_signs("\n".join(lines))
    height = shutil.get_terminal_size().lines
    alone = no_pager or os.environ.get("NO_PAGER") or os.environ.get("TERM") == "dumb" \
        or sys.stdin is None or not sys.stdin.isatty()
    if alone or len(lines) < height:
        click.echo(text)
    else:
        click.echo_via_pager(text + "\n")
