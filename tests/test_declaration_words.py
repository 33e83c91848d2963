"""Declarations in words, and formulas with the signs of mathematics: nothing is lost or changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest

from derive.core.kinds import DOMAINS
from derive.notation.printing.declaration_words import (
    all_in_words,
    dimensions_in_words,
    in_words,
)
from derive.notation.printing.formula_signs import with_signs
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import Specification, specify
from derive.tables.activation_table import activations
from derive.tables.cell_table import cells, reductions
from derive.tables.distribution_table import distributions
from derive.tables.loss_table import losses
from derive.tables.notation_table import notation_words


def lines() -> set[str]:
    """Every line of declarations in the catalogue."""
    return {line for entry in (*losses(), *distributions(), *activations(), *cells(), *reductions())
            for key in ("given", "known", "observed", "output", "target", "define")
            for line in getattr(entry, key, ())
            if isinstance(line, str)}


DECLARED = sorted(line for line in lines() if ":" in line)
CONDITIONS = sorted(line for line in lines()
                    if ":" not in line and re.search(r"[<>]|==|!=", line))
FORMULAS = sorted({(e.loss, e.given) for e in losses()} | {
    (d.density or d.likelihood, (*d.given, *d.known, *d.observed))
    for d in distributions() if not d.base} | {(a.formula, a.given) for a in activations()})


@pytest.mark.parametrize(("line", "words"), [
    ("o: real[K]", "o, a vector of K real numbers"),
    ("y: label(K)", "y, one of K classes"),
    ("y: label(K)[T]", "y, a vector of T labels, each one of K classes"),
    ("W: real[H, D]", "W, a matrix of H × D real numbers"),
    ("X: real[N, T, D]", "X, an array of N × T × D real numbers"),
    ("t: simplex(K)", "t, K probabilities that sum to 1"),
    ("t: simplex(K)[T]", "t, T rows of K probabilities, each row with the sum 1"),
    ("x: positive[N, D]", "x, a matrix of N × D positive numbers"),
    ("S: spd[N, N]", "S, a symmetric, positive definite matrix of N × N real numbers"),
    ("S: spd[B, N, N]", "S, B symmetric, positive definite matrices of N × N real numbers"),
    ("a: real[10]", "a, a vector of 10 real numbers"),
    ("z, u: real", "z and u, each a real number"),
    ("a, b, c: label(K)", "a, b and c, each one of K classes"),
    ("y: binary", "y, 0 or 1"),
    ("n: count", "n, a whole number from 0 on"),
    ("log_sigma: real", "log_σ, a real number"),
    ("g: function", "g, a function of one number of which nothing is known"),
    ("L: quantity", "L, a number that depends on everything else"),
    ("x: tensor[3]", "x, of the type tensor[3]"),
])
def test_a_declaration_in_words(line: str, words: str) -> None:
    assert in_words(line) == words


@pytest.mark.parametrize(("line", "words"), [
    ("delta > 0", "δ is greater than 0"),
    ("0 < delta", "δ is greater than 0"),
    ("y <= n", "y is at most n"),
    ("n >= y", "n is at least y"),
    ("z != 0", "z is not 0"),
    ("sum(y) == n", "Σ(y) equals n"),
    ("0 < a < b", "a is greater than 0 and less than b"),
    ("-1 <= t", "t is at least −1"),
    ("a < b < c < d", "a is less than b and b is less than c and c is less than d"),
    ("x > 0 and y > 0", "x is greater than 0 and y is greater than 0"),
    ("all(x[n] > 0 for n in N)", "xₙ is greater than 0 for every n of N"),
    ("all(A[i, j] != 0 for i in N for j in D)",
     "A[i, j] is not 0 for every i of N and every j of D"),
    ("all(x[k] > 0 for k in K if k != y)",
     "xₖ is greater than 0 for every k of K where k is not y"),
    ("not (z < 1)", "not (z < 1)"),
    ("p = softmax(o)", "p, short for softmax(o)"),
    ("h[t] = tanh(x[t])", "hₜ, short for tanh(xₜ)"),
    ("", ""), ("any text", "any text"),
])
def test_a_condition_or_a_definition_in_words(line: str, words: str) -> None:
    assert in_words(line) == words


@pytest.mark.parametrize("line", DECLARED)
def test_every_declaration_of_the_catalogue_says_its_shape(line: str) -> None:
    kind = Scope().kind(line.partition(":")[2].strip())
    words = in_words(line)
    axes = [str(axis) for axis in kind.shape]
    counted = axes[:-1] if kind.domain in ("simplex", "onehot") else axes
    assert ("a vector of" in words) == (len(counted) == 1)
    assert ("matrix of" in words) == (len(counted) == 2)
    assert " × ".join(axes) in words
    assert kind.over is None or f"{kind.over} " in words
    assert "type" not in words


def test_every_type_has_words() -> None:
    types = {w.name: w for w in notation_words() if w.kind == "type"}
    assert not [d for d in DOMAINS if not types[d].single or not types[d].several]


WORDS = {" is less than ": " < ", " is at most ": " <= ", " is greater than ": " > ",
         " is at least ": " >= ", " equals ": " == ", " is not ": " != "}


@pytest.mark.parametrize("line", CONDITIONS)
def test_a_condition_in_words_is_the_same_condition(line: str) -> None:
    words = in_words(line, str)
    for word, sign in WORDS.items():
        words = words.replace(word, sign)
    assert conditions(words) == conditions(line)


def conditions(line: str) -> tuple[Any, ...]:
    given = [*declared_for(line), line]
    return specify("0", given).conditions


def declared_for(line: str) -> Iterable[str]:
    """Declarations that fit the names of a condition."""
    called = set(re.findall(r"(\w+)\(", line))
    names = sorted(set(re.findall(r"[^\W\d]\w*", line)) - called - {"pi"})
    return [f"{name}: {'real[K]' if f'sum({name})' in line else 'real'}" for name in names]


def test_dimensions_are_said_once_and_by_what_they_count() -> None:
    given = ["o: real[K]", "y: label(K)", "W: real[H, D]", "a: real[10]", "y <= 3"]
    assert dimensions_in_words(given) == (
        "K, the number of classes", "H, any positive whole number", "D, any positive whole number")
    assert all_in_words(["z: real"]) == ("z, a real number",)


def test_another_medium_writes_names_and_formulas_itself() -> None:
    marked = in_words("W, V: real[H, D]", lambda text: f"<{text}>")
    assert marked == "<W> and <V>, each a matrix of <H> × <D> real numbers"
    assert in_words("0 < a*b", lambda text: f"<{text}>") == "<a*b> is greater than <0>"


def typed_back(text: str) -> str:
    """What has no sign of its own in the notation, as it is typed there."""
    for sign, typed in {"Σ(": "sum(", "Π(": "prod(", " = ": " == ", "ε": "eps",
                        "√(": "sqrt("}.items():
        text = text.replace(sign, typed)
    return text


@pytest.mark.parametrize(("formula", "given"), FORMULAS, ids=[f for f, _ in FORMULAS])
def test_a_formula_with_signs_reads_back_as_itself(formula: str, given: tuple[str, ...]) -> None:
    shown = with_signs(formula)
    assert read(typed_back(shown), given).loss == read(formula, given).loss


def read(text: str, given: Iterable[str]) -> Specification:
    return specify(text, given, arrays=True)


@pytest.mark.parametrize(("formula", "shown"), [
    ("(mu - y)**2 / 2", "(μ − y)² / 2"),
    ("a**b", "a^b"), ("a**2**b", "a^2^b"), ("a**-1", "a^−1"), ("x**10", "x¹⁰"),
    ("t[k]*z[k]", "tₖ·zₖ"), ("o[y]", "o[y]"), ("W[i, j]", "W[i, j]"), ("softmax(o)[k]",
                                                                       "softmax(o)[k]"),
    ("2*y - 1", "2y − 1"), ("1/2*y", "1/2·y"), ("2*exp(z)", "2·exp(z)"), ("3*e", "3·e"),
    ("x2*y", "x2·y"), ("z if y == 0 else w", "z if y = 0 else w"),
    ("logsumexp(o)", "logsumexp(o)"), ("sum(x)", "Σ(x)"), ("total*2", "total·2"),
])
def test_signs(formula: str, shown: str) -> None:
    assert with_signs(formula) == shown
