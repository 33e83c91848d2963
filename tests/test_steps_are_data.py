"""Derivations are data: nothing in them can be called, they pickle, and they come back equal."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from sympy import Add, EulerGamma, Integer, Mul, Pow, Rational, Symbol, pi
from sympy.core.basic import Basic

import derive
from derive.calculus.replay import replay
from derive.calculus.tactic_table import TABLE
from derive.core import heads
from derive.core.atoms import Dim, FunctionName, Index, Quantity, Tensor, Variable
from derive.core.indexing import exact
from derive.core.kinds import Kind
from derive.core.tree_data import Reader, Writer
from derive.core.vocabulary import Vocabulary
from derive.derivation import Derivation
from derive.errors import DeriveError, NotAGradient, ReplayError, StoredError
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.tactics import TACTICS
from tests.goals import GOALS, derived

K = Dim("K")
U, Z = Variable("u", Kind("real")), Variable("z", Kind("positive"))
O = Tensor("o", Kind("real", (K,)))  # noqa: E741
I = Index("i", K)  # noqa: E741


def inside(value: Any) -> Iterator[Any]:
    """All values that a record holds."""
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from inside(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield from inside(key)
            yield from inside(held)
    elif isinstance(value, tuple):
        for held in value:
            yield from inside(held)


@pytest.mark.parametrize("goal", GOALS)
def test_nothing_in_a_derivation_can_be_called(goal: str) -> None:
    found = derived(goal)
    assert not [v for v in inside(found) if callable(v) and not isinstance(v, Basic)]


@pytest.mark.parametrize("goal", GOALS)
def test_a_derivation_pickles_and_replays(goal: str) -> None:
    found = derived(goal)
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert again.replay() == found.result
    assert [len(p.steps) for p in again.all_parts()] == [len(p.steps) for p in found.all_parts()]


@pytest.mark.parametrize("goal", GOALS)
def test_a_derivation_comes_back_from_json(goal: str) -> None:
    found = derived(goal)
    text = json.dumps(found.to_json())
    assert Derivation.from_json(text) == found
    assert Derivation.from_json(found.to_json()) == found


def test_a_verified_derivation_comes_back_with_its_certificate() -> None:
    found = derived("gradient").verify()
    assert Derivation.from_json(json.dumps(found.to_json())).verification == found.verification


@pytest.mark.parametrize("goal", GOALS)
def test_every_step_is_computed_and_none_restated(goal: str) -> None:
    assert replay(derived(goal)).restated == ()


def test_a_refusal_pickles_with_its_proof() -> None:
    with pytest.raises(NotAGradient) as refused:
        derive.cost("sum(A[m, k]*z[k] for k in K)", given=["z: real[K]", "A: real[K, K]"],
                    wrt="z[m]")
    again = pickle.loads(pickle.dumps(refused.value))
    assert again == refused.value
    assert again.proof.jacobian.replay() == refused.value.proof.jacobian.result


def test_an_error_differs_from_another() -> None:
    assert DeriveError("a") != DeriveError("b")
    assert DeriveError("a") != StoredError("a")


@pytest.mark.parametrize("line", ["softmax(o)[i] - delta(i, y)", "softmax(o)[i] + delta(i, y)"])
def test_a_check_pickles(line: str) -> None:
    found = derive.check("o: real[K]\ny: label(K)\n"
                         f"gradient of -log(softmax(o)[y]) with respect to o[i]\n= {line}\n",
                         explain=True, seconds=60)
    assert pickle.loads(pickle.dumps(found)) == found


# Trees


def stored(node: Any) -> Any:
    """A tree after the way out and back."""
    writer = Writer(Vocabulary())
    place = writer.tree(node)
    return Reader(json.loads(json.dumps(writer.nodes)), Vocabulary()).tree(place)


def alike(left: Any, right: Any) -> bool:
    """Whether two trees have the same nodes in the same order."""
    return type(left) is type(right) and left == right and \
        len(left.args) == len(right.args) and all(map(alike, left.args, right.args))


@exact
def trees() -> list[Any]:
    """Trees that SymPy would evaluate anew, and one of each kind of leaf and head."""
    element = heads.Element(O, I)
    inner = heads.Sum.over(heads.Delta(I, Index("j", K)), Index("j", K))
    return [
        Mul(2, Add(U, Mul(2, Z))), Mul(Z, U, Z, evaluate=False), Pow(Pow(Z, 2), Rational(1, 2),
                                                                     evaluate=False),
        Add(U, pi, EulerGamma, Rational(-7, 3)), Integer(10)**30, heads.apply("log", element),
        heads.Cond(heads.Both(heads.Less(U, Z), heads.NotEqual(U, Z)), U, Z), inner,
        heads.Maximum.over(element, I, heads.NotEqual(I, Index("m", K))),
        heads.Sum.over(Mul(element, inner), I), heads.Partial(Quantity("L", Kind("real")), element),
        heads.Apply(FunctionName("dg", ("g", 1)), U), Variable("y", Kind("label", (), K)),
        Tensor("W", Kind("simplex", (Integer(3), K), K)),
    ]


@pytest.mark.parametrize("node", trees(), ids=str)
def test_a_tree_comes_back_node_by_node(node: Any) -> None:
    assert alike(stored(node), node)


def test_shared_parts_are_written_once() -> None:
    node: Any = U
    for _ in range(60):
        node = Mul(Add(node, 1), Add(node, 1), evaluate=False)
    writer = Writer(Vocabulary())
    writer.tree(node)
    assert len(writer.nodes) < 200


@pytest.mark.parametrize("foreign", [Symbol("x"), Symbol("x") + U])
def test_a_foreign_node_is_not_written(foreign: Any) -> None:
    with pytest.raises(StoredError):
        Writer(Vocabulary()).tree(foreign)


LEAF = ["Variable", "u", "real", None]


@pytest.mark.parametrize("rows", [
    "Add", [["Symbol", "x"]], [LEAF, ["Add", 0]], [["Add", 0, 1], LEAF], [LEAF, ["Pow", 0]],
    [LEAF, ["Sum", 0]], [["number", "1/0"]], [["number", "2/4"]], [["number", "1e9"]],
    [["number", "9" * 5000]], [["Variable", "u", "nothing", None]], [["Variable", "u", "label",
                                                                      None]],
    [["constant", "__class__"]], [["BoundIndex", "x", 0]], [[]], [None], [["Dim", 3]],
    [LEAF, ["Lam", 0, 0, 0]], [["Dim", "K"], ["BoundIndex", "2", 0], LEAF, ["constant", "true"],
                               ["Lam", 1, 2, 3]],
    [["Variable", "b", "real", None], ["Variable", "a", "real", None], ["Equal", 0, 1]],
    [LEAF, ["Not", -1]], [LEAF, ["Not", True]], [["Dim", "K\x1b"]],
    [LEAF, *(["Mul", n, n] for n in range(40))], [LEAF, *(["Not", n] for n in range(1000))],
], ids=str)
def test_what_is_no_list_of_nodes_is_refused(rows: Any) -> None:
    with pytest.raises(StoredError):
        Reader(rows, Vocabulary())


# Rules and steps


def test_every_tactic_of_a_rule_has_a_name_in_the_table() -> None:
    assert {r.tactic for r in standard_rulebook() if r.tactic} <= set(TACTICS)
    assert not set(TACTICS) & set(TABLE)


def changed(found: Derivation, place: int, **values: Any) -> Derivation:
    """The derivation with one step forged."""
    steps = list(found.steps)
    steps[place] = replace(steps[place], **values)
    return replace(found, steps=tuple(steps))


def test_a_step_with_other_parameters_does_not_replay() -> None:
    found = derived("cost-by-parts")
    part = next(p for p in found.parts if p.goal == "integral")
    place = next(n for n, s in enumerate(part.steps) if s.parameters)
    wrong = changed(part, place, parameters={**part.steps[place].parameters, "factor": U})
    with pytest.raises(ReplayError, match=f"step {place + 1} "):
        wrong.replay()


def test_an_obligation_that_no_rule_asks_is_refused() -> None:
    found = derived("conditions")
    owed = (*found.steps[0].obligations, heads.Less(Integer(0), U))
    with pytest.raises(ReplayError, match=r"step 1 .* does not ask"):
        changed(found, 0, obligations=owed).replay()


def test_what_is_put_in_was_derived_in_a_part() -> None:
    found = derived("through")
    place = next(n for n, s in enumerate(found.steps) if s.rule.name == "insert")
    step = found.steps[place]
    forged = {**step.parameters, "result": Add(step.parameters["result"], 1)}
    with pytest.raises(ReplayError, match=f"step {place + 1} "):
        changed(found, place, parameters=forged).replay()


def test_a_step_that_restates_its_answer_says_so() -> None:
    found = derived("jacobian")
    rule = TABLE["restated"].rule
    assert rule is not None
    from derive.rulebook.loading import Rulebook
    from derive.rulebook.tactics import Setting

    step = found.steps[-1]
    words = {"after": step.after, "name": "told", "says": "Told.", "margin": "told", "source": "x"}
    told = changed(found, len(found.steps) - 1, parameters=words, bindings={"e": step.before},
                   obligations=(), rule=rule(Setting(words, Rulebook())))
    assert replay(told).restated == ("told",)
