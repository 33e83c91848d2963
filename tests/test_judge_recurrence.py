"""Printed adjoints are judged against the typed model, run step by step; errors are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from derive.errors import NotationError, VerificationError
from derive.judge.claims.adjoint_claims import Adjoint, adjoint_claim
from derive.judge.claims.text_claims import judge
from tests.conftest import derivation, verified

PLAIN = """
x, y: real[T]
w, u, a: real
h: real[T]
h[-1] = a
h[t] = tanh(w*h[t-1] + u*x[t])
L = sum((h[t] - y[t])**2/2 for t in T)
"""
T = ("t", "T")
H = "h[t] - y[t] + w*(1 - h[t + 1]**2)*d(L, h[t + 1])"
START = "w*(1 - h[0]**2)*d(L, h[0])"
W = "sum(h[t - 1]*(1 - h[t]**2)*d(L, h[t]) for t in T)"


def plain(h: str = H, start: str = START, w: str = W, a: str = "d(L, h[-1])") -> Any:
    return judge(adjoint_claim(PLAIN, [
        Adjoint("h", h, (T,)), Adjoint("h", start, (), -1), Adjoint("w", w), Adjoint("a", a)]))


def test_right_adjoints_for_one_two_three_and_five_steps() -> None:
    verdict = plain()
    assert verdict.sizes["T"] == {1, 2, 3, 5}
    assert verdict.worst < 1e-14


@pytest.mark.parametrize("wrong", [
    {"h": H.replace("+ w", "- w")}, {"h": H.replace("t + 1", "t")},
    {"h": H.replace("h[t + 1]**2", "h[t]**2")}, {"h": "h[t] - y[t]"},
    {"h": H.replace("- y[t]", "+ y[t]")}, {"h": f"2*({H})"}, {"h": H.replace("w*", "u*")},
    {"start": "0"}, {"start": START.replace("h[0]**2", "h[-1]**2")}, {"start": f"-{START}"},
    {"w": W.replace("t - 1", "t")}, {"w": W.replace("sum", "mean")},
    {"w": W.replace("for t in T", "for t in T if t > 0")}, {"w": f"{W} + 1e-9"},
    {"w": f"{W} + 0*log(-1 - w**2)"},
    {"w": W.replace("1 - h[t]**2", "1 + h[t]**2")}, {"a": "d(L, h[0])"}, {"a": "0"}])
def test_a_wrong_adjoint_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(VerificationError):
        plain(**wrong)


def test_an_adjoint_that_is_not_printed_is_not_read() -> None:
    with pytest.raises(NotationError):
        judge(adjoint_claim(PLAIN, [Adjoint("w", W)]))


BACKWARDS = """
x: real[T, D]
h, g: real[T, H]
s: real[H]
b, v, e: real[H]
U: real[H, D]
W: real[H, H]
m: binary[T]
g[T] = e
h[t] = tanh(b + W @ h[t-1] + U @ x[t]) if m[t] == 1 else h[t-1]
g[t] = sigmoid(W @ g[t+1] + h[t])
s = h[T-1] + g[0]
L = dot(v, s)**2/2 + sum(g[t, 0] for t in T)
"""
EMBEDDED = """
x: label(S)[T]
E: real[S, H]
h: real[T, H]
y: label(H)[T]
a[t] = E[x[t]] + x[t]/2
h[t] = a[t]*sigmoid(h[t-1])
L = -sum(log(softmax(h[t])[y[t]]) for t in T)
"""
INPUTS = """
x: real[T]
w, v: real
z[t] = w*x[t] + v*x[t-1]
q[t] = exp(z[t])
L = sum(q)
"""


@pytest.mark.parametrize("text", [PLAIN, BACKWARDS, EMBEDDED, INPUTS])
def test_typed_models(text: str) -> None:
    record = verified("bptt", text).verification
    assert not record.unjudged
    assert dict(record.ends[0].sizes)["T"] == (1, 2, 3, 5)


@pytest.mark.parametrize("text", [BACKWARDS, EMBEDDED, INPUTS])
def test_the_adjoints_of_another_model_are_refused(text: str) -> None:
    found = derivation("bptt", text)
    other = {BACKWARDS: ("g[t+1] + h[t]", "g[t+1] + h[t]/2"), INPUTS: ("x[t-1]", "x[t]"),
             EMBEDDED: ("sigmoid(h[t-1])", "sigmoid(2*h[t-1])")}[text]
    typed = adjoints_of(found)
    assert judge(adjoint_claim(text, typed)).points == 4
    with pytest.raises(VerificationError):
        judge(adjoint_claim(text.replace(*other), typed))


def adjoints_of(found: Any) -> list[Adjoint]:
    """The printed adjoints of a derivation."""
    listed = []
    for one in (found, *found.others):
        at = one.quantity.args[1]
        places = at.args[1:] if at.args else ()
        letters = tuple((i.name, str(i.dim)) for i in one.indices)
        name = str(at.args[0].name) if at.args else str(at.name)
        edge = 0 if len(places) == len(letters) else 1 if str(places[0]) == "T" else -1
        listed.append(Adjoint(name, one.notation, letters, edge))
    return listed


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_cells(cell: str) -> None:
    found = derivation("bptt", cell)
    listed = adjoints_of(found)
    text = found.typed.target
    assert judge(adjoint_claim(text, listed)).worst < 1e-14
    for place, one in enumerate(listed):
        if one.name in ("h", "c", "W", "W_n", "W_f"):
            wrong = replace(one, text=f"2*({one.text})" if one.name != "h" else
                            one.text.replace("t + 1", "t"))
            with pytest.raises(VerificationError):
                judge(adjoint_claim(text, [*listed[:place], wrong, *listed[place + 1:]]))
