"""Rules as lemmas for Coq: their statements, their proofs, and wrong ones that have none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from derive.proofs.coq_checker import ProofError, check_proof, checker_missing
from derive.proofs.coq_names import UnprovenError
from derive.proofs.rule_lemmas import rule_lemma
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.rule import Rule

MISSING = checker_missing()
coq = pytest.mark.skipif(bool(MISSING), reason=MISSING or "coqc is there")


def rule(name: str) -> Rule:
    """A rule by its name."""
    return next(r for r in standard_rulebook() if r.name == name)


def lemmas(*rules: Rule) -> str:
    """One file with the lemmas of rules and their proofs."""
    return "".join(re.sub(r"Print Assumptions .*", "", rule_lemma(r)) for r in rules)


def without_proof(wrong: Rule) -> str:
    """The lemma of a rule, whose proof is to fail."""
    text = lemmas(wrong).replace("intros. ", "Fail (intros; ")
    return text.replace(f"Lemma rule_{wrong.name.replace('-', '_')}", "Lemma wrong").replace(
        ".\nQed.", ").\nAbort.")


@coq
def test_rules_are_lemmas() -> None:
    check_proof(lemmas(*map(rule, (
        "log-of-product", "product-rule", "sifting", "softmax", "exp-of-zero", "derivative-of-Phi",
        "derivative-of-negative-whole-power", "derivative-of-maximum", "below-the-smaller",
        "derivative-of-sum-with-moving-filter", "derivative-of-matrix-element",
        "derivative-of-cases-of-equal-entries", "cross-entropy-of-softmax"))))


WRONG = {
    "log-of-product": {"to": "log(u) * log(v)"}, "sifting": {"to": "f(m) + 1"},
    "exp-of-zero": {"to": "0"}, "absolute-value-of-reciprocal": {"to": "-1 / abs(u)"},
    "derivative-of-whole-power": {"to": "n * u(x)**n * d(u(x), x)"},
    "derivative-of-cases-both": {"to": "d((f(x) if a(x) else g(x)), x)"},
    "product-rule": {"to": "d(f(x), x) * g(x) - f(x) * d(g(x), x)"},
    "derivative-of-negative-whole-power": {"given": ()}, "derivative-of-maximum": {"given": ()},
    "derivative-at-the-largest": {"given": ()}}


@coq
def test_a_wrong_rule_and_one_without_its_condition_have_no_proof() -> None:
    check_proof("".join(lemmas(rule(name)) + without_proof(replace(rule(name), **wrong))
                        for name, wrong in WRONG.items()))


@coq
def test_a_wrong_rule_is_refused_by_its_name() -> None:
    with pytest.raises(ProofError, match="finds no proof of rule_exp_of_zero"):
        check_proof(rule_lemma(replace(rule("exp-of-zero"), to="0")))


def test_an_exponent_is_an_integer_where_the_rule_says_so() -> None:
    text = rule_lemma(rule("derivative-of-whole-power"))
    assert "(n : Z)" in text
    assert "powerRZ (u x) n" in text


def test_the_derivatives_of_moving_cases_are_taken_to_exist() -> None:
    text = rule_lemma(rule("derivative-of-sum-with-moving-filter"))
    assert "forall k0, (k0 < K)%nat -> ex_derive (fun x : R => (if c k0 x" in text


def test_a_lemma_has_the_types_and_conditions_of_its_rule() -> None:
    text = rule_lemma(rule("sifting"))
    assert "forall (K : nat) (f : nat -> R) (m : nat)," in text
    assert "(m < K)%nat ->" in text


def test_a_rule_that_code_carries_out_has_no_lemma() -> None:
    with pytest.raises(UnprovenError, match="carried out by code"):
        rule_lemma(rule("collect"))
