"""The one walk: binders are entered in one place, and nested ones never capture each other."""

from __future__ import annotations

import ast
import random
import re

import pytest

import derive
from benchmarks.nesting.python_reading import Dim as Size
from benchmarks.nesting.python_reading import Vector, value
from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.heads import apply
from derive.core.kinds import Kind
from derive.core.walk import TOP, around, enter, fresh_index, instantiate, places, substitute
from derive.notation.reading.specification import specify
from tests.house import SOURCES, room, shown, tree

K = Dim("K")
# Ways round the walk: SymPy's own substitution and rebuilding, and the marks of an open binder.
FORBIDDEN = {"xreplace", "subs", "func", "_with_index"}


def roundabout(node: ast.AST) -> bool:
    """Whether a call or a string gets round the walk."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in FORBIDDEN
        case ast.Call(func=ast.Name(id=name)):
            return name == "BoundIndex"
        case ast.Constant(value=str(text)):
            return "\u2022" in text  # an opened index by its name
    return False


def test_no_module_opens_a_binder_or_rebuilds_a_node_by_itself() -> None:
    assert not [f"{shown(path)}:{node.lineno}" for path in SOURCES if room(path) != "core"
                for node in ast.walk(tree(path)) if roundabout(node)]


@pytest.mark.parametrize(("code", "forbidden"), [
    ("x.subs(y, z)", True), ("BoundIndex(k)", True), ("'\u2022k'", True), ("x.replace(y)", False)])
def test_a_way_round_the_walk_is_seen(code: str, forbidden: bool) -> None:
    assert any(map(roundabout, ast.walk(ast.parse(code)))) == forbidden


def test_an_entered_index_occurs_neither_in_the_binder_nor_around_it() -> None:
    o = Tensor("o", Kind("real", (K,)))
    outer = fresh_index(K, o)
    inner = heads.Sum.over(heads.Element(o, outer), Index("k", K))
    for index, *_ in (enter(inner.family), enter(inner.family, around(inner))):
        assert index != outer


def test_what_is_put_in_keeps_its_own_indices() -> None:
    """Σ_k c with c = Σ_k o_k is K times that sum, whatever the binders are called."""
    o, c = Tensor("o", Kind("real", (K,))), Variable("c", Kind("real"))
    total = heads.Sum.over(heads.Element(o, Index("k", K)), Index("k", K))
    outer = heads.Sum.over(apply("exp", c), Index("k", K))
    put_in = substitute(outer, {c: total})
    assert {binders.count for part, binders in places(put_in) if isinstance(part, heads.Element)
            } == {2}
    body, _ = instantiate(put_in.family, Index("i", K))
    assert body == apply("exp", total)
    assert TOP.count == 0


# Nested sums, products and maxima over one dimension, drawn at random

GIVEN = ["a: positive[K]", "b: positive[K]", "W: positive[K, K]"]


def nested(draw: random.Random, depth: int, around_: tuple[str, ...] = ()) -> str:
    """A random formula of sums, products, maxima and filters, all over K."""
    if depth == 0:
        term = draw.choice(("a[{0}]", "W[{0}, {1}]", "a[{0}]*b[{1}]", "exp(-a[{0}])*b[{1}]"))
        return term.format(draw.choice(around_), draw.choice(around_))
    letter = "ijklm"[len(around_)]
    inside = (*around_, letter)
    head = draw.choice(("sum", "sum", "sum", "prod", "max"))
    body = nested(draw, depth - 1, inside)
    if draw.random() < 0.4:
        body = f"{draw.choice(('a', 'b'))}[{draw.choice(inside)}]*{body}"
    filters = "" if head == "max" or not around_ or draw.random() < 0.7 else \
        f" if {letter} != {draw.choice(around_)}"
    return f"{head}({body} for {letter} in K{filters})"


def typed(seed: int) -> str:
    draw = random.Random(seed)
    text = nested(draw, draw.choice((2, 2, 3)))
    return draw.choice(("{}", "log({})", "({})**2", "exp(-{})*b[0]")).format(text)


def point(size: int, draw: random.Random) -> dict[str, object]:
    row = lambda: Vector(draw.uniform(0.3, 1.2) for _ in range(size))  # noqa: E731
    return {"K": Size(size), "a": row(), "b": row(), "W": Vector(row() for _ in range(size))}


def numeric(text: str, names: dict[str, object], at: int, step: float = 1e-5) -> float:
    """∂/∂a[at] by a five-point difference."""
    def moved(by: float) -> float:
        a = Vector(names["a"])
        list.__setitem__(a, at, a[at] + by)
        return value(text, {**names, "a": a})

    return (8 * (moved(step) - moved(-step)) - moved(2 * step) + moved(-2 * step)) / (12 * step)


@pytest.mark.parametrize("seed", range(40))
def test_gradients_of_nested_reductions_over_one_dimension(seed: int) -> None:
    text = typed(seed)
    gradient = derive.grad(text, given=GIVEN, wrt="a[r]")
    draw = random.Random(seed)
    for size in (1, 2, 3, 4):
        names = point(size, draw)
        for at in range(size):
            try:
                truth = numeric(text, names, at)
            except ValueError:  # a maximum over nothing, a logarithm of 0
                continue
            here = value(gradient.notation, {**names, "r": at})
            assert here == pytest.approx(truth, rel=1e-6, abs=1e-8), (text, gradient.notation)


def test_a_link_is_put_into_nested_sums() -> None:
    """lam_k = exp(z_k) under two binders over one dimension: 8.8219 at the point of the case."""
    rate = "sum(sum(lam[k]*w[j] for j in K) for k in K)"
    loss = derive.nll(f"{rate}*exp(-{rate}*y)", given=[
        "lam: positive[K]", "w: positive[K]", "y: nonnegative"], wrt="lam", link="log")
    names = {"K": Size(2), "z": Vector([0.0, 0.6931471805599453]), "w": Vector([3.0, 5.0]),
             "y": 0.5}
    assert value(loss.notation, names) == pytest.approx(8.8219, abs=1e-4)


def test_the_mean_over_two_indices_is_no_mean_over_the_diagonal() -> None:
    model = "exp(-sum(sum((y[i,j]-mu)**2/2 for j in K) for i in K))/(2*pi)**(K*K/2)"
    estimate = derive.mle(model, given=["mu: real", "y: real[K, K]"], wrt="mu").notation
    draw = random.Random(1)
    for size in (1, 2, 3):
        data = Vector(Vector(Vector(draw.random() for _ in range(size)) for _ in range(size))
                      for _ in range(2))
        every = [v for one in data for row in one for v in row]
        names = {"K": Size(size), "N": Size(2), "y": data}
        assert value(estimate, names) == pytest.approx(sum(every) / len(every))


def test_the_specification_keeps_nested_definitions_apart() -> None:
    spec = specify("s = sum(a)\nL = sum(sum(a[k]*a[j] for j in K)*s for k in K)", GIVEN)
    assert re.fullmatch(r"L", spec.name)
