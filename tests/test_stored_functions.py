"""A user's functions travel with a derivation, are checked when they come, and are judged."""

from __future__ import annotations

import json
import pickle
import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import derive
from derive.audit import audit
from derive.commands import cli
from derive.core import heads
from derive.core.atoms import FunctionName
from derive.core.walk import transform
from derive.derivation import Derivation, Typed
from derive.errors import StoredError, VerificationError
from derive.functions.function_records import (
    _CODE,
    Function,
    FunctionTable,
    entry_of,
    functions_in,
    own_function,
    standard_functions,
)
from derive.judge.rules.user_functions import function_table
from tests.own_functions import QUARTIC, SOFTSIGN, SQUARED

GD = """
[gd]
arguments = ["u"]
definition = "2*atan(tanh(u/2))"
derivative = ["1/cosh(u)"]
opaque = true
source = "DLMF 4.23"
"""
SCALED = """
[scaled]
arguments = ["a", "u"]
definition = "a*log(u)"
derivative = ["log(u)", "a/u"]
domain = "u > 0"
source = "s"
"""
MODEL = "x, h: real[T]\nw, y: real\nh[t] = softsign(w*h[t-1] + x[t])\nL = sum(h) - y\n"
LAW, LAWS = "exp(-(y - softsign(m))**2/2) / sqrt(2*pi)", ["m, y: real"]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], FunctionTable]:
    folder = tmp_path_factory.mktemp("functions")

    @cache
    def read(text: str) -> FunctionTable:
        path: Path = folder / f"{abs(hash(text))}.toml"
        path.write_text(text, encoding="utf-8")
        found = function_table(path)
        assert found is not None
        return found

    return read


# Entries

@pytest.mark.parametrize("function", [f for f in standard_functions().values()
                                      if not f.takes_matrix], ids=lambda f: f.name)
def test_the_entry_of_a_function_says_all_of_it(function: Function) -> None:
    code = {key: type(getattr(function, key))() for key in _CODE}
    entry = entry_of(replace(function, **code))
    again = own_function("f", function.name, entry, {})
    assert replace(again, own=False) == replace(function, **code)


@pytest.mark.parametrize("keys", [
    "definition = 'u**2'", "definition = 'u**2'\nopaque = true",
    "definition = 'u**2'\nopaque = false\nrange = '(-inf, inf)'", "evaluate = 'tanh'",
    "definition = 'u/3'\nrange = '[-1/3, inf)'", "definition = 'u/3'\nrange = '(-inf, 0.25]'",
    "definition = 'u'\nrises = '1/2'\nlatex = ''\nunicode = 'F'\nsubscripts = 1",
    "definition = 'u'\nwords = ['a', 'b']\nsigns = []\nsmooth = 'u > 0'\nderivative = ['']"])
def test_an_entry_comes_back(keys: str) -> None:
    entry = tomllib.loads(f"arguments = ['u']\nsource = ''\n{keys}")
    found = own_function("f", "f_1", entry, {})
    assert own_function("f", "f_1", entry_of(found), {}) == found


def test_a_function_comes_back_with_those_that_it_uses(table: Any) -> None:
    squared = table(SQUARED)["squared"]
    found = derive.grad("squared(z)", given="z: real", functions=table(SQUARED))
    again = Derivation.from_json(json.dumps(found.to_json()))
    assert functions_in(again.start)["squared"] == squared
    assert [f.name for f in functions_in(again.start)["squared"].uses] == ["softsign"]


# Every direction

GOALS: dict[str, tuple[str, Callable[[FunctionTable], Derivation]]] = {
    "gradient": (GD, lambda t: derive.grad("gd(z)*z", given="z: real", functions=t)),
    "hessian": (SQUARED, lambda t: derive.hessian("squared(z)*z", given="z: real", functions=t)),
    "jacobian": (GD, lambda t: derive.jacobian("gd(o)", given="o: real[K]", functions=t)),
    "through": (SOFTSIGN, lambda t: derive.grad(
        "p = softsign(z)\n(p - y)**2", given="z, y: real", wrt="z", through=["p"], functions=t)),
    "two arguments": (SCALED, lambda t: derive.grad(
        "scaled(w, z)**2", given=["w: real", "z: positive"], wrt="z", functions=t)),
    "abbreviation": (QUARTIC, lambda t: derive.grad(
        "quartic(o)", given="o: real[K]", functions=t)),
    "unknown": (GD, lambda t: derive.grad(
        "g(gd(z))", given=["g: function", "z: real"], wrt="z", functions=t)),
    "cost": (SOFTSIGN, lambda t: derive.cost("softsign(z)", given="z: real", functions=t)),
    "score": (SOFTSIGN, lambda t: derive.score(LAW, given=LAWS, functions=t)),
    "nll": (SOFTSIGN, lambda t: derive.nll(LAW, given=LAWS, functions=t)),
    "bptt": (SOFTSIGN, lambda t: derive.bptt(MODEL, functions=t)),
}


