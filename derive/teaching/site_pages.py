"""The pages of the site, one for each entry of the tables; each is derived when it is asked for."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.provided import provided
from derive.rendering.page.article import article
from derive.rendering.page.document import document
from derive.rendering.page.page_formulas import math
from derive.rendering.page.rule_cards import card
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.rule import Rule
from derive.tables.activation_table import activations
from derive.tables.cell_table import cells
from derive.tables.distribution_table import distributions
from derive.tables.loss_table import losses

KINDS = {"losses": "Losses", "distributions": "Distributions", "activations": "Activations",
         "cells": "Recurrent cells"}
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
    words: str  # what is searched beside name and title

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
            yield Entry(kind, entry.name, entry.title, getattr(entry, "section", ""), words)


def make(entry: Entry, verified: bool = True) -> Made:
    """One page, derived, and checked where it is to be `verified`."""
    gc.enable()  # the command line switches it off for its short runs
    start = time.perf_counter()
    try:
        derivations = list(_derivations(entry))
        if verified:
            derivations = [derivation.verify() for derivation in derivations]
    except DeriveError as error:
        return Made(entry, "", "", time.perf_counter() - start, str(error).splitlines()[0])
    body = "".join(article(derivation, heading=1 if place == 0 else 2, prefix=f"part{place + 1}",
                           above=derivations[:place])
                   for place, derivation in enumerate(derivations))
    page = document(derivations[0].title, body, links=_HOME)
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


def rules_page() -> str:
    """All rules, by the stage in which they are used."""
    stages: dict[str, list[Rule]] = {}
    for rule in standard_rulebook():
        stages.setdefault(rule.stage, []).append(rule)
    body = "<header><h1>Rules</h1><p class=\"source\">Every line of a derivation follows from " \
           "the one before by one of these.</p></header>"
    for stage, rules in stages.items():
        cards = "".join(f'<section class="step" id="rule-{escape(r.name)}"><h3>{escape(r.label)} '
                        f"<code>{escape(r.name)}</code></h3>{card(r)}</section>" for r in rules)
        body += f'<section><h2 class="label">{escape(stage.capitalize())}</h2>{cards}</section>'
    return document("Rules", body, links=(("index.html", "All pages"),))


def index_page(made: list[Made], verified: bool = True) -> str:
    """The list of all pages, with a search."""
    checked = " and checked numerically" if verified else ""
    head = (f'<header><h1>Derivations</h1><p class="source">Every line derived by a rule{checked}.'
            "</p></header>"
            '<form role="search" class="search"><label for="search">Search</label>'
            '<input id="search" type="search" class="field" autocomplete="off" '
            'placeholder="softmax, log …"><p id="found" role="status"></p></form>')
    body = head
    words: list[str] = []
    for kind, title in KINDS.items():
        pages = [m for m in made if m.entry.kind == kind]
        groups = "".join(_group(section, (m for m in pages if m.entry.section == section), words)
                         for section in dict.fromkeys(m.entry.section for m in pages))
        body += f'<section class="group"><h2>{title}</h2>{groups}</section>' if pages else ""
    data = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    body += f'<script type="application/json" id="index">{data}</script>'
    return document("Derivations", body, styles=("site.css",), scripts=("site.js",),
                    links=(("rules.html", "Rules"),))


def _group(section: str, made: Iterable[Made], words: list[str]) -> str:
    """The pages of a section as a list; what is searched of each is added to the `words`."""
    rows = ""
    for m in made:
        words.append(f"{m.entry.name} {m.entry.title} {m.entry.words}".lower())
        rows += _row(m)
    label = f'<h3 class="label">{escape(section)}</h3>' if section else ""
    return f'<div class="group">{label}<ul class="pages">{rows}</ul></div>'


def _row(made: Made) -> str:
    entry = made.entry
    formula = f'<span class="scroll">{made.formula}</span>' if made.formula else ""
    return (f'<li><a href="{escape(entry.file)}">{escape(entry.title)}</a>'
            f"<code>{escape(entry.name)}</code>{formula}</li>")
