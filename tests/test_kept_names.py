"""Names that a specification defines: kept in results where these are shorter, and judged there."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

import derive
from derive.audit import audit
from derive.derivation import Derivation
from derive.errors import UnknownNameError, VerificationError
from derive.judge.claims.derivation_claims import end_to_end

LAYER_NORM = ("m = mean(x)\nv = mean((x - m)**2)\nxhat[i] = (x[i] - m)/sqrt(v + eps)\n"
              "L = sum(g[i]*xhat[i] for i in D)")
ATTENTION = ("s[i, j] = sum(Q[i, m]*K[j, m] for m in D)/sqrt(D)\nA[i, j] = softmax(s[i])[j]\n"
             "O[i, d] = sum(A[i, j]*V[j, d] for j in N)\nL = sum(G*O)")
NETWORK = "z = W @ x + b\np = softmax(z)\nL = -log(p[y])"
NETWORK_GIVEN = "W: real[K, D]; x: real[D]; b: real[K]; y: label(K)"
QKV = "Q, K, V, G: real[N, D]"

KEPT = {  # text, given, wrt, result
    "classification": (NETWORK, NETWORK_GIVEN, "W", "x[j] * (p[i] - delta(i, y))"),
    "two layers": ("h = tanh(W @ x + b)\no = U @ h\nL = sum((o - t)**2)/2",
                   "W: real[H, D]; U: real[C, H]; x: real[D]; b: real[H]; t: real[C]", "W",
                   "x[j] * sum(U[k, i] * (o[k] - t[k]) for k in C) * (1 - h[i]**2)"),
    "two layers with sigmoids": (
        "h = sigmoid(W @ x + b)\nz = U @ h\np = softmax(z)\nL = -log(p[y])",
        "W: real[H, D]; U: real[C, H]; x: real[D]; b: real[H]; y: label(C)", "W",
        "h[i] * x[j] * (1 - h[i]) * ((p @ U)[i] - U[y, i])"),
    "layer normalisation": (LAYER_NORM, "x, g: real[D]; eps: positive", "x",
                            "(g[i] - mean(g) - xhat[i] * (g @ xhat) / D) / sqrt(eps + v)"),
    "attention by values": (ATTENTION, QKV, "V", "sum(A[n, i] * G[n, j] for n in N)"),
    "a direction": ("n = norm(x)\nu = x/n\nL = dot(u, c)", "x, c: real[D]", "x",
                    "(c[i] - u[i] * (c @ u)) / n"),
    "residuals": ("r = y - X @ w\nL = sum(r**2)/(2*s)",
                  "X: real[N, D]; w: real[D]; y: real[N]; s: positive", "w", "-(r @ X)[i] / s"),
    "ratings": ("E = 1/(1 + 10**((b - a)/400))\nL = -s*log(E) - (1-s)*log(1-E)",
                "a, b: real; s: probability", "a", "(E - s) * log(10) / 400"),
    "logistic regression": ("z = w @ x\np = sigmoid(z)\nL = -y*log(p) - (1-y)*log(1-p)",
                            "w, x: real[D]; y: binary", "w", "x[i] * (p - y)"),
}


def kept(case: str, **options: object) -> Derivation:
    text, given, wrt, _ = KEPT[case]
    return derive.grad(text, given=given.split("; "), wrt=wrt, **options)


@pytest.mark.parametrize("case", KEPT)
def test_a_gradient_is_written_in_the_names_of_its_text(case: str) -> None:
    found = kept(case)
    assert found.notation == KEPT[case][3]
    assert found.replay() == found.result
    assert found.verify().verification.ends


@pytest.mark.parametrize("case", KEPT)
def test_the_form_without_names_stands_beside_it(case: str) -> None:
    found = kept(case)
    assert found.written_out.notation == kept(case, keep=False).notation
    assert len(found.notation) < len(found.written_out.notation)


@pytest.mark.parametrize("case", ["classification", "layer normalisation", "a direction"])
def test_names_survive_files(case: str) -> None:
    found = kept(case).verify()
    data = json.loads(json.dumps(found.to_json()))
    assert [r["notation"] for r in data["results"]] == [
        found.notation, found.written_out.notation]
    again = Derivation.from_json(data)
    assert (again.notation, again.written_out.notation) == (
        found.notation, found.written_out.notation)
    assert audit(data).asked_again
    assert pickle.loads(pickle.dumps(found)).notation == found.notation


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html", "notebook"])
def test_each_form_of_print_shows_both(form: str) -> None:
    found = kept("classification")
    page = found.show(form, width=200) if form == "text" else found.show(form)
    words = {"text": "with      z[m] = b[m] + W[m] @ x", "latex": "In full:",
             "html": "defined"}.get(form, "In full: `x[j] * (softmax(W @ x + b)")
    assert words in page
    if form != "latex":
        assert "x[j] * (p[i] - delta(i, y))" in page
        assert found.written_out.notation in page


def test_a_hessian_and_a_jacobian_keep_names() -> None:
    given = NETWORK_GIVEN.split("; ")
    hessian = derive.hessian(NETWORK, given=given, wrt="b").verify()
    assert hessian.notation == "p[i] * (delta(i, j) - p[j])"
    jacobian = derive.jacobian("z = W @ x\np = softmax(z)\np", given=given, wrt="x").verify()
    assert jacobian.notation == "p[i] * (W[i, j] - (p @ W)[j])"


def test_names_of_a_catalogue_are_kept_where_asked_for() -> None:
    assert derive.grad("softmax-nll").notation == "softmax(o)[i] - delta(i, y)"
    assert derive.grad("softmax-nll", keep="p").verify().notation == "p[i] - delta(i, y)"


@pytest.mark.parametrize(("keep", "result"), [
    (False, "x[j] * (softmax(W @ x + b)[i] - delta(i, y))"),
    (["z"], "x[j] * (softmax(z)[i] - delta(i, y))"),
    ("p", "x[j] * (p[i] - delta(i, y))"), ("z, p", "x[j] * (p[i] - delta(i, y))"),
])
def test_what_is_kept_can_be_said(keep: object, result: str) -> None:
    assert kept("classification", keep=keep).verify().notation == result


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="'q' is not defined in this formula; there are: z"):
        kept("classification", keep=["q"])


def test_a_name_that_makes_nothing_shorter_stays_out() -> None:
    found = derive.grad("u = x\nL = u**2 + y*x", given="x, y: real", wrt="x")
    assert found.notation == "y + 2 * x"
    assert found.written_out is None


def test_formulas_without_definitions_are_as_before() -> None:
    found = derive.grad("-log(softmax(o)[y])", given=["o: real[K]", "y: label(K)"], wrt="o")
    assert found.written_out is None
    assert found.longhand is None


def test_the_judge_reads_the_names() -> None:
    """A result that confuses two names, or the form beside it that is wrong, is noticed."""
    text = "p = sigmoid(z)\nq = sigmoid(w)\nL = p**2*q"
    found = derive.grad(text, given="z, w: real", wrt="z")
    assert found.notation == "2 * p**2 * q * (1 - p)"
    last = found.steps[-1]
    names = {d.name: d.symbol for d in found.definitions}
    swapped = last.line.xreplace({names["p"]: names["q"], names["q"]: names["p"]})
    forged = replace(found, steps=(*found.steps[:-1], replace(last, line=swapped)))
    with pytest.raises(VerificationError):
        end_to_end(forged, 1)
    beside = replace(found, longhand=replace(found.written_out, steps=(), start=names["q"]))
    with pytest.raises(VerificationError):
        end_to_end(beside, 1)


def test_a_longer_way_needs_names() -> None:
    """Twenty lines that double what they use: written out, no line could be read."""
    lines = "\n".join(f"a{n + 1} = a{n}*a{n} + a{n}" for n in range(20))
    found = derive.grad(f"a0: real\n{lines}", wrt="a0")
    assert found.notation == " * ".join(f"(1 + 2 * a{n})" for n in range(20))
    assert found.written_out is None


def test_conditions_are_those_of_the_typed_formula() -> None:
    """A name hides what it divides by: the condition is stated all the same."""
    text = "s[i] = sum(1 for j in N if c[j] == c[i] and j != i)\nL = sum(z[i]**2/s[i] for i in N)"
    found = derive.grad(text, given=["z: real[N]", "c: label(K)[N]"], wrt="z")
    assert found.obligations
    assert found.verify().verification.ends


def test_a_name_over_another_dimension_is_not_taken() -> None:
    """`a[i, j]` is a delta over N; a delta over K is none of its entries."""
    text = ("a[i, j] = 2*delta(i, j)*s for i in N for j in N\n"
            "L = sum(a[i, i]*x[i]**2 for i in N) + sum(s*u**2)")
    found = derive.grad(text, given=["x: real[N]", "u: real[K]", "s: real"], wrt="u").verify()
    assert found.notation == "2 * s * u[i]"


def test_a_kernel_is_the_same_with_names_and_without() -> None:
    named = derive.kernel("z = 3*o\np = softmax(z)\nL = -log(p[y])",
                          given=["o: real[K]", "y: label(K)"], wrt="o")
    plain = derive.kernel("-log(softmax(3*o)[y])", given=["o: real[K]", "y: label(K)"], wrt="o")
    assert (named.grad([1., 2., 3.], 1) == plain.grad([1., 2., 3.], 1)).all()


def test_the_page_says_what_is_derived() -> None:
    page = (Path(__file__).parent.parent / "docs" / "routes.md").read_text(encoding="utf-8")
    text = page.partition("```text\n")[2].partition("```")[0]
    found = derive.grad(text, wrt="x")
    assert f"The gradient by x is `{found.notation}`" in page
