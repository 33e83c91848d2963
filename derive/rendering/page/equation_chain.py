"""A chain of equations: `=` aligned, the rule's name at the right, steps unfold below."""

from __future__ import annotations

from collections.abc import Sequence

from derive.derivation import Derivation
from derive.rendering.derivation_rows import Row, rows_of
from derive.rendering.page.packed_steps import Packed
from derive.rendering.page.page_formulas import math, scroll
from derive.rendering.page.phrases import phrase
from derive.rendering.page.rule_cards import rule_cards
from derive.rendering.page.step_details import by_rule
from derive.rulebook.rule import Rule

_SAME = "as above"


class Chains:
    """Prints chains; the lines of one page are counted on, so that each has a name of its own.

    What the lines unfold is gathered, and stands behind them: `rules`, whose titles have the
    level `heading`, and `packed`. Chains that are `folded` open by their names.
    """

    def __init__(self, detail: str, prefix: str = "line", heading: int = 3,
                 folded: bool = False) -> None:
        self.detail, self.prefix, self.heading, self.folded = detail, prefix, heading, folded
        self.rules: dict[str, Rule] = {}
        self.packed = Packed(prefix)
        self.parts = 0

    def chain(self, part: Derivation, name: str = "") -> str:
        """One chain, under its note."""
        return self.of_rows(part, rows_of(part, self.detail), part.note, name)

    def of_rows(self, part: Derivation, rows: Sequence[Row], note: str, name: str = "") -> str:
        """The chain of these rows; `name` is HTML by which it opens where it is folded."""
        self.parts += 1
        words = phrase(note, part.time is not None)
        lines = "".join(self.line(part, row) for row in rows)
        chain = f'<ol class="equations chain" id="{self.prefix}-part-{self.parts}">{lines}</ol>'
        if not self.folded:
            above = f'<p class="note">{words}</p>' if words else ""
            return f'<div class="part">{above}{chain}</div>'
        beside = f' <span class="note">{words}</span>' if words and words != name else ""
        return (f'<details class="part"><summary><span class="name">{name}</span>'
                f"{beside}</summary>{chain}</details>")

    def line(self, part: Derivation, row: Row) -> str:
        """One equation."""
        left = "" if row.left is None else \
            f'<div class="lhs">{math(row.left, part, notes=False)}</div>'
        equation = (f'{left}<span class="is">=</span>'
                    f"{scroll(math(row.line, part, terms=True, notes=False))}")
        if row.steps:
            rules = by_rule(row.steps, part)
            self.rules |= {rule.name: rule for rule, _ in rules}
            place = self.packed.add([(rule.name, rewrites) for rule, rewrites in rules])
            equation += (f'<span class="why" data-steps="{place}">'
                         f"{phrase(row.rules or _SAME)}</span>")
        return f'<li class="line">{equation}</li>'

    def behind(self) -> str:
        """The rules that the lines name, and what they unfold."""
        return rule_cards(self.rules.values(), self.prefix, self.heading - 1) + self.packed.html()
