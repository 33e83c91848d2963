"""`derive activations`. Needs no SymPy."""

from __future__ import annotations

from derive.commands.options import listing_command
from derive.commands.output import Rows
from derive.tables.activation_table import Activation, activation_for, activations


def _card(entry: Activation) -> Rows:
    return [
        ("name", entry.name), ("title", entry.title), ("also", ", ".join(entry.aliases)),
        ("given", ", ".join(entry.given)), ("formula", entry.formula),
        ("range", entry.range), ("monotone", "yes" if entry.increasing else "no"),
        ("derivative", entry.derivative), ("inverse", entry.inverse),
        ("where", entry.where), ("source", entry.source),
        ("see", f"derive cost --activation {entry.name}")]


@listing_command("activations", {"name": "name", "range": "range", "title": "title",
                                 "formula": "formula"}, _card)
def command(name: str | None, form: str) -> tuple[Activation, ...]:
    """List the activations, or show one of them.
    """
    return activations() if name is None else (activation_for(name),)
