"""What the declared kinds say of the values of an expression: an interval, and whether values."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache, reduce

from sympy import Add, EulerGamma, Expr, Mul, Pow, pi
from sympy.core.numbers import Rational
from sympy.logic.boolalg import BooleanTrue

from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, Index, Variable
from derive.core.kinds import DISCRETE, REAL, Bound, Interval
from derive.functions.definite_matrices import is_definite
from derive.functions.function_records import function_of
from derive.functions.matrix_facts import is_factor
from derive.limits import tick

_ZERO, _INFINITE = Fraction(0), float("inf")
_MOST_BITS = 8_000
_POSITIVE = Interval(_ZERO, float("inf"), True, True)
_NONNEGATIVE = Interval(_ZERO, float("inf"), False, True)
_UNIT = Interval(_ZERO, Fraction(1), False, False)
Corner = tuple[Bound, bool]  # the product of two ends, and whether one of them is open


@lru_cache(maxsize=16_384)
def interval(node: Expr) -> Interval:
    """An interval that holds every value of the expression; all reals where nothing is known."""
    tick("looking at ranges of values")
    for kind in type(node).__mro__:
        handler = _INTERVALS.get(kind)
        if handler is not None:
            return _short(handler(node))
    return REAL


def _short(ends: Interval) -> Interval:
    """The interval, or one around it whose ends have fewer digits than anyone would compute with.
    """
    low, high, low_open, high_open = ends.low, ends.high, ends.low_open, ends.high_open
    if _is_long(low):
        low, low_open = _ZERO if low > 0 else -_INFINITE, True
    if _is_long(high):
        high, high_open = _ZERO if high < 0 else _INFINITE, True
    return Interval(low, high, low_open, high_open)


def _is_long(end: Bound) -> bool:
    return isinstance(end, Fraction) and max(
        end.numerator.bit_length(), end.denominator.bit_length()) > _MOST_BITS


_OF_INTEGERS = ("abs", "sign")  # functions whose values at integers are integers


def integral(node: Expr) -> bool:
    """Whether the expression is known to hold integers only."""
    if isinstance(node, Variable):
        return node.kind.domain in DISCRETE
    if isinstance(node, heads.Element):
        return node.tensor.kind.domain in DISCRETE
    if isinstance(node, (Add, Mul)):
        return all(integral(a) for a in node.args)
    if isinstance(node, heads.Apply) and node.name in _OF_INTEGERS:
        return integral(node.args[1])
    discrete = (Dim, Index, BoundIndex, heads.Delta, heads.ArgMax)
    return isinstance(node, discrete) or node.is_Integer is True


def _add(a: Interval, b: Interval) -> Interval:
    return Interval(_plus(a.low, b.low), _plus(a.high, b.high), a.low_open or b.low_open,
                    a.high_open or b.high_open)


def _mul(a: Interval, b: Interval) -> Interval:
    corners = [(_product(x, y), xo or yo)
               for x, xo in ((a.low, a.low_open), (a.high, a.high_open))
               for y, yo in ((b.low, b.low_open), (b.high, b.high_open))]
    low = min(c[0] for c in corners)
    high = max(c[0] for c in corners)
    return Interval(low, high, _attained(corners, low, a, b), _attained(corners, high, a, b))


def _attained(corners: list[Corner], end: Bound, a: Interval, b: Interval) -> bool:
    """Whether the end of a product interval is open: no closed corner reaches it."""
    if end == 0 and any(i.low <= 0 <= i.high and not (
            (i.low == 0 and i.low_open) or (i.high == 0 and i.high_open)) for i in (a, b)):
        return False
    return all(is_open for value, is_open in corners if value == end)


def _plus(x: Bound, y: Bound) -> Bound:
    """The sum of two ends. Only infinite ones are floats: a fraction may be too large for one."""
    return x if isinstance(x, float) else y if isinstance(y, float) else x + y


def _product(x: Bound, y: Bound) -> Bound:
    if x == 0 or y == 0:
        return _ZERO
    if isinstance(x, float) or isinstance(y, float):
        return float("inf") if (x > 0) == (y > 0) else float("-inf")
    return x * y


def _power(node: Expr) -> Interval:
    base, exponent = interval(node.args[0]), node.args[1]
    if base.positive:
        return _reciprocal_power(base, exponent)
    if exponent.is_Integer and int(exponent) % 2 == 0:
        return _NONNEGATIVE if int(exponent) > 0 else _POSITIVE
    if base.nonnegative and interval(exponent).positive:
        return _NONNEGATIVE
    return REAL


def _reciprocal_power(base: Interval, exponent: Expr) -> Interval:
    """Powers of a positive base: positive; at most 1 where base and exponent say so."""
    power = interval(exponent)
    small, large = base.high <= 1, base.low >= 1
    if (small and power.nonnegative) or (large and power.high <= 0):
        is_open = (base.high_open if small else base.low_open) and (
            power.positive if small else power.negative)
        return Interval(_ZERO, Fraction(1), True, is_open)
    if (large and power.nonnegative) or (small and power.high <= 0):
        is_open = (base.low_open if large else base.high_open) and (
            power.positive if large else power.negative)
        return Interval(Fraction(1), float("inf"), is_open, True)
    return _POSITIVE


def _sum(node: Expr) -> Interval:
    _, body, where = node.family.args
    term = interval(body)
    if term.positive and isinstance(where, BooleanTrue):
        return _POSITIVE
    if term.nonnegative:
        return _NONNEGATIVE
    if term.high > 0:
        return REAL
    full = term.negative and isinstance(where, BooleanTrue)
    return Interval(float("-inf"), _ZERO, True, full)


def _product_over(node: Expr) -> Interval:
    term = interval(node.family.args[1])
    return _POSITIVE if term.positive else _NONNEGATIVE if term.nonnegative else REAL


def _largest(node: Expr) -> Interval:
    if node.name not in ("max", "min"):
        return _application(node)
    a, b = (interval(x) for x in node.args[1:])
    if node.name == "max":
        top = max((a, b), key=lambda i: (i.low, i.low_open))
        return Interval(top.low, max(a.high, b.high), top.low_open, a.high_open and b.high_open)
    top = min((a, b), key=lambda i: (i.high, not i.high_open))
    return Interval(min(a.low, b.low), top.high, a.low_open and b.low_open, top.high_open)


def _application(node: Expr) -> Interval:
    """The range of a function; half of it where it rises and the argument's sign is known."""
    function = function_of(node)
    values = function.interval
    if function.takes_matrix:
        within = function.definite != REAL and (
            is_definite(node.args[1], interval) or (function.of == "" and is_factor(node.args[1])))
        diagonal = function.gives == "lower" and node.args[2] == node.args[3]
        return function.definite if within else _POSITIVE if diagonal else values
    if node.name == "abs":
        argument = interval(node.args[1])
        return _POSITIVE if argument.positive or argument.negative else values
    if function.rises is None:
        return values
    argument = interval(node.args[1])
    if argument.nonnegative:
        return Interval(function.rises, values.high, argument.positive, values.high_open)
    if argument.high <= 0:
        return Interval(values.low, function.rises, values.low_open, argument.negative)
    return values


