"""A cost of several variables, from a field for each of them."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import pytest
from sympy import Integer

import derive
from derive.errors import DeriveError, NotAGradient, VerificationError
from derive.rendering.forms import render
from tests.command_line import run

GIVEN = ["X: real[N, D]", "y: real[N]", "w: real[D]", "b: real", "lam: positive"]
REGRESSION = "X.T@(X@w + b - y); 2*sum(X@w + b - y)"
MIXED = "X.T@(sigmoid(X@w + b) - y) + lam*w; sum(sigmoid(X@w + b) - y)"


@pytest.mark.parametrize(("field", "wrt", "result"), [
    ("x*y**2; x**2*y", "x, y", "x**2 * y**2 / 2"), ("x*y**2\nx**2*y", ["x", "y"],
                                                     "x**2 * y**2 / 2"),
    ("gx = x*y**2; gy = x**2*y", "x, y", "x**2 * y**2 / 2"),
    ("r = x*y\nr*y; r*x", "x, y", "x**2 * y**2 / 2"),
    ("exp(x)*cos(y); -exp(x)*sin(y)", "x, y", "cos(y) * exp(x)"),
    ("y*z; x*z; x*y", "x, y, z", "x * y * z"), ("1; 2*y", "x, y", "x + y**2"),
    ("0; 0", "x, y", "0"), ("1/(1 + x**2); y", "x, y", "atan(x) + y**2 / 2")])
def test_numbers(field: str, wrt: object, result: str) -> None:
    answer = derive.cost(field, wrt=wrt).verify()  # type: ignore[arg-type]
    assert answer.replay() == answer.result
    assert answer.notation == result
    assert not answer.verification.unjudged


@pytest.mark.parametrize(("field", "given", "wrt"), [
    (MIXED, GIVEN, "w, b"),
    ("gw[i] = sum((X[n]@w + b - y[n])*X[n,i] for n in N); gb = sum(X[n]@w + b - y[n] for n in N)",
     GIVEN, "w, b"),
    ("r = X@w + b - y\nX.T@r/N; mean(r)", GIVEN, "w, b"),
    ("v; u", ["u: real[K]", "v: real[K]"], "u, v"),
    ("A@v; u@A", ["u: real[K]", "v: real[D]", "A: real[K, D]"], "u, v"),
    ("(mu - y)/s**2; 1/s - (y - mu)**2/s**3", ["mu, y: real", "s: positive"], "mu, s"),
    ("sum((softmax(W@X[n] + h)[k] - T[n,k])*X[n,i] for n in N);"
     "sum(softmax(W@X[n] + h)[k] - T[n,k] for n in N)",
     ["X: real[N, D]", "T: real[N, K]", "W: real[K, D]", "h: real[K]"], "W[k, i], h[k]")])
def test_arrays(field: str, given: list[str], wrt: str) -> None:
    answer = derive.cost(field, given=given, wrt=wrt).verify()
    assert answer.replay() == answer.result
    assert len(answer.verification.ends) == len(wrt.replace("[k, i]", "").split(","))


@pytest.mark.parametrize(("field", "given", "wrt", "slopes"), [
    ("y; 2*x", ["x, y: real"], "x, y", ("∂g/∂y = 1", "∂h/∂x = 2")),
    ("y*z; x*z; 2*x*y", ["x, y, z: real"], "x, y, z", ("∂g/∂z = 1", "∂f/∂x = 2")),
    ("A@v; A@u", ["u, v: real[K]", "A: real[K, K]"], "u, v", ("∂g_0/∂v_1", "∂h_1/∂u_0")),
    (REGRESSION, GIVEN, "w, b", ("∂g_0/∂b = 1", "∂h/∂w_0 = 2")),
    ("a/(a + b); b/(a + b)", ["a, b: positive"], "a, b", ("∂g/∂b", "∂h/∂a"))])
def test_mixed_derivatives_that_differ_are_a_witness(field: str, given: list[str], wrt: str,
                                                     slopes: tuple[str, str]) -> None:
    with pytest.raises(NotAGradient, match="mixed derivatives differ") as caught:
        derive.cost(field, given=given, wrt=wrt)
    assert all(slope in str(caught.value) for slope in slopes)
    proof = caught.value.proof.verify()
    assert proof.witness.numbers[0] != proof.witness.numbers[1]
    assert proof.paths[0].corners[-1] == proof.paths[1].corners[-1]
    assert abs(proof.paths[0].work - proof.paths[1].work) > 1e-4
    assert pickle.loads(pickle.dumps(proof)).second_variable == proof.second_variable


def test_a_field_that_is_no_gradient_by_itself_is_refused_as_ever() -> None:
    with pytest.raises(NotAGradient, match="Jacobian is not symmetric"):
        derive.cost("sum(v)*v; u", given=["v: real[K]", "u: real"], wrt="v, u")


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html", "json", "notebook"])
def test_every_form_shows_the_answer_and_the_proof(form: str) -> None:
    answer = derive.cost(MIXED, given=GIVEN, wrt="w, b")
    assert "softplus" in answer.show(form)
    with pytest.raises(NotAGradient) as caught:
        derive.cost("y; 2*x", wrt="x, y")
    shown = render(caught.value.proof, form)
    assert form != "json" or json.loads(shown)["second_variable"] == "y"


def test_a_cost_that_fits_one_field_alone_is_not_called_verified() -> None:
    answer = derive.cost("x*y**2; x**2*y", wrt="x, y")
    typed = replace(answer.typed, target="x*y**2; x**2*y + 1".replace("; ", "\n"))
    with pytest.raises(VerificationError):
        replace(answer, typed=typed).verify()
    with pytest.raises(VerificationError):
        replace(answer, steps=(), start=Integer(7)).verify()


@pytest.mark.parametrize(("field", "wrt", "message"), [
    ("x; y", "x, x", "names 'x' twice"), ("x", "x, y", "the text has one"),
    ("x; y; z", "x, y", "the text has 3"), ("x; ", "x, y", "the text has one"),
    ("x; y; z", "x, y, x", "names 'x' twice"), ("q(x); y", "x, y", "q")])
def test_what_makes_no_sense_is_refused_in_one_line(field: str, wrt: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        derive.cost(field, wrt=wrt)


def test_an_output_goes_with_one_variable() -> None:
    with pytest.raises(DeriveError, match="one variable"):
        derive.cost("s - t; 1", wrt="z, t", define="s = sigmoid(z)")


def test_on_the_command_line() -> None:
    assert "x**2 * y**2 / 2" in run("cost", "x*y**2; x**2*y", "--wrt", "x,y").stdout
    refused = run("cost", "y; 2*x", "--wrt", "x", "--wrt", "y")
    assert refused.returncode == 1
    assert "∂g/∂y = 1, but ∂h/∂x = 2" in refused.stdout
