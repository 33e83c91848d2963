"""`derive cells`. Needs no SymPy."""

from __future__ import annotations

import click

from derive.commands.entry_completion import EntryName
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import format_option
from derive.commands.output import Rows, print_entries
from derive.tables.cell_table import Cell, cells, find_cell, heads, reductions


@click.command("cells", cls=HelpfulCommand)
@click.argument("name", required=False, type=EntryName("cells", files=False))
@click.option("--heads", "with_heads", is_flag=True, help="The heads, instead of the cells.")
@click.option("--reductions", "with_reductions", is_flag=True,
              help="The reductions, instead of the cells.")
@format_option(("text", "json"))
def command(name: str | None, with_heads: bool, with_reductions: bool, form: str) -> None:
    """List the recurrent cells, their heads and reductions.
    """
    if name is not None and (with_heads or with_reductions):
        raise click.UsageError("name a cell, or list the heads or the reductions, not both")
    if with_heads or with_reductions:
        print_entries(heads() if with_heads else reductions(), form,
                      {"name": "name", "loss": "loss", "title": "title"})
        return
    entries = cells() if name is None else (find_cell(name),)
    print_entries(entries, form, {"name": "name", "output": "output", "title": "title",
                                  "equations": "equations"},
                  () if name is None else _card(entries[0]))


def _card(cell: Cell) -> Rows:
    return [
        ("name", cell.name), ("title", cell.title), ("also", ", ".join(cell.aliases)),
        ("given", "\n".join(cell.given)), ("equations", "\n".join(cell.equations)),
        ("output", cell.output), ("note", cell.note), ("source", cell.source),
        ("see", f"derive bptt {cell.name}")]
