"""What was typed is judged against what is printed, end to end; planted errors are refused."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from sympy import Add, Integer, Mul, Rational

import derive
from derive.core.heads import Element
from derive.derivation import Derivation, Step
from derive.errors import DeriveError, VerificationError
from derive.judge.claims.direction_claims import (
    Result,
    cost_claim,
    derivative_claim,
    likelihood_claim,
)
from derive.judge.claims.estimate_claims import Estimate, estimate_claim
from derive.judge.claims.text_claims import judge
from derive.premises import Typed

SOFTMAX = ("-log(softmax(o)[y])", ("o: real[K]", "y: label(K)"), "o", {"i": "K"})
GOOD = "softmax(o)[i] - delta(i, y)"


def gradient(target: str, given: tuple[str, ...], wrt: str, letters: dict[str, str], result: str,
             conditions: tuple[str, ...] = (), second: bool = False) -> Any:
    return judge(derivative_claim(target, given, wrt, Result(
        result, (), tuple(letters.items()), conditions), second=second))


@pytest.mark.parametrize(("target", "given", "wrt", "letters", "result"), [
    (*SOFTMAX, GOOD),
    ("z**3/3", ("z: real",), "z", {}, "z**2"),
    ("6.62607015e-34*z", ("z: real",), "z", {}, "6.62607015e-34"),
    ("sum(x**2)", ("x: real[N]",), "x[0]", {}, "2*x[0]"),
    ("dot(x, W @ x)", ("W: real[N, N]", "x: real[N]"), "W", {"i": "N", "j": "N"}, "x[i]*x[j]"),
    ("dot(x, W @ x)", ("W: real[N, N]", "x: real[N]"), "W[i, 1]", {"i": "N"}, "x[i]*x[1]"),
    ("softmax(z)", ("z: real[K]",), "z", {"i": "K", "j": "K"},
     "softmax(z)[i]*(delta(i, j) - softmax(z)[j])"),
    ("sum(a[t]*y[t + 1] for t in T if t < T - 1)", ("a, y: real[T]",), "a", {"i": "T"},
     "y[i + 1] if i < T - 1 else 0"),
    ("relu(z)**2", ("z: real",), "z", {}, "2*relu(z)"),
    ("n*z", ("n: count", "z: real"), "z", {}, "n")])
def test_right_gradients(target: str, given: tuple[str, ...], wrt: str, letters: dict[str, str],
                         result: str) -> None:
    verdict = gradient(target, given, wrt, letters, result)
    assert verdict.points > 3
    assert verdict.worst < 1e-24


def test_a_defined_name_is_a_variable() -> None:
    text, given = "p = softmax(o)\n-log(p[y])", SOFTMAX[1]
    right, wrong = (derivative_claim(text, given, "p", Result(
        result, given, (("i", "K"),), (), "p = softmax(o)"))
        for result in ("-delta(i, y)/p[y]", "-1/p[y]"))
    assert judge(right).points > 3
    with pytest.raises(VerificationError):
        judge(wrong)


def test_sizes_are_one_to_nine_and_one_larger() -> None:
    assert gradient(*SOFTMAX, GOOD).sizes == {"K": {*range(1, 10), 12}}


@pytest.mark.parametrize("result", [
    "softmax(o)[i] + delta(i, y)", "softmax(o)[y] - delta(i, y)", "softmax(o)[i] - 1",
    "2*softmax(o)[i] - delta(i, y)", "softmax(o)[i]", f"{GOOD} + max(0, K - 7)",
    f"{GOOD} + max(0, K - 11)", f"{GOOD} + (1e-12 if K == 6 else 0)", f"({GOOD})*(1 + 1e-12)",
    f"({GOOD})*(1 + 1e-20)", f"({GOOD})*(1 + 1e-60)", f"{GOOD} + 1e-60*o[0]",
    "softmax(o)[i] - (delta(i, y) if i != 5 else delta(i, y)*2)", f"{GOOD} + (1 if K == 13 else 0)",
    f"{GOOD} + (1 if 0 < o[i] < 1e-3 else 0)",
    f"{GOOD} + (1 if o[0] == 5 else 0)", f"{GOOD} + 0*log(o[0])", f"{GOOD} + o[0] - o[K - 1]"])
def test_a_planted_error_is_refused(result: str) -> None:
    with pytest.raises(VerificationError):
        gradient(*SOFTMAX, result)


@pytest.mark.parametrize(("target", "given", "result"), [
    ("6.62607015e-34*z", "z: real", "0"), ("1e-200*z**2", "z: real", "0"),
    ("z*2**-300", "z: real", "0"), ("z*exp(-300)", "z: real", "0"),
    ("n*z if n < 10 else 0*z", "n: count\nz: real", "n"), ("p*z", "p: probability\nz: real",
                                                           "p if p > 0.01 else 0"),
    ("z*min(s, 10)", "s: positive\nz: real", "s"), ("z*max(u, -10000)", "u: real\nz: real", "u"),
    ("z**2/2 + z*(1 if u == 1234567 else 0)", "u: real\nz: real", "z"),
    ("sum(z*x)", "z: real\nx: real[N]", "sum(x[n] for n in N if n != 8)")])
def test_relative_to_its_own_scale_and_at_its_numbers(target: str, given: str, result: str) -> None:
    with pytest.raises(VerificationError):
        gradient(target, tuple(given.split("\n")), "z", {}, result)


@pytest.mark.parametrize(("target", "result", "condition"), [
    ("log(z) - log(z)", "0", "0 < z"), ("log(z)/log(z)", "0", "0 < z and z != 1"),
    ("0*log(z)", "0", "0 < z"), ("sqrt(z)**2", "1", "0 < z"), ("z/z", "0", "z != 0"),
    ("z", "z/z", "z != 0"), ("2*z", "1 + sqrt(z)**2/z", "0 < z"), ("abs(z)", "sign(z)", "z != 0"),
    ("max(z, 1)", "1 if z > 1 else 0", "z != 1"), ("log(z)", "1/z", "0 < z")])
def test_a_domain_that_differs_is_stated_or_a_failure(target: str, result: str, condition: str,
                                                      ) -> None:
    assert gradient(target, ("z: real",), "z", {}, result, (condition,)).points > 3
    with pytest.raises(VerificationError, match="no condition says so"):
        gradient(target, ("z: real",), "z", {}, result)


def test_the_second_derivative() -> None:
    letters = {"i": "K", "j": "K"}
    right = "softmax(o)[i]*(delta(i, j) - softmax(o)[j])"
    assert gradient(*SOFTMAX[:3], letters, right, second=True).worst < 1e-24
    for wrong in (f"{right}*(1 + 1e-12)", right.replace("(o)[j]", "(o)[i]"), f"-{right}"):
        with pytest.raises(VerificationError):
            gradient(*SOFTMAX[:3], letters, wrong, second=True)


@pytest.mark.parametrize("field", [
    "z[m] + m*z[0]*(K-1)*(K-2)*(K-3)*(K-7)", "z[m] + (m*z[0] if K > 7 else 0)",
    "z[m] + (m*z[0] if K == 5 else 0)", "z[m]*(1 if m != 8 else z[0])", "z[m] + 1e-60*m*z[0]",
    "z[m] + 1e-40*m*z[0]", "z[m] + (1e-12*z[0] if m == 1 else 0)", "-z[m]", "2*z[m]"])
def test_a_false_cost_is_refused(field: str) -> None:
    cost = Result("sum(z**2)/2", (), (("m", "K"),))
    assert judge(cost_claim("z", ("z: real[K]",), "z", cost)).points > 3
    with pytest.raises(VerificationError):
        judge(cost_claim(field, ("z: real[K]",), "z[m]", cost))


@pytest.mark.parametrize("field", ["z[m] + m*z[0]*(K-1)*(K-2)*(K-3)*(K-7)",
                                   "z[m] + (m*z[0] if K > 7 else 0)", "z[m] + 1e-60*m*z[0]",
                                   "z[m]*(1 if m != 8 else z[0])"])
def test_no_false_cost_is_called_verified(field: str) -> None:
    with pytest.raises(DeriveError):
        derive.cost(field, given="z: real[K]", wrt="z[m]").verify()


GAMMA = ("sum(sum(lam[k]*w[j] for j in K) for k in K)"
         "*exp(-sum(sum(lam[k]*w[j] for j in K) for k in K)*y)")


def test_a_likelihood_through_a_link() -> None:
    density = f"lam = exp(z)\n{GAMMA}"
    given = printed = ("w: positive[K]", "y: nonnegative", "z: real[K]")
    right = "y*sum(w)*sum(exp(z)) - log(sum(exp(z)))"
    given = (*given, "lam: positive[K]")
    judge(likelihood_claim(density, given, ("z",), Result(right, printed)))
    with pytest.raises(VerificationError):
        judge(likelihood_claim(density, given, ("z",), Result(
            "K*y*sum(w*exp(z)) - log(sum(exp(z)))", printed)))


def test_a_term_free_of_the_parameters_may_be_missing_and_no_other() -> None:
    density, given = "lam**y*exp(-lam - loggamma(y + 1))", ("lam: positive", "y: count")
    for right in ("lam - y*log(lam)", "lam - y*log(lam) + loggamma(y + 1) + 7"):
        judge(likelihood_claim(density, given, ("lam",), Result(right)))
    for wrong in ("lam - log(lam)", "lam", "lam - y*log(lam) + 1e-12*lam"):
        with pytest.raises(VerificationError):
            judge(likelihood_claim(density, given, ("lam",), Result(wrong)))


NORMAL = ("exp(-(y - mu)**2/(2*s**2))/s", ("mu: real", "s: positive", "y: real"), ("y",))
OF_MANY = ("mu: real", "s: positive", "y: real[N]")


@pytest.mark.parametrize(("mean", "spread", "right"), [
    ("mean(y)", "sqrt(mean((y - mean(y))**2))", True),
    ("mean(y)", "sqrt(sum((y - mean(y))**2)/(N - 1))", False), ("y[0]", "sqrt(mean(y**2))", False),
    ("mean(y)", "sqrt(mean((y - mean(y))**2))*(1 + 1e-12)", False),
    ("mean(y) + (1 if N == 12 else 0)", "sqrt(mean((y - mean(y))**2))", False)])
def test_the_score_vanishes_at_the_estimates(mean: str, spread: str, right: bool) -> None:
    claim = estimate_claim(*NORMAL, [Estimate("mu", Result(mean, OF_MANY)),
                                     Estimate("s", Result(spread, OF_MANY))])
    if right:
        assert judge(claim).points > 3
        return
    with pytest.raises(VerificationError):
        judge(claim)


def test_the_mean_of_a_matrix_is_not_that_of_its_diagonal() -> None:
    density = "exp(-sum(sum((y[i,j] - mu)**2/2 for j in K) for i in K))/(2*pi)**(K*K/2)"
    given, many = ("mu: real", "y: real[K, K]"), ("mu: real", "y: real[N, K, K]")
    for text in ("sum(y)/(N*K*K)", "sum(sum(y[n, k, k] for k in K) for n in N)/(K*N)"):
        claim = estimate_claim(density, given, ("y",), [Estimate("mu", Result(text, many))])
        if "k, k" not in text:
            assert judge(claim).points > 3
            continue
        with pytest.raises(VerificationError):
            judge(claim)


# Forgeries in derivations

def forged(derivation: Derivation, change: Any) -> Derivation:
    last = derivation.steps[-1]
    return replace(derivation, steps=(*derivation.steps[:-1],
                                      replace(last, line=change(last.line))))


def test_a_dirichlet_loss_forged_in_an_entry_that_is_not_the_first() -> None:
    found = derive.nll("dirichlet")
    alpha = found.modulo[0]
    for at in (Integer(1), alpha.kind.shape[0] - 1):
        with pytest.raises(VerificationError):
            forged(found, lambda line, at=at: Add(line, Element(alpha, at)**2)).verify()
        with pytest.raises(VerificationError):  # by the lines alone
            replace(forged(found, lambda line, at=at: Add(line, Element(alpha, at)**2)),
                    typed=None).verify()


@pytest.mark.parametrize("error", ["1e-12", "1e-20", "1e-30", "1e-38"])
def test_the_tolerance_of_the_lines(error: str) -> None:
    found = derive.grad("softmax-nll")
    size = Rational(error)
    with pytest.raises(VerificationError, match="a line disagrees"):
        forged(found, lambda line: Mul(line, 1 + size, evaluate=False)).verify()


def test_lines_have_no_absolute_floor() -> None:
    found = derive.grad("6.62607015e-34*z", given="z: real")
    step = derive.grad("z**2 + 0*z", given="z: real").steps[-1]
    line = Step(step.rule, step.before, step.after, step.bindings, step.parameters, (), Integer(0))
    with pytest.raises(VerificationError, match="a line disagrees"):
        replace(found, steps=(*found.steps, line), typed=None).verify()


@pytest.mark.parametrize("typed", [
    Typed("-log(softmax(o)[y]) + o[0]", SOFTMAX[1], "o"), Typed("-log(softmax(-o)[y])",
                                                               SOFTMAX[1], "o"),
    Typed("-log(softmax(o)[y])*(2 if K == 8 else 1)", SOFTMAX[1], "o")])
def test_the_result_of_another_formula_is_refused(typed: Typed) -> None:
    with pytest.raises(VerificationError, match="the result disagrees"):
        replace(derive.grad("softmax-nll"), typed=typed).verify()


@pytest.mark.parametrize("make", [
    lambda: derive.grad("softmax-nll"), lambda: derive.hessian("softmax-nll"),
    lambda: derive.jacobian("softmax(W @ x)", given=["W: real[K, D]", "x: real[D]"], wrt="x"),
    lambda: derive.grad("softmax-nll", through=["p"]), lambda: derive.matching_loss("sigmoid"),
    lambda: derive.grad("softmax-nll", route="lse"), lambda: derive.cost("z**2", given="z: real"),
    lambda: derive.nll("normal"), lambda: derive.nll("poisson", link="log"),
    lambda: derive.score("normal"), lambda: derive.mle("normal"), lambda: derive.mle("gamma"),
    lambda: derive.nll("categorical", link="softmax")])
def test_every_direction_says_what_was_judged(make: Any) -> None:
    found = make().verify().verification
    assert found.ends
    assert not found.unjudged
    assert "against the formula as typed" in found.summary


def test_what_the_judge_does_not_read_is_named() -> None:
    long = derive.grad("-log(softmax(o)[y])", given=["o: real[1000]", "y: label(1000)"], wrt="o")
    assert "not compared with the text as typed" in long.verify().verification.summary


def test_threads_verify_what_one_thread_verifies() -> None:
    names = ("softmax-nll", "hinge", "poisson-nll", "huber", "softmax-brier", "focal")
    alone = {n: derive.grad(n).verify().verification for n in names}
    wrong: list[Any] = []

    def work(name: str) -> None:
        try:
            if derive.grad(name).verify().verification != alone[name]:
                wrong.append(name)
        except DeriveError as error:
            wrong.append((name, error))

    threads = [threading.Thread(target=work, args=(n,)) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
