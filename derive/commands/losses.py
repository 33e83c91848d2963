"""`derive losses`. Needs no SymPy."""

from __future__ import annotations

from derive.commands.entry_listing import Listing, listing_command
from derive.commands.output import Rows
from derive.notation.printing.declaration_words import all_in_words
from derive.notation.printing.formula_signs import with_signs
from derive.tables.distribution_table import distributions, links
from derive.tables.entry_lists import Entries
from derive.tables.loss_table import Entry, losses


def _card(entry: Entry) -> Rows:
    return [
        ("name", entry.name), ("title", entry.title), ("meaning", entry.meaning),
        ("also", ", ".join(entry.aliases)), ("loss", with_signs(entry.loss)),
        ("with", "\n".join(map(with_signs, entry.define))),
        ("where", "\n".join(all_in_words(entry.given))),
        ("typed", entry.loss), ("given", ", ".join(entry.given)), ("gradient by", entry.wrt),
        ("note", entry.note), ("source", entry.source), ("from", "\n".join(_models(entry))),
        ("see", f"derive grad {entry.name}\nderive kernel {entry.name}")]


def _models(entry: Entry) -> list[str]:
    """The commands that derive it from a distribution."""
    plain = {link.name for link in links() if link.unchanged}
    return [f"derive nll {d.name}" + f" --link {link}" * (link not in plain)
            for d in distributions() for link, loss in d.losses if loss == entry.name]


@listing_command("losses", Listing(("name", "section", "title", "loss", "meaning"), _card))
def command(*words: str, form: str) -> Entries[Entry]:
    """List the losses of the catalogue, or show one of them.

    NAME shows the card of a loss. WORDS list the losses that have all of them in their name,
    title, meaning or formula.
    """
    return losses(*words)
