"""`derive distributions`. Needs no SymPy."""

from __future__ import annotations

import click

from derive.commands.tables import print_entries
from derive.tables.distribution_table import Distribution, distribution_for, distributions


@click.command("distributions")
@click.argument("name", required=False)
@click.option("--all", "every", is_flag=True, help="Every parametrisation too.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="The form of the output.")
def command(name: str | None, every: bool, form: str) -> None:
    """The table of distributions, or one of them.
    """
    known = distributions()
    entries = tuple(d for d in known if every or form == "json" or not d.base) if name is None \
        else (distribution_for(name),)
    columns = {"name": "name", "section": "section", "title": "title", "density": "density"}
    print_entries(entries, form, columns, () if name is None else _card(entries[0], known))


def _card(entry: Distribution, known: tuple[Distribution, ...]) -> list[tuple[str, str]]:
    base = entry.base or entry.name
    others = [d.name for d in known if base in (d.base, d.name) and d.name != entry.name]
    return [
        ("name", entry.name), ("title", entry.title), ("also", ", ".join(entry.aliases)),
        ("parameters", ", ".join(entry.given)), ("where", "\n".join(entry.define)),
        ("known", ", ".join(entry.known)), ("observed", ", ".join(entry.observed)),
        ("density", entry.density), ("likelihood", entry.likelihood), ("but for", entry.up_to),
        ("moments", "\n".join(f"E[{m.replace(' = ', '] = ', 1)}" for m in entry.moments)),
        ("losses", ", ".join(f"{loss} ({link})" for link, loss in entry.losses)),
        ("forms", ", ".join(others)), ("note", entry.note), ("source", entry.source),
        ("see", f"derive nll {entry.name}")]
