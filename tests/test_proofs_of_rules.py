"""Rules as lemmas for Coq: their statements, their proofs, and wrong ones that have none."""

from __future__ import annotations

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


@coq
@pytest.mark.parametrize("name", [
    "log-of-product", "product-rule", "sifting", "softmax", "exp-of-zero", "derivative-of-Phi",
    "derivative-of-negative-whole-power", "derivative-of-maximum",
    "derivative-of-sum-with-moving-filter"])
def test_a_rule_is_a_lemma(name: str) -> None:
    check_proof(rule_lemma(rule(name)))


@coq
@pytest.mark.parametrize(("name", "wrong"), [
    ("log-of-product", {"to": "log(u) * log(v)"}), ("sifting", {"to": "f(m) + 1"}),
    ("exp-of-zero", {"to": "0"}), ("absolute-value-of-reciprocal", {"to": "-1 / abs(u)"}),
    ("derivative-of-whole-power", {"to": "n * u(x)**n * d(u(x), x)"}),
    ("derivative-of-cases-both", {"to": "d((f(x) if a(x) else g(x)), x)"}),
    ("product-rule", {"to": "d(f(x), x) * g(x) - f(x) * d(g(x), x)"})])
def test_a_wrong_rule_has_no_proof(name: str, wrong: dict[str, str]) -> None:
    with pytest.raises(ProofError, match="finds no proof of"):
        check_proof(rule_lemma(replace(rule(name), **wrong)))


@coq
@pytest.mark.parametrize("name", [
    "derivative-of-negative-whole-power", "derivative-of-maximum", "derivative-at-the-largest"])
def test_a_rule_without_its_condition_has_no_proof(name: str) -> None:
    bare = replace(rule(name), given=())
    with pytest.raises(ProofError, match="finds no proof of"):
        check_proof(rule_lemma(bare))


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
