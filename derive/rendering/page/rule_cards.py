"""The rules that an article applies, each once: what it says, its statement, when it holds."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from derive.errors import DeriveError
from derive.outgoing_text import escape
from derive.rendering.page.page_formulas import code, pattern, scroll
from derive.rendering.page.phrases import phrase
from derive.rulebook.rule import Rule

_EQUAL = ' <span class="is">=</span> '


def rule_cards(rules: Iterable[Rule], prefix: str, level: int) -> str:
    """A folded list of rules; the steps of a page show each from here."""
    cards = [f'<section class="step" id="{rule_id(prefix, rule)}">'
             f"<h{level + 1}>{phrase(rule.label)}{code(rule.name)}</h{level + 1}>"
             f"{card(rule)}</section>" for rule in rules]
    if not cards:
        return ""
    many = f"{len(cards)} rules" if len(cards) > 1 else "one rule"
    return (f'<details class="rules"><summary><h{level} class="label">Rules</h{level}> '
            f"the {many} that the lines name</summary>{''.join(cards)}</details>"
            ).replace("the one rule that the lines name", "the rule that the lines name")


def rule_id(prefix: str, rule: Rule) -> str:
    """The name of a rule's card on a page."""
    return escape(f"{prefix}-rule-{rule.name}")


@lru_cache(maxsize=1024)
def card(rule: Rule) -> str:
    """A rule: what it says, its statement, when it holds, where it comes from."""
    page = f"<p>{phrase(rule.says)}</p>" if rule.says else ""
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
