"""The pages of the site, one for each entry of the tables; each is derived when it is asked for."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from derive.errors import DeriveError
from derive.rendering.page.article import article
from derive.rendering.page.document import document
from derive.rendering.page.step_details import card

KINDS = {"losses": "Losses", "distributions": "Distributions", "activations": "Activations",
         "cells": "Recurrent cells"}
_HOME = (("../index.html", "All pages"), ("../rules.html", "Rules"))


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
    """Every page of the site, in the order of the tables."""
    from derive.tables.activation_table import activations
    from derive.tables.cell_table import cells
    from derive.tables.distribution_table import distributions
    from derive.tables.loss_table import losses

    for loss in losses():
        told = " ".join((*loss.aliases, loss.loss, loss.source, loss.note))
        yield Entry("losses", loss.name, loss.title, loss.section, told)
    for law in distributions():
        told = " ".join((*law.aliases, law.density, law.source, law.note))
        yield Entry("distributions", law.name, law.title, law.section, told)
    for one in activations():
        told = " ".join((*one.aliases, one.formula, one.source))
        yield Entry("activations", one.name, one.title, "", told)
    for cell in cells():
        told = " ".join((*cell.aliases, cell.source, cell.note))
        yield Entry("cells", cell.name, cell.title, "", told)


def make(entry: Entry, verified: bool = True) -> Made:
    """One page, derived, and checked unless told otherwise."""
    gc.enable()  # the command line switches it off for its short runs
    start = time.perf_counter()
    try:
        found = _DERIVED[entry.kind](entry.name)
        if verified:
            found = [one.verify() for one in found]
    except DeriveError as error:
        return Made(entry, "", "", time.perf_counter() - start, str(error).splitlines()[0])
    body = "".join(article(one, heading=1 if place == 0 else 2, prefix=f"part{place + 1}",
                           above=found[:place])
                   for place, one in enumerate(found))
    page = document(found[0].title, body, links=_HOME)
    return Made(entry, page, _formula(found[0]), time.perf_counter() - start)


def _formula(found: Any) -> str:
    """The result for the index; a model has too many for it."""
    from derive.rendering.page.page_formulas import math

    if found.time is not None:
        return ""
    return f"{math(found.quantity, found, notes=False)} = {math(found.result, found, notes=False)}"


def _loss(name: str) -> list[Any]:
    from derive.calculus.gradient.gradient import grad, hessian

    return [grad(name), *_where_there_is_one(hessian, name)]


def _distribution(name: str) -> list[Any]:
    from derive.calculus.likelihood.density_to_loss import nll
    from derive.calculus.likelihood.maximum_likelihood import mle

    return [nll(name), *_where_there_is_one(mle, name)]


def _activation(name: str) -> list[Any]:
    from derive.calculus.cost.potential import matching_loss

    return [matching_loss(name)]


def _cell(name: str) -> list[Any]:
    from derive.calculus.recurrence.back_propagation import bptt

    return [bptt(name)]


def _where_there_is_one(made: Callable[[str], Any], name: str) -> list[Any]:
    try:
        return [made(name)]
    except DeriveError:
        return []


_DERIVED: dict[str, Callable[[str], list[Any]]] = {
    "losses": _loss, "distributions": _distribution, "activations": _activation, "cells": _cell}


def rules_page() -> str:
    """All rules, by the stage in which they are used."""
    from derive.rulebook.loading import standard_rulebook

    stages: dict[str, list[Any]] = {}
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
    import json

    checked = " and checked numerically" if verified else ""
    head = (f'<header><h1>Derivations</h1><p class="source">Every line derived by a rule{checked}.'
            "</p></header>"
            '<form role="search" class="search"><label for="search">Search</label>'
            '<input id="search" type="search" class="field" autocomplete="off" '
            'placeholder="softmax, log …"><p id="found" role="status"></p></form>')
    body, words = head, []
    for kind, title in KINDS.items():
        own = [m for m in made if m.entry.kind == kind]
        if not own:
            continue
        body += f'<section class="group"><h2>{title}</h2>'
        for section in dict.fromkeys(m.entry.section for m in own):
            rows = [m for m in own if m.entry.section == section]
            words += [f"{m.entry.name} {m.entry.title} {m.entry.words}".lower() for m in rows]
            label = f'<h3 class="label">{escape(section)}</h3>' if section else ""
            body += f'<div class="group">{label}<ul class="pages">{"".join(map(_row, rows))}</ul>' \
                    "</div>"
        body += "</section>"
    data = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    body += f'<script type="application/json" id="index">{data}</script>'
    return document("Derivations", body, styles=("site.css",), scripts=("site.js",),
                    links=(("rules.html", "Rules"),))


def _row(made: Made) -> str:
    entry = made.entry
    formula = f'<span class="scroll">{made.formula}</span>' if made.formula else ""
    return (f'<li><a href="{escape(entry.file)}">{escape(entry.title)}</a>'
            f"<code>{escape(entry.name)}</code>{formula}</li>")
