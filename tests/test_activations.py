"""The table of activations: its derivatives, inverses and ranges; matching losses as published."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from mpmath import mp, mpf

import derive
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import exact, free_names
from derive.derivation import Derivation
from derive.errors import DataFileError, UnknownNameError
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Scope
from derive.tables.activation_table import activation_for, activations, read_activations
from tests.conftest import derivation
from tests.matching_reference import SCALAR, VECTOR

ROOT = Path(__file__).resolve().parent.parent
NAMES = [a.name for a in activations()]
NUMBERS = [a for a in activations() if not a.of_vector]
POINTS = {"negative": ("-0.3", "-1.7", "-4.1")}
REAL = ("-3.7", "-1.3", "-0.4", "0.6", "1.9", "4.3")


loss = partial(derivation, "matching_loss")


def points(name: str) -> tuple[str, ...]:
    return POINTS.get(activation_for(name).given[0].partition(": ")[2], REAL)


@exact
def value(text: str, **names: str) -> mpf:
    scope, scalars = Scope(), {}
    for name, number in names.items():
        (leaf,) = scope.declare(f"{name}: real")
        scalars[leaf] = mpf(number)
    return evaluate(parse_value(text, scope), Point(scalars=scalars), 40)


def test_all_of_the_published_table_is_there() -> None:
    assert set(NAMES) == set(SCALAR) | set(VECTOR)
    assert len(NAMES) >= 29


@pytest.mark.parametrize("entry", activations(), ids=NAMES)
def test_an_entry_has_a_title_and_a_source(entry) -> None:
    assert entry.title
    assert entry.source
    assert entry.range
    assert activation_for(entry.name) is entry


@pytest.mark.parametrize("entry", NUMBERS, ids=lambda a: a.name)
def test_formula_derivative_and_inverse_agree(entry) -> None:
    more = {"alpha": "0.25"} if "alpha" in entry.formula else {}
    with mp.workdps(30):
        for z in points(entry.name):
            y = value(entry.formula, z=z, **more)
            assert abs(y - SCALAR[entry.name][0](mpf(z))) < mpf(10) ** -25
            slope = mp.diff(SCALAR[entry.name][0], mpf(z))
            assert abs(value(entry.derivative, z=z, **more) - slope) < mpf(10) ** -12
            if entry.inverse and abs(mpf(z)) < 3 and (not entry.where or mpf(z) > 0):
                back = value(entry.inverse, y=mp.nstr(y, 40), **more)
                assert abs(back - mpf(z)) < mpf(10) ** -15


@pytest.mark.parametrize("entry", NUMBERS, ids=lambda a: a.name)
def test_values_stay_in_the_range(entry) -> None:
    low, high = (mpf(e) if "inf" in e else value(e) for e in entry.range[1:-1].split(","))
    more = {"alpha": "0.25"} if "alpha" in entry.formula else {}
    found = [value(entry.formula, z=z, **more) for z in points(entry.name)]
    assert all(low <= y <= high for y in found)
    if entry.increasing:
        assert found == sorted(found) or points(entry.name) != REAL


@pytest.mark.parametrize("name", NAMES)
def test_the_matching_loss_is_derived_replayed_and_verified(name: str) -> None:
    found = loss(name)
    assert found.replay() == found.result
    assert found.verify().verification.worst < 1e-40
    back = found.parts[-1]
    assert back.result == found.field, "the gradient is the field, as one expression"
    assert not [s for s in back.steps if s.rule.name == "as-asked-by-numbers"]


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_matching_losses_is_what_is_derived(name: str) -> None:
    page = (ROOT / "docs" / "costs.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {name} |"))
    assert f"`{loss(name).notation}`" in row
    assert loss(name).sequel is None or f"`{loss(name).sequel.notation}`" in row


def scalar_value(node, found: Derivation, **names) -> mpf:
    leaves = {leaf for leaf in free_names(node) if isinstance(leaf, Variable)}
    return mpf(evaluate(node, Point(scalars={leaf: mpf(names[leaf.name]) for leaf in leaves}), 40))


@pytest.mark.parametrize("name", SCALAR)
def test_the_loss_is_that_of_the_literature(name: str) -> None:
    found, (_, potential, in_y) = loss(name), SCALAR[name]
    with mp.workdps(40):
        for t in ("0.3", "0.9"):
            gaps = [scalar_value(found.result, found, z=z, t=t, alpha="0.25")
                    - potential(mpf(z)) + mpf(t) * mpf(z) for z in points(name)]
            assert max(gaps) - min(gaps) < mpf(10) ** -25
            if in_y is not None:
                assert found.sequel is not None
                outputs = [SCALAR[name][0](mpf(z)) for z in points(name)]
                if activation_for(name).where:
                    outputs = [y for y in outputs if y > 0]
                gaps = [scalar_value(found.sequel.result, found, y=y, t=t, alpha="0.25")
                        - in_y(y, mpf(t)) for y in outputs]
                assert max(gaps) - min(gaps) < mpf(10) ** -25


@pytest.mark.parametrize("name", VECTOR)
def test_the_loss_of_a_vector_is_that_of_the_literature(name: str) -> None:
    found = loss(name)
    with mp.workdps(40):
        for z in (("0.2", "1.4", "-0.7"), ("2.5", "2.4", "-1")):
            moved = [mpf(v) + mpf(n) / 7 for n, v in enumerate(z)]
            gaps = [vector_value(found.result, at) - VECTOR[name](at) for at in (
                [mpf(v) for v in z], moved)]
            assert abs(gaps[0] - gaps[1]) < mpf(10) ** -25


def vector_value(node, at: list[mpf]) -> mpf:
    """The cost at a vector, without the target's part, which is put to 0."""
    names = free_names(node)
    scalars = {leaf: mpf(2) for leaf in names if isinstance(leaf, Variable)}
    size = {leaf: len(at) for leaf in names if type(leaf).__name__ == "Dim"}
    tensors = {leaf: dict(enumerate_one(at if leaf.name == "z" else target(at)))
               for leaf in names if isinstance(leaf, Tensor)}
    total = mpf(evaluate(node, Point(size, scalars, tensors), 40))
    return total + mp.fsum(a * b for a, b in zip(at, target(at), strict=True))


