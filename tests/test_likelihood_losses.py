"""Losses from distributions and scores: every published derivative, by every parameter."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from mpmath import mp, mpf

import derive
from derive.core.indexing import free_names
from derive.derivation import Derivation
from derive.judge.trees.evaluate import Point, evaluate
from derive.tables.loss_table import entry_for
from tests.conftest import quick_rows
from tests.reference import value

TOLD = json.loads((Path(__file__).parent / "data" / "likelihood_reference.json")
                  .read_text(encoding="utf-8"))
FIRST = [(name, at) for name, told in TOLD.items() for at in told["first"]]
SECOND = [(name, pair) for name, told in TOLD.items() for pair in told["second"]]


@cache
def slope(name: str, at: str) -> Derivation:
    return derive.grad(name, wrt=at)


@cache
def curvature(name: str, pair: str) -> Derivation:
    one, two = pair.split(",")
    if one == two:
        return derive.hessian(name, wrt=one)
    return derive.grad(slope(name, one).notation, given=entry_for(name).given, wrt=two)


def agrees(found: Derivation, formula: str, told) -> None:
    with mp.workdps(40):
        for point in told["points"]:
            truth = value(formula, point)
            ours = {o: point[t] for t, o in told["bind"].items()}
            scalars = {leaf: mpf(ours[leaf.name]) for leaf in free_names(found.result)}
            got = evaluate(found.result, Point(scalars=scalars), 40)
            assert abs(got - truth) <= mpf(10) ** -28 * max(abs(truth), mpf(10) ** -10), point


@pytest.mark.parametrize(("name", "at"), quick_rows(FIRST, 2))
def test_the_gradient_is_the_published_one(name: str, at: str) -> None:
    found = slope(name, at)
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40
    agrees(found, TOLD[name]["first"][at], TOLD[name])


@pytest.mark.parametrize(("name", "pair"), SECOND)
def test_the_second_derivative_is_the_published_one(name: str, pair: str) -> None:
    agrees(curvature(name, pair), TOLD[name]["second"][pair], TOLD[name])


@pytest.mark.parametrize("name", TOLD)
def test_the_loss_is_the_published_one(name: str) -> None:
    entry, told = entry_for(name), TOLD[name]
    found = derive.grad(entry.loss, given=entry.given, wrt=entry.wrt)
    loss = found.original.args[0]
    with mp.workdps(40):
        for point in told["points"]:
            ours = {o: point[t] for t, o in told["bind"].items()}
            scalars = {leaf: mpf(ours[leaf.name]) for leaf in free_names(loss)}
            got = evaluate(loss, Point(scalars=scalars), 40)
            assert abs(got - value(told["loss"], point)) < mpf(10) ** -28 * max(1, abs(got))


@pytest.mark.parametrize(("name", "result"), [
    ("dirichlet-nll", "exp(a[i]) * (digamma(exp(a[i])) - log(y[i]) - digamma(sum(exp(a))))"),
    ("multinomial-nll", "softmax(z)[i] * sum(y) - y[i]"),
    ("cox-partial-nll", "r[j] * exp(z[j]) / sum(r * exp(z)) - delta(j, i)"),
    ("discrete-hazard-nll", "r[i] * (sigmoid(z[i]) - e[i])"),
    ("soft-minimum", "softmax(-a / gamma)[i]"),
])
def test_gradients_of_vectors_are_as_a_person_writes_them(name: str, result: str) -> None:
    assert derive.grad(name).notation == result


def test_exponentials_of_multiples_are_seen_as_powers_of_one() -> None:
    found = derive.grad("(y - exp(z))**2/(2*exp(2*z)*y)", given=["z: real", "y: positive"], wrt="z")
    assert found.notation == "exp(-2 * z) * (exp(z) - y)"
