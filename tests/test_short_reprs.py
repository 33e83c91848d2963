"""What a shell shows of an object: few signs, which say what it is."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import FunctionType, ModuleType
from typing import Any

import pytest
from sympy.core.basic import Basic

import derive
from derive.short_reprs import Brief, clipped
from derive.tables import cell_table, distribution_table, notation_table, route_table
from tests.derivation_kinds import MADE, made

SHEET = """o: real[K]
y: label(K)
gradient of -log(softmax(o)[y]) with respect to o[i]
= d(log(sum(exp(o[k]) for k in K)) - o[y], o[i])
= softmax(o)[i] + delta(i, y)
"""
_LEAVES = (str, bytes, int, float, type, FunctionType, ModuleType, Basic, type(None))

PUBLIC: dict[str, Callable[[], Any]] = {
    **{kind: lambda kind=kind: made(kind) for kind in MADE},
    "kernel": lambda: derive.kernel("huber"),
    "check": lambda: derive.check(SHEET, explain=True, hint=4),
    "training": lambda: derive.train("mackey-glass", steps=2, hidden=4, bptt=8, batch=2, seed=1),
    "demonstration": lambda: derive.demonstrate("joint-likelihood"),
    "rules": lambda: [derive.rules(), *derive.rules()],
    "picture": lambda: derive.plot("huber"),
    "function": lambda: derive.grad("huber").lambdify(),
    "audit": lambda: derive.verify(made("latex").show("json")),
    "lists": lambda: [derive.losses(), derive.distributions(), derive.activations(),
                      derive.cells(), derive.tasks(), derive.notation(), derive.demos()],
    "tables": lambda: [*derive.losses(), *derive.distributions(), *derive.activations(),
                       *cell_table.cells(), *cell_table.heads(), *cell_table.reductions(),
                       *distribution_table.links(), *route_table.routes(),
                       *distribution_table.standard_laws().values()],
}


def within(top: object) -> Iterator[Any]:
    """An object of the package, and all that hang on it."""
    seen: dict[int, Any] = {}
    waiting = [top]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _LEAVES) or id(item) in seen:
            continue
        seen[id(item)] = item
        if isinstance(item, (list, tuple, set, frozenset)):
            waiting += item
        elif isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif type(item).__module__.startswith("derive"):
            yield item
            waiting += vars(item).values() if hasattr(item, "__dict__") else []


@pytest.mark.parametrize("name", PUBLIC)
def test_no_object_fills_the_screen(name: str) -> None:
    for item in within(PUBLIC[name]()):
        shown = repr(item)
        assert len(shown) <= 400, f"{type(item).__name__}: {shown[:80]}…"
        assert shown.count("\n") < 5


def test_every_exported_class_is_short_in_a_shell() -> None:
    classes = [c for name in derive.__all__ if isinstance(c := getattr(derive, name), type)]
    others = {c.__name__ for c in classes if not issubclass(c, (Brief, derive.DeriveError))}
    assert others <= {"ArrayFunction", "Entries", "Kernel"}, "they have words of their own"


@pytest.mark.parametrize(("kind", "shown"), [
    ("gradient", "<Derivation: gradient of softmax-nll by o: softmax(o)[i] - delta(i, y); "
                 "7 steps, verified>"),
    ("mle", "<Derivation: maximum likelihood of normal: mu = mean(y); 2 results; "
            "20 steps, verified>"),
    ("through", "<Derivation: gradient of softmax-nll through p by o: "
                "softmax(o)[i] - delta(i, y); 10 steps, verified>"),
    ("kept names", "<Derivation: gradient of p = softmax(o); -sum(t[k]*log(p[k])… by o: "
                   "p[i] - t[i]; 13 steps, verified>"),
    ("latex", r"<Derivation: gradient of -\log \sigma(z) by z: -sigmoid(-z); 5 steps, verified>"),
    ("no cost", "<Refusal: No cost has the gradient z[i] * sum(z)>"),
])
def test_a_derivation_says_what_was_asked_and_what_came_out(kind: str, shown: str) -> None:
    assert repr(made(kind)) == shown


def test_other_objects_say_what_they_are() -> None:
    assert repr(derive.losses()[0]) == "<Loss softmax-nll: -log(softmax(o)[y])>"
    assert repr(derive.rules()["quotient-rule"]).startswith("<Rule quotient-rule: ")
    assert repr(derive.kernel("huber")) == "<kernel of Huber loss (z, y, delta), fast>"
    assert repr(derive.check(SHEET)) == (
        "<Check: gradient of -log(softmax(o)[y]) with respect to o[i]: 2 lines, "
        "wrong from line 5 (sign)>")
    step = made("gradient").steps[0]
    assert repr(step) == "<Step log of softmax: log(softmax(o)[y]) -> o[y] - log(sum(exp(o)))>"


def test_a_long_formula_is_clipped() -> None:
    loss = " + ".join(f"(z - {n})**2" for n in range(40))
    assert len(repr(derive.grad(loss, given="z: real", wrt="z"))) <= 240
    with pytest.raises(derive.DeriveError) as caught:
        derive.grad(loss + " + unheard(z)", given="z: real", wrt="z")
    assert len(repr(caught.value)) <= 400


def test_clipping_is_seen() -> None:
    assert clipped("a  b\nc", 10) == "a b c"
    assert clipped("x" * 50, 10) == "x" * 9 + "…"


def test_equality_and_hashes_stay_those_of_the_fields() -> None:
    entry = derive.losses()[0]
    assert copy.copy(entry) == entry
    assert hash(replace(entry)) == hash(entry)
    assert replace(entry, note="other") != entry
    step = made("gradient").steps[0]
    assert pickle.loads(pickle.dumps(step)) == step


def test_a_record_without_facts_shows_the_fields_that_were_set() -> None:
    @dataclass
    class Place(Brief):
        name: str
        note: str = ""
        size: int = 3

    assert repr(Place("here")) == "<Place name='here'>"
    assert repr(Place("here", size=4)) == "<Place name='here', size=4>"
    assert len(repr(Place("x" * 1000, note="y" * 1000))) < 240


def test_the_words_of_the_notation_are_short() -> None:
    assert all(len(repr(word)) <= 400 for word in notation_table.notation_words())
