"""Derivations: the results that people know, each line replayed and verified, errors noticed."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace

import pytest
from mpmath import mpf
from sympy import Mul

import derive
from derive.calculus.cost.family import family
from derive.core.indexing import size
from derive.errors import (
    DeriveError,
    KindError,
    NotationError,
    NotDifferentiableError,
    ReplayError,
    UnknownNameError,
    VerificationError,
)
from derive.notation.printing.plain import plain
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Scope
from derive.rendering.forms import render
from tests.conftest import gradient_of

SOFTMAX = ["o: real[K]", "y: label(K)"]
GRADIENTS = [  # formula, given, variable, result
    ("-log(softmax(o)[y])", SOFTMAX, "o", "softmax(o)[i] - delta(i, y)"),
    ("-log(exp(o[y]) / sum(exp(o[k]) for k in K))", SOFTMAX, "o", "softmax(o)[i] - delta(i, y)"),
    ("log(sum(exp(o))) - o[y]", SOFTMAX, "o", "softmax(o)[i] - delta(i, y)"),
    ("logsumexp(o) - o[y]", SOFTMAX, "o[m]", "softmax(o)[m] - delta(m, y)"),
    ("-dot(t, log(softmax(o)))", ["o: real[K]", "t: simplex(K)"], "o", "softmax(o)[i] - t[i]"),
    ("-dot(t, log(softmax(o)))", ["o: real[K]", "t: onehot(K)"], "o", "softmax(o)[i] - t[i]"),
    ("log(1 + exp(z)) - y*z", ["z: real", "y: binary"], "z", "sigmoid(z) - y"),
    ("-y*log(sigmoid(z)) - (1 - y)*log(1 - sigmoid(z))", ["z: real", "y: binary"], "z",
     "sigmoid(z) - y"),
    ("-y*log(1/(1 + exp(-z))) - (1 - y)*log(1 - 1/(1 + exp(-z)))", ["z: real", "y: binary"], "z",
     "sigmoid(z) - y"),
    ("y*softplus(-z) + (1 - y)*softplus(z)", ["z: real", "y: binary"], "z", "sigmoid(z) - y"),
    ("-y*log(p) - (1 - y)*log(1 - p)", ["p: probability", "y: binary"], "p",
     "(p - y) / (p * (1 - p))"),
    ("log(sigma) + (y - mu)**2/(2*sigma**2)", ["y, mu: real", "sigma: positive"], "mu",
     "(mu - y) / sigma**2"),
    ("sum((W @ x - t)[i]**2 for i in H)", ["W: real[H, D]", "x: real[D]", "t: real[H]"], "W[i, j]",
     "2 * x[j] * (W[i] @ x - t[i])"),
    ("sum((W @ x - t)**2)", ["W: real[H, D]", "x: real[D]", "t: real[H]"], "x",
     "2 * sum(W[k, i] * (W[k] @ x - t[k]) for k in H)"),
    ("norm(u)", ["u: real[K]"], "u", "u[i] / norm(u)"),
    ("prod(o[k] for k in K)", ["o: positive[K]"], "o", "prod(o) / o[i]"),
    ("max(0, 1 - s*z)", ["z, s: real"], "z", "-s if s * z < 1 else 0"),
    ("max(o[k] for k in K)", ["o: real[K]"], "o", "delta(i, argmax(o))"),
    ("abs(z)", ["z: real"], "z", "sign(z)"),
    ("x**x", ["x: positive"], "x", "x**x * (1 + log(x))"),
    ("2**x", ["x: real"], "x", "2**x * log(2)"),
    ("mean((m - y)**2)", ["m, y: real[N]"], "m", "2 * (m[i] - y[i]) / N"),
    ("sum(sum(A[k, l]*x[k]*x[l] for l in K) for k in K)", ["A: real[K, K]", "x: real[K]"], "A",
     "x[i] * x[j]"),
    ("z", ["z: real"], "z", "1"),
    ("y**2", ["z, y: real"], "z", "0"),
]


@pytest.mark.parametrize(("formula", "given", "wrt", "result"), GRADIENTS,
                         ids=[f"{f} by {w}" for f, _, w, _ in GRADIENTS])
def test_gradient_is_what_a_person_writes(formula, given, wrt, result) -> None:
    found = derive.grad(formula, given=given, wrt=wrt)
    assert plain(found.result, [i.name for i in found.indices]) == result
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40


HESSIANS = [
    ("-log(softmax(o)[y])", SOFTMAX, "o", "softmax(o)[i] * (delta(i, j) - softmax(o)[j])"),
    ("(mu - y)**2/2", ["mu, y: real"], "mu", "1"),
    ("sum(x**2)/2", ["x: real[D]"], "x", "delta(i, j)"),
    ("exp(z) - y*z", ["z: real", "y: count"], "z", "exp(z)"),
    ("log(cosh(z))", ["z: real"], "z", "1 - tanh(z)**2"),
]


@pytest.mark.parametrize(("formula", "given", "wrt", "result"), HESSIANS,
                         ids=[f for f, *_ in HESSIANS])
def test_hessian_is_what_a_person_writes(formula, given, wrt, result) -> None:
    found = derive.hessian(formula, given=given, wrt=wrt)
    assert plain(found.result) == result
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40


def test_jacobian_of_softmax() -> None:
    found = derive.jacobian("softmax(z)", given="z: real[K]").verify()
    assert plain(found.result) == "softmax(z)[i] * (delta(i, j) - softmax(z)[j])"
    assert [i.name for i in found.indices] == ["i", "j"]


def test_the_chain_rule_shows_its_factors() -> None:
    found = derive.grad("softmax-nll", through=["p"])
    by_p, local = found.parts
    assert plain(by_p.result) == "-delta(j, y) / p[y]"
    assert plain(local.result) == "p[j] * (delta(i, j) - p[i])"
    assert plain(found.start) == "sum(d(L, p[k]) * d(p[k], o[i]) for k in K)"
    assert plain(found.result) == "softmax(o)[i] - delta(i, y)"
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40


NETWORK = """
    W: real[K, D]
    x: real[D]
    b: real[K]
    y: label(K)
    z = W @ x + b
    p = softmax(z)
    L = -log(p[y])
