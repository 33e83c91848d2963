"""`derive regressions`. Needs no SymPy."""

from __future__ import annotations

from derive.commands.entry_listing import Listing, listing_command
from derive.commands.output import Rows
from derive.notation.printing.declaration_words import all_in_words
from derive.tables.entry_lists import Entries
from derive.tables.regression_table import Regression, regressions


def _card(entry: Regression) -> Rows:
    return [
        ("name", entry.name), ("title", entry.title), ("meaning", entry.meaning),
        ("also", ", ".join(entry.aliases)), ("statement", entry.statement),
        ("priors", "\n".join(entry.priors)),
        ("parameters", "\n".join(all_in_words(entry.given))),
        ("known", "\n".join(all_in_words(entry.known))),
        ("observed", "\n".join(all_in_words(entry.observed))),
        ("note", entry.note), ("source", entry.source),
        ("see", f"derive mle {entry.name}\nderive fisher {entry.name}")]


@listing_command("regressions", Listing(("name", "title", "statement", "meaning"), _card))
def command(*words: str, form: str) -> Entries[Regression]:
    """List the regressions, or show one of them.

    NAME shows the card of a regression. WORDS list the regressions that have all of them in their
    name, title, meaning or statement. Any other is typed: 'y ~ NAME(exp(X @ b))'.
    """
    return regressions(*words)
