"""Expressions: binders, evaluation, what the kinds decide, and the way to SymPy."""

from __future__ import annotations

import random

import pytest
import sympy
from mpmath import mp, mpf

from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.indexing import exact, free_names
from derive.core.kinds import Kind
from derive.core.walk import enter, substitute
from derive.errors import EvaluationError
from derive.functions.decisions import decide
from derive.functions.intervals import interval
from derive.functions.plain_sympy import to_sympy
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.line_points import random_point
from derive.notation.reading.parser import parse, parse_condition
from tests.conftest import declared


def test_renaming_a_bound_index_changes_nothing() -> None:
    scope = declared()
    assert parse("sum(o[k] for k in K)", scope) == parse("sum(o[m] for m in K)", scope)
    nested = "sum(o[k] * sum(s[m] for m in K if m != k) for k in K)"
    assert parse(nested, scope) == parse(
        nested.replace("k", "@").replace("m", "k").replace("@", "m").replace("suk", "sum"), scope)


def test_substitution_cannot_capture() -> None:
    scope = declared()
    node = parse("sum(o[k] * s[i] for k in K)", scope)
    free = Index("k", Dim("K"))
    moved = substitute(node, {scope.names["i"]: free})
    index, body, *_ = enter(moved.family)
    assert free in free_names(body)
    assert index != free


def test_an_index_is_typed_by_its_dimension() -> None:
    over_k, over_d = Index("k", Dim("K")), Index("k", Dim("D"))
    assert over_k != over_d
    one = Tensor("a", Kind("real", (Dim("K"),)))
    assert heads.Sum.over(heads.Element(one, over_k), over_k) != heads.Sum.over(
        heads.Element(one, over_k), over_d)


def test_symmetric_heads_have_one_orientation() -> None:
    scope = declared()
    assert parse("delta(y, i)", scope) == parse("delta(i, y)", scope)
    assert parse_condition("i != y", scope) == parse_condition("y != i", scope)


def _point(**sizes: int) -> Point:
    scope = declared()
    return random_point(set(scope.names.values()) | set(scope.dims.values()), 2, "01",
                        random.Random(5))


@pytest.mark.parametrize(("text", "same"), [
    ("softmax(o)[i]", "exp(o[i]) / sum(exp(o[k]) for k in K)"),
    ("logsumexp(o)", "log(sum(exp(o[k]) for k in K))"),
    ("sigmoid(z)", "1 / (1 + exp(-z))"), ("softplus(z)", "log(1 + exp(z))"),
    ("Phi(z)", "(1 + erf(z / sqrt(2))) / 2"), ("phi(z)", "exp(-z**2 / 2) / sqrt(2 * pi)"),
    ("d(exp(2 * z), z)", "2 * exp(2 * z)"), ("d(d(z**3, z), z)", "6 * z"),
    ("d(sum(o[k]**2 for k in K), o[i])", "2 * o[i]"),
    ("d(loggamma(a), a)", "digamma(a)"), ("d(digamma(a), a)", "trigamma(a)"),
    ("sum(1 for k in K if k != y)", "K - 1"),
    ("prod(exp(o[k]) for k in K)", "exp(sum(o))"),
    ("o[argmax(o[k] for k in K)]", "max(o)"), ("-max(-o)", "min(o)"),
    ("sum(delta(k, y) * o[k] for k in K)", "o[y]"),
])
def test_evaluation_knows_the_definitions(text: str, same: str) -> None:
    scope, point = declared(), _point()
    left, right = (evaluate(parse(t, scope), point, 50) for t in (text, same))
    assert abs(left - right) < mpf(10) ** -45


def test_a_partial_derivative_has_full_precision() -> None:
    scope = declared()
    node = parse("d(log(z**2 + 1), z)", scope)
    with mp.workdps(60):
        z = mpf(3) / 7
        truth = 2 * z / (z**2 + 1)
    value = evaluate(node, Point(scalars={scope.names["z"]: z}), 50)
    assert abs(value - truth) < mpf(10) ** -49