@pytest.fixture(scope="module", params=GOALS)
def found(request: pytest.FixtureRequest, table: Any) -> Derivation:
    text, make = GOALS[request.param]
    return make(table(text))


def test_a_derivation_with_a_users_function_pickles(found: Derivation) -> None:
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert again.replay() == found.result


def test_a_rule_keeps_the_functions_that_it_names(found: Derivation) -> None:
    again = pickle.loads(pickle.dumps(found))
    for one, other in zip(found.steps, again.steps, strict=True):
        assert one.rule.functions == other.rule.functions


def test_it_is_replayed_judged_and_asked_again_from_json(found: Derivation) -> None:
    found = found.verify()
    if found.recurrence is None:  # those are judged step by step
        assert found.verification.ends
    assert not found.verification.unjudged
    assert audit(json.dumps(found.to_json())).asked_again


def test_an_entry_is_written_once(table: Any) -> None:
    found = derive.grad("softsign(z)*softsign(2*z) + squared(z)", given="z: real",
                        functions=table(SQUARED))
    nodes = found.to_json()["data"]["nodes"]
    assert sorted(n[1] for n in nodes if n[0] == "FunctionName" and len(n) > 2) == [
        "softsign", "squared"]


# Forgeries

def gradient(table: Any) -> Derivation:
    return derive.grad("gd(z)*z", given="z: real", functions=table(GD))


@pytest.mark.parametrize(("right", "wrong", "message"), [
    ('"1/cosh(u)"', '"1/cosh(u)**2"', "derivative-of-gd is wrong"),
    ("2*atan(tanh(u/2))", "atan(tanh(u/2))", "derivative-of-gd is wrong"),
    ("2*atan(tanh(u/2))", "2*atan(tanh(u/2", "no expression"),
    ("2*atan(tanh(u/2))", "__import__('os')", "is not read"),
    ("2*atan(tanh(u/2))", "gd(u)", "names gd itself"),
    ("2*atan(tanh(u/2))", "nothing(u)", "no function 'nothing'"),
    ('"source": "D', '"numpy": "os.system", "source": "D', "key 'numpy'"),
    ('"source": "D', '"javascript": "alert", "source": "D', "key 'javascript'"),
    ('"source": "D', '"own": true, "source": "D', "unknown key 'own'"),
    ('"source": "D', '"kept": false, "source": "D', "unknown key 'kept'"),
    ('"source": "D', '"range": "(0, 1)", "source": "D', "outside the range"),
    ('"source": "D', '"subscripts": "1", "source": "D', "'subscripts' should be a int"),
    ('["u"]', '[]', "names no argument"),
    ('"gd"', '"exp"', "already"), ('"gd"', '"g d"', "letters, digits"),
])
def test_a_forged_function_is_refused_in_one_line(right: str, wrong: str, message: str,
                                                  table: Any, tmp_path: Path) -> None:
    text = json.dumps(gradient(table).to_json())
    assert right in text
    (tmp_path / "f.json").write_text(text.replace(right, wrong), encoding="utf-8")
    done = CliRunner().invoke(cli, ["verify", str(tmp_path / "f.json")])
    assert isinstance(done.exception, StoredError)
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)
    with pytest.raises(StoredError, match=message):
        Derivation.from_json(text.replace(right, wrong))


def renamed(node: Any, leaf: FunctionName) -> Any:
    """The expression with another function of the same name."""
    return transform(node, lambda n: heads.Apply(leaf, *n.args[1:]) if isinstance(
        n, heads.Apply) and n.name == leaf.name else None)


@pytest.mark.parametrize("other", [None, ("gd", 0), ("h", 1)])
def test_a_name_is_that_of_one_function(other: Any, table: Any) -> None:
    found = gradient(table)
    last = found.steps[-1]
    leaf = FunctionName("gd", other)
    forged = replace(found, steps=(*found.steps[:-1],
                                   replace(last, line=renamed(last.line, leaf))))
    with pytest.raises(StoredError, match="two functions 'gd'"):
        Derivation.from_json(json.dumps(forged.to_json()))


def test_a_known_function_is_not_unknown() -> None:
    found = derive.grad("g(z)", given=["g: function", "z: real"], wrt="z")
    text = json.dumps(found.to_json()).replace('"g"', '"tanh"')
    with pytest.raises(StoredError, match="'tanh' is no unknown function"):
        Derivation.from_json(text)


