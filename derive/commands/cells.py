"""`derive cells`. Needs no SymPy."""

from __future__ import annotations

from pathlib import Path

import click

from derive.commands.destination import form_of_list, printed_to
from derive.commands.entry_listing import FORMS, Listing, no_pager_option, words_argument
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import format_option, output_option
from derive.commands.output import Rows
from derive.notation.printing.declaration_words import all_in_words
from derive.notation.printing.formula_signs import with_signs
from derive.tables.cell_table import Cell, Head, Reduction, cells, heads, reductions
from derive.tables.entry_lists import Entries
from derive.tables.model_table import ModelEntry, models


def _card(cell: Cell) -> Rows:
    return [
        ("name", cell.name), ("title", cell.title), ("meaning", cell.meaning),
        ("also", ", ".join(cell.aliases)), ("step", "\n".join(map(with_signs, cell.equations))),
        ("where", "\n".join(all_in_words(cell.given))), ("equations", "\n".join(cell.equations)),
        ("given", "\n".join(cell.given)), ("output", cell.output), ("note", cell.note),
        ("source", cell.source),
        ("see", f"derive bptt {cell.name}\nderive train TASK --cell {cell.name}")]


_CELLS = Listing(("name", "output", "title", "equations", "meaning"), _card)
def _model_card(entry: ModelEntry) -> Rows:
    return [
        ("name", entry.name), ("title", entry.title), ("meaning", entry.meaning),
        ("also", ", ".join(entry.aliases)),
        ("model", "\n".join(map(with_signs, (*entry.equations, entry.loss)))),
        ("where", "\n".join(all_in_words(entry.given))),
        ("equations", "\n".join(entry.equations)), ("loss", entry.loss),
        ("given", "\n".join(entry.given)), ("note", entry.note), ("source", entry.source),
        ("see", f"derive bptt {entry.name}")]


_MODELS = Listing(("name", "title", "equations", "meaning"), _model_card)
_PARTS = Listing(("name", "loss", "title", "meaning"), ask="derive bptt MODEL --{what}",
                 searched=False)


@click.command("cells", cls=HelpfulCommand)
@words_argument("cells")
@click.option("--heads", "with_heads", is_flag=True, help="The heads, instead of the cells.")
@click.option("--models", "with_models", is_flag=True,
              help="The models that have a loss, instead of the cells.")
@click.option("--reductions", "with_reductions", is_flag=True,
              help="The reductions, instead of the cells.")
@format_option(FORMS, None)
@output_option()
@no_pager_option
def command(words: tuple[str, ...], with_heads: bool, with_models: bool, with_reductions: bool,
            form: str | None, output: Path | None, no_pager: bool) -> None:
    """List the recurrent cells, heads and reductions, and models with a loss.

    NAME shows the card of a cell, with --models that of a model. WORDS list the cells (or models)
    that have all of them in their name, title, meaning or equations.
    """
    if words and (with_heads or with_reductions):
        raise click.UsageError("name a cell, or list the heads or the reductions, not both")
    if with_heads + with_models + with_reductions > 1:
        raise click.UsageError("--heads, --models and --reductions exclude each other")
    chosen = form_of_list(form, output)
    with printed_to(output):
        if with_heads or with_reductions:
            parts: Entries[Head] | Entries[Reduction] = heads() if with_heads else reductions()
            _PARTS.show(parts, (), chosen, no_pager)
        elif with_models:
            _MODELS.show(models(*words), words, chosen, no_pager)
        else:
            _CELLS.show(cells(*words), words, chosen, no_pager)
