"""`derive activations`. Needs no SymPy."""

from __future__ import annotations

import click

from derive.commands.tables import print_entries
from derive.tables.activation_table import Activation, activation_for, activations


@click.command("activations")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="The form of the output.")
def command(name: str | None, form: str) -> None:
    """The activations whose matching losses can be derived, or one of them.
    """
    entries = activations() if name is None else (activation_for(name),)
    columns = {"name": "name", "range": "range", "title": "title", "formula": "formula"}
    print_entries(entries, form, columns, () if name is None else _card(entries[0]))


def _card(entry: Activation) -> list[tuple[str, str]]:
    return [
        ("name", entry.name), ("title", entry.title), ("also", ", ".join(entry.aliases)),
        ("given", ", ".join(entry.given)), ("formula", entry.formula),
        ("range", entry.range), ("monotone", "yes" if entry.increasing else "no"),
        ("derivative", entry.derivative), ("inverse", entry.inverse),
        ("where", entry.where), ("source", entry.source),
        ("see", f"derive cost --activation {entry.name}")]
