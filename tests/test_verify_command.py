"""`derive verify`: a right derivation passes in a fresh process, a forged one names its step."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sympy import Add, Integer
from sympy.core.basic import Basic

import derive
from derive.audit import audit
from derive.calculus.tactic_table import TABLE
from derive.commands import cli
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import exact
from derive.core.kinds import Kind
from derive.derivation import Derivation, Step
from derive.errors import DeriveError, ReplayError, StoredError, VerificationError
from derive.judge.rules.rule_trials import checked_rules
from derive.notation.reading.specification import Definition
from derive.rulebook.filling import Family
from derive.rulebook.loading import Rulebook, load_user_rules
from derive.rulebook.tactics import Setting
from tests.goals import GOALS, derived

ROOT = Path(__file__).resolve().parent.parent
EVIL = Variable("q", Kind("real"))


def verified(text: str, tmp_path: Path) -> tuple[int, str]:
    """Exit status and output of the command on a file with this text."""
    file = tmp_path / "derivation.json"
    file.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, ["verify", str(file)])
    return done.exit_code, str(done.exception or done.output)


def refusal(found: Derivation) -> str:
    """The words in which a derivation is refused, after the way through JSON."""
    with pytest.raises(DeriveError) as refused:
        audit(json.dumps(found.to_json()))
    told = str(refused.value)
    assert "\n" not in told
    return told


def main_steps(found: Derivation) -> list[tuple[tuple[str, int] | None, Derivation]]:
    """The derivation itself, and each of its direct parts, where they have steps."""
    every = [(None, found), *((("parts", n), p) for n, p in enumerate(found.parts))]
    return [(at, one) for at, one in every if one.steps]


def put(found: Derivation, at: tuple[str, int] | None, one: Derivation) -> Derivation:
    """The derivation with another part, or another one."""
    if at is None:
        return one
    parts = list(found.parts)
    parts[at[1]] = one
    return replace(found, parts=tuple(parts))


def with_step(one: Derivation, place: int, step: Step) -> Derivation:
    """The derivation with another step."""
    return replace(one, steps=(*one.steps[:place], step, *one.steps[place + 1:]))


@exact
def other(value: Any) -> Any:
    """Another value of the same form."""
    if isinstance(value, Family):
        return Family(value.parameters, Add(value.body, 1))
    if isinstance(value, Definition):
        return Definition(value.symbol, value.indices, Add(value.body, 1))
    if isinstance(value, Basic):
        return Add(value, 1)
    if isinstance(value, tuple):
        return (other(value[0]), *value[1:]) if value else (EVIL,)
    if isinstance(value, dict):
        key = next(iter(value))
        return {**value, key: other(value[key])}
    return f"{value}x" if isinstance(value, str) else value + 1


FORGERIES: dict[str, Callable[[Step], Step]] = {
    "line": lambda s: replace(s, line=other(s.line)),
    "before": lambda s: replace(s, before=other(s.before)),
    "after": lambda s: replace(s, after=other(s.after)),
    "after and line": lambda s: replace(s, after=other(s.after), line=other(s.line)),
    "binding": lambda s: replace(s, bindings=other(dict(s.bindings))),
    "condition": lambda s: replace(s, obligations=(heads.Less(Integer(0), EVIL),)),
}


@pytest.mark.parametrize("goal", GOALS)
def test_a_right_derivation_is_verified(goal: str) -> None:
    found = audit(json.dumps(derived(goal).to_json()))
    assert found.derivation.result == derived(goal).result
    assert found.asked_again
    assert found.summary.startswith(f"verified: {found.replayed.steps} steps replayed; ")


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("goal", GOALS)
def test_a_forged_step_is_refused_by_its_number(goal: str, forgery: str) -> None:
    draw = random.Random(f"{goal} {forgery}")
    found = derived(goal)
    at, one = draw.choice(main_steps(found))
    place = draw.randrange(len(one.steps))
    forged = put(found, at, with_step(one, place, FORGERIES[forgery](one.steps[place])))
    told = refusal(forged)
    assert f"step {place + 1} " in told or "puts in what no part derives" in told


@pytest.mark.parametrize("goal", ["through", "route-matching", "cost", "cost-by-cases",
                                  "cost-by-parts", "matching-loss", "nll", "mle-simplex",
                                  "fisher-pivot", "noise", "bptt"])
def test_a_forged_parameter_is_refused_by_its_number(goal: str) -> None:
    found = derived(goal)
    at, one, place = next((at, one, n) for at, one in main_steps(found)
                          for n, s in enumerate(one.steps) if s.parameters)
    for name, value in one.steps[place].parameters.items():
        if isinstance(value, (str, int)) or value is None:
            continue
        step = replace(one.steps[place], parameters={
            **one.steps[place].parameters, name: other(value)})
        with pytest.raises(DeriveError) as refused:
            audit(put(found, at, with_step(one, place, step)).to_json())
        assert f"step {place + 1} " in str(refused.value), name


def test_a_left_out_condition_is_refused_by_its_number() -> None:
    found = derived("conditions")
    place = next(n for n, s in enumerate(found.steps) if s.obligations)
    silent = with_step(found, place, replace(found.steps[place], obligations=()))
    assert f"step {place + 1} " in refusal(silent)


POSED: dict[str, Callable[[Derivation], Derivation]] = {
    "start": lambda d: replace(d, start=other(d.start)),
    "original": lambda d: replace(d, original=other(d.original)),
    "quantity": lambda d: replace(d, quantity=other(d.quantity)),
    "given": lambda d: replace(d, given=(*d.given, "q: real")),
    "assumptions": lambda d: replace(d, assumptions=(*d.assumptions,
                                                     heads.Less(Integer(0), EVIL))),
    "remarks": lambda d: replace(d, remarks=(*d.remarks, ("maximum", "the only one"))),
    "definitions": lambda d: replace(d, definitions=(*d.definitions,
                                                     Definition(EVIL, (), Integer(1)))),
    "certificate": lambda d: replace(
        v := d.verify(), verification=replace(v.verification, lines=999)),
}


@pytest.mark.parametrize("forgery", POSED)
@pytest.mark.parametrize("goal", ["gradient", "through", "cost", "nll-link", "mle", "fisher",
                                  "noise", "bptt"])
def test_a_forged_question_is_refused(goal: str, forgery: str) -> None:
    assert refusal(POSED[forgery](derived(goal)))


@pytest.mark.parametrize("goal", ["through", "cost", "mle-simplex", "bptt"])
def test_a_forged_definition_is_refused(goal: str) -> None:
    found = derived(goal)
    at, one = next((at, one) for at, one in main_steps(found) if one.definitions)
    assert refusal(put(found, at, replace(one, definitions=other(one.definitions))))


# Texts


def texts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all texts and numbers in data, but for those of the trees."""
    if isinstance(value, dict):
        return [p for k, v in value.items() if path or k != "data" for p in texts(v, (*path, k))]
    if isinstance(value, list):
        return [p for n, v in enumerate(value) for p in texts(v, (*path, n))]
    return [path]


