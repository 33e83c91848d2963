"""What public functions take, and how they refuse what they do not."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import sympy

import derive
from derive.errors import ArgumentError

CALLED = [name for name in derive.__all__ if name not in ("__version__", "patience")
          and not inspect.isclass(getattr(derive, name))]
TEXT_FIRST = ["bptt", "check", "cost", "demo", "demonstrate", "fisher", "grad", "hessian",
              "jacobian", "kernel", "matching_loss", "mle", "nll", "noise", "plot", "score"]
NO_TEXT = [None, 3, 2.5, True, ["z"], ("z",), b"z", {"z": "real"}, object(), np.zeros(3), len,
           sympy.Matrix([1])]
NOWHERE = [3, 2.5, True, {3: 4}, object(), np.zeros(3), len, b"z", sympy.Matrix([1])]


def line(error: BaseException) -> str:
    """What an error says: one line."""
    assert "\n" not in str(error)
    return str(error)


@pytest.mark.parametrize("value", NO_TEXT, ids=lambda v: type(v).__name__)
@pytest.mark.parametrize("name", TEXT_FIRST)
def test_what_is_no_formula_is_refused_in_one_line(name: str, value: object) -> None:
    with pytest.raises(ArgumentError) as refusal:
        getattr(derive, name)(value)
    said = line(refusal.value)
    assert said.startswith(f"{getattr(derive, name).__name__} takes ")
    assert ", not " in said


@pytest.mark.parametrize("value", NOWHERE, ids=lambda v: type(v).__name__)
@pytest.mark.parametrize("name", CALLED)
def test_no_public_function_stumbles_over_a_wrong_value(name: str, value: object) -> None:
    with pytest.raises((derive.DeriveError, TypeError, ValueError)) as refusal:
        getattr(derive, name)(value)
    assert line(refusal.value)


@pytest.mark.parametrize("name", TEXT_FIRST)
def test_an_unknown_option_is_refused_by_name(name: str) -> None:
    with pytest.raises(TypeError, match="dtypo"):
        getattr(derive, name)("z**2", dtypo=3)


@pytest.mark.parametrize(("call", "says"), [
    (lambda: derive.grad(None),
     "grad takes a formula, a name of the catalogue or a specification as text (or an expression "
     "of SymPy), not None"),
    (lambda: derive.kernel("z**2", dtyp="float32"),
     "kernel got an unknown option 'dtyp'; did you mean 'dtype'?"),
    (lambda: derive.grad("z**2", gvien="z: real"),
     "grad got an unknown option 'gvien'; did you mean 'given'?"),
    (lambda: derive.grad(),
     "grad takes a formula, a name of the catalogue or a specification as text (or an expression "
     "of SymPy); there is none"),
    (lambda: derive.grad("z**2", "z: real"),
     "grad takes 1 argument without a name, not 2; the options are named: given=…"),
    (lambda: derive.grad("z**2", target="z"), "grad got 'target' twice"),
    (lambda: derive.train(hiden=3), "train got an unknown option 'hiden'; did you mean 'hidden'?"),
    (lambda: derive.train("adding", hidden="8"), "train takes hidden= as a whole number, not '8'"),
    (lambda: derive.train(data=np.zeros(3)),
     "train takes data= as the path of a file, not a ndarray"),
    (lambda: derive.train("adding", bidirectional=1),
     "train takes bidirectional= as True or False, not 1"),
    (lambda: derive.grad("z**2", keep=3), "grad takes keep= as True, False, or names, not 3"),
    (lambda: derive.kernel("z**2", accuracy="best"),
     "kernel takes accuracy= as 'fast' or 'faithful', not 'best'"),
    (lambda: derive.kernel("z**2", outputs="gard"),
     "kernel takes outputs= as some of value, grad, value_and_grad, hessian, hvp, not 'gard'"),
    (lambda: derive.cost("z", seconds="1"),
     "cost takes seconds= as a number of seconds from 0 on, not '1'"),
    (lambda: derive.check("z: real", seconds=float("nan")),
     "check takes seconds= as a positive number of seconds, not nan"),
    (lambda: derive.plot("a*x**2", wrt="x", values={"a": "2"}),
     "plot takes values= as a dict of names and numbers, not {'a': '2'}"),
    (lambda: derive.grad("z**2", given={"z": 3}),
     "grad takes given= as declarations and conditions: text such as 'o: real[K]', a list of such "
     "texts, or a dict {'o': 'real[K]'}, not {'z': 3}"),
    (lambda: derive.grad("z**2", functions={"f": 3}),
     "grad takes functions= as the path of a file of functions, or several, not {'f': 3}"),
    (lambda: derive.bptt("rnn", layers=0),
     "bptt takes layers= as a whole number of at least 1, not 0"),
])
def test_a_wrong_call_is_told_what_is_taken(call: Any, says: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        call()
    assert line(refusal.value) == says


OPTIONS = [(name, option) for name in TEXT_FIRST for option, parameter in
           inspect.signature(getattr(derive, name)).parameters.items()
           if parameter.kind is parameter.KEYWORD_ONLY]


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_each_option_names_itself_where_its_value_is_wrong(name: str, option: str) -> None:
    with pytest.raises(ArgumentError, match=f" takes {option}= as .*, not an object"):
        getattr(derive, name)("z**2", **{option: object()})


@pytest.mark.parametrize("name", ["given", "wrt", "through"])
def test_a_list_that_holds_itself_is_refused(name: str) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(derive.ArgumentError, match=f"without end as '{name}'"):
        derive.grad("x**2", **{name: endless})


def test_an_argument_error_is_a_type_error_too() -> None:
    with pytest.raises(TypeError):
        derive.grad(3)  # type: ignore[arg-type]


# Declarations


@pytest.mark.parametrize("given", [
    "o: real[K]; y: label(K)", "o: real[K]\ny: label(K)", " o: real[K] ;\n y: label(K)\n",
    ["o: real[K]", "y: label(K)"], ("o: real[K]", "y: label(K)"), {"o": "real[K]", "y": "label(K)"},
    [{"o": "real[K]"}, "y: label(K)"], iter(["o: real[K]", "y: label(K)"]),
    ["o: real[K]; y: label(K)"]])
def test_declarations_are_a_text_a_list_or_a_dict(given: Any) -> None:
    gradient = derive.grad("-log(softmax(o)[y])", given=given, wrt="o")
    assert gradient.given == ("o: real[K]", "y: label(K)")


@pytest.mark.parametrize("function", [derive.nll, derive.score, derive.fisher])
def test_a_density_takes_its_declarations_as_a_dict(function: Any) -> None:
    text = function("lam*exp(-lam*y)", given="lam: positive; y: positive")
    assert function("lam*exp(-lam*y)", given={"lam": "positive", "y": "positive"}).notation == \
        text.notation


@pytest.mark.parametrize("wrt", ["w, b", ["w", "b"], ("w", "b"), iter(["w", "b"])])
def test_variables_are_a_text_or_a_list(wrt: Any) -> None:
    gradient = derive.grad("(w*x + b)**2", wrt=wrt)
    assert [gradient.notation, *(d.notation for d in gradient.others)] == \
        ["2 * x * (b + w * x)", "2 * (b + w * x)"]


def test_observations_may_be_an_array_of_numpy() -> None:
    (_, value), *_ = derive.mle("gaussian", data=np.array([1.0, 2.0, 6.0])).estimates
    assert float(value) == 3


def test_rules_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[tanh-as-quotient]\nsays = "The hyperbolic tangent is a quotient."\n'
                    'from = "sinh(u) / cosh(u)"\nto = "tanh(u)"\nsource = "DLMF 4.28.4"\n')
    assert derive.rules(path)["tanh-as-quotient"].to == "tanh(u)"
    assert derive.grad("z**2", rules=str(path)).rules[0].name == "tanh-as-quotient"


# The front door


def test_the_types_that_a_user_annotates_with_are_there() -> None:
    assert {"Derivation", "Step", "Kernel", "Check", "Training", "Picture", "Audit", "Site",
            "Rulebook", "Loss", "Distribution", "Activation", "Cell"} <= set(derive.__all__)
    assert all(inspect.isclass(getattr(derive, name)) for name in derive.__all__
               if name[0].isupper())


@pytest.mark.parametrize("name", CALLED)
def test_every_public_function_says_what_it_does(name: str) -> None:
    assert len(inspect.getdoc(getattr(derive, name)) or "") >= 15


def test_the_commands_are_there_under_the_same_word() -> None:
    from derive.commands import cli

    pages = {"studio", "prove"}  # which ask the others; Derivation.prove() in Python
    assert set(cli.list_commands(click.Context(cli))) - pages <= set(derive.__all__)


def test_the_examples_of_methods_run() -> None:
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner(verbose=False)
    for method in (derive.Derivation.to_sympy, derive.Derivation.lambdify,
                   derive.Derivation.verify):
        for test in finder.find(method, method.__name__, globs={"derive": derive}):
            runner.run(test)
    assert runner.failures == 0
    assert runner.tries


def test_notation_is_a_function_and_a_room() -> None:
    import derive.notation.printing.plain

    assert derive.notation("logsumexp")[0].name == "logsumexp"
    assert derive.notation.printing.plain.__name__ == "derive.notation.printing.plain"
