"""Lines of derivations as theorems: each step by the lemma of its rule; forged are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sympy import Expr

import derive
from derive.core.exact import exact
from derive.derivation import Derivation, Step
from derive.proofs.coq_checker import ProofError, check_proof, checker_missing
from derive.proofs.coq_names import UnprovenError
from derive.proofs.line_theorems import LineWays
from derive.proofs.theorems import Theorems, theorems

MISSING = checker_missing()
coq = pytest.mark.skipif(bool(MISSING), reason=MISSING or "coqc is there")
NAMED = ("softmax-nll", "bernoulli-ce", "gaussian-mse")


def changed(derivation: Derivation, rule: str, change: Callable[[Step], Step]) -> Derivation:
    """A derivation whose first step by a rule is another."""
    at = next(n for n, step in enumerate(derivation.steps) if step.rule.name == rule)
    steps = list(derivation.steps)
    steps[at] = change(steps[at])
    return replace(derivation, steps=tuple(steps))


def stated(loss: str, **given: str) -> Theorems:
    """The theorems of a gradient and its lines."""
    return theorems(derive.grad(loss, **given), LineWays())


@coq
@pytest.mark.parametrize("name", NAMED)
def test_each_step_of_a_rule_goes_by_its_lemma(name: str) -> None:
    derivation = derive.grad(name)
    proved = derivation.prove(lines=True)
    lines = proved.proof.lines
    assert proved.to_json()["proof"]["lines"] == list(lines)
    assert all(line in proved.show("markdown") for line in lines)
    by_code = {step.rule.name for step in derivation.steps if step.rule.tactic}
    assert len(lines) == len(derivation.lines())
    assert "lines_together" in proved.proof.theorems  # the first line is equal to the last
    for line in lines:
        _, _, arithmetic = line.partition("by arithmetic: ")
        assert set(filter(None, arithmetic.split(", "))) <= by_code


@coq
def test_names_may_be_those_of_theorems_and_of_the_library() -> None:
    lines = derive.grad("line_1**2*here + rule_sifting", given="line_1, here, rule_sifting: real",
                        wrt="line_1").prove(lines=True).proof.lines
    assert not any("arithmetic" in line for line in lines)


@coq
def test_a_line_across_a_tie_goes_by_arithmetic_and_says_so() -> None:
    lines = derive.grad("max(0, 1 - z)**2", given="z: real").prove(lines=True).proof.lines
    assert lines[0] == "line 1: by arithmetic: derivative-of-whole-power"
    assert lines[-1] == "line 4: by the lemma of maximum-within-its-case"


@coq
def test_a_line_that_no_tie_has_says_where_it_holds() -> None:
    lines = derive.grad("abs(z) - log(1 + abs(z))", given="z: real").prove(lines=True).proof.lines
    assert "line 1, where z != 0: by the lemmas of derivative-of-sum, constant-factor" in lines


@coq
def test_a_cost_has_lines_of_its_own_of_the_way_back_and_of_its_jacobian() -> None:
    derivation = derive.cost("softmax(z) - t", given=["z: real[K]", "t: simplex(K)"])
    lines = derivation.prove(lines=True).proof.lines
    assert lines[0] == "line 1: by the lemma of cross-entropy-of-softmax"
    assert {line.partition(" 1:")[0] for line in lines if " 1:" in line} == \
        {"line", "line of way back", "line of jacobian"}
    assert not any("arithmetic" in line for line in lines)


@coq
def test_a_hessian_by_several_variables_has_each_second_derivative() -> None:
    proof = derive.hessian("x**2*y", given="x, y: real", wrt="x,y").prove(lines=True).proof
    assert {"second_derivative_of_loss_by_x_x", "second_derivative_of_loss_by_x_y",
            "second_derivative_of_loss_by_y_y"} <= set(proof.theorems)
    assert "line x y 1: by the lemmas of constant-factor, derivative-of-variable" in proof.lines


@coq
def test_a_forged_coefficient_in_a_line_is_refused_and_named() -> None:
    def doubled(line: Expr) -> Expr:
        return exact(lambda: 2 * line)()

    forged = changed(derive.grad("exp(z) + z"), "derivative-of-exp",
                     lambda step: replace(step, line=doubled(step.line)))
    with pytest.raises(UnprovenError, match="no proof of line 2: its step by the rule "
                                            "derivative-of-exp"):
        forged.prove(lines=True)


@coq
def test_a_rule_whose_lemma_is_false_proves_no_line() -> None:
    def planted(step: Step) -> Step:
        return replace(step, rule=replace(step.rule, to="2 * exp(u(x)) * d(u(x), x)", sides=None))

    forged = changed(derive.grad("exp(z)"), "derivative-of-exp", planted)
    with pytest.raises(ProofError, match="finds no proof of rule_derivative_of_exp"):
        check_proof(theorems(forged, LineWays()).text)
    assert forged.prove(lines=True).proof.lines == (
        "line 1: by the lemma of derivative-of-variable; by arithmetic: derivative-of-exp",)


@coq
def test_a_line_without_its_condition_is_refused() -> None:
    file = stated("log(z)", given="z: real")
    before, line, after = file.text.partition("Theorem line_1")
    check_proof(file.text)
    with pytest.raises(ProofError, match="line_1"):
        check_proof(before + line + after.replace("  0 < z ->\n", "", 1))


def test_a_file_holds_the_lemma_of_each_rule_once_and_marks_where_it_is_applied() -> None:
    text = stated("log(softmax(o)[y])", given="o: real[K]; y: label(K)", wrt="o").text
    assert text.count("Lemma rule_derivative_of_sum ") == 1
    assert "here (rule_log_of_softmax K (fun k0 => o k0) y) (ln (softmax K o y))" in text


def test_a_comment_above_a_line_says_by_which_lemmas_it_is_proved() -> None:
    assert "(* Line 1: by the lemmas of derivative-of-sin, derivative-of-variable *)" in \
        stated("sin(z)").text


def test_a_file_that_nobody_checked_says_so_at_its_head() -> None:
    text = stated("z**2").unchecked("coqc is not there").text
    assert text.startswith("(* Nobody has checked this file: coqc is not there. *)\n")
