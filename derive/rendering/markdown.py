"""Derivations in Markdown: the paragraphs of a page, and of the cells of a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from derive.derivation import Derivation
from derive.outgoing_text import code_span, plain_signs
from derive.outgoing_text import markdown as escaped
from derive.proof import Refusal
from derive.rendering.derivation_contents import (
    Arrays,
    Chain,
    Code,
    Condition,
    Entry,
    Formulas,
    Notation,
    Sentence,
    Tabular,
    Title,
    contents,
    in_form,
)
from derive.rendering.tex import align, aligned, condition_sentence

_TAG = re.compile("<(?=[A-Za-z/!?])")  # which begins HTML where mathematics is not known
_TITLE = 3  # the level of a title in a document of one's own


def markdown(subject: Derivation | Refusal, detail: str = "normal") -> str:
    """A derivation as Markdown with mathematics between dollar signs."""
    return paragraphs(in_form(contents(subject, detail), writers(_TITLE)))


def paragraphs(texts: Iterable[str]) -> str:
    """Texts as paragraphs."""
    return "\n\n".join(filter(None, texts))


def writers(level: int) -> Mapping[type[Entry], Callable[[Any], str]]:
    """How Markdown writes each kind of entry, with a title of that level."""
    def title(entry: Title) -> str:
        return f"{'#' * level} {_line(entry.words)}"

    return {Title: title, **_WRITERS}


def _sentence(entry: Sentence) -> str:
    if entry.name == "source":
        return f"*{_line(entry.words)}*"
    return escaped(f"{entry.label.capitalize()}: {entry.full}" if entry.label else entry.full)


def _notation(entry: Notation) -> str:
    label = escaped(entry.label.capitalize())
    if entry.below:
        return paragraphs(f"{label}: {code_span(line)}" for line in entry.lines)
    lines = entry.separator.join(map(code_span, entry.lines)) or "nothing"
    return f"{label} {lines}." if entry.block == "premises" else f"{label}: {lines}."


def _formulas(entry: Formulas) -> str:
    """Results in the notation, which is what a reader copies; the chains end with the formulas."""
    label = f"{entry.label[:1].upper()}{entry.label[1:]}"
    head = f"**{label}:**" if entry.name == "results" else f"{label}:"
    if len(entry.results) == 1:
        return f"{head} {code_span(entry.notations[0])}"
    return paragraphs([head, "\n".join(f"- {code_span(text)}" for text in entry.notations)])


def _arrays(entry: Arrays) -> str:
    head = "" if entry.name == "model" else "In matrices:"
    return paragraphs([head, _displayed(aligned(entry.rows("latex"), "aligned"))])


def _chain(entry: Chain) -> str:
    return paragraphs([escaped(entry.part.note), _displayed(align(entry, "aligned"))])


def _tabular(entry: Tabular) -> str:
    rows = [entry.heads, ("---", *("---:" for _ in entry.heads[1:])), *entry.rows]
    lines = ["| " + " | ".join(_line(cell).replace("|", "\\|") for cell in row) + " |"
             for row in rows]
    return paragraphs([f"{entry.label.capitalize()}:", "\n".join(lines)])


def _code(entry: Code) -> str:
    return f"```{entry.language}\n{plain_signs(entry.text)}\n```"


_WRITERS: Mapping[type[Entry], Callable[[Any], str]] = {
    Sentence: _sentence, Notation: _notation, Formulas: _formulas, Arrays: _arrays,
    Chain: _chain, Condition: condition_sentence, Tabular: _tabular, Code: _code}


def _line(words: str) -> str:
    """Words for one line of Markdown."""
    return escaped(words).replace("\n", " ")


def _displayed(formula: str) -> str:
    return f"$$\n{plain_signs(_TAG.sub('< ', formula))}\n$$"
