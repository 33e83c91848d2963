"""A derivation for a notebook's output: no script, no style sheet, so that none is lost.

A browser shows its MathML; a rule says what it says when it is pointed at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sympy.core.basic import Basic

from derive.core.exact import exact
from derive.derivation import Derivation
from derive.errors import NoNoise, NotAGradient
from derive.notation.printing.mathml import mathml
from derive.outgoing_text import escape
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
from derive.rendering.derivation_rows import Row
from derive.rendering.page.page_formulas import styled
from derive.rendering.page.phrases import phrase

CELL = "padding:.2em .4em;vertical-align:middle;border:0;background:none;"
_SCROLLS = "overflow-x:auto;overflow-y:hidden;margin:.6em 0;padding-bottom:.3em"
_ROW = '<tr style="background:none">'


def fragment(subject: Derivation | Refusal, detail: str = "normal") -> str:
    """A derivation, or a proof, as HTML without script and style sheet."""
    return f"<div>{''.join(in_form(contents(subject, detail), _WRITERS))}</div>"


@exact
def error_fragment(error: NotAGradient | NoNoise) -> str:
    """What an error says, and what was derived of its formula."""
    proof = error.derivation if isinstance(error, NoNoise) else error.proof
    return (f"<div><p><strong>{escape(str(error))}</strong></p></div>"
            + ("" if proof is None else fragment(proof)))


def _title(entry: Title) -> str:
    return f"<p><strong>{phrase(entry.words)}</strong></p>"


def _sentence(entry: Sentence) -> str:
    if entry.name == "source":
        return f"<p><small><em>{escape(entry.words)}</em></small></p>"
    label = f"{escape(entry.label.capitalize())}: " if entry.label else ""
    if entry.name == "verification":
        return f"<p><small>{label}{escape(entry.full)}</small></p>"
    return f"<p>{label}{phrase(entry.full)}</p>"


def _notation(entry: Notation) -> str:
    codes = entry.separator.join(map(_code_of, entry.lines)) or "nothing"
    label = escape(entry.label.capitalize())
    if entry.below:
        codes = "<br>".join(map(_code_of, entry.lines))
    words = f"{label}: {codes}"
    return f"<p><small>{words}</small></p>" if entry.block == "premises" else f"<p>{words}</p>"


def _formulas(entry: Formulas) -> str:
    """Results in the notation, to be copied; the chains end with the formulas."""
    label = escape(f"{entry.label[:1].upper()}{entry.label[1:]}")
    if len(entry.results) == 1:
        return f"<p>{label}: {_code_of(entry.notations[0])}</p>"
    rows = "".join(f"<li>{_code_of(text)}</li>" for text in entry.notations)
    return f'<p>{label}:</p><ul style="list-style:none;margin:0">{rows}</ul>'


def _arrays(entry: Arrays) -> str:
    styles = ("mathml", "latex", "unicode")
    rows = styled({style: entry.rows(style) for style in styles}, noted=False)
    label = "In matrices" if entry.name == "matrices" else escape(entry.label.capitalize())
    return f"<p>{label}:</p>{_table([_equation(*map(_large, row)) for row in rows])}"


def _chain(entry: Chain) -> str:
    note = f"<p>{phrase(entry.note, entry.part.time is not None)}</p>" if entry.note else ""
    return note + _table([_line(row, entry.part) for row in entry.rows])


def _condition(entry: Condition) -> str:
    bound = " for every index" if entry.indexed else ""
    return f"<p>Provided that {_math(entry.formula, entry.part)}{bound}.</p>"


def _tabular(entry: Tabular) -> str:
    lines = ""
    for kind, row in (("th", entry.heads), *(("td", row) for row in entry.rows)):
        sides = ("left", *["right"] * len(row))
        lines += "<tr>" + "".join(f'<{kind} style="text-align:{side}">{escape(cell)}</{kind}>'
                                  for cell, side in zip(row, sides, strict=False)) + "</tr>"
    return f"<p>{escape(entry.label.capitalize())}:</p><table>{lines}</table>"


def _code(entry: Code) -> str:
    """Folded: who works in a notebook has typed the call."""
    return (f"<details><summary><small>{escape(entry.label.capitalize())}</small></summary>"
            f'<pre style="margin:0 0 .6em">{escape(entry.text)}</pre></details>')


_WRITERS: Mapping[type[Entry], Callable[[Any], str]] = {
    Title: _title, Sentence: _sentence, Notation: _notation, Formulas: _formulas,
    Arrays: _arrays, Chain: _chain, Condition: _condition, Tabular: _tabular, Code: _code}


def _code_of(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _math(node: Basic, part: Derivation) -> str:
    """A formula whose tables line up at the left without a style sheet."""
    formula = mathml(node, part.reserved, part.time, notes=False)
    return formula.replace("<mtd>", '<mtd style="text-align:left">')


def _large(formula: str) -> str:
    """A formula of its own line, its fractions in full size without a style sheet."""
    return formula.replace("<math>", '<math displaystyle="true">')


def _table(rows: Sequence[str]) -> str:
    return (f'<div style="{_SCROLLS}"><table style="border:0;margin:0">'
            f"{''.join(rows)}</table></div>")


def _equation(left: str, right: str, margin: str = "") -> str:
    return (f'{_ROW}<td style="{CELL}text-align:right">{left}</td><td style="{CELL}">=</td>'
            f'<td style="{CELL}text-align:left">{right}</td>'
            f'<td style="{CELL}text-align:left">{margin}</td></tr>')


def _line(row: Row, part: Derivation) -> str:
    """A line of a chain; its rules say more when they are pointed at."""
    says = "\n".join(dict.fromkeys(s.rule.says for s in row.steps if s.rule.says))
    margin = f'<small title="{escape(says)}">{phrase(row.rules)}</small>' if row.rules else ""
    left = "" if row.left is None else _math(row.left, part)
    return _equation(left, _math(row.line, part), margin)
