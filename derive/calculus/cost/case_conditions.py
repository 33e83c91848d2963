"""Case distinctions by conditions `0 < e`, decided one after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product

from sympy import Add, Expr, Integer, Mul, Pow, false, true

from derive.core import heads
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.factors import difference
from derive.core.indexing import free_names, leaves
from derive.core.walk import around, enter, is_opened, mapped, with_arguments
from derive.errors import EvaluationError, VerificationError
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import arrangements, least_sizes
from derive.judge.trees.line_points import random_point
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.measure import is_negative, without_sign

_STEPWISE = ("sign", "max", "min", "abs")
_DRAWS = 6  # points of each arrangement at which a formula must not be 0
_INTEGERS = range(-3, 5)  # the whole numbers that are gone through
_MOST_INTEGERS = 600
_CLEAR = 1e-12


def by_conditions(node: Expr) -> Expr:
    """max, min, sign and |u| as case distinctions, every condition as `0 < e` or its negation.

    Where e is 0 at single points only, `0 < e` and `not 0 < -e` are taken as one: where one case
    passes into the other does not matter to those who ask.
    """
    if not node.args:
        return node
    if isinstance(node, heads.Lam):
        index, body, where, _ = enter(node, around(node))
        return heads.Lam(index, body, by_conditions(where))
    node = mapped(node, by_conditions)
    if isinstance(node, heads.Cond) and node.args[0] in (true, false):
        return node.args[1 if node.args[0] is true else 2]
    if isinstance(node, heads.Apply) and node.name in _BY_CASES:
        return by_conditions(_BY_CASES[node.name](*node.args[1:]))
    if isinstance(node, (heads.Less, heads.LessEqual)) and not any(map(is_opened, leaves(node))):
        return _compared(node)
    return node


def _compared(node: Expr) -> Expr:
    """A comparison as `0 < e` or its negation."""
    left, right = node.args
    if isinstance(node, heads.LessEqual):
        return _negated(_positive(difference(left, right)))
    return node if left == 0 and _is_test(right) else _positive(difference(right, left))


def _is_test(gap: Expr) -> bool:
    return bool(_positive(gap) == heads.Less(Integer(0), gap))


def _negated(condition: Expr) -> Expr:
    if condition in (true, false):
        return false if condition is true else true
    return condition.args[0] if isinstance(condition, heads.Not) else heads.Not(condition)


def _cases(gap: Expr, yes: Expr, no: Expr) -> Expr:
    return heads.Cond(_positive(gap), yes, no)


def _sign(a: Expr) -> Expr:
    below = Integer(-1) if only_at_points(a) else _cases(Mul(-1, a), Integer(-1), Integer(0))
    return _cases(a, Integer(1), below)


_BY_CASES: dict[str, Callable[..., Expr]] = {
    "max": lambda a, b: _cases(difference(a, b), a, b),
    "min": lambda a, b: _cases(difference(a, b), b, a),
    "abs": lambda a: _cases(a, a, Mul(-1, a)),
    "sign": _sign,
}


def _positive(gap: Expr) -> Expr:
    """The condition `0 < gap`; where that says the same, as the negation of that on -gap."""
    flat = multiplied_out(gap)
    if flat.is_Rational:
        return true if flat > 0 else false
    terms = Add.make_args(flat)
    scale = abs(min(terms, key=lambda t: str(without_sign(t))).as_coeff_Mul()[0])
    terms = Add.make_args(Add(*(Mul(Pow(scale, -1), t) for t in terms)))
    flat = Add(*terms)
    if is_negative(min(terms, key=lambda t: str(without_sign(t)))) and only_at_points(flat):
        return heads.Not(heads.Less(Integer(0), Add(*(Mul(-1, t) for t in terms))))
    return heads.Less(Integer(0), flat)


@lru_cache(maxsize=5_000)
def only_at_points(gap: Expr) -> bool:
    """Whether a formula is 0 at single points only: smooth, and not 0 at points drawn at random.

    An analytic function that is not 0 everywhere is 0 on a set of measure 0. Whole numbers and
    the ways in which indices can be equal are gone through.
    """
    if gap.has(heads.Cond, heads.Delta, heads.ArgMax, heads.Maximum, heads.Minimum) or any(
            f.name in _STEPWISE for f in gap.atoms(heads.Apply)):
        return False
    quantities = [n for n in free_names(gap) if isinstance(n, (Variable, Tensor))]
    integers = [n for n in quantities if not n.kind.differentiable and n.kind.domain != "label"]
    if len(integers) == len(quantities) or any(isinstance(n, Tensor) for n in integers) or \
            len(_INTEGERS) ** len(integers) > _MOST_INTEGERS:
        return False
    try:
        least = least_sizes((gap,))
    except VerificationError:  # an array too large to draw
        return False
    return all(_not_zero(gap, point) for point in _points(gap, integers, least))


def _points(gap: Expr, integers: list[Variable], least: dict[Dim, int]) -> Iterator[Point]:
    """Random points: every arrangement of indices, and every choice of some whole numbers."""
    names, draw = free_names(gap), random.Random(17)
    for case in arrangements(names):
        for values in product(_INTEGERS, repeat=len(integers)):
            chosen = dict(zip(integers, values, strict=True))
            for turn in range(2 if integers else _DRAWS):
                yield random_point(names, turn, case, draw, least=least).holding(chosen)


def _not_zero(gap: Expr, point: Point) -> bool:
    """Whether a formula is not 0 at a point, or has no value there."""
    try:
        return bool(abs(evaluate(gap, point, 20)) > _CLEAR)
    except EvaluationError:
        return True


def a_test(node: Expr) -> Expr | None:
    """An innermost condition of a case distinction, without its negation."""
    for argument in node.args:
        inner = None if isinstance(argument, heads.Lam) else a_test(argument)
        if inner is not None:
            return inner
    if not isinstance(node, heads.Cond):
        return None
    test = node.args[0]
    while isinstance(test, (heads.Not, heads.Both, heads.Either)):
        test = test.args[0]
    return test


def decided(node: Expr, test: Expr, answer: bool) -> Expr:
    """A formula with one condition decided, and taken out of those that it is part of."""
    if isinstance(node, heads.Cond):
        left = _left_of(node.args[0], test, answer)
        if left in (true, false):
            return decided(node.args[1 if left is true else 2], test, answer)
        return heads.Cond(left, *(decided(a, test, answer) for a in node.args[1:]))
    if isinstance(node, heads.Sum):
        index, body, where, _ = enter(node.family, around(node, test))
        left = _left_of(where, test, answer)
        if left is false:
            return Integer(0)
        return heads.Sum.over(decided(body, test, answer), index, left)
    if not node.args or isinstance(node, heads.Lam):
        return node
    return mapped(node, lambda part: decided(part, test, answer))


def _left_of(condition: Expr, test: Expr, answer: bool) -> Expr:
    """What is left of a condition when one is decided: a condition, true or false."""
    if condition == test:
        return true if answer else false
    if isinstance(condition, heads.Not):
        return _negated(_left_of(condition.args[0], test, answer))
    if isinstance(condition, (heads.Both, heads.Either)):
        stops, passes = (false, true) if isinstance(condition, heads.Both) else (true, false)
        parts = [_left_of(a, test, answer) for a in condition.args]
        rest = [p for p in parts if p != passes]
        if stops in rest:
            return stops
        return with_arguments(condition, rest) if len(rest) == 2 else rest[0] if rest else passes
    return mapped(condition, lambda part: decided(part, test, answer))
