"""Derivations as theorems that Coq checks, for every size; what is forged is refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace

import pytest
from sympy import Expr

import derive
from derive.core.exact import exact
from derive.derivation import Derivation
from derive.errors import NotAGradient
from derive.judge.precision import mp
from derive.notation.reading.specification import specify
from derive.proof import Refusal, Witness
from derive.proofs.coq_checker import (
    ALLOWED,
    ProofError,
    check_proof,
    checker_missing,
    compiled_library,
)
from derive.proofs.coq_names import UnprovenError
from derive.proofs.coq_terms import TermWriter
from derive.proofs.exponent_basis import split_exponents
from derive.proofs.no_cost_theorems import no_cost_theorems
from derive.proofs.theorems import theorems

MISSING = checker_missing()
coq = pytest.mark.skipif(bool(MISSING), reason=MISSING or "coqc is there")
NAMES = ["a, b, c, x, u, v: real", "o: real[K]", "y: label(K)"]
NAMED = ("softmax-nll", "bernoulli-ce", "gaussian-mse")


def typed(text: str) -> Expr:
    """A formula as it was typed."""
    read = specify(text, NAMES)
    return read.loss if read.typed is None else read.typed


@coq
@pytest.mark.parametrize("name", NAMED)
def test_the_second_derivative_of_a_loss_is_the_printed_hessian(name: str) -> None:
    proof = derive.hessian(name).prove().proof
    assert proof.theorems == ("gradient_of_loss", "hessian_of_gradient",
                              "second_derivative_of_loss")
    assert set(proof.axioms) <= ALLOWED


@coq
@pytest.mark.parametrize(("field", "given"), [
    ("softmax(z) - t", ["z: real[K]", "t: simplex(K)"]), ("sigmoid(z) - t", [])])
def test_the_field_is_the_gradient_of_its_cost(field: str, given: list[str]) -> None:
    assert "field_of_cost" in derive.cost(field, given=given).prove().proof.theorems


@coq
@pytest.mark.parametrize(("loss", "given"), [
    ("sum(max(0, 1 - m[i]*x[i])**2 for i in N)", ["x, m: real[N]"]),
    ("max(x[i] for i in N) - x[y]", ["x: real[N]", "y: label(N)"])])
def test_cases_of_entries_and_the_largest_entry_have_a_derivative(
        loss: str, given: list[str]) -> None:
    assert derive.grad(loss, given=given, wrt="x").prove().proof.theorems == ("gradient_of_loss",)


@coq
@pytest.mark.parametrize("loss", ["logsumexp(o) - o[y]", "exp(o[0])*o[2]"])
def test_a_size_may_be_a_number_and_an_index_too(loss: str) -> None:
    derivation = derive.grad(loss, given=["o: real[3]", "y: label(3)"], wrt="o")
    assert derivation.prove().proof.theorems == ("gradient_of_loss",)


def refused(field: str, given: list[str], wrt: str | None = None) -> Refusal:
    """Why a field has no cost."""
    with pytest.raises(NotAGradient) as refusal:
        derive.cost(field, given=given, wrt=wrt)
    proof: Refusal = refusal.value.proof
    return proof


@coq
@pytest.mark.parametrize(("field", "given", "wrt"), [
    ("A@z", ["z: real[2]", "A: real[2,2]"], None),
    ("softmax(z)*z", ["z: real[K]"], None),
    ("log(z)*sum(z) + sqrt(z)", ["z: positive[K]"], None),
    ("softmax(z)*a[y] + z[y]", ["z, a: real[K]", "y: label(K)"], "z"),
    ("-y; x", ["x, y: real"], "x,y")])
def test_mixed_derivatives_of_a_refused_field_differ(field: str, given: list[str],
                                                     wrt: str | None) -> None:
    proved = refused(field, given, wrt).prove()
    assert proved.proof is not None
    assert proved.proof.theorems[-1] == "mixed_derivatives_differ"
    assert set(proved.proof.axioms) <= ALLOWED
    assert pickle.loads(pickle.dumps(proved)).proof == proved.proof
    assert proved.proof.summary in proved.show("text").replace("\n            ", " ")


@coq
@pytest.mark.parametrize("forged", [
    lambda witness: replace(witness, values={**witness.values, "z": (1, 1)}),
    lambda witness: replace(witness, second=witness.first),
    lambda witness: replace(witness, numbers=witness.numbers[::-1])])
def test_a_forged_witness_is_refused(forged: Callable[[Witness], Witness]) -> None:
    refusal = refused("softmax(z)*z", ["z: real[K]"])
    assert refusal.witness is not None
    with pytest.raises(ProofError, match="mixed_derivatives_differ"):
        replace(refusal, witness=forged(refusal.witness)).prove()


def test_a_witness_without_short_fractions_has_no_theorem() -> None:
    refusal = refused("softmax(z)*z", ["z: real[K]"])
    assert refusal.witness is not None
    there = replace(refusal.witness, values={"K": 2, "z": (mp.ln(2), 0)})
    with pytest.raises(UnprovenError, match=r"no lemma for the value z = 0\.693147"):
        no_cost_theorems(replace(refusal, witness=there))


def test_a_witness_with_values_that_have_no_lemma_names_the_function() -> None:
    with pytest.raises(UnprovenError, match="no lemma for the values of digamma"):
        no_cost_theorems(refused("loggamma(z)*sum(z)", ["z: positive[K]"]))


@coq
def test_a_forged_line_is_refused() -> None:
    derivation = derive.grad("gaussian-mse")
    last = derivation.steps[-1]
    forged = replace(derivation, steps=(
        *derivation.steps[:-1], replace(last, line=exact(lambda: last.line * 2)())))
    with pytest.raises(ProofError, match="gradient_of_loss"):
        forged.prove()


@coq
def test_a_dropped_condition_is_refused() -> None:
    text = theorems(derive.grad("log(z)", given="z: real")).text
    check_proof(text)
    with pytest.raises(ProofError, match="gradient_of_loss"):
        check_proof(text.replace("  0 < z ->\n", ""))


@coq
def test_a_range_that_ends_too_late_is_refused() -> None:
    text = theorems(derive.grad("sum(z**2)", given="z: real[K]")).text
    check_proof(text)
    with pytest.raises(ProofError, match="gradient_of_loss"):
        check_proof(text.replace("(i < K)%nat", "(i <= K)%nat"))


@coq
@pytest.mark.parametrize("cheat", ["Axiom cheat : 1 = 0.\nTheorem t : 1 = 0.\nProof. apply cheat. "
                                   "Qed.", "Theorem t : 1 = 0.\nAdmitted."])
def test_a_proof_from_another_axiom_is_refused(cheat: str) -> None:
    with pytest.raises(ProofError, match="rests on"):
        check_proof(f"From Derive Require Import Derive.\n{cheat}\nPrint Assumptions t.\n")


@coq
def test_a_proof_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(ProofError, match="1 s of processor time"):
        check_proof("Goal True. do 100000000 (pose proof I as H; clear H). Qed.", seconds=1)


def test_a_construct_without_a_lemma_is_named() -> None:
    with pytest.raises(UnprovenError, match="no lemma for the function besseli"):
        theorems(derive.grad("besseli(2, z)*z"))


def test_without_the_checker_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert checker_missing() == \
        "proofs are checked by coqc, which is not there: apt install coq libcoq-coquelicot"


@pytest.mark.parametrize(("formula", "term"), [
    ("a - b - c", "a - b - c"), ("-a*b/c", "(- a) * b / c"), ("x**2", "x ^ 2"),
    ("2**-x", "rpow 2 (- x)"), ("sqrt(x)", "sqrt x"),
    ("sum(exp(o[k]) for k in K if k != y)",
     "sum K (fun k0 => if negb (Nat.eqb k0 y) then exp (o k0) else 0)"),
    ("softmax(o)[y]", "softmax K o y"), ("max(0, 1 - x)", "Rmax 0 (1 - x)"),
    ("a if x < b else 0", "(if Rltb x b then a else 0)")])
def test_a_formula_is_a_term(formula: str, term: str) -> None:
    assert exact(TermWriter().text)(typed(formula)) == term


def test_exponents_are_multiples_of_few() -> None:
    split = exact(split_exponents)({text: typed(text) for text in ("u - v", "2*u - 2*v", "-v")})
    assert split == [("2*u - 2*v", [("u - v", 2)])]


def test_a_text_cannot_leave_its_comment() -> None:
    derivation: Derivation = replace(derive.grad("z**2"), title='*) "Axiom a : False.')
    assert theorems(derivation).text.startswith("(* * ) 'Axiom a : False.\n")


def test_a_derivation_that_was_not_proved_says_so() -> None:
    assert derive.grad("z**2").to_json()["proof"] is None



@coq
@pytest.mark.parametrize(("formula", "given", "reach"), [
    ("sum(o**2)", "o: real[K]", "for every size"), ("sum(o**2)", "o: real[3]", "for all values"),
    ("o**2", "o: real", "for all values")])
def test_a_proof_is_for_every_size_where_a_size_is_a_letter(formula: str, given: str,
                                                            reach: str) -> None:
    assert derive.grad(formula, given=given, wrt="o").prove().proof.reach == reach


@coq
def test_a_cache_folder_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    with pytest.raises(derive.DeriveError, match="cannot be kept in the user's cache folder"):
        compiled_library.__wrapped__()