def _hull(node: Expr) -> Interval:
    a, b = (interval(x) for x in node.args[1:])
    low, high = min(a.low, b.low), max(a.high, b.high)
    return Interval(low, high, all(i.low_open for i in (a, b) if i.low == low),
                    all(i.high_open for i in (a, b) if i.high == high))


def _number(node: Expr) -> Interval:
    value = Fraction(int(node.p), int(node.q))
    return Interval(value, value, False, False)


_INTERVALS: dict[type, Callable[[Expr], Interval]] = {
    Rational: _number,
    type(pi): lambda node: Interval(Fraction(3), Fraction(4)),
    type(EulerGamma): lambda node: Interval(Fraction(57, 100), Fraction(58, 100)),
    Dim: lambda node: Interval(Fraction(1), float("inf"), False, True),
    Variable: lambda node: node.kind.interval,
    Index: lambda node: _NONNEGATIVE,
    BoundIndex: lambda node: _NONNEGATIVE,
    Add: lambda node: reduce(_add, map(interval, node.args)),
    Mul: lambda node: reduce(_mul, map(interval, node.args)),
    Pow: _power,
    heads.Element: lambda node: node.tensor.kind.interval,
    heads.Sum: _sum,
    heads.Product: _product_over,
    heads.Maximum: lambda node: interval(node.family.args[1]),
    heads.Minimum: lambda node: interval(node.family.args[1]),
    heads.Delta: lambda node: _UNIT,
    heads.Cond: _hull,
    heads.Apply: _largest,
    heads.Root: lambda node: interval(node.args[1]),
}
