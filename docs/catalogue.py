"""Writes docs/catalogue.md: every entry under its heading, with formula and meaning.

    python docs/catalogue.py
"""

from __future__ import annotations

import json
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
3 losses: dice-soft, dice, tversky
>>> derive.losses("huber")[0].meaning
'Squared for small errors, linear beyond δ; regression in which no outlier pulls without limit.'
>>> derive.distributions("heavy tail")
3 distributions: student-t, cauchy, generalised-pareto

```
"""


# What the keys of JSON hold.
KEYS = {
    "name": "by which it is asked for", "aliases": "other names", "title": "what it is called",
    "meaning": "what it is for, in one sentence", "says": "what it states, in one sentence",
    "section": "the part of the list: a key of `rules/groups.toml`",
    "given": "declarations and conditions; of a rule, conditions under which it holds",
    "define": "names that the formula defines", "loss": "the formula, in the notation",
    "wrt": "the variable of the gradient", "source": "where it is published",
    "note": "a convention, or where it holds", "catalogue": "its number in the tests",
    "predict": "what a prediction z means",
    "compares": "predictions for different inputs",
    "across": "a dimension of different inputs",
    "scipy": "what a short file that may use SciPy calls",
    "keras": "its form in Keras",
    "c": "its name in C",
    "torch": "its form in PyTorch",
    "jax": "its form in JAX",
    "soft": "the loss that takes soft labels", "score": "the loss of a score on the whole line",
    "observed": "an observation, and conditions on it", "known": "what is not estimated",
    "density": "of an observation", "likelihood": "of a sample, where it is no product",
    "up_to": "the factor that the density leaves out", "moments": "expected values, `E = value`",
    "draw": "an expression that draws from it, where scipy.stats has it not",
    "centre": "what is predicted where the mean is no formula",
    "of_quantiles": "whether minus the logarithm of any distribution function has that law",
    "cdf": "the distribution function", "survival": "1 less that",
    "atoms": "values that have a probability of their own",
    "pivot": "the observation in terms of a variable", "law": "the law of that variable",
    "losses": "pairs of a link and a loss of the catalogue", "base": "of another parametrisation: "
    "the first one", "of": "the parameter that a network puts out",
    "censored": "whether times may be cut off", "formula": "of the input z",
    "range": "of its values", "increasing": "whether it is", "derivative": "by z",
    "inverse": "z in terms of the output y", "where": "on which part the inverse holds",
    "output": "declarations of the output; of a cell, what the next layer reads",
    "target": "declarations of a target", "outside": "of which targets the cost is unbounded",
    "equations": "of one step", "stage": "in which it is used", "from": "what it rewrites",
    "to": "into what", "requires": "what must be certain", "margin": "its name beside a line",
    "repeat": "whether it is applied to its own result", "attempt": "kept only if it shortens",
    "quiet": "whether it shares the line before it", "tactic": "a function that carries it out",
    "method": "the search that uses it", "extends": "where it has more values, and why",
    "total": "what must have a value everywhere", "defined": "what must have one",
    "unlike": "what holds its functions of no other argument",
    "like": "examples of what a tactic changes",
    "seed": "the document whose question it answers", "topic": "of that document",
    "question": "that it settles", "answer": "what it comes to", "caption": "below the picture",
    "reads": "the function that reads the data", "metric": "what it is measured by",
    "held_out": "the part that it is measured on", "needs": "the package whose files it reads",
    "form": "how it is written", "kind": "type, operator, word or function",
    "also": "what others call it", "example": "a formula and its declarations",
    "single": "a value in words", "several": "an array of values in words",
}
COMMANDS = ("losses", "distributions", "activations", "cells", "rules", "notation", "demo", "plot",
            "train --list")


def keys_of(command: str) -> list[str]:
    """The keys of an entry in the JSON of a list."""
    from click.testing import CliRunner

    from derive.commands import cli

    done = CliRunner().invoke(cli, [*command.split(), "--format", "json"])
    return list(json.loads(done.output)[0])


def page() -> str:
    """The text of the page."""
    tables = {"losses": losses(), "distributions": [d for d in distributions() if not d.base],
              "activations": activations(), "cells": cells()}
    parts = [HEAD]
    for name, entries in tables.items():
        parts.append(f"## {len(entries)} {name}\n")
        for title, group in grouped(entries, partial(heading_of, name)):
            parts += [f"### {title}\n", *_table(group)]
    parts += ["## Keys of JSON\n", "`--format json` writes a list of entries with these keys.\n",
              "| list | keys |\n|---|---|"]
    kept = {command: keys_of(command) for command in COMMANDS}
    parts += [f"| `derive {name}` | {', '.join(f'`{k}`' for k in keys)} |"
              for name, keys in kept.items()]
    used = dict.fromkeys(key for keys in kept.values() for key in keys)
    parts += ["", "| key | what it holds |\n|---|---|",
              *(f"| `{key}` | {KEYS[key]} |" for key in used), ""]
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
