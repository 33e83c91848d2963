"""`derive cells`. Needs no SymPy."""

from __future__ import annotations

import click

from derive.commands.tables import print_entries, print_table
from derive.tables.cell_table import Cell, cells, find_cell, heads, reductions


@click.command("cells")
@click.argument("name", required=False)
@click.option("--heads", "with_heads", is_flag=True, help="The heads, instead of the cells.")
@click.option("--reductions", "with_reductions", is_flag=True,
              help="The reductions, instead of the cells.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              show_default=True, help="The form of the output.")
def command(name: str | None, with_heads: bool, with_reductions: bool, form: str) -> None:
    """The recurrent cells, or one of them; or the heads and reductions they can have.
    """
    if name is not None and (with_heads or with_reductions):
        raise click.UsageError("name a cell, or list the heads or the reductions, not both")
    if with_heads:
        _print_all(heads(), form, {"name": "name", "loss": "loss", "title": "title"})
    elif with_reductions:
        _print_all(reductions(), form, {"name": "name", "loss": "loss", "title": "title"})
    else:
        every = cells() if name is None else (find_cell(name),)
        if form == "text" and name is None:
            rows = [[c.name, c.output, c.title, "; ".join(c.equations)] for c in every]
            print_table(("name", "output", "title", "equations"), rows)
        else:
            print_entries(every, form, {"name": "name"}, () if name is None else _card(every[0]))


def _print_all(entries: tuple[object, ...], form: str, columns: dict[str, str]) -> None:
    print_entries(entries, form, columns)


def _card(cell: Cell) -> list[tuple[str, str]]:
    return [
        ("name", cell.name), ("title", cell.title), ("also", ", ".join(cell.aliases)),
        ("given", "\n".join(cell.given)), ("equations", "\n".join(cell.equations)),
        ("output", cell.output), ("note", cell.note), ("source", cell.source),
        ("see", f"derive bptt {cell.name}")]
