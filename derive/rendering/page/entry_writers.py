"""The entries of a derivation's account as HTML: each kind has its writer, in each block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from derive.derivation import Derivation
from derive.notation.printing.declaration_words import dimensions_in_words, in_words
from derive.notation.printing.pretty import pretty
from derive.outgoing_text import escape
from derive.rendering.derivation_contents import (
    Arrays,
    Code,
    Condition,
    Entry,
    Formulas,
    Notation,
    Sentence,
    Tabular,
    Title,
    in_form,
)
from derive.rendering.derivation_rows import definition_line, definition_sides
from derive.rendering.page.page_formulas import code, condition, equations, math, scroll, styled
from derive.rendering.page.phrases import phrase

STYLES = ("mathml", "latex", "unicode")
Writers = Mapping[type[Entry], Callable[[Any], str]]


def head(entries: Iterable[Entry], heading: int) -> str:
    """The title, what it means, where it comes from."""
    writers: Writers = {
        Title: lambda e: f"<h{heading}>{phrase(e.words)}</h{heading}>",
        Sentence: lambda e: f'<p class="{_CLASSES.get(e.name, "lead")}">{phrase(e.words)}</p>'}
    return f"<header>{''.join(in_form(entries, writers))}</header>"


_CLASSES = {"meaning": "lead", "source": "source"}


def premises(entries: Iterable[Entry], of: Derivation, level: int, described: bool = True) -> str:
    """What is given, in the notation and in words, and the names that the lines use."""
    writers: Writers = {
        Notation: lambda e: _section(e.label, _definitions(e.lines, of) if e.below
                                     else given_list(e.lines, described), level),
        Arrays: lambda e: _section(e.label, _arrays(e), level)}
    return "".join(in_form(entries, writers))


def results(entries: Iterable[Entry], of: Derivation, level: int) -> str:
    """The result large, others under it, each under what it is."""
    made = list(entries)
    many = sum(len(e.results) for e in made if isinstance(e, Formulas)) > 2
    noted = not many  # of many results the LaTeX stands among the code alone
    writers: Writers = {
        Formulas: lambda e: label(_result_label(e), level) + equations(
            (math(r.quantity, r, notes=noted), math(r.result, r, notes=noted))
            for r in e.results),
        Arrays: lambda e: label(f"in {e.label}", level + 1) + _arrays(e, noted),
        Notation: lambda e: label(e.label, level + 1) + _definitions(e.lines, of),
        Tabular: lambda e: label(e.label, level + 1) + _tabular(e)}
    return (f'<section class="result{" many" * many}">'
            f"{''.join(in_form(made, writers))}</section>")


def _result_label(entry: Formulas) -> str:
    """The label of results; of those in other terms, in which."""
    sequel = entry.results[0] if entry.name == "sequel" else None
    return entry.label if sequel is None else f"In terms of {pretty(sequel.definitions[-1].symbol)}"


def closing(entries: Iterable[Entry], stepped: bool) -> str:
    """Remarks, conditions, what was verified, as a list of labels and what they say."""
    writers: Writers = {
        Sentence: lambda e: _fact(e, _numbers(e.words) if e.name == "verification"
                                  else phrase(e.words, stepped)),
        Notation: lambda e: _fact(e, ("<br>" if e.below else e.separator).join(
            map(code, e.lines))),
        Condition: lambda e: _fact(e, scroll(condition(e.formula, e.part))),
        Code: lambda e: ""}  # stands among the tabs of code
    rows = "".join(in_form(entries, writers))
    return f'<dl class="closing">{rows}</dl>' if rows else ""


def _tabular(entry: Tabular) -> str:
    heads = "".join(f"<th>{escape(cell)}</th>" for cell in entry.heads)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
                   for row in entry.rows)
    return (f'<div class="tabled"><table class="data"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table></div>")


def _numbers(words: str) -> str:
    """Words with numbers such as 2e-30, which no line may break."""
    return re.sub(r"\d+e-\d+", r'<span class="number">\g<0></span>', escape(words))


def _fact(entry: Entry, inner: str) -> str:
    return f"<dt>{escape(entry.label)}</dt><dd>{inner}</dd>"


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """A list of labels with their entries, which are HTML."""
    entries = "".join(f"<dt>{escape(name)}</dt><dd>{words}</dd>" for name, words in rows)
    return f'<dl class="closing">{entries}</dl>'


def _arrays(entry: Arrays, noted: bool = False) -> str:
    return equations(styled({style: entry.rows(style) for style in STYLES}, noted))


def _definitions(lines: Sequence[str], of: Derivation) -> str:
    """Definitions as equations; what is no stored definition in the notation."""
    stored = (*of.definitions, *(of.sequel.definitions if of.sequel else ()))
    known = {definition_line(d, of.reserved, of.indices): d for d in stored}
    rows = []
    for line in lines:
        if line in known:
            sides = definition_sides(known[line], of.reserved, of.indices)
            rows.append((math(sides[0], of, notes=False), math(sides[1], of, notes=False)))
        else:
            left, _, right = line.partition(" = ")
            rows.append((code(left), code(right)))
    return equations(rows)


def given_list(lines: Sequence[str], described: bool = False) -> str:
    """Declarations and conditions as a list; where they are `described`, in words as well."""
    if not described:
        items = "".join(f"<li>{code(line)}</li>" for line in lines)
        return f'<ul class="given">{items or "<li>nothing</li>"}</ul>'
    rows = [(code(line), phrase(in_words(line))) for line in lines]
    rows += [("", phrase(words)) for words in _dimensions(lines)]
    items = "".join(f"<li>{left}<span>{words}</span></li>" for left, words in rows)
    return f'<ul class="given described">{items or "<li>nothing</li>"}</ul>'


def _dimensions(lines: Sequence[str]) -> list[str]:
    """The dimensions in words, those of a kind together."""
    kinds: dict[str, list[str]] = {}
    for name, _, words in (line.partition(", ") for line in dimensions_in_words(lines)):
        kinds.setdefault(words, []).append(name)
    return [f"{', '.join(names)}: {words}" if len(names) > 1 else f"{names[0]}, {words}"
            for words, names in kinds.items()]


def _section(words: str, inner: str, level: int) -> str:
    return f"<section>{label(words, level)}{inner}</section>"


def label(words: str, level: int = 2) -> str:
    """A small heading."""
    return f'<h{level} class="label">{phrase(words[:1].upper() + words[1:])}</h{level}>'
