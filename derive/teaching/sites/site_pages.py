"""The pages of the site, one for each entry of the tables; each is derived when it is asked for."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.outgoing_text import escape
from derive.provided import provided
from derive.rendering.page.article import article
from derive.rendering.page.document import document
from derive.rendering.page.page_formulas import math
from derive.rendering.page.plots import plot_assets
from derive.tables.activation_table import activations
from derive.tables.cell_table import cells
from derive.tables.distribution_table import distributions
from derive.tables.entry_lists import heading_of
from derive.tables.loss_table import losses

KINDS = {"losses": "Losses", "distributions": "Distributions", "activations": "Activations",
         "cells": "Recurrent cells"}
_WAYS = "<!-- other pages -->"  # where the ways to other pages are put in
_HOME = (("../index.html", "All pages"), ("../rules.html", "Rules"))
# Of each kind the entries, what is searched of them beside name and title, and the functions that
# derive what a page shows: the first always, others where there is a result.
_TABLES: dict[str, tuple[Callable[[], Sequence[Any]], Sequence[str], Sequence[str]]] = {
    "losses": (losses, ("loss", "source", "note"), ("grad", "hessian")),
    "distributions": (distributions, ("density", "source", "note"), ("nll", "mle")),
    "activations": (activations, ("formula", "source"), ("matching_loss",)),
    "cells": (cells, ("source", "note"), ("bptt",)),
}


@dataclass(frozen=True)
class Entry:
    """One page to be made: where it stands, and what the index tells of it."""

    kind: str
    name: str
    title: str
    section: str
    words: str  # what is searched beside name, title and meaning
    meaning: str = ""

    @property
    def file(self) -> str:
        return f"{self.kind}/{self.name}.html"


@dataclass(frozen=True)
class Made:
    """A page that was made, or why it was not; `formula` is its result for the index."""

    entry: Entry
    page: str
    formula: str
    seconds: float
    error: str = ""


def entries() -> Iterator[Entry]:
    """All pages of the site, in the order of the tables."""
    for kind, (table, fields, _) in _TABLES.items():
        for entry in table():
            words = " ".join((*entry.aliases, *(getattr(entry, field) for field in fields)))
            yield Entry(kind, entry.name, entry.title, heading_of(kind, entry), words,
                        entry.meaning)


def make(entry: Entry, verified: bool = True) -> Made:
    """One page, derived, and checked where it is to be `verified`."""
    gc.enable()  # the command line switches it off for its short runs
    start = time.perf_counter()
    try:
        derivations = list(_derivations(entry))
        if verified:
            derivations = [derivation.verify() for derivation in derivations]
    except DeriveError as error:
        return Made(entry, "", "", time.perf_counter() - start, error.first_line)
    body = "".join(article(derivation, heading=1 if place == 0 else 2, prefix=f"part{place + 1}",
                           above=derivations[:place], plotted=place == 0)
                   for place, derivation in enumerate(derivations))
    styles, scripts = plot_assets(body)
    page = document(derivations[0].title, body + _WAYS, styles=("site.css", *styles),
                    scripts=scripts, links=_HOME)
    return Made(entry, page, _formula(derivations[0]), time.perf_counter() - start)


def _formula(derivation: Derivation) -> str:
    """The result for the index; a model has too many for it."""
    if derivation.time is not None:
        return ""
    return " = ".join(math(side, derivation, notes=False)
                      for side in (derivation.quantity, derivation.result))


def _derivations(entry: Entry) -> Iterator[Derivation]:
    """What the page shows. Raises DeriveError where the first of it cannot be derived."""
    *_, (first, *others) = _TABLES[entry.kind]
    yield provided(first)(entry.name)
    for function in others:
        try:
            yield provided(function)(entry.name)
        except DeriveError:
            continue


def linked(made: Made, before: Made | None, after: Made | None, beside: Sequence[Made]) -> str:
    """The page with ways to its neighbours, and to the others of its section."""
    ways = "".join(f'<li class="{kind}"><a rel="{kind}" href="../{escape(other.entry.file)}">'
                   f"{escape(other.entry.title)}</a></li>"
                   for kind, other in (("prev", before), ("next", after)) if other is not None)
    others = "".join(f'<li><a href="../{escape(m.entry.file)}">{escape(m.entry.title)}</a></li>'
                     for m in beside if m is not made)
    more = (f'<details class="beside"><summary>In the same section</summary><ul>{others}</ul>'
            "</details>") if others else ""
    return made.page.replace(_WAYS, (
        f'<nav class="ways" aria-label="Other pages"><ul class="neighbours">{ways}</ul>{more}'
        "</nav>") if ways or more else "")
