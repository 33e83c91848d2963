"""What a public function gives is pickled by its data, and comes back equal."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import derive
from derive.errors import DeriveError

SHEET = "gradient of (z - y)**2 with respect to z\n= 2*(z + y)"
SMALL: dict[str, Any] = {"hidden": 3, "steps": 2}

RESULTS: dict[str, Callable[[], Any]] = {
    "derivation": lambda: derive.grad("softmax-nll"),
    "verified": lambda: derive.hessian("softmax-nll").verify(),
    "cost": lambda: derive.cost("sigmoid(z) - y", given=["z: real", "y: binary"], wrt="z"),
    "likelihood": lambda: derive.mle("bernoulli"),
    "recurrence": lambda: derive.bptt(derive.cells()[0].name),
    "audit": lambda: derive.verify(derive.grad("z**2")),
    "check": lambda: derive.check(SHEET),
    "hint": lambda: derive.check(SHEET, hint=2),
    "kernel": lambda: derive.kernel("softmax-nll"),
    "kernel in C": lambda: derive.kernel("softmax-nll", target="c"),
    "another kernel": lambda: derive.kernel("z**2 + y", given="z, y: real", wrt="z"),
    "adapter": lambda: derive.adapters.adapter("xgboost", "bernoulli-ce"),
    "entries": derive.cells, "rules": derive.rules, "tasks": derive.tasks,
    "picture": lambda: derive.plot("softmax-nll"),
    "gradient check": lambda: derive.check_gradients("names", hidden=2, steps=2)}
REFUSALS: dict[str, Callable[[], Any]] = {
    "notation": lambda: derive.grad("z **"), "name": lambda: derive.grad("nosuchloss"),
    "kind": lambda: derive.cost("z[i]*z[0]", given="z: real[3]"),
    "no cost": lambda: derive.cost("z[i] * z[j]", given="z: real[K]"),
    "noise": lambda: derive.noise("hinge"), "sheet": lambda: derive.check("cost of\n= 1"),
    "data": lambda: derive.train(data="there is none.csv")}


def back(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("make", RESULTS.values(), ids=RESULTS)
def test_a_result_comes_back_equal(make: Callable[[], Any]) -> None:
    value = make()
    again = back(value)
    assert again == value
    assert repr(again) == repr(value)


def test_a_check_by_a_users_functions_comes_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[soft]\narguments = ["u"]\ndefinition = "log(1 + exp(u))"\nsource = "mine"\n')
    check = derive.check("gradient of soft(z) with respect to z\n= sigmoid(z)", functions=path)
    assert back(check) == check
    assert check.correct


def test_a_sheet_of_an_exercise_comes_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "square.toml"
    path.write_text('title = "Square"\ntask = "gradient of (z - y)**2 with respect to z"\n')
    sheet = derive.exercise(path).variant(0).sheet("= 2*(z - y)")
    assert back(sheet) == sheet
    assert back(sheet.task) == sheet.task


def test_a_practice_goes_on_where_it_was() -> None:
    practice = derive.practice("(z - y)**2", wrt="z")
    practice.enter("let q = z - y")
    wrong = practice.enter("= 2*(z + y)")
    again = back(practice)
    assert back(wrong) == wrong
    assert again.text() == practice.text()
    assert str(again.why()) == str(practice.why())
    assert again.enter("= 2*q").mark == "finished"


@pytest.mark.parametrize("make", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_comes_back_equal(make: Callable[[], Any]) -> None:
    with pytest.raises(DeriveError) as raised:
        make()
    again = back(raised.value)
    assert (type(again), str(again)) == (type(raised.value), str(raised.value))
    assert again == raised.value


def errors(of: type[DeriveError]) -> Iterator[type[DeriveError]]:
    yield of
    for error in of.__subclasses__():
        yield from errors(error)


def test_every_error_is_pickled_whatever_it_is_made_of() -> None:
    for error in errors(DeriveError):
        needed = [p for p in inspect.signature(error.__init__).parameters.values()
                  if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
        value = error(*(f"a{n}" for n in range(len(needed) - 1 or 1)))
        assert back(value) == value, error


def test_a_trained_model_comes_back_equal_and_predicts_the_same(tmp_path: Path) -> None:
    derive.train("names", save=tmp_path / "a.ckpt", **SMALL)
    model = derive.load(tmp_path / "a.ckpt")
    prediction = model.predict()
    again = back(model)
    assert again == model
    assert again.predict() == prediction == back(prediction)
    derive.train("names", save=tmp_path / "b.ckpt", seed=7, **SMALL)
    assert derive.load(tmp_path / "b.ckpt") != model


def test_kernels_differ_where_their_formulas_or_options_do() -> None:
    kernel = derive.kernel("z**2")
    assert kernel == derive.kernel("z**2")
    assert len({kernel, derive.kernel("z**2"), derive.kernel("z**3")}) == 2
    assert kernel != derive.kernel("z**2", accuracy="faithful")


def test_a_run_says_what_is_pickled_in_its_place() -> None:
    run = derive.train("names", **SMALL)
    with pytest.raises(TypeError, match=r"derive\.load"):
        pickle.dumps(run)
