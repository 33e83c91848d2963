"""Several variables at once: a result for each, every one judged against the text as typed."""

from dataclasses import replace

import pytest
from sympy import Integer

import derive
from derive.errors import DeriveError, VerificationError
from tests.command_line import run

REGRESSION = "sum((y - X@w - b)**2)/2"
GIVEN = ["X: real[N, D]", "y: real[N]", "w: real[D]", "b: real"]


@pytest.mark.parametrize("wrt", ["w, b", "w,b", ["w", "b"], ("w", "b"), ["w, b"]])
def test_several_variables_have_a_result_each(wrt: object) -> None:
    gradient = derive.grad(REGRESSION, given=GIVEN, wrt=wrt)  # type: ignore[arg-type]
    alone = [derive.grad(REGRESSION, given=GIVEN, wrt=name).notation for name in ("w", "b")]
    assert [r.notation for r in (gradient, *gradient.others)] == alone


def test_all_names_are_every_real_name_that_is_not_defined() -> None:
    text = "r = y - X@w - b\nsum(r**2)/2"
    gradient = derive.grad(text, given=GIVEN, wrt="all")
    assert [str(r.quantity.args[1].args[0] if r.quantity.args[1].args else r.quantity.args[1])
            for r in (gradient, *gradient.others)] == ["X", "y", "w", "b"]


def test_each_result_is_that_of_its_variable_alone() -> None:
    together = derive.grad("softmax-nll", wrt="o")
    assert not together.others
    for wrt in ("W", "b"):
        given = ["W: real[K, D]", "x: real[D]", "b: real[K]", "y: label(K)"]
        both = derive.grad("-log(softmax(W@x + b)[y])", given=given, wrt="W, b")
        alone = derive.grad("-log(softmax(W@x + b)[y])", given=given, wrt=wrt)
        assert alone.notation in [r.notation for r in (both, *both.others)]


@pytest.mark.parametrize("ask", [derive.grad, derive.hessian, derive.jacobian])
def test_every_result_is_judged(ask: object) -> None:
    asked = ask("w**2*exp(b)", given="w, b: real", wrt="w, b")  # type: ignore[operator]
    assert len(asked.verify().verification.ends) == len((asked, *asked.others))
    forged = replace(asked.others[-1], steps=(), start=Integer(7))
    with pytest.raises(VerificationError):
        replace(asked, others=(*asked.others[:-1], forged)).verify()


def test_a_hessian_by_several_variables_has_a_block_for_each_pair() -> None:
    blocks = derive.hessian(REGRESSION, given=GIVEN, wrt="w, b").verify()
    assert [b.notation for b in (blocks, *blocks.others)] == [
        "sum(X[n, i] * X[n, j] for n in N)", "sum(X[n, i] for n in N)", "N"]
    assert not blocks.verification.unjudged


def test_a_jacobian_by_several_variables() -> None:
    given = ["W: real[K, D]", "x: real[D]", "b: real[K]"]
    by = derive.jacobian("W@x + b", given=given, wrt="W, b").verify()
    assert [j.notation for j in (by, *by.others)] == ["x[m] * delta(i, j)", "delta(i, j)"]


def test_several_variables_through_an_intermediate() -> None:
    text = "z = W@x + b\n-log(softmax(z)[y])"
    given = ["W: real[K, D]", "x: real[D]", "b: real[K]", "y: label(K)"]
    gradient = derive.grad(text, given=given, wrt="W, b", through=["z"], keep=False).verify()
    assert gradient.others[0].notation == "softmax(W @ x + b)[i] - delta(i, y)"


def test_the_form_without_names_is_shown_for_each_variable() -> None:
    text = "z = W@x + b\n-log(softmax(z)[y])"
    given = ["W: real[K, D]", "x: real[D]", "b: real[K]", "y: label(K)"]
    gradient = derive.grad(text, given=given, wrt="W, b")
    assert gradient.others[0].notation == "softmax(z)[i] - delta(i, y)"
    assert "d(L, b[i]) = softmax(W @ x + b)[i] - delta(i, y)" in gradient.show("text", width=200)


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html", "json", "notebook"])
def test_every_form_shows_every_result(form: str) -> None:
    gradient = derive.grad("w**2*exp(b)", given="w, b: real", wrt="w, b")
    shown = gradient.show(form)
    assert gradient.to_json()["results"] == [
        {**r, "notation": n} for r, n in zip(gradient.to_json()["results"],
                                             ["2 * w * exp(b)", "w**2 * exp(b)"], strict=True)]
    assert "exp(b)" in shown or "\\exp" in shown or "e^{b}" in shown


def test_a_stored_derivation_by_several_variables_is_judged_anew() -> None:
    hessian = derive.hessian("w**2*exp(b)", given="w, b: real", wrt="w, b").verify()
    assert derive.Derivation.from_json(hessian.to_json()).verify().others == hessian.others


@pytest.mark.parametrize(("wrt", "message"), [
    ("w, w", "names 'w' twice"), ("w, , b", "missing beside a comma"), ("w,", "missing"),
    ("w, q", "cannot differentiate by 'q'"), ("w[i], q", "cannot differentiate by 'q'")])
def test_variables_that_make_no_sense_are_refused(wrt: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        derive.grad(REGRESSION, given=GIVEN, wrt=wrt)


def test_second_derivatives_by_several_elements_are_refused_with_what_to_write() -> None:
    with pytest.raises(DeriveError, match="--wrt 'w, b'"):
        derive.hessian(REGRESSION, given=GIVEN, wrt="w[i], b")


def test_on_the_command_line_the_option_is_repeated() -> None:
    output = run("grad", "w*b**2", "-g", "w, b: real", "--wrt", "w", "--wrt", "b").stdout
    assert "∂L/∂w     b**2" in output
    assert "∂L/∂b     2 * b * w" in output


@pytest.mark.parametrize("command", ["kernel", "noise"])
def test_what_has_one_variable_says_so(command: str) -> None:
    done = run(command, "(w - b)**2", "-g", "w, b: real", "--wrt", "w", "--wrt", "b")
    assert done.returncode == 1
    assert "has one variable, not w, b: ask for each by itself" in done.stderr
