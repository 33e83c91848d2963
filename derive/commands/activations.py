"""`derive activations`. Needs no SymPy."""

from __future__ import annotations

from derive.commands.entry_listing import Listing, listing_command
from derive.commands.output import Rows
from derive.notation.printing.declaration_words import all_in_words
from derive.notation.printing.formula_signs import with_signs
from derive.tables.activation_table import Activation, activations
from derive.tables.entry_lists import Entries


def _card(entry: Activation) -> Rows:
    return [
        ("name", entry.name), ("title", entry.title), ("meaning", entry.meaning),
        ("also", ", ".join(entry.aliases)), ("formula", with_signs(entry.formula)),
        ("given", "\n".join(all_in_words(entry.given))), ("typed", entry.formula),
        ("range", entry.range), ("monotone", "yes" if entry.increasing else "no"),
        ("derivative", entry.derivative), ("inverse", entry.inverse),
        ("where", entry.where), ("source", entry.source),
        ("see", f"derive cost --activation {entry.name}")]


@listing_command("activations",
                 Listing(("name", "range", "title", "formula", "meaning"), _card))
def command(*words: str, form: str) -> Entries[Activation]:
    """List the activations, or show one of them.

    NAME shows the card of an activation, whose matching loss can be derived. WORDS list the
    activations that have all of them in their name, title, meaning or formula.
    """
    return activations(*words)
