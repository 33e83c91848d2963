"""A chain of equations: `=` aligned, the rule's name at the right, steps unfold below."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import count
from typing import Any

from derive.derivation import Derivation, Step
from derive.rendering.page.page_formulas import math, scroll
from derive.rendering.page.step_details import panel
from derive.rendering.terminal_text import chain_of, gathered

_SAME = "as above"


def steps_of(part: Derivation, detail: str) -> list[tuple[Step, ...]]:
    """The steps that led to each row of `chain_of`, in its order."""
    found: list[tuple[Step, ...]] = [] if part.start == part.quantity else [()]
    for one in (part, *([part.sequel] if part.sequel else [])):
        shown = one.lines(detail)
        if one.time is not None and detail == "brief":
            shown = shown[-1:]
        found += [line.steps for line in shown]
    return found or [()]


class Chains:
    """Prints chains; the lines of one page are counted on, so that each has a name of its own.

    `certificate` is said below the steps of each line; `heading` is the level of a step's title.
    """

    def __init__(self, detail: str, certificate: str = "", prefix: str = "line",
                 heading: int = 3) -> None:
        self.detail, self.certificate, self.prefix = detail, certificate, prefix
        self.heading = heading
        self.numbers = count(1)

    def chain(self, part: Derivation) -> str:
        """One chain, under its note."""
        note = f'<p class="note">{escape(part.note)}</p>' if part.note else ""
        rows = chain_of(part, self.detail)
        lines = [self.line(part, left, expression, labels, steps) for (left, expression, labels),
                 steps in zip(rows, steps_of(part, self.detail), strict=True)]
        return f'<div class="part">{note}<ol class="equations chain">{"".join(lines)}</ol></div>'

    def line(self, part: Derivation, left: Any, expression: Any, labels: Sequence[str],
             steps: Sequence[Step]) -> str:
        """One equation."""
        shown = "" if left is None else math(left, part)
        row = (f'<div class="lhs">{shown}</div><span class="is">=</span>'
               f"{scroll(math(expression, part, terms=True))}")
        if steps:
            name = f"{self.prefix}-{next(self.numbers)}"
            words = escape("; ".join(gathered(labels)) or _SAME)
            row += (f'<button type="button" class="why" aria-expanded="true" '
                    f'aria-controls="{name}">{words}</button><div class="panel" id="{name}">'
                    f"{panel(steps, part, self.certificate, self.heading)}</div>")
        return f'<li class="line">{row}</li>'