"""


@pytest.mark.parametrize(("wrt", "result", "written"), [
    ("W", "x[j] * (p[i] - delta(i, y))", "x[j] * (softmax(W @ x + b)[i] - delta(i, y))"),
    ("b", "p[i] - delta(i, y)", "softmax(W @ x + b)[i] - delta(i, y)"),
])
@pytest.mark.parametrize("through", [[], ["z"], ["p"], ["z", "p"], ["z,p"]])
def test_every_route_reaches_the_same_gradient(wrt, result, written, through) -> None:
    found = derive.grad(NETWORK, wrt=wrt, through=through)
    assert (found.notation, found.written_out.notation) == (result, written)
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40


def test_a_loss_that_also_depends_directly() -> None:
    found = derive.grad("p = sigmoid(z)\nL = -log(p) + a*z**2 * p", given=["z: real", "a: real"],
                        wrt="z", through=["p"]).verify()
    direct = derive.grad("-log(sigmoid(z)) + a*z**2*sigmoid(z)", given=["z: real", "a: real"],
                         wrt="z").verify()
    assert found.written_out.result.free_symbols == direct.result.free_symbols


def test_a_kink_is_an_obligation_and_a_case_settles_it() -> None:
    assert [plain(o) for o in derive.grad("huber").obligations] == []  # it has a slope at delta
    assert [plain(o) for o in derive.hessian("huber").obligations] == ["abs(z - y) != delta"]
    assert [plain(o) for o in derive.grad("crammer-singer").obligations] == [
        "unique_maximum(1 + z[k] - delta(k, y) for k in K)"]


def test_an_obligation_is_never_assumed() -> None:
    found = derive.grad("log(z)", given="z: real", wrt="z")
    assert [plain(o) for o in found.obligations] == ["0 < z"]
    assert derive.grad("log(z)", given="z: positive", wrt="z").obligations == ()
    assert derive.grad("log(z)", given=["z: real", "z > 0"], wrt="z").obligations == ()


@pytest.mark.parametrize("size_text", ["K", "10", "1000000"])
def test_size_does_not_matter(size_text: str) -> None:
    found = derive.grad("-log(softmax(o)[y])",
                        given=[f"o: real[{size_text}]", f"y: label({size_text})"])
    assert size(found.result) == size(gradient_of("softmax-nll").result)
    assert len(found.steps) == len(gradient_of("softmax-nll").steps)
    assert plain(found.result) == "softmax(o)[i] - delta(i, y)"
    found.verify()


def test_a_planted_error_is_noticed() -> None:
    found = gradient_of("softmax-nll")
    for place in range(len(found.steps)):
        step = found.steps[place]
        bad = replace(step, line=step.line + 1)
        steps = (*found.steps[:place], bad, *found.steps[place + 1:])
        with pytest.raises(VerificationError, match="disagrees"):
            replace(found, steps=steps).verify()
        with pytest.raises(ReplayError):
            replace(found, steps=steps).replay()


def test_a_wrong_sign_shows_at_some_size() -> None:
    found = gradient_of("softmax-nll")
    last = found.steps[-1]
    flipped = replace(last, line=Mul(-1, last.line))
    with pytest.raises(VerificationError) as caught:
        replace(found, steps=(*found.steps[:-1], flipped)).verify()
    assert "K = " in str(caught.value)


def test_a_step_that_is_no_instance_of_its_rule_is_noticed() -> None:
    found = gradient_of("bernoulli-ce")
    step = found.steps[0]
    forged = replace(step, rule=found.steps[-1].rule)
    with pytest.raises((ReplayError, KeyError)):
        replace(found, steps=(forged, *found.steps[1:])).replay()


def test_detail_groups_the_same_steps() -> None:
    found = gradient_of("softmax-nll")
    full, normal, brief = (found.lines(d) for d in ("full", "normal", "brief"))
    assert len(full) == len(found.steps)
    assert len(full) >= len(normal) >= len(brief)
    assert full[-1].expression == normal[-1].expression == brief[-1].expression
    for lines in (full, normal, brief):
        assert sum(len(line.steps) for line in lines) == len(found.steps)
    with pytest.raises(ValueError, match="detail"):
        found.lines("much")


@pytest.mark.parametrize("name", ["softmax-nll", "huber", "crammer-singer", "weston-watkins",
                                  "infonce", "cosine-distance"])
def test_json_is_a_contract_and_reads_back(name: str) -> None:
    found = gradient_of(name).verify()
    data = json.loads(found.show("json"))
    assert {"title", "given", "goal", "steps", "result", "results", "verification"} <= set(data)
    assert data["results"][0] == data["result"]
    assert set(data["steps"][0]) >= {"rule", "says", "before", "after", "line", "latex",
                                     "obligations"}

    def read(text: str):
        scope = Scope(free_indices=True)
        for line in data["given"]:
            if ":" in line:
                scope.declare(line)
        for index in data["result"]["indices"]:
            scope.names[index] = next(i for i in found.indices if i.name == index)
        return parse_value(text, scope)

    assert read(data["result"]["notation"]) == found.result
    for step, told in zip(found.steps, data["steps"], strict=True):
        assert read(told["line"]) == step.line
        read(told["before"])
        read(told["after"])


def test_renderings_agree_on_the_result() -> None:
    found = gradient_of("softmax-nll").verify()
    text = found.show("text")
    assert "result    softmax(o)[i] - delta(i, y)" in text
    assert "verified" in text
    assert found.show("text", ascii=True).isascii()
    assert r"\begin{align*}" in found.show("latex")
    assert "`softmax(o)[i] - delta(i, y)`" in found.show("markdown")
    assert max(map(len, found.show("text", width=60).split("\n"))) <= 60


REFUSED = [
    ({"target": "softmax-nl"}, UnknownNameError, "softmax-nll"),
    ({"target": "log(z)", "given": "z: real", "wrt": "q"}, NotationError,
     "cannot differentiate by"),
    ({"target": "z*y", "given": ["z: real", "y: label(K)"], "wrt": "y"}, KindError, "label"),
    ({"target": "z*n", "given": ["z: real", "n: integer"], "wrt": "n"}, KindError, "integer"),
    ({"target": "z*u", "given": ["z, u: real"]}, DeriveError, "--wrt"),
    ({"target": "y*2", "given": ["y: binary"]}, DeriveError, "nothing here"),
    ({"target": "polylog(z, 1/2)", "given": ["z: real"]}, NotDifferentiableError, "polylog"),
    ({"target": "log(z)", "given": "z: real", "through": ["p"]}, UnknownNameError,
     "intermediate"),
    ({"target": "o[0]", "given": "o: real[K]", "wrt": "o[i, j]"}, KindError, "subscript"),
]


@pytest.mark.parametrize(("call", "kind", "word"), REFUSED, ids=[w for _, _, w in REFUSED])
def test_what_cannot_be_derived_is_refused_in_words(call, kind, word) -> None:
    with pytest.raises(kind, match=word):
        derive.grad(**call)


def test_a_formula_without_valid_points_is_not_called_verified() -> None:
    with pytest.raises(VerificationError, match="no point"):
        derive.grad("log(a - z**2)", given=["z: real", "a: real", "a < -1"], wrt="z").verify()


def test_a_formula_without_any_value_is_refused() -> None:
    with pytest.raises(NotDifferentiableError, match="never holds"):
        derive.grad("log(-1 - z**2)", given="z: real")


def test_verification_reports_what_it_did() -> None:
    check = gradient_of("softmax-nll").verify(digits=30, seed=7).verification
    assert check.sizes == (("K", (1, 2, 3, 7)),)
    assert set(check.cases) == {"00", "01"}
    assert check.points == 8
    assert 0 <= check.worst < mpf(10) ** -25


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path) -> None:
    pages = [gradient_of(e.name).show("latex") for e in derive.losses()]
    pages.append(derive.grad("softmax-nll", through=["p"]).show("latex", detail="full"))
    pages += [derive.matching_loss(a.name).show("latex") for a in derive.activations()]
    pages.append(family().show("latex"))
    for name in ("normal", "categorical", "weibull", "poisson"):
        pages += [derive.mle(name).show("latex"), derive.fisher(name).show("latex"),
                  derive.nll(name).show("latex")]
    pages += [derive.nll("bernoulli", link="logit").show("latex"),
              derive.noise("huber").show("latex"),
              derive.mle("gamma", data=[1, 2, 3.5]).show("latex")]
    with pytest.raises(derive.NotAGradient) as caught:
        derive.cost("softmax(z)*(softmax(z) - t)", given=["z: real[K]", "t: simplex(K)"])
    pages.append(render(caught.value.proof, "latex"))
    typeset = [line for page in pages for line in page.splitlines() if not line.startswith("%")]
    assert not [line for line in typeset if not line.isascii()]
    file = tmp_path / "all.tex"
    file.write_text("\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
                    + "\n\n".join(pages) + "\n\\end{document}\n", encoding="utf-8")
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", file.name],
                          cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]


def test_a_derivation_is_a_member_of_sets() -> None:
    once, again = derive.grad("softmax-nll"), derive.grad("softmax-nll")
    assert len({once, again, derive.grad("huber")}) == 2
