"""The rules, and those of a user's files: `derive.rules`."""

from __future__ import annotations

from derive.argument_kinds import RULES, Argument, made_of, or_none
from derive.judge.rules.rule_trials import check_rule
from derive.judge.rules.tactic_trials import Check
from derive.judge.rules.user_functions import Functions
from derive.public_arguments import public
from derive.rulebook.loading import Rulebook, Rules, standard_rulebook
from derive.rulebook.rule import Rule


@public(rules=or_none(RULES))
def rules(rules: Rules = None, *, functions: Functions | None = None) -> Rulebook:
    """The standard rules, joined with those of a file, or of several, where they are given.

    Each rule of a file is checked at random instances first. `functions` are the files of the
    functions that they use. Raises DataFileError for a broken file, VerificationError for a wrong
    rule.

    >>> derive.rules()["sifting"].says
    'A Kronecker delta picks one term of a sum.'
    """
    return rules if isinstance(rules, Rulebook) else standard_rulebook()


@public(rule=Argument("a rule, such as derive.rules()['sifting']", made_of("Rule")))
def check(rule: Rule) -> Check:
    """Compares both sides of a rule at random instances that meet its conditions.

    The answer counts the `samples` and has the `worst` relative error. Raises VerificationError
    with a counterexample.

    >>> derive.check_rule(derive.rules()["sifting"]).worst
    0.0
    """
    return check_rule(rule)
