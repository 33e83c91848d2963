"""Whether two formulas are equal: by rules, case by case, and by numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul

from derive.calculus.cost.case_conditions import a_test, by_conditions, decided
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.factors import difference
from derive.core.indexing import free_names
from derive.core.walk import mapped, substitute
from derive.errors import DeriveError, EvaluationError, TooSmallError
from derive.functions.decisions import decide
from derive.functions.intervals import interval
from derive.judge.closeness import agree_at, span
from derive.judge.precision import mpf
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.line_points import valid_points
from derive.rulebook.algebra import multiplied_out, over_common_denominator
from derive.rulebook.loading import Rulebook

DIGITS = 40
_GUARD = 15  # digits by which two formulas may differ
_MOST_CONDITIONS = 4
_SEEDS = (3, 5, 8, 13, 21)  # more points where cases hang on whole numbers


def same(left: Expr, right: Expr, rulebook: Rulebook) -> bool:
    """Whether rules show that two formulas are equal, but for points at which cases meet."""
    return left == right or _zero(by_conditions(difference(left, right)), rulebook, ())


@dataclass(frozen=True)
class Known:
    """That a formula is positive, or not negative, in the case that is looked at."""

    side: Expr
    strict: bool


def _zero(gap: Expr, rulebook: Rulebook, known: tuple[Known, ...]) -> bool:
    """Whether a formula is zero where the `known` hold, in every case."""
    test = a_test(gap)
    if test is not None:
        if len(known) >= _MOST_CONDITIONS or not isinstance(test, heads.Less):
            return False
        return all(decide(test) is (not answer) or _case_is_zero(gap, test, answer, rulebook, known)
                   for answer in (True, False))
    if gap == 0 or over_common_denominator(multiplied_out(apart(gap))) == 0:
        return True
    for strategy in ("finish", "symmetry", "gradient"):
        try:
            if Work(gap, rulebook).run(strategy).line == 0:
                return True
        except DeriveError:
            continue
    return False


def _case_is_zero(gap: Expr, test: Expr, answer: bool, rulebook: Rulebook, known: tuple[Known, ...],
                  ) -> bool:
    """Whether a formula is zero with one condition decided, or the case cannot come about."""
    assumed = Known(test.args[1] if answer else Mul(-1, test.args[1]), answer)
    all_known = (*known, assumed)
    return _excluded(assumed, known) or _zero(
        _apart(by_conditions(decided(gap, test, answer)), all_known), rulebook, all_known)


def _excluded(assumed: Known, known: tuple[Known, ...]) -> bool:
    """Whether a formula cannot be positive, or not negative, together with one that is known."""
    for other in known:
        total = multiplied_out(Add(assumed.side, other.side))
        if interval(total).negative or (total == 0 and (assumed.strict or other.strict)):
            return True
    return False


def _apart(gap: Expr, known: tuple[Known, ...]) -> Expr:
    """The gap without the deltas of indices that cannot be equal, as conditions on them differ."""
    for delta in gap.atoms(heads.Delta):
        first, second = delta.args
        if second.args:
            continue
        merged = [Known(substitute(k.side, {second: first}), k.strict) for k in known]
        if any(_excluded(m, tuple(merged[:n])) for n, m in enumerate(merged)):
            gap = substitute(gap, {delta: Integer(0)})
    return gap


def apart(node: Expr) -> Expr:
    """exp(a + b) as exp(a) exp(b), so that equal factors are seen."""
    if not node.args or isinstance(node, heads.Lam):
        return node
    node = mapped(node, apart)
    if isinstance(node, heads.Apply) and node.name == "exp":
        return Mul(*(heads.apply("exp", t) for t in Add.make_args(node.args[1])))
    return node


def agree(left: Expr, right: Expr, *conditions: Iterable[Expr]) -> bool:
    """Whether two formulas have the same value wherever the second has one, in 40 digits."""
    all_conditions = tuple(c for group in conditions for c in group)
    discrete = any(isinstance(n, (Variable, Tensor)) and not n.kind.differentiable
                   for n in free_names(left) | free_names(right))
    cases = discrete and (left.has(heads.Cond) or right.has(heads.Cond))
    digits = DIGITS + span((left, right))
    clear = mpf(10) ** (_GUARD - digits)
    compared = 0
    for seed in _SEEDS if cases else _SEEDS[:1]:
        for _, point in valid_points((right, left), all_conditions, (), seed, digits):
            try:
                evaluate(right, point, digits)
            except EvaluationError:
                continue
            try:
                if not agree_at(right, left, point, digits, clear):
                    return False
            except TooSmallError:
                continue
            except EvaluationError:
                return False
            compared += 1
    return compared > 0