def test_a_function_uses_functions_alone(table: Any) -> None:
    data = json.loads(json.dumps(gradient(table).to_json()))
    for node in data["data"]["nodes"]:
        if node[:2] == ["FunctionName", "gd"]:
            node.append(0)
    with pytest.raises(StoredError):
        Derivation.from_json(data)


# What was typed

def test_the_typed_texts_are_those_that_the_judge_reads() -> None:
    shown = derive.grad("bernoulli-ce").to_json()
    assert (shown["typed"]["wrt"], shown["typed"]["given"]) == ("z", shown["given"])
    assert shown["typed"]["target"] == "log(1 + exp(z)) - y*z"
    assert shown["asked"]["target"] == "bernoulli-ce"
    shown = derive.fisher("bernoulli").to_json()
    assert shown["typed"]["target"] == "theta**y * (1 - theta)**(1 - y)"


TYPED: dict[str, tuple[Callable[[], Derivation], dict[str, Any]]] = {
    "target": (lambda: derive.grad("softmax-nll"), {"target": "-log(softmax(-o)[y])"}),
    "an equal target": (lambda: derive.grad("softmax-nll"), {"target": "-1*log(softmax(o)[y])"}),
    "given": (lambda: derive.grad("log(z)*u", given="z, u: real", wrt="z"),
              {"given": ("z, u: positive",)}),
    "wrt": (lambda: derive.grad("z*u", given="z, u: real", wrt="z"), {"wrt": "u"}),
    "options": (lambda: derive.nll("poisson", link="log"), {"options": ()}),
    "a cost's field": (lambda: derive.cost("z**2", given="z: real"), {"target": "z**2 + 1"}),
    "a score's density": (lambda: derive.score("normal"), {"target": "1"}),
}


@pytest.mark.parametrize("case", TYPED)
def test_a_forged_typed_text_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    make, change = TYPED[case]
    found = make()
    assert found.typed is not None
    forged = replace(found, typed=replace(found.typed, **change))
    (tmp_path / "f.json").write_text(json.dumps(forged.to_json()), encoding="utf-8")
    done = CliRunner().invoke(cli, ["verify", str(tmp_path / "f.json")])
    assert isinstance(done.exception, (StoredError, VerificationError))
    assert "\n" not in str(done.exception)


def test_where_the_typed_formula_has_a_value_is_not_taken_away() -> None:
    found = derive.grad("u*z/z", given=["u, z: real"], wrt="u")
    assert found.obligations
    with pytest.raises(VerificationError, match="no condition says so"):
        audit(json.dumps(replace(found, domain=()).to_json()))


@pytest.mark.parametrize("typed", [None, Typed("z")])
def test_a_typed_text_is_not_taken_away(typed: Typed | None) -> None:
    forged = replace(derive.grad("z**2", given="z: real"), typed=typed)
    with pytest.raises((StoredError, VerificationError)):
        audit(json.dumps(forged.to_json()))


def test_without_its_question_another_typed_text_is_refused_by_its_values() -> None:
    found = derive.grad("softmax-nll")
    assert found.typed is not None
    forged = replace(found, asked=None, typed=replace(found.typed, target="-log(softmax(-o)[y])"))
    with pytest.raises(VerificationError, match="the result disagrees"):
        audit(json.dumps(forged.to_json()))


@pytest.mark.parametrize("target", ["gd(z)*z + gd(z)**3", "gd(-z)*z", "gd(z)*z*(1 + 1e-12)"])
def test_the_judge_reads_a_users_function_in_what_was_typed(target: str, table: Any) -> None:
    found = gradient(table)
    assert found.typed is not None
    with pytest.raises(VerificationError, match="the result disagrees"):
        replace(found, typed=replace(found.typed, target=target)).verify()


@pytest.mark.parametrize("key", ["target", "given", "wrt", "options"])
def test_the_shown_typed_text_is_that_of_the_data(key: str) -> None:
    data = json.loads(json.dumps(derive.grad("softmax-nll").to_json()))
    data["typed"][key] = "x"
    with pytest.raises(StoredError, match="'typed'"):
        Derivation.from_json(data)


def test_what_was_judged_end_to_end_is_stored() -> None:
    found = derive.grad("z**2", given="z: real").verify()
    shown = found.to_json()
    assert shown["verification"]["ends"][0]["points"] > 0
    assert shown["verification"]["unjudged"] == ""
    assert Derivation.from_json(json.dumps(shown)).verification == found.verification
