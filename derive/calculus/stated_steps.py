"""Steps that no pattern states: tactics with the words that stand beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sympy import Expr

from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting, Tactic


class Words(NamedTuple):
    """The sentence of a step, its margin and source; `name` and `to` where not the usual ones."""

    says: str
    margin: str
    source: str
    name: str = ""
    to: str = "e"


def stated(tactic: str, apply: Callable[[Expr, Setting], Expr],
           words: Words | Callable[[Setting], Words]) -> Tactic:
    """The tactic of that name, and the rule that its steps carry, made from its words.

    `words` are the same for every step, or made from the parameters of one. The rule has the name
    of the tactic unless the words have another.
    """
    def rule(setting: Setting) -> Rule:
        here = words if isinstance(words, Words) else words(setting)
        return Rule(name=here.name or tactic, says=here.says, from_="e", to=here.to,
                    margin=here.margin, source=here.source, tactic=tactic)

    return Tactic(tactic, apply, rule)
