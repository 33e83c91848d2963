"""Rules as lemmas: each is stated from its entry, and Coq checks its proof; a wrong one fails."""

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
@pytest.mark.parametrize("name", ["log-of-product", "product-rule", "sifting", "softmax"])
def test_a_rule_is_a_lemma(name: str) -> None:
    check_proof(rule_lemma(rule(name)))


@coq
@pytest.mark.parametrize(("name", "wrong"), [
    ("log-of-product", {"to": "log(u) * log(v)"}), ("sifting", {"to": "f(m) + 1"}),
    ("product-rule", {"to": "d(f(x), x) * g(x) - f(x) * d(g(x), x)"})])
def test_a_wrong_rule_has_no_proof(name: str, wrong: dict[str, str]) -> None:
    with pytest.raises(ProofError, match="finds no proof of"):
        check_proof(rule_lemma(replace(rule(name), **wrong)))


def test_a_lemma_has_the_types_and_conditions_of_its_rule() -> None:
    text = rule_lemma(rule("sifting"))
    assert "forall (K : nat) (f : nat -> R) (m : nat)," in text
    assert "(m < K)%nat ->" in text


def test_a_rule_that_code_carries_out_has_no_lemma() -> None:
    with pytest.raises(UnprovenError, match="carried out by code"):
        rule_lemma(rule("collect"))
