"""What unfolds below a line: each rule with what it rewrote there, and under which conditions."""

from __future__ import annotations

from collections.abc import Sequence

from sympy.core.basic import Basic

from derive.derivation import Derivation, Step
from derive.rendering.page.page_formulas import condition, math, scroll
from derive.rulebook.rule import Rule

MOST = 8  # rewrites by one rule in one line that are listed
_ARROW = '<span class="arrow" role="img" aria-label="becomes">→</span>'


def by_rule(steps: Sequence[Step], part: Derivation) -> list[tuple[Rule, str]]:
    """The rules of one line, each with what it rewrote, as HTML."""
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.rule.name, []).append(step)
    return [(group[0].rule, _rewrites(group, part) + _conditions(group, part))
            for group in groups.values()]


def _conditions(steps: Sequence[Step], part: Derivation) -> str:
    owed = dict.fromkeys(o for step in steps for o in step.obligations)
    return "".join(f'<p class="facts scroll">Provided that {condition(o, part)}.</p>'
                   for o in owed)


def _rewrites(steps: Sequence[Step], part: Derivation) -> str:
    pairs = list(dict.fromkeys((s.before, s.after) for s in steps))
    rows = [scroll(f"{_side(before, part)}{_ARROW}{_side(after, part)}")
            for before, after in pairs[:MOST]]
    if len(pairs) > MOST:
        rows.append(f'<p class="facts">and {len(pairs) - MOST} more</p>')
    return f'<ul class="rewrites">{"".join(f"<li>{row}</li>" for row in rows)}</ul>'


def _side(node: Basic, part: Derivation) -> str:
    return math(node, part, terms=True, notes=False)
