"""A chain of equations: `=` aligned, the rule's name at the right, steps unfold below."""

from __future__ import annotations

from html import escape
from itertools import count

from derive.derivation import Derivation
from derive.rendering.derivation_rows import Row, rows_of
from derive.rendering.page.page_formulas import math, scroll
from derive.rendering.page.step_details import panel

_SAME = "as above"


class Chains:
    """Prints chains; the lines of one page are counted on, so that each has a name of its own.

    `certificate` stands below the steps of each line; `heading` is the level of a step's title.
    """

    def __init__(self, detail: str, certificate: str = "", prefix: str = "line",
                 heading: int = 3) -> None:
        self.detail, self.certificate, self.prefix = detail, certificate, prefix
        self.heading = heading
        self.numbers = count(1)

    def chain(self, part: Derivation) -> str:
        """One chain, under its note."""
        note = f'<p class="note">{escape(part.note)}</p>' if part.note else ""
        lines = "".join(self.line(part, row) for row in rows_of(part, self.detail))
        return f'<div class="part">{note}<ol class="equations chain">{lines}</ol></div>'

    def line(self, part: Derivation, row: Row) -> str:
        """One equation."""
        left = "" if row.left is None else math(row.left, part)
        equation = (f'<div class="lhs">{left}</div><span class="is">=</span>'
                    f"{scroll(math(row.line, part, terms=True))}")
        if row.steps:
            name = f"{self.prefix}-{next(self.numbers)}"
            equation += (f'<button type="button" class="why" aria-expanded="true" '
                         f'aria-controls="{name}">{escape(row.rules or _SAME)}</button>'
                         f'<div class="panel" id="{name}">'
                         f"{panel(row.steps, part, self.certificate, self.heading)}</div>")
        return f'<li class="line">{equation}</li>'
