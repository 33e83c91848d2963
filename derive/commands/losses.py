"""`derive losses`. Needs no SymPy."""

from __future__ import annotations

import click

from derive.commands.tables import print_entries
from derive.tables.loss_table import Entry, entry_for, losses


@click.command("losses")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="The form of the output.")
def command(name: str | None, form: str) -> None:
    """The catalogue of losses, or one of them.
    """
    entries = losses() if name is None else (entry_for(name),)
    columns = {"name": "name", "section": "section", "title": "title", "formula": "loss"}
    print_entries(entries, form, columns, () if name is None else _card(entries[0]))


def _card(entry: Entry) -> list[tuple[str, str]]:
    return [
        ("name", entry.name), ("title", entry.title), ("also", ", ".join(entry.aliases)),
        ("given", ", ".join(entry.given)), ("where", "\n".join(entry.define)),
        ("loss", entry.loss), ("gradient by", entry.wrt), ("note", entry.note),
        ("source", entry.source), ("see", f"derive grad {entry.name}")]