def target(at: list[mpf]) -> list[mpf]:
    return [mpf(1) / 2, mpf(1) / 4, mpf(1) / 4][:len(at)]


def enumerate_one(values):
    return (((n,), v) for n, v in enumerate(values))


def test_the_softmax_ends_as_the_question_wants() -> None:
    found = derive.cost("softmax(z)[m] - delta(m, T)", given=["z: real[K]", "T: label(K)"],
                        wrt="z[m]")
    lines = found.show("text", width=100).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("  C = "))
    told = [line.partition("= ")[2].partition("   ")[0] for line in lines[start:start + 4]]
    assert told[1:] == ["log(Σₖ exp(zₖ)) − z_T", "−log(softmax(z)_T)", "−log(y_T)"]


def test_an_unknown_activation_is_helped() -> None:
    with pytest.raises(UnknownNameError, match="sigmoid"):
        derive.matching_loss("sigmiod")
    assert derive.matching_loss("logistic").title.startswith("Logistic sigmoid")


@pytest.mark.parametrize(("content", "word"), [
    ("[a]\ntitle='T'\n", "'given' is missing"), ("[a\n", "TOML"),
    ("[a]\ntitle='T'\ngiven=['z: real']\nactivation='z'\nrange='(0, 1)'\nincreasing=1\n"
     "target=['t: real']\nsource='S'\n", "'increasing'"),
    ("[a]\ntitle='T'\ngiven=['z: real']\nactivation='z'\nrange='(0, 1)'\nincreasing=true\n"
     "target=['t: real']\nsource='S'\naliases=['a']\n", "taken"),
])
def test_a_broken_activation_file_is_named(tmp_path, content: str, word: str) -> None:
    file = tmp_path / "activations.toml"
    file.write_text(content)
    with pytest.raises(DataFileError) as caught:
        read_activations(file)
    assert word in str(caught.value)


def test_heads_of_the_table_are_known_to_print() -> None:
    for name in ("softplus", "cloglog", "erf", "bessel-ratio", "probit"):
        found = loss(name)
        assert found.show("latex")
        assert found.show("text", ascii=True).isascii()
        special = found.result.atoms(heads.Apply)
        assert special