def test_every_text_is_compared_with_its_formula() -> None:
    data = derived("through").verify().to_json()
    plain = json.dumps(data)
    for path in random.Random(1).sample(texts(data), 60):
        forged = json.loads(plain)
        place = forged
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = other(place[path[-1]]) if place[path[-1]] is not None else 1
        with pytest.raises(StoredError):
            Derivation.from_json(forged)


def test_a_forged_text_names_its_step() -> None:
    data = json.loads(json.dumps(derived("gradient").to_json()))
    data["steps"][3]["latex"] = "0"
    with pytest.raises(StoredError, match="step 4, 'latex'"):
        Derivation.from_json(data)


# Rules that travel

FOLD = '[square-of-cosh]\nsays = "S."\nfrom = "cosh(u)**2"\nto = "1 + sinh(u)**2"\nsource = "s"\n'


def test_a_users_rule_travels_and_is_checked(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(FOLD)
    found = derive.grad("sinh(z)**3 / 3 + cosh(z)**2*y", given=["z: real", "y: real"], wrt="z",
                        rules=checked_rules([tmp_path / "own.toml"]))
    assert [r.name for r in found.rules] == ["square-of-cosh"]
    assert audit(json.dumps(found.to_json())).replayed.steps == len(found.steps)


def test_a_users_wrong_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[wrong]\nsays = "W."\nfrom = "sinh(u)"\nto = "cosh(u)"\nsource = "s"\n')
    found = derive.grad("cosh(z)", given="z: real",
                        rules=load_user_rules([tmp_path / "own.toml"]))
    assert any(s.rule.name == "wrong" for s in found.steps)
    with pytest.raises(VerificationError, match="wrong"):
        audit(json.dumps(found.to_json()))


SOFT = """[soft]
arguments = ["u"]
definition = "u / (1 + abs(u))"
derivative = ["1 / (1 + abs(u))**2"]
range = "(-1, 1)"
source = "s"
"""


def of_soft(tmp_path: Path) -> Derivation:
    """The gradient of a formula with a user's function."""
    (tmp_path / "own.toml").write_text(SOFT)
    return derive.grad("soft(z)**2", given="z: real", functions=tmp_path / "own.toml")


def test_a_users_function_travels_and_is_checked(tmp_path: Path) -> None:
    found = of_soft(tmp_path)
    assert pickle.loads(pickle.dumps(found)) == found
    again = audit(json.dumps(found.to_json()))
    assert again.derivation.result == found.result
    assert again.asked_again


@pytest.mark.parametrize("change", [
    ("1 / (1 + abs(u))**2", "2 / (1 + abs(u))**2"), ('"soft"', '"exp"'),
    ('"source": "s"', '"source": "s", "numpy": "os"')])
def test_a_forged_function_is_refused(change: tuple[str, str], tmp_path: Path) -> None:
    text = json.dumps(of_soft(tmp_path).to_json())
    assert change[0] in text
    with pytest.raises(DeriveError):
        audit(text.replace(*change))


def test_a_rule_of_nobody_is_refused() -> None:
    found = derived("gradient")
    rule = replace(found.steps[-1].rule, name="mine")
    last = len(found.steps) - 1
    forged = with_step(found, last, replace(found.steps[last], rule=rule))
    with pytest.raises(ReplayError, match=f"step {last + 1} .*none of the standard ones"):
        audit(json.dumps(forged.to_json()))


def test_a_restated_step_does_not_go_by_the_name_of_a_rule() -> None:
    found = derived("jacobian")
    last = len(found.steps) - 1
    step = found.steps[last]
    words = {"after": step.after, "name": "sifting", "says": "S.", "margin": "m", "source": "s"}
    told = with_step(found, last, replace(
        step, parameters=words, bindings={"e": step.before}, obligations=(),
        rule=TABLE["restated"].rule(Setting(words, Rulebook()))))
    with pytest.raises(ReplayError, match=f"step {last + 1} "):
        audit(json.dumps(told.to_json()))


# The command


def test_the_command_passes_a_right_file(tmp_path: Path) -> None:
    text = derived("gradient").verify().show("json")
    status, told = verified(text, tmp_path)
    assert status == 0
    assert told.startswith("verified: 11 steps replayed; ")
    assert told.count("\n") == 1


def test_a_fresh_process_verifies_standard_input() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "cli.py"), "verify", "-"], text=True,
                          input=derived("hessian").show("json"), capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fresh_process_refuses_in_one_line(tmp_path: Path) -> None:
    found = derived("gradient")
    forged = with_step(found, 4, replace(found.steps[4], line=other(found.steps[4].line)))
    (tmp_path / "f.json").write_text(json.dumps(forged.to_json()))
    done = subprocess.run([sys.executable, str(ROOT / "cli.py"), "verify",
                           str(tmp_path / "f.json")], text=True, capture_output=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "step 5 " in done.stderr


def edited(**changes: Any) -> str:
    """The JSON of a derivation with other values in its data."""
    data = json.loads(json.dumps(derived("gradient").to_json()))
    data["data"] |= changes
    return json.dumps(data)


def gradient(cut: slice = slice(None)) -> str:
    """The JSON of a derivation, or a part of its text."""
    return json.dumps(derived("gradient").to_json())[cut]


BAD: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "no JSON": lambda: "gradient of L",
    "cut off": lambda: gradient(slice(3000)),
    "brackets": lambda: "[" * 10_000_000,
    "nested lists": lambda: "[" * 500 + "]" * 500,
    "a list": lambda: "[1, 2]",
    "a number": lambda: "1",
    "another program's": lambda: '{"nbformat": 4, "cells": []}',
    "no trees": lambda: '{"data": 1}',
    "version": lambda: edited(version=99),
    "nodes": lambda: edited(nodes={}),
    "a foreign node": lambda: edited(nodes=[["os.system", "ls"]]),
    "records": lambda: edited(records=[{"is": "Popen"}]),
    "value": lambda: edited(value={"record": 10**9}),
    "another record": lambda: edited(value={"is": "Asked", "function": "grad", "target": "z"}),
    "rules": lambda: edited(rules=[3]),
    "a key twice": lambda: gradient().replace('{"title"', '{"title": "x", "title"', 1),
    "no number": lambda: gradient().replace('"round": 1', '"round": NaN', 1),
    "a huge number": lambda: gradient().replace('"round": 1', '"round": ' + "9" * 9999, 1),
    "a key more": lambda: gradient().replace('{"title"', '{"extra": 1, "title"', 1),
    "a key less": lambda: gradient().replace('"goal"', '"gaol"', 1),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_file_is_one_clear_line(bad: str, tmp_path: Path) -> None:
    status, told = verified(BAD[bad](), tmp_path)
    assert status == 1
    assert "Traceback" not in told
    assert "\n" not in told.strip()
    assert len(told) < 400


def test_a_file_that_is_no_text_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_bytes(b"\xff\xfe\x00")
    done = CliRunner().invoke(cli, ["verify", str(tmp_path / "f.json")])
    assert "UTF-8" in str(done.exception)


@pytest.mark.parametrize("field", ["title", "steps", "start", "indices", "given", "verification"])
def test_a_field_of_the_wrong_type_is_refused(field: str) -> None:
    data = json.loads(json.dumps(derived("gradient").to_json()))
    for record in data["data"]["records"]:
        if record["is"] == "Derivation":
            record[field] = {"map": [["a", 1]]}
    with pytest.raises(StoredError):
        Derivation.from_json(data)
