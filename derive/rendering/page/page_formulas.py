"""Formulas and small pieces of a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sympy.core.basic import Basic

from derive.core.atoms import FunctionName, Variable
from derive.core.heads import Apply
from derive.core.indexing import exact
from derive.core.kinds import Kind
from derive.core.walk import mapped
from derive.derivation import Derivation
from derive.notation.printing.markup import formula
from derive.notation.printing.markup_names import markup_name
from derive.notation.printing.mathml import mathml
from derive.outgoing_text import escape
from derive.rendering.derivation_rows import binds_indices
from derive.rulebook.patterns import Meta, MetaApply

Pair = tuple[str, str]  # both sides of an equation


def math(node: Basic, part: Derivation, terms: bool = False, notes: bool = True,
         flows: bool = True) -> str:
    """A formula in the terms of a derivation: its names, its steps of time.

    Long sums are broken by the page; where there is none to do it (`flows` is false), here.
    """
    return mathml(node, part.reserved, part.time, terms=terms, notes=notes, flows=flows,
                  sized=not flows)


def scroll(inner: str) -> str:
    """A box that scrolls sideways where its formula is too wide."""
    return f'<div class="scroll">{inner}</div>'


def button(label: str, text: str) -> str:
    """A button that copies a text; it shows once the script runs."""
    return (f'<button type="button" class="small" hidden data-copy="{escape(text)}">'
            f"{escape(label)}</button>")


def code(text: str) -> str:
    """Notation within a sentence."""
    return f"<code>{escape(text)}</code>"


def equations(rows: Iterable[tuple[str, str]]) -> str:
    """Equations under each other, `=` aligned: rows of what stands left and right, as HTML."""
    lines = (f'<li><div class="lhs">{left}</div><span class="is">=</span>{scroll(right)}</li>'
             for left, right in rows)
    return f'<ul class="equations">{"".join(lines)}</ul>'


def styled(rows: Mapping[str, Sequence[Pair]], noted: bool = True) -> list[Pair]:
    """Rows of (left, right) in the styles mathml, latex and unicode, as pairs of formulas.

    Unless they are `noted` they have neither their LaTeX nor their line of text.
    """
    styles = zip(*(rows[style] for style in ("mathml", "latex", "unicode")), strict=True)
    return [(formula(m[0] if "<" in m[0] else markup_name(m[0]), t[0], u[0] * noted,
                     sized=False),
             formula(m[1], t[1], u[1] * noted, sized=False)) for m, t, u in styles]


def condition(node: Basic, part: Derivation) -> str:
    """A condition; where an index is bound in it, for every value of that."""
    return math(node, part) + (" for every index" if binds_indices(node) else "")


@exact
def readable(pattern: Basic) -> Basic:
    """A pattern of a rule for print: u(x) as a function of which nothing is known, c as a name."""
    if isinstance(pattern, Meta):
        return Variable(pattern.name, Kind("real"))
    if not pattern.args:
        return pattern
    if isinstance(pattern, MetaApply):
        name = FunctionName(pattern.name, (pattern.name, 0))
        return Apply(name, *map(readable, pattern.args[1:]))
    return mapped(pattern, readable)


def pattern(node: Basic) -> str:
    """One side of a rule, or a condition of it."""
    return mathml(readable(node), notes=False, flows=True, sized=False)
