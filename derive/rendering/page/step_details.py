"""What unfolds below a line: each rule, its statement, conditions, source, what it rewrote."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from sympy.core.basic import Basic

from derive.derivation import Derivation, Step
from derive.errors import DeriveError
from derive.rendering.page.page_formulas import code, condition, math, pattern, scroll
from derive.rulebook.rule import Rule

_EQUAL = ' <span class="is">=</span> '
MOST = 8  # rewrites by one rule in one line that are listed


def panel(steps: Sequence[Step], part: Derivation, certificate: str, heading: int) -> str:
    """The steps of one line, rule by rule."""
    by_rule: dict[str, list[Step]] = {}
    for step in steps:
        by_rule.setdefault(step.rule.name, []).append(step)
    rules = "".join(_rule(group, part, heading) for group in by_rule.values())
    return rules + (f'<p class="certificate">{escape(certificate)}</p>' if certificate else "")


def _rule(steps: Sequence[Step], part: Derivation, heading: int) -> str:
    """One rule and what it rewrote in this line."""
    rule = steps[0].rule
    owed = dict.fromkeys(o for step in steps for o in step.obligations)
    conditions = "".join(f'<p class="facts scroll">Provided that {condition(o, part)}.</p>'
                         for o in owed)
    title = f"<h{heading}>{escape(rule.label)}{code(rule.name)}</h{heading}>"
    return (f'<section class="step">{title}{card(rule)}'
            f"{_rewrites(steps, part)}{conditions}</section>")


def _rewrites(steps: Sequence[Step], part: Derivation) -> str:
    pairs = list(dict.fromkeys((s.before, s.after) for s in steps))
    rows = [scroll(f'{_side(before, part)}<span class="arrow" role="img" '
                   f'aria-label="becomes">→</span>{_side(after, part)}')
            for before, after in pairs[:MOST]]
    if len(pairs) > MOST:
        rows.append(f'<p class="facts">and {len(pairs) - MOST} more</p>')
    return f'<ul class="rewrites">{"".join(f"<li>{row}</li>" for row in rows)}</ul>'


def _side(node: Basic, part: Derivation) -> str:
    """A side of a rewrite; its LaTeX would make pages half as large again."""
    return math(node, part, terms=True, notes=False)


@lru_cache(maxsize=1024)
def card(rule: Rule) -> str:
    """A rule: what it says, its statement, when it holds, where it comes from."""
    page = f"<p>{escape(rule.says)}</p>" if rule.says else ""
    page += _statement(rule)
    holds = [f"{code(name)} is {escape(_article(str(kind)))}" for name, kind in rule.kinds]
    holds += [_condition(rule, place, text)
              for place, text in enumerate((*rule.given, *rule.requires))]
    if holds:
        page += f'<p class="facts scroll">Holds where {"; ".join(holds)}.</p>'
    if rule.source:
        page += f'<p class="facts">Source: {escape(rule.source)}.</p>'
    return page


def _statement(rule: Rule) -> str:
    """Both sides of a rule as a formula; nothing for a rule that no pattern states."""
    if rule.tactic or not (rule.sides or (rule.from_ and rule.to)):
        return ""
    try:
        sides = pattern(rule.left), pattern(rule.right)
    except (DeriveError, TypeError):  # as it was written, where it cannot be printed
        return f'<p class="statement">{code(f"{rule.from_} = {rule.to}")}</p>' \
            if rule.from_ else ""
    return f'<div class="statement">{scroll(_EQUAL.join(sides))}</div>'


def _condition(rule: Rule, place: int, text: str) -> str:
    try:
        return pattern(rule.conditions[place][0])
    except (DeriveError, TypeError, IndexError):
        return code(text)


def _article(kind: str) -> str:
    """A kind with its article: a positive number reads `positive`, a label `a label(K)`."""
    return f"a {kind}" if "(" in kind else kind

