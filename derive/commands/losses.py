"""`derive losses`. Needs no SymPy."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from derive.catalogue import Entry, entry_for, losses
from derive.commands.tables import print_entry, print_table


@click.command("losses")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="The form of the output.")
def command(name: str | None, form: str) -> None:
    """The catalogue of losses, or one of them.

    \b
    derive losses
    derive losses huber
    """
    entries = losses() if name is None else (entry_for(name),)
    if form == "json":
        click.echo(json.dumps([asdict(e) for e in entries], ensure_ascii=False, indent=2))
    elif name is None:
        print_table(("name", "section", "title", "formula"),
                    [(e.name, e.section, e.title, e.loss) for e in entries])
    else:
        _show(entries[0])


def _show(entry: Entry) -> None:
    print_entry([
        ("name", entry.name), ("title", entry.title), ("also", ", ".join(entry.aliases)),
        ("given", ", ".join(entry.given)), ("where", "\n".join(entry.define)),
        ("loss", entry.loss), ("gradient by", entry.wrt), ("note", entry.note),
        ("source", entry.source), ("see", f"derive grad {entry.name}")])
