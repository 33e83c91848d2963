"""Whether two formulas are equal: by rules, case by case, and by numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mpmath import mpf
from sympy import Add, Integer, Mul, true

from derive.calculus.strategy import Work
from derive.errors import DeriveError, EvaluationError
from derive.expressions import heads
from derive.expressions.decide import decide
from derive.expressions.evaluate import evaluate
from derive.expressions.indexing import open_indices
from derive.expressions.intervals import interval
from derive.rulebook.algebra import multiplied_out, over_common_denominator
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import is_negative, without_sign
from derive.verification.lines import relative_error
from derive.verification.points import valid_points

DIGITS = 40
_CLEAR = mpf(10) ** -25  # a relative difference above this is one
_MOST_CONDITIONS = 4


def same(left: Any, right: Any, rulebook: Rulebook) -> bool:
    """Whether rules show that two formulas are equal, except where one case meets another."""
    return left == right or _zero(by_conditions(Add(left, Mul(-1, right))), rulebook, ())


def _zero(gap: Any, rulebook: Rulebook, known: tuple[Any, ...]) -> bool:
    """Whether a formula is zero where the `known` ones are not negative, in every case."""
    test = _a_test(gap)
    if test is not None:
        if len(known) >= _MOST_CONDITIONS or not isinstance(test, heads.Less):
            return False
        sides = {True: test.args[1], False: Mul(-1, test.args[1])}
        return all(decide(test) is (not answer) or _excluded(side, known)
                   or _zero(_apart(decided(gap, test, answer), (*known, side)), rulebook,
                            (*known, side))
                   for answer, side in sides.items())
    if gap == 0 or over_common_denominator(multiplied_out(apart(gap))) == 0:
        return True
    for strategy in ("finish", "symmetry", "gradient"):
        try:
            if Work(gap, rulebook).run(strategy).line == 0:
                return True
        except DeriveError:
            continue
    return False


def _excluded(side: Any, known: tuple[Any, ...]) -> bool:
    """Whether a formula cannot be >= 0 together with one that is known to be."""
    return any(interval(multiplied_out(Add(side, k))).negative for k in known)


def _apart(gap: Any, known: tuple[Any, ...]) -> Any:
    """The gap without the deltas of indices that cannot be equal, as conditions on them differ."""
    for delta in gap.atoms(heads.Delta):
        first, second = delta.args
        if second.args:
            continue
        merged = [multiplied_out(k.xreplace({second: first})) for k in known]
        if any(Add(a, b) == 0 for a in merged for b in merged if a != 0):
            gap = gap.xreplace({delta: Integer(0)})
    return gap


def apart(node: Any) -> Any:
    """exp(a + b) as exp(a) exp(b), so that equal factors are seen."""
    if not node.args or isinstance(node, heads.Lam):
        return node
    node = node.func(*(apart(a) for a in node.args))
    if isinstance(node, heads.Apply) and node.name == "exp":
        return Mul(*(heads.apply("exp", t) for t in Add.make_args(node.args[1])))
    return node


def by_conditions(node: Any) -> Any:
    """max, min, sign and |u| as case distinctions, every condition as `0 < e`.

    Where one case passes into the other does not matter here.
    """
    if not node.args:
        return node
    if isinstance(node, heads.Lam):
        return heads.Lam(node.args[0], node.args[1], by_conditions(node.args[2]))
    node = node.func(*(by_conditions(a) for a in node.args))
    if isinstance(node, heads.Apply) and node.name in _BY_CASES:
        return _BY_CASES[node.name](*node.args[1:])
    if isinstance(node, (heads.Less, heads.LessEqual)) and not open_indices(node):
        return _positive(Add(node.args[1], Mul(-1, node.args[0])))
    return node


def _cases(gap: Any, yes: Any, no: Any) -> Any:
    return heads.Cond(_positive(gap), yes, no)


_BY_CASES: dict[str, Callable[..., Any]] = {
    "max": lambda a, b: _cases(Add(a, Mul(-1, b)), a, b),
    "min": lambda a, b: _cases(Add(a, Mul(-1, b)), b, a),
    "abs": lambda a: _cases(a, a, Mul(-1, a)),
    "sign": lambda a: _cases(a, Integer(1), Integer(-1)),
}


def _positive(gap: Any) -> Any:
    """The condition `0 < gap`; that on -gap is written as the negation of that on gap."""
    flat = multiplied_out(gap)
    terms = Add.make_args(flat)
    if is_negative(min(terms, key=lambda t: str(without_sign(t)))):
        return heads.Not(heads.Less(Integer(0), Add(*(Mul(-1, t) for t in terms))))
    return heads.Less(Integer(0), flat)


def _a_test(node: Any) -> Any | None:
    """An innermost condition of a case distinction, without its negation."""
    for argument in node.args:
        found = None if isinstance(argument, heads.Lam) else _a_test(argument)
        if found is not None:
            return found
    if not isinstance(node, heads.Cond):
        return None
    test = node.args[0]
    while isinstance(test, (heads.Not, heads.Both, heads.Either)):
        test = test.args[0]
    return test


def decided(node: Any, test: Any, answer: bool) -> Any:
    """A formula with one condition decided."""
    if isinstance(node, heads.Cond):
        holds = _holds(node.args[0], test, answer)
        if holds is not None:
            return decided(node.args[1 if holds else 2], test, answer)
    if isinstance(node, heads.Sum):
        bound, body, where = node.family.args
        holds = _holds(where, test, answer)
        if holds is False:
            return Integer(0)
        left = true if holds else _less(where, test, answer)
        return heads.Sum(heads.Lam(bound, decided(body, test, answer), left))
    if not node.args or isinstance(node, heads.Lam):
        return node
    return node.func(*(decided(a, test, answer) for a in node.args))


def _less(where: Any, test: Any, answer: bool) -> Any:
    """A filter without the conditions that hold."""
    if isinstance(where, heads.Both):
        left = [a for a in where.args if not _holds(a, test, answer)]
        return heads.Both(*left) if len(left) == 2 else left[0] if left else true
    return where


def _holds(condition: Any, test: Any, answer: bool) -> bool | None:
    if condition == test:
        return answer
    if isinstance(condition, heads.Not):
        inner = _holds(condition.args[0], test, answer)
        return None if inner is None else not inner
    if isinstance(condition, (heads.Both, heads.Either)):
        parts = [_holds(a, test, answer) for a in condition.args]
        stops = isinstance(condition, heads.Either)
        if stops in parts:
            return stops
        return None if None in parts else not stops
    return None


def agree(left: Any, right: Any, *conditions: Iterable[Any]) -> bool:
    """Whether two formulas have the same value wherever the second has one, in 40 digits."""
    compared = 0
    every = tuple(c for group in conditions for c in group)
    for _, point in valid_points((right, left), every, (), 3, DIGITS):
        try:
            truth = evaluate(right, point, DIGITS)
        except EvaluationError:
            continue
        try:
            if relative_error(truth, evaluate(left, point, DIGITS)) > _CLEAR:
                return False
        except EvaluationError:
            return False
        compared += 1
    return compared > 0
