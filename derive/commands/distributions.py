"""`derive distributions`. Needs no SymPy."""

from __future__ import annotations

import click

from derive.commands.entry_listing import Listing, listing_command
from derive.commands.output import Rows
from derive.notation.printing.declaration_words import all_in_words
from derive.notation.printing.formula_signs import with_signs
from derive.tables.distribution_table import Distribution, distributions
from derive.tables.entry_lists import Entries


def _card(entry: Distribution) -> Rows:
    base = entry.base or entry.name
    others = [d.name for d in distributions()
              if base in (d.base, d.name) and d.name != entry.name]
    return [
        ("name", entry.name), ("title", entry.title), ("meaning", entry.meaning),
        ("also", ", ".join(entry.aliases)), ("density", with_signs(entry.density)),
        ("likelihood", with_signs(entry.likelihood)), ("but for", entry.up_to),
        ("with", "\n".join(map(with_signs, entry.define))),
        ("parameters", "\n".join(all_in_words(entry.given))),
        ("known", "\n".join(all_in_words(entry.known))),
        ("observed", "\n".join(all_in_words(entry.observed))),
        ("typed", entry.density or entry.likelihood),
        ("given", ", ".join((*entry.given, *entry.known, *entry.observed))),
        ("moments", "\n".join(f"E[{m.replace(' = ', '] = ', 1)}" for m in entry.moments)),
        ("losses", ", ".join(f"{loss} ({link})" for link, loss in entry.losses)),
        ("forms", ", ".join(others)), ("note", entry.note), ("source", entry.source),
        ("see", f"derive nll {entry.name}\nderive mle {entry.name}")]


def _density(entry: Distribution) -> str:
    return entry.density or entry.likelihood


@listing_command(
    "distributions", Listing(("name", "section", "title", _density, "meaning"), _card),
    click.option("--all", "parametrisations", is_flag=True, help="Every parametrisation too."))
def command(*words: str, form: str, parametrisations: bool) -> Entries[Distribution]:
    """List the distributions, or show one of them.

    NAME shows the card of a distribution. WORDS list the distributions that have all of them in
    their name, title, meaning or density.
    """
    entries = distributions(*words)
    if words or parametrisations or form == "json":
        return entries
    return Entries((d for d in entries if not d.base), entries.table, entries.what)
