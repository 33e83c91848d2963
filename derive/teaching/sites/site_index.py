"""The pages of the site that lead to others: the index, and the list of rules."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import NamedTuple

from derive.outgoing_text import escape
from derive.rendering.page.document import document
from derive.rendering.page.phrases import phrase
from derive.rendering.page.rule_cards import card
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.rule import Rule
from derive.tables.entry_lists import heading_of
from derive.teaching.sites.site_pages import KINDS, Made

_WORD, _TAG = re.compile(r"[^\W_]+"), re.compile(r"<[^>]*>")


class Row(NamedTuple):
    """One line of a list: where it leads, what it says, as HTML, and the words that find it."""

    address: str
    title: str
    name: str
    words: str
    sentence: str = ""
    formula: str = ""
    spoken: str = ""  # the title where it is a formula


def index_page(made: Sequence[Made], verified: bool = True) -> str:
    """The list of all pages, by kind and section, with a search."""
    checked = " and checked numerically" if verified else ""
    body, rows = "", _Rows()
    kinds = [(kind, title, [m for m in made if m.entry.kind == kind])
             for kind, title in KINDS.items()]
    kinds = [(kind, title, pages) for kind, title, pages in kinds if pages]
    for kind, title, pages in kinds:
        sections: dict[str, list[Made]] = {}
        for page in pages:
            sections.setdefault(heading_of(kind, page.entry), []).append(page)
        groups = "".join(_group(name, rows.listed(map(_row, group)))
                         for name, group in sections.items())
        body += (f'<section class="group" id="{kind}"><h2>{title}{_count(len(pages))}</h2>'
                 f"{groups}</section>")
    contents = [*((f"#{kind}", title, len(pages)) for kind, title, pages in kinds),
                ("rules.html", "Rules", len(list(standard_rulebook())))]
    links = "".join(f'<li><a href="{address}">{title}</a>{_count(count)}</li>'
                    for address, title, count in contents)
    return _page("Derivations", f"Every line derived by a rule{checked}.",
                 f'<nav class="kinds" aria-label="Contents"><ul>{links}</ul></nav>', body, rows,
                 "softmax, count data, robust …", ())


def rules_page() -> str:
    """All rules by the stage in which they are used, each with its sentence, with a search."""
    body, rows = "", _Rows()
    for stage, rules in _stages().items():
        items = rows.listed(_rule_row(stage, rule) for rule in rules)
        body += (f'<details class="group"><summary><h2>{escape(heading_of("rules", rules[0]))}'
                 f"{_count(len(rules))}</h2></summary>{items}</details>")
    return _page("Rules", "Every line of a derivation follows from the one before by one of these.",
                 "", body, rows, "log of quotient, chain rule, DLMF 4.8 …",
                 (("index.html", "All pages"),))


def stage_pages() -> Iterator[tuple[str, str]]:
    """For each stage the file of its rules, and the page."""
    for stage, rules in _stages().items():
        rows = _Rows()
        cards = "".join(f'<section class="step" id="rule-{escape(r.name)}"><h2>{phrase(r.label)} '
                        f"<code>{escape(r.name)}</code></h2>{card(r)}</section>" for r in rules)
        rows.words += [plain_words(_rule_row(stage, r).words) for r in rules]
        yield f"rules/{stage}.html", _page(
            escape(heading_of("rules", rules[0])), _many(len(rules)), "",
            f'<div class="cards">{cards}</div>', rows, "name, sentence, source …",
            (("../index.html", "All pages"), ("../rules.html", "Rules")))


def plain_words(text: str) -> str:
    """The words of a text in small letters, without accents: what a search compares."""
    letters = unicodedata.normalize("NFKD", text).lower()
    return " ".join(_WORD.findall("".join(c for c in letters if not unicodedata.combining(c))))


class _Rows:
    """The lists of one page, and what is searched of each row, in their order."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def listed(self, rows: Iterable[Row]) -> str:
        """A list."""
        items = ""
        for row in rows:
            self.words.append(plain_words(row.words))
            sentence = f"<p>{row.sentence}</p>" if row.sentence else ""
            formula = f'<div class="scroll">{row.formula}</div>' if row.formula else ""
            label = f' aria-label="{escape(row.spoken)}"' if row.spoken else ""
            items += (f'<li><a href="{escape(row.address)}"{label}>{row.title}</a> '
                      f"<code>{escape(row.name)}</code>{sentence}{formula}</li>")
        return f'<ul class="pages">{items}</ul>'


def _page(title: str, source: str, before: str, body: str, rows: _Rows, example: str,
          links: Sequence[tuple[str, str]]) -> str:
    data = json.dumps(rows.words, ensure_ascii=False).replace("<", "\\u003c")
    return document(
        title, f'<header><h1>{title}</h1><p class="source">{source}</p></header>{before}'
        '<form role="search" class="search"><label for="search">Search</label>'
        '<input id="search" type="search" class="field" autocomplete="off" '
        f'placeholder="{example}"><p id="found" role="status"></p></form>{body}'
        f'<script type="application/json" id="index">{data}</script>',
        styles=("site.css",), scripts=("site.js",), links=links)


def _group(title: str, rows: str) -> str:
    """A list under its heading."""
    label = f'<h3 class="label">{escape(title)}</h3>' if title else ""
    return f'<div class="group">{label}{rows}</div>'


def _row(made: Made) -> Row:
    entry = made.entry
    return Row(entry.file, escape(entry.title), entry.name,
               f"{entry.name} {entry.title} {entry.meaning} {entry.words} "
               f"{heading_of(entry.kind, entry)}", escape(entry.meaning), made.formula)


def _rule_row(stage: str, rule: Rule) -> Row:
    label = phrase(rule.label)
    return Row(f"rules/{stage}.html#rule-{rule.name}", label, rule.name,
               f"{rule.name} {rule.label} {rule.says} {rule.source} {stage}",
               phrase(rule.says), spoken=_shown(label) if "<math" in label else "")


def _shown(html: str) -> str:
    """What is seen of HTML, as text."""
    return unescape(_TAG.sub("", html))


def _stages() -> dict[str, list[Rule]]:
    stages: dict[str, list[Rule]] = {}
    for rule in standard_rulebook():
        stages.setdefault(rule.stage, []).append(rule)
    return stages


def _count(count: int) -> str:
    return f' <span class="count">{count}</span>'


def _many(count: int) -> str:
    return f"{count} rules" if count > 1 else "One rule"
