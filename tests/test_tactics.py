"""Tactics are checked on examples of what they change, and errors planted in them are seen."""

from __future__ import annotations

import pytest
from sympy import Add, Expr, Rational
from sympy.logic.boolalg import Boolean

from derive.core import heads
from derive.errors import VerificationError
from derive.judge.rules.rule_trials import check_rule
from derive.rulebook import sums_of_exponentials
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.pattern_keys import pattern_key
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import TACTICS

TACTICAL = [r for r in standard_rulebook() if r.tactic]


@pytest.mark.parametrize("ruled", TACTICAL, ids=lambda r: r.name)
def test_a_tactic_changes_its_examples(ruled: Rule) -> None:
    """Those of a rule that names no head are listed; else its left side is one."""
    assert ruled.like or pattern_key(ruled.from_) != "leaf"
    assert check_rule(ruled).samples >= 16


@pytest.mark.parametrize("ruled", TACTICAL, ids=lambda r: r.name)
def test_an_error_in_a_tactic_is_seen(ruled: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    right = TACTICS[ruled.tactic]

    def wrong(before: Expr) -> Expr:
        after = right(before)
        if after == before:
            return after
        return heads.Not(after) if isinstance(after, (Boolean, heads.Less, heads.LessEqual)) \
            else Add(after, Rational(1, 9))

    monkeypatch.setitem(TACTICS, ruled.tactic, wrong)
    with pytest.raises(VerificationError, match="is wrong"):
        check_rule(ruled)


def test_an_error_deep_in_a_tactic_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terms on a condition, which no example holds, are put into the sums of one."""
    lowered = sums_of_exponentials._lowered
    monkeypatch.setattr(sums_of_exponentials, "_lowered", lambda t: None if (
        kept := lowered(t)) is None else kept._replace(less=lambda m: kept.less(
            m + 1 if kept.test is not None else m)))
    with pytest.raises(VerificationError, match="is wrong"):
        check_rule(next(r for r in TACTICAL if r.tactic == "lower-exponentials"))
