"""The chain rule through intermediates: any that can be differentiated, in any order."""

from __future__ import annotations

import pytest

import derive
from derive.errors import DeriveError, NotationError, UnknownNameError

NET = ["W: real[H, D]", "x: real[D]", "y: real[H]"]
SQUARES = "sum((sigmoid(W @ x)[h] - y[h])**2 for h in H)"
HINGES = "sum(max(0, 1 + s[k] - s[y]) for k in K if k != y)"

ONE = {  # formula, given, wrt, and what it is gone through
    "a function kept as a node": ("logsumexp(z) - z[y]", "z: real[K]; y: label(K)", "z",
                                  ["s = logsumexp(z)"]),
    "what stands there once logarithms are apart": (
        "-log(softmax(z)[y])", "z: real[K]; y: label(K)", "z", ["s = logsumexp(z)"]),
    "a norm, of which the formula has the square": ("norm(z)**2", "z: real[K]", "z",
                                                    ["n = norm(z)"]),
    "a norm in a denominator": ("dot(x, y)/(norm(x)*norm(y))", "x, y: real[D]", "x",
                                ["d = dot(x, y)", "n = norm(x)"]),
    "a maximum": ("max(z)**2", "z: real[K]", "z", ["s = max(z)"]),
    "a product": ("log(prod(x))", "x: positive[K]", "x", ["p = prod(x)"]),
    "an error function": ("erf(x**2)", "x: real", "x", ["v = erf(u)", "u = x**2"]),
    "terms behind a filter": (HINGES, "s: real[K]; y: label(K)", "s",
                              ["m[k] = 1 + s[k] - s[y]"]),
    "an array by its elements": (SQUARES, "; ".join(NET), "W",
                                 ["z[h] = sum(W[h, j]*x[j] for j in D)"]),
    "one inside another": ("sqrt(mean((x - mean(x))**2) + e)", "x: real[D]; e: positive", "x",
                           ["v = mean((x - mean(x))**2)", "m = mean(x)"]),
    "one used by two": ("z = a*x\nL = exp(z)*tanh(z) + z*x", "a, x: real", "x",
                        ["v = tanh(z)", "u = exp(z)", "z"]),
    "one that also depends directly": ("z = W @ x\nL = logsumexp(z) - z[y]",
                                       "W: real[K, D]; x: real[D]; y: label(K)", "W",
                                       ["l = s - z[y]", "s = logsumexp(z)", "z"]),
    "two names for one formula": ("-log(softmax(o)[y])", "o: real[K]; y: label(K)", "o",
                                  ["p = softmax(o)", "q = softmax(o)"]),
    "a constant": ("c = 3\nL = c*z**2", "z: real", "z", ["c"]),
    "names that the formula uses": ("z: real\nL = A**2", "", "z", ["A = B + 1", "B = 2*z"]),
}


@pytest.mark.parametrize("case", ONE)
def test_through_an_intermediate(case: str) -> None:
    formula, given, wrt, through = ONE[case]
    found = derive.grad(formula, given=given.split("; ") if given else [], wrt=wrt,
                        through=through)
    assert found.all_parts() or case == "a constant"
    assert found.replay() == found.result
    assert found.verify().verification.ends


@pytest.mark.parametrize("through", [
    ["z = W @ x", "a = sigmoid(z)"], ["a = sigmoid(z)", "z = W @ x"],
    ["a = sigmoid(W @ x)", "z = W @ x"], ["z = W @ x", "a = sigmoid(W @ x)"]])
def test_several_in_any_order_are_sorted_by_dependence(through: list[str]) -> None:
    found = derive.grad(SQUARES, given=NET, wrt="W", through=through)
    assert [p.title for p in found.all_parts()] == ["∂L/∂a", "∂a/∂z", "∂L/∂z", "∂z/∂W"]
    assert found.notation == derive.grad(SQUARES, given=NET, wrt="W").notation


@pytest.mark.parametrize("through", [["a", "z"], ["z", "a"], ["a, z"], ["z,a"]])
def test_names_of_the_specification_in_any_order(through: list[str]) -> None:
    text = "z = W @ x\na = sigmoid(z)\nL = sum((a - y)**2)"
    found = derive.grad(text, given=NET, wrt="W", through=through)
    assert [p.title for p in found.all_parts()] == ["∂L/∂a", "∂a/∂z", "∂L/∂z", "∂z/∂W"]


@pytest.mark.parametrize(("through", "kind", "words"), [
    (["q = 3*z[0]"], UnknownNameError, "does not contain 'q'"),
    (["q"], UnknownNameError, "'q' is no intermediate"),
    (["a = b + 1", "b = a - z[0]"], NotationError, "a, b: defined by each other"),
    (["q = sum(z"], NotationError, "column"),
])
def test_refused_in_a_line(through: list[str], kind: type[DeriveError], words: str) -> None:
    with pytest.raises(kind, match=words):
        derive.grad("sum(z)**2", given="z: real[K]", wrt="z", through=through)


def test_names_are_fixed_in_a_derivative_of_another() -> None:
    """`d(s, z)` among the lines of ∂l/∂z with l = s - z[y] is 0: s has a derivative of its own."""
    formula, given, wrt, through = ONE["one that also depends directly"]
    found = derive.grad(formula, given=given.split("; "), wrt=wrt, through=through)
    local = next(p for p in found.all_parts() if p.title == "∂l/∂z")
    assert local.notation == "-delta(m, y)"
