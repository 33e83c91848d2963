"""`derive losses`. Needs no SymPy."""

from __future__ import annotations

from derive.commands.options import listing_command
from derive.commands.output import Rows
from derive.tables.loss_table import Entry, entry_for, losses


def _card(entry: Entry) -> Rows:
    return [
        ("name", entry.name), ("title", entry.title), ("also", ", ".join(entry.aliases)),
        ("given", ", ".join(entry.given)), ("where", "\n".join(entry.define)),
        ("loss", entry.loss), ("gradient by", entry.wrt), ("note", entry.note),
        ("source", entry.source), ("see", f"derive grad {entry.name}")]


@listing_command("losses", {"name": "name", "section": "section", "title": "title",
                            "formula": "loss"}, _card)
def command(name: str | None, form: str) -> tuple[Entry, ...]:
    """List the losses of the catalogue, or show one of them.
    """
    return losses() if name is None else (entry_for(name),)
