"""Case distinctions by conditions `0 < e`, decided one after the other."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

from sympy import Add, Integer, Mul, Pow, false, true

from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import free_names, leaves
from derive.core.walk import around, enter, is_opened, mapped, with_arguments
from derive.errors import EvaluationError, VerificationError
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.index_places import arrangements, least_sizes
from derive.judge.trees.line_points import random_point
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.measure import is_negative, without_sign

_STEPWISE = ("sign", "max", "min", "abs")
_DRAWS = 6  # points of each arrangement at which a formula must not be 0
_WHOLE = range(-3, 5)  # the whole numbers that are gone through
_MOST_WHOLE = 600
_CLEAR = 1e-12


def by_conditions(node: Any) -> Any:
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
    if isinstance(node, (heads.Less, heads.LessEqual)) and not any(
            map(is_opened, leaves(node))):
        left, right = node.args
        if isinstance(node, heads.Less):
            return node if left == 0 and _is_test(right) else _positive(Add(right, Mul(-1, left)))
        return _negated(_positive(Add(left, Mul(-1, right))))
    return node


def _is_test(gap: Any) -> bool:
    return bool(_positive(gap) == heads.Less(Integer(0), gap))


def _negated(condition: Any) -> Any:
    if condition in (true, false):
        return false if condition is true else true
    return condition.args[0] if isinstance(condition, heads.Not) else heads.Not(condition)


def _cases(gap: Any, yes: Any, no: Any) -> Any:
    return heads.Cond(_positive(gap), yes, no)


def _sign(a: Any) -> Any:
    below = Integer(-1) if only_at_points(a) else _cases(Mul(-1, a), Integer(-1), Integer(0))
    return _cases(a, Integer(1), below)


_BY_CASES: dict[str, Callable[..., Any]] = {
    "max": lambda a, b: _cases(Add(a, Mul(-1, b)), a, b),
    "min": lambda a, b: _cases(Add(a, Mul(-1, b)), b, a),
    "abs": lambda a: _cases(a, a, Mul(-1, a)),
    "sign": _sign,
}


def _positive(gap: Any) -> Any:
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
def only_at_points(gap: Any) -> bool:
    """Whether a formula is 0 at single points only: smooth, and not 0 at points drawn at random.

    An analytic function that is not 0 everywhere is 0 on a set of measure 0. Whole numbers and
    the ways in which indices can be equal are gone through.
    """
    if gap.has(heads.Cond, heads.Delta, heads.ArgMax, heads.Maximum, heads.Minimum) or any(
            f.name in _STEPWISE for f in gap.atoms(heads.Apply)):
        return False
    names = free_names(gap)
    kinds = [n for n in names if isinstance(n, (Variable, Tensor))]
    whole = [n for n in kinds if not n.kind.differentiable and n.kind.domain != "label"]
    if len(whole) == len(kinds) or any(isinstance(n, Tensor) for n in whole):
        return False
    if len(_WHOLE) ** len(whole) > _MOST_WHOLE:
        return False
    draw = random.Random(17)
    try:
        least = least_sizes((gap,))
    except VerificationError:  # an array too large to draw
        return False
    return all(_not_zero(gap, names, case, turn, dict(zip(whole, values, strict=True)), draw, least)
               for case in arrangements(names) for values in product(_WHOLE, repeat=len(whole))
               for turn in range(2 if whole else _DRAWS))


def _not_zero(gap: Any, names: set[Any], case: str, turn: int, whole: dict[Any, int],
              draw: random.Random, least: dict[Any, int]) -> bool:
    """Whether a formula is not 0 at a random point with some whole numbers chosen."""
    point = random_point(names, turn, case, draw, least=least)
    point = replace(point, scalars={**point.scalars, **whole})
    try:
        return bool(abs(evaluate(gap, point, 20)) > _CLEAR)
    except EvaluationError:
        return True


def a_test(node: Any) -> Any | None:
    """An innermost condition of a case distinction, without its negation."""
    for argument in node.args:
        found = None if isinstance(argument, heads.Lam) else a_test(argument)
        if found is not None:
            return found
    if not isinstance(node, heads.Cond):
        return None
    test = node.args[0]
    while isinstance(test, (heads.Not, heads.Both, heads.Either)):
        test = test.args[0]
    return test


def decided(node: Any, test: Any, answer: bool) -> Any:
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


def _left_of(condition: Any, test: Any, answer: bool) -> Any:
    """What is left of a condition when one is decided: a condition, true or false."""
    if condition == test:
        return true if answer else false
    if isinstance(condition, heads.Not):
        return _negated(_left_of(condition.args[0], test, answer))
    if isinstance(condition, (heads.Both, heads.Either)):
        parts = [_left_of(a, test, answer) for a in condition.args]
        stops = false if isinstance(condition, heads.Both) else true
        if stops in parts:
            return stops
        rest = [p for p in parts if p not in (true, false)]
        return with_arguments(condition, rest) if len(rest) == 2 else rest[0] if rest else \
            (true if stops is false else false)
    return mapped(condition, lambda part: decided(part, test, answer))
