"""`derive distributions`. Needs no SymPy."""

from __future__ import annotations

import click

from derive.commands.options import listing_command
from derive.commands.output import Rows
from derive.tables.distribution_table import Distribution, distribution_for, distributions


def _card(entry: Distribution) -> Rows:
    base = entry.base or entry.name
    others = [d.name for d in distributions()
              if base in (d.base, d.name) and d.name != entry.name]
    return [
        ("name", entry.name), ("title", entry.title), ("also", ", ".join(entry.aliases)),
        ("parameters", ", ".join(entry.given)), ("where", "\n".join(entry.define)),
        ("known", ", ".join(entry.known)), ("observed", ", ".join(entry.observed)),
        ("density", entry.density), ("likelihood", entry.likelihood), ("but for", entry.up_to),
        ("moments", "\n".join(f"E[{m.replace(' = ', '] = ', 1)}" for m in entry.moments)),
        ("losses", ", ".join(f"{loss} ({link})" for link, loss in entry.losses)),
        ("forms", ", ".join(others)), ("note", entry.note), ("source", entry.source),
        ("see", f"derive nll {entry.name}")]


@listing_command("distributions", {"name": "name", "section": "section", "title": "title",
                                   "density": "density"}, _card,
                 click.option("--all", "parametrisations", is_flag=True,
                              help="Every parametrisation too."))
def command(name: str | None, form: str, parametrisations: bool) -> tuple[Distribution, ...]:
    """List the distributions, or show one of them.
    """
    if name is not None:
        return (distribution_for(name),)
    return tuple(d for d in distributions() if parametrisations or form == "json" or not d.base)
