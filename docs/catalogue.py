"""Writes docs/catalogue.md: every entry under its heading, with formula and meaning.

    python docs/catalogue.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from derive.entry_names import Named
from derive.notation.printing.formula_signs import with_signs
from derive.tables.activation_table import activations
from derive.tables.cell_table import cells
from derive.tables.distribution_table import distributions
from derive.tables.entry_lists import formula_of, grouped, heading_of, sentence_of
from derive.tables.loss_table import losses

PAGE = Path(__file__).resolve().parent / "catalogue.md"
HEAD = """# The catalogue

What `derive losses`, `distributions`, `activations` and `cells` list, written from `rules/` by \
`python docs/catalogue.py`. Of distributions the first parametrisation stands here; \
`derive distributions --all` has all of them.

On a terminal a list stands under headings, with formulas and meanings, and goes through the pager \
of `PAGER` where it is longer than the screen (`--no-pager`, `NO_PAGER=1`: not). In a pipe it is \
one row for each entry, separated by tabs, the name first. `--format json` has all that an entry \
holds. A name or an alias shows one entry as a card; other words list the entries that have all \
of them in their name, aliases, title, meaning or formula:

    derive losses huber
    derive losses poisson zeros
    derive distributions "heavy tail"
    derive rules log
    derive losses robust --format json

The same in Python; what comes back is a tuple, which shows itself as a table in a notebook:

```python
>>> import derive
>>> derive.losses("segmentation")
2 losses: dice, tversky
>>> derive.losses("huber")[0].meaning
'Squared for small errors, linear beyond δ; regression in which no outlier pulls without limit.'
>>> derive.distributions("heavy tail")
3 distributions: student-t, cauchy, generalised-pareto

```
"""


def page() -> str:
    """The text of the page."""
    tables = {"losses": losses(), "distributions": [d for d in distributions() if not d.base],
              "activations": activations(), "cells": cells()}
    parts = [HEAD]
    for name, entries in tables.items():
        parts.append(f"## {len(entries)} {name}\n")
        for title, group in grouped(entries, partial(heading_of, name)):
            parts += [f"### {title}\n", *_table(group)]
    return "\n".join(parts)


def _table(entries: Iterable[Named]) -> Iterator[str]:
    rows = [(f"`{e.name}`", f"`{with_signs(formula_of(e))}`" * bool(formula_of(e)), sentence_of(e))
            for e in entries]
    formulas = any(formula for _, formula, _ in rows)
    heads = ("name", "formula", "meaning") if formulas else ("name", "meaning")
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row if formulas else (row[0], row[2]))} |" for row in rows)
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