@pytest.mark.parametrize("text", ["log(-a)", "sqrt(-a)", "log(0)", "o[y]"])
def test_no_value_is_an_error(text: str) -> None:
    scope = declared()
    with pytest.raises(EvaluationError):
        evaluate(parse(text, scope), Point(scalars={scope.names["a"]: mpf(2),
                                                    scope.names["z"]: mpf(1),
                                                    scope.names["y"]: 0}))


DECIDED = [
    ("exp(z) > 0", True), ("1 + exp(z) > 1", True), ("sigmoid(z) < 1", True),
    ("1 - sigmoid(z) > 0", True), ("q * (1 - q) > 0", True), ("softmax(o)[i] > 0", True),
    ("1 - exp(-exp(z)) > 0", True), ("abs(z) >= 0", True), ("z**2 >= 0", True),
    ("1 + z**2 != 0", True), ("sum(exp(o)) > 0", True), ("K >= 1", True), ("a < 0", False),
    ("z == z", True), ("cosh(z) >= 1", True), ("log(z) > 0", None), ("z > 0", None),
    ("1 - softmax(o)[i] > 0", None), ("p[i] > 0", None),
    ("sum(exp(o[k]) for k in K if k != y) > 0", None), ("a - q > 0", None),
]


@pytest.mark.parametrize(("text", "answer"), DECIDED)
def test_kinds_decide_conditions_and_say_when_they_cannot(text: str, answer: bool | None) -> None:
    @exact
    def decided() -> bool | None:
        return decide(parse_condition(text, declared()))

    assert decided() is answer


@pytest.mark.parametrize("text", [
    "exp(-a) * q", "1 - q**2", "a / (1 + a)", "q - a", "-a**3", "b * (1 - b)", "(q - 2) * a",
    "max(q, a)", "min(q, 1 / a)", "z if a < 1 else q", "tanh(a) - 1", "exp(-z**2)", "p[i] * a",
    "q**a", "(1 + a)**(-q)", "n * q - n", "sigmoid(a)", "sigmoid(-a) * 2 - 1", "sign(z) * q",
])
def test_intervals_hold_every_value(text: str) -> None:
    scope = declared()
    node, draw = parse(text, scope), random.Random(3)
    bounds = interval(node)
    for turn in range(40):
        point = random_point(free_names(node), turn, "01", draw)
        value = evaluate(node, point, 30)
        low, high = (mpf(b) if isinstance(b, float) else mpf(b.numerator) / b.denominator
                     for b in (bounds.low, bounds.high))
        low_ok = value > low if bounds.low_open else value >= low
        high_ok = value < high if bounds.high_open else value <= high
        assert low_ok
        assert high_ok


@pytest.mark.parametrize("text", [
    "sum(o[k] * delta(k, i) for k in K)", "softmax(o)[i] - delta(i, y)", "z if z < 1 else u",
    "sigmoid(z) + softplus(u)", "prod(q for k in K if k != y)", "abs(z)", "Phi(z) - phi(z)",
])
def test_sympy_gets_the_same_value(text: str) -> None:
    scope = declared("o, s: real[3]", "y: label(3)", "z, u: real", "q: probability",
                     "i: index(3)")
    text = text.replace("in K", "in 3")
    node = parse(text, scope)
    point = random_point(free_names(node), 2, "01", random.Random(2))
    symbols = {}
    for leaf in free_names(node):
        if isinstance(leaf, (Variable, Index)):
            value = sympy.Float(mp.nstr(mpf(point.scalars[leaf]), 30), 30)
            whole = isinstance(leaf, Index) or leaf.kind.domain == "label"
            symbols[leaf.name] = sympy.Integer(int(value)) if whole else value
    plain = to_sympy(node)
    there = {s: symbols[s.name] for s in plain.free_symbols
             if getattr(s, "name", None) in symbols}
    plain = plain.subs(there).doit()
    for leaf in free_names(node):
        if isinstance(leaf, Tensor):
            base = sympy.IndexedBase(leaf.name, real=True)
            plain = plain.subs({base[n]: sympy.Float(mp.nstr(point.tensors[leaf][(n,)], 30), 30)
                                for n in range(3)})
    with mp.workdps(40):
        assert abs(mpf(str(sympy.N(plain, 25))) - evaluate(node, point, 30)) < mpf(10) ** -20
