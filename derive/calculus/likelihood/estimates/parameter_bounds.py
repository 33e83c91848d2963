"""What types, conditions and observations allow of a parameter: each condition solved for it.

theta <= y[n] for all n bounds theta by the least observation; theta**2 <= y[n] by its root. A
condition that no step here solves is left: it only tells which values are allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

from sympy import Add, Expr, Integer, Mul, Pow, Rational, true

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.comparisons import gap
from derive.core.factors import factors_apart, turned
from derive.core.heads import apply
from derive.core.indexing import depends, free_names, occurs
from derive.functions.decisions import assuming, decide
from derive.functions.intervals import interval
from derive.rulebook.algebra import collected, distributed, multiplied_out

ZERO = Integer(0)


class Bound(NamedTuple):
    """An end of what a parameter may be: x <= value (x < value, where it is `strict`) or above.

    `value` holds the index of the observations where each of them is a bound. `of_type` says that
    the type has it, `source` is the condition.
    """

    value: Expr
    upper: bool
    strict: bool
    source: Expr
    of_type: bool = False


def conditions_of(sample: Sample) -> Iterator[Expr]:
    """The conditions, conjunctions taken apart."""
    left = list(sample.conditions)
    while left:
        condition = left.pop(0)
        if isinstance(condition, heads.Both):
            left[:0] = condition.args
        else:
            yield condition


def bounds_of(sample: Sample, x: Variable) -> list[Bound]:
    """All bounds of a parameter that can be written down."""
    with assuming(sample.conditions):
        return [*_of_type(x), *(b for c in conditions_of(sample) if depends(c, x)
                                for b in solved_for(c, x))]


def _of_type(x: Variable) -> Iterator[Bound]:
    values = x.kind.interval
    for end, upper, strict in ((values.low, False, values.low_open),
                               (values.high, True, values.high_open)):
        if isinstance(end, Fraction):
            number = Rational(end.numerator, end.denominator)
            condition = (heads.Less if strict else heads.LessEqual)(
                *((x, number) if upper else (number, x)))
            yield Bound(number, upper, strict, condition, True)


def solved_for(condition: Expr, x: Variable) -> list[Bound]:
    """A comparison solved for a name; empty where no step does it."""
    if not isinstance(condition, (heads.Less, heads.LessEqual)):
        return []
    side = _isolated(gap(condition), x)
    if side is None:
        return []
    value, upper = side
    return [Bound(value, upper, isinstance(condition, heads.Less), condition)]


def _isolated(node: Expr, x: Variable) -> tuple[Expr, bool] | None:
    """The value that x may not pass where a formula is >= 0, and whether it lies above x."""
    terms = _cleared(distributed(_without_positive(node, x), lambda b: depends(b, x)), x)
    rest = Add(*(t for t in terms if not depends(t, x)))
    factors = [factors_apart(t, lambda f: depends(f, x)) for t in terms if depends(t, x)]
    inner = {Mul(*inside) for inside, _ in factors}
    slope = Add(*(Mul(*outside) for _, outside in factors))
    sign = sign_of(slope)
    if len(inner) != 1 or not sign:
        return None
    value = collected(multiplied_out(Mul(-1, rest, Pow(slope, -1))))
    return _inverted(inner.pop(), value, sign < 0, x)


def _without_positive(node: Expr, x: Variable) -> Expr:
    """A product without its factors that are positive."""
    if not isinstance(node, Mul):
        return node
    return Mul(*(f for f in node.args if not interval(f).positive))


def _cleared(terms: list[Expr], x: Variable) -> list[Expr]:
    """Terms times the power of a positive name that leaves one of them without it."""
    if not x.kind.interval.nonnegative:
        return terms
    powers = [_power_of(t, x) for t in terms]
    least = min((p for p in powers if p is not None), default=ZERO)
    if None in powers or least >= 0:
        return terms
    return [multiplied_out(Mul(t, Pow(x, -least))) for t in terms]


def _power_of(term: Expr, x: Variable) -> Expr | None:
    """The exponent of a name in a product; None where it stands elsewhere, too."""
    inside, _ = factors_apart(term, lambda f: depends(f, x))
    if not inside:
        return ZERO
    power = inside[0]
    if len(inside) > 1:
        return None
    base, exponent = power.args if isinstance(power, Pow) else (power, Integer(1))
    return exponent if base == x and exponent.is_Rational else None


def _inverted(node: Expr, value: Expr, upper: bool, x: Variable) -> tuple[Expr, bool] | None:
    """node <= value (or >=) as a bound of the name in it."""
    if node == x:
        return value, upper
    if isinstance(node, heads.Apply) and node.name in ("exp", "log", "sqrt"):
        inverse = {"exp": "log", "log": "exp"}.get(node.name)
        if inverse == "log" and not interval(value).positive:
            return None
        at = apply(inverse, value) if inverse else Pow(value, 2)
        return _shifted(node.args[1], at, upper, x)
    if isinstance(node, Pow) and node.args[1].is_Rational and node.args[0] == x and \
            x.kind.interval.nonnegative and interval(value).nonnegative:
        exponent = node.args[1]
        return Pow(value, 1 / exponent), upper if exponent > 0 else not upper
    return None


def _shifted(node: Expr, value: Expr, upper: bool, x: Variable) -> tuple[Expr, bool] | None:
    """node <= value (or >=) for what is not the name alone."""
    return _isolated(Add(value, turned(node)) if upper else Add(node, turned(value)), x)


def sign_of(node: Expr) -> int | None:
    """1 where a formula is nowhere negative, -1 where nowhere positive, 0 for 0; None: unknown."""
    if node == 0:
        return 0
    values = interval(node)
    if values.nonnegative or values.high <= 0:
        return 1 if values.nonnegative else -1
    if isinstance(node, Mul):
        signs = [sign_of(f) for f in node.args]
        return None if None in signs else math.prod(s for s in signs if s is not None)
    for sign, condition in ((1, heads.LessEqual(ZERO, node)), (-1, heads.LessEqual(node, ZERO))):
        if decide(condition) is True:
            return sign
    if isinstance(node, Pow):
        return _sign_of_power(node)
    return _sign_of_terms(node) if isinstance(node, Add) else None


def _sign_of_power(node: Expr) -> int | None:
    base, exponent = node.args
    sign = sign_of(base)
    if sign == 1 or (exponent.is_Integer and int(exponent) % 2 == 0):
        return 1
    return sign if exponent.is_Integer else None


def _sign_of_terms(node: Expr) -> int | None:
    """The sign of a sum: that of all its terms, or of its product of differences."""
    signs = {sign_of(t) for t in node.args}
    if len(signs) == 1:
        return signs.pop()
    bracketed = collected(multiplied_out(node))
    return sign_of(bracketed) if bracketed != node and isinstance(bracketed, Mul) else None


def by_extremes(sample: Sample, bounds: Iterable[Bound], upper: bool) -> list[tuple[Expr, bool]]:
    """What all observations leave of the bounds on one side: extremes of the sample, constants.

    Each with whether the parameter may not reach it. Bounds that are turned into each other by a
    sign are one of an absolute value.
    """
    here = [b for b in bounds if b.upper is upper]
    each = [b for b in here if occurs(sample.index, b.value)]
    reduction = heads.Minimum if upper else heads.Maximum
    ends = [(_extreme(reduction, body, sample.index), strict)
            for body, strict in joined(each)]
    return [*ends, *((b.value, b.strict) for b in here if not occurs(sample.index, b.value))]


def _extreme(reduction: type[Expr], body: Expr, index: Expr) -> Expr:
    """The extreme of a formula over the observations, what is the same for all of them outside."""
    apart = factors_apart(body, lambda f: occurs(index, f))
    if isinstance(body, Add) and not all(occurs(index, t) for t in body.args):
        inside = [t for t in body.args if occurs(index, t)]
        rest = [t for t in body.args if not occurs(index, t)]
        return Add(_extreme(reduction, Add(*inside), index), *rest)
    if apart[1] and interval(Mul(*apart[1])).positive:
        return Mul(*apart[1], reduction.over(Mul(*apart[0]), index))
    if apart[1] and interval(Mul(*apart[1])).negative:
        other = heads.Minimum if reduction is heads.Maximum else heads.Maximum
        return Mul(*apart[1], other.over(Mul(*apart[0]), index))
    return reduction.over(body, index)


def joined(bounds: Iterable[Bound]) -> Iterator[tuple[Expr, bool]]:
    """The values of bounds on one side, and whether each may not be reached: -u and u as |u|."""
    left = list(bounds)
    while left:
        first = left.pop(0)
        opposite = next((b for b in left if multiplied_out(Add(b.value, first.value)) == 0), None)
        if opposite is None:
            yield first.value, first.strict
            continue
        left.remove(opposite)
        size = apply("abs", _plainer(first.value))
        yield Mul(-1, size) if first.upper else size, first.strict or opposite.strict


def _plainer(node: Expr) -> Expr:
    """A formula or its negative, the one without a minus sign in front."""
    return turned(node) if node.could_extract_minus_sign() else node


def names_in(node: Expr) -> set[Expr]:
    """The parameters and other variables in a formula."""
    return {n for n in free_names(node) if isinstance(n, Variable)}


def unfiltered(node: Expr) -> bool:
    """Whether a reduction goes over all of its dimension."""
    return all(r.family.args[2] is true for r in node.atoms(heads.Reduction))
