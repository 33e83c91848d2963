"""Information and noise are judged from the typed text; planted errors are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sympy import Integer, Mul

import derive
from derive.derivation import Derivation, Step
from derive.errors import VerificationError
from derive.judge.claims.density_claims import information_claim, noise_claim
from derive.judge.claims.direction_claims import Result
from derive.judge.claims.text_claims import judge

NORMAL = ("exp(-(y - mu)**2/(2*s**2))/(s*sqrt(2*pi))", ("mu: real", "s: positive", "y: real"))
CLASSES = ("softmax(z)[y]", ("z: real[K]", "y: label(K)"))
LAPLACE = ("exp(-abs(y - mu)/b)/(2*b)", ("mu: real", "b: positive", "y: real"))
PARETO = ("a*m**a*y**(-1 - a)", ("a: positive", "m: positive", "y: positive", "m <= y"))
POISSON = ("lam**y*exp(-lam - loggamma(1 + y))", ("lam: positive", "y: count"))
DIRICHLET = ("exp(loggamma(sum(a)) - sum(loggamma(a)))*prod(y[k]**(a[k] - 1) for k in K)",
             ("a: positive[K]", "y: simplex(K)"))
TRIALS = ("exp(loggamma(1 + n) - sum(loggamma(1 + y)))*prod(softmax(z)[k]**y[k] for k in K)",
          ("z: real[K]", "n: count", "y: count[K]", "sum(y) == n"))
Density = tuple[str, tuple[str, ...]]


def information(density: Density, pair: tuple[str, str], result: str, *letters: str,
                dim: str = "K", laws: tuple[tuple[str, str, str], ...] = ()) -> Any:
    return judge(information_claim(*density, "y", pair, Result(
        result, density[1], tuple((n, dim) for n in letters), laws=laws)))


RIGHT = [
    (NORMAL, ("mu", "mu"), "1/s**2", ()), (NORMAL, ("mu", "s"), "0", ()),
    (NORMAL, ("s", "s"), "2/s**2", ()), (LAPLACE, ("mu", "mu"), "1/b**2", ()),
    (PARETO, ("a", "a"), "1/a**2", ()), (POISSON, ("lam", "lam"), "1/lam", ()),
    (CLASSES, ("z", "z"), "softmax(z)[i]*(delta(i, j) - softmax(z)[j])", ("i", "j")),
    (TRIALS, ("z", "z"), "n*softmax(z)[i]*(delta(i, j) - softmax(z)[j])", ("i", "j")),
]
WRONG = [
    (NORMAL, ("mu", "mu"), "2/s**2", ()), (NORMAL, ("mu", "mu"), "(1 + 1e-6)/s**2", ()),
    (NORMAL, ("mu", "s"), "1e-4/s", ()), (NORMAL, ("s", "s"), "1/s**2", ()),
    (LAPLACE, ("mu", "mu"), "0", ()), (PARETO, ("a", "a"), "1/a", ()),
    (POISSON, ("lam", "lam"), "lam", ()),
    (CLASSES, ("z", "z"), "softmax(z)[i]*(delta(i, j) + softmax(z)[j])", ("i", "j")),
    (CLASSES, ("z", "z"), "softmax(z)[i]*delta(i, j)", ("i", "j")),
    (TRIALS, ("z", "z"), "softmax(z)[i]*(delta(i, j) - softmax(z)[j])", ("i", "j")),
    (NORMAL, ("mu", "mu"), "1/s**2 + 0*log(-s)", ()),
    (NORMAL, ("mu", "s"), "0*log(-s)", ()),
    (DIRICHLET, ("a", "a"), "delta(i, j)*trigamma(a[i])", ("i", "j")),
]


@pytest.mark.parametrize(("density", "pair", "result", "letters"), RIGHT)
def test_the_information_is_the_expected_product_of_the_scores(
        density: Density, pair: tuple[str, str], result: str, letters: tuple[str, ...]) -> None:
    assert information(density, pair, result, *letters).worst < 1e-9


@pytest.mark.parametrize(("density", "pair", "result", "letters"), WRONG)
def test_a_wrong_information_is_refused(
        density: Density, pair: tuple[str, str], result: str, letters: tuple[str, ...]) -> None:
    with pytest.raises(VerificationError):
        information(density, pair, result, *letters)


def test_an_information_of_what_is_no_density_is_refused() -> None:
    with pytest.raises(VerificationError):
        information(("exp(-(y - mu)**2/2)", ("mu: real", "y: real")), ("mu", "mu"), "sqrt(2*pi)")


def test_an_expected_value_that_is_left_is_computed() -> None:
    law = (("z", "real", "exp(-z**2/2)/sqrt(2*pi)"),)
    assert information(NORMAL, ("mu", "mu"), "expect(z**2, z)/s**2", laws=law).points
    assert information(NORMAL, ("mu", "mu"), "expect((y - mu)**2, y)/s**4").points
    with pytest.raises(VerificationError):
        information(NORMAL, ("mu", "mu"), "expect(z**4, z)/s**2", laws=law)


HUBER = ("(y - m)**2/2 if abs(y - m) <= 1 else abs(y - m) - 1/2", ("m: real", "y: real"))
SQUARE = ("(y - m)**2/2", ("m: real", "y: real"))
SLOW = ("1.01*log(1 + abs(y - m))", ("m: real", "y: real"))
LABEL = ("-2*log(softmax(o)[y])", ("o: real[K]", "y: label(K)"))


def noise(loss: Density, constant: str, density: str) -> Any:
    return judge(noise_claim(*loss, "y", Result(constant, loss[1]), Result(density, loss[1])))


@pytest.mark.parametrize(("loss", "constant", "density"), [
    (SQUARE, "sqrt(2*pi)", "exp(-(m - y)**2/2)/sqrt(2*pi)"),
    (SQUARE, "total(exp(-r**2/2), r)", "exp(-(m - y)**2/2)/total(exp(-r**2/2), r)"),
    (HUBER, "2*exp(-1/2) + sqrt(2*pi)*erf(1/sqrt(2))",
     f"exp(-({HUBER[0]}))/(2*exp(-1/2) + sqrt(2*pi)*erf(1/sqrt(2)))"),
    (SLOW, "200", "exp(-1.01*log(1 + abs(y - m)))/200"),
    (LABEL, "sum(softmax(o)[k]**2 for k in K)",
     "softmax(o)[y]**2/sum(softmax(o)[k]**2 for k in K)")])
def test_the_constant_is_the_total(loss: Density, constant: str, density: str) -> None:
    assert noise(loss, constant, density).worst < 1e-9


@pytest.mark.parametrize(("loss", "constant", "density"), [
    (SQUARE, "sqrt(pi)", "exp(-(m - y)**2/2)/sqrt(2*pi)"),
    (SQUARE, "sqrt(2*pi)", "exp(-(m - y)**2/2)/sqrt(pi)"),
    (SQUARE, "sqrt(2*pi)", "exp(-(m + y)**2/2)/sqrt(2*pi)"),
    (SQUARE, "total(exp(-r**2), r)", "exp(-(m - y)**2/2)/sqrt(2*pi)"),
    (SQUARE, "sqrt(2*pi) + 0*log(-abs(m) - 1)", "exp(-(m - y)**2/2)/sqrt(2*pi)"),
    (HUBER, "sqrt(2*pi)", f"exp(-({HUBER[0]}))/sqrt(2*pi)"),
    (SLOW, "199.99", "exp(-1.01*log(1 + abs(y - m)))/200"),
    (LABEL, "1", "softmax(o)[y]**2")])
def test_a_wrong_constant_is_refused(loss: Density, constant: str, density: str) -> None:
    with pytest.raises(VerificationError):
        noise(loss, constant, density)


def doubled(found: Derivation) -> Derivation:
    """The derivation with a last step after which the line is twice as large."""
    last = found.steps[-1]
    return replace(found, steps=(*found.steps[:-1], replace(last, line=Mul(2, last.line))),
                   original=Mul(Integer(2), found.original))


@pytest.mark.parametrize("make", [
    lambda: derive.fisher("bernoulli"), lambda: derive.fisher("categorical"),
    lambda: derive.noise("gaussian-mse"), lambda: derive.noise("softmax-nll")])
def test_the_directions_are_judged_from_end_to_end(make: Any) -> None:
    found = make()
    assert isinstance(found.steps[0], Step)
    record = found.verify().verification
    assert record.ends
    assert not record.unjudged
    with pytest.raises(VerificationError):
        doubled(found).verify()
