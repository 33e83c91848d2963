"""`derive activations`. Needs no SymPy."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from derive.activation_table import activation_for, activations
from derive.commands.tables import print_entry, print_table


@click.command("activations")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="The form of the output.")
def command(name: str | None, form: str) -> None:
    """The activations whose matching losses can be derived, or one of them.

    \b
    derive activations
    derive activations probit
    """
    entries = activations() if name is None else (activation_for(name),)
    if form == "json":
        click.echo(json.dumps([asdict(e) for e in entries], ensure_ascii=False, indent=2))
    elif name is None:
        print_table(("name", "range", "title", "formula"),
                    [(e.name, e.range, e.title, e.formula) for e in entries])
    else:
        (entry,) = entries
        print_entry([
            ("name", entry.name), ("title", entry.title), ("also", ", ".join(entry.aliases)),
            ("given", ", ".join(entry.given)), ("formula", entry.formula),
            ("range", entry.range), ("monotone", "yes" if entry.increasing else "no"),
            ("derivative", entry.derivative), ("inverse", entry.inverse),
            ("where", entry.where), ("source", entry.source),
            ("see", f"derive cost --activation {entry.name}")])
