"""Formulas as power series about a point of one of their parts: what they are at a removable point.

`sin(x)/x` about x = 0 is 1 - x**2/6 + …: its value there is 1 and its slope 0. Only what is
analytic at the point has a series here; what is not, or cannot be decided, has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from sympy import Add, Expr, Integer, Mul, Pow, Rational

from derive.core import heads
from derive.core.indexing import occurs, size
from derive.errors import DataFileError
from derive.functions.decisions import decide
from derive.functions.domains import inner, requirements
from derive.functions.function_records import Function, function_of, standard_functions
from derive.functions.function_texts import Target, read
from derive.functions.plain_sympy import to_sympy
from derive.functions.tree_target import TreeTarget
from derive.limits import tick
from derive.rulebook.algebra import multiplied_out, over_common_denominator

_TERMS = 8  # terms of a series; a quotient of what vanishes loses some of them
_LARGEST = 120  # nodes of a coefficient
_MOST_POWER = 12
_ZERO, _UNIT = Integer(0), Integer(1)


class NoSeriesError(Exception):
    """A formula that is not analytic at a point, or not known to be."""


@dataclass(frozen=True)
class Series:
    """The terms from h**low on, and no more of them than are known."""

    low: int
    terms: tuple[Expr, ...]

    def at(self, order: int) -> Expr:
        """The coefficient of h**order. Raises NoSeriesError beyond the known terms."""
        if order < self.low:
            return _ZERO
        if order - self.low >= len(self.terms):
            raise NoSeriesError
        return self.terms[order - self.low]

    @property
    def end(self) -> int:
        """The first order that is not known."""
        return self.low + len(self.terms)


def value_and_slope(node: Expr, part: Expr, value: Expr) -> tuple[Expr, Expr] | None:
    """What a formula tends to as a part of it tends to a value, and its slope there.

    None where it has a pole there, is not analytic, or is not known to be.
    """
    try:
        series = _stripped(_series(node, part, Series(0, (value, _UNIT, *[_ZERO] * (_TERMS - 2)))))
        return (series.at(0), series.at(1)) if series.low >= 0 else None
    except (NoSeriesError, DataFileError):
        return None


def _series(node: Expr, part: Expr, inner_series: Series) -> Series:
    """The series of a formula, given that of a part of it."""
    tick("expanding in a power series")
    if node == part:
        return inner_series
    if not occurs(part, node):
        return _constant(node)
    if isinstance(node, Add):
        return reduce(_sum, (_series(a, part, inner_series) for a in node.args))
    if isinstance(node, Mul):
        return reduce(_product, (_series(a, part, inner_series) for a in node.args))
    if isinstance(node, Pow):
        if occurs(part, node.args[1]):
            raise NoSeriesError
        return _power(_series(node.args[0], part, inner_series), node.args[1])
    if isinstance(node, heads.Apply) and len(node.args) == 2:
        return _applied(function_of(node), _series(node.args[1], part, inner_series))
    raise NoSeriesError


def _constant(node: Expr) -> Series:
    return Series(0, (node, *[_ZERO] * (_TERMS - 1)))


def _short(node: Expr) -> Expr:
    """A coefficient in one form. Raises NoSeriesError where it grows too large."""
    flat = multiplied_out(node)
    short = flat if flat.is_Rational else over_common_denominator(flat)
    if size(short) > _LARGEST:
        raise NoSeriesError
    return short


def _sum(left: Series, right: Series) -> Series:
    low, end = min(left.low, right.low), min(left.end, right.end)
    return Series(low, tuple(_short(Add(left.at(n), right.at(n))) for n in range(low, end)))


def _product(left: Series, right: Series) -> Series:
    count = min(len(left.terms), len(right.terms))
    return Series(left.low + right.low, tuple(
        _short(Add(*(Mul(left.terms[m], right.terms[n - m]) for m in range(n + 1))))
        for n in range(count)))


def _stripped(series: Series) -> Series:
    """A series without zeros before its first term."""
    low, terms = series.low, series.terms
    while terms and terms[0] == 0:
        low, terms = low + 1, terms[1:]
    return Series(low, terms)


def _leading(series: Series) -> Series:
    """A series that begins with a term that is not 0. Raises NoSeriesError if that is not known."""
    series = _stripped(series)
    if not series.terms or decide(heads.NotEqual(_ZERO, series.terms[0])) is not True:
        raise NoSeriesError
    return series


def _power(base: Series, exponent: Expr) -> Series:
    """A power with a constant exponent: a whole one, or of a positive beginning."""
    counted = isinstance(exponent, Integer)
    if counted and 0 <= exponent <= _MOST_POWER:
        return reduce(_product, [base] * int(exponent), _constant(_UNIT))
    base = _leading(base)
    first = base.terms[0]
    if not counted and (base.low or decide(heads.Less(_ZERO, first)) is not True):
        raise NoSeriesError
    # F = B**e has B F' = e B' F, which gives one term after the other.
    terms = [Pow(first, exponent)]
    for n in range(1, len(base.terms)):
        known = [Mul(Add(Mul(exponent, m), m - n), base.terms[m], terms[n - m])
                 for m in range(1, n + 1)]
        terms.append(_short(Mul(Add(*known), Pow(Mul(n, first), -1))))
    return Series(base.low * int(exponent) if counted else 0, tuple(terms))


def _applied(function: Function, argument: Series) -> Series:
    """A function of a series: its value at the beginning, and the integral of its slope."""
    if argument.low < 0 or function.smooth or len(function.derivative) != 1 or \
            not function.derivative[0]:
        raise NoSeriesError
    start = argument.at(0)
    here = heads.Apply(function.leaf, start)
    if not all(decide(inner(c)) is True for c in requirements(here)):
        raise NoSeriesError
    if argument.end < 2:
        return Series(0, (_value(here),))
    change = Series(0, tuple(Mul(n, argument.at(n)) for n in range(1, argument.end)))
    shorter = Series(0, tuple(argument.at(n) for n in range(argument.end - 1)))
    slope = _product(read(function.derivative[0], _Terms(), {function.parameters[0]: shorter}),
                     change)
    if slope.low < 0:
        raise NoSeriesError
    return Series(0, (_value(here), *(_short(Mul(slope.at(n - 1), Rational(1, n)))
                                      for n in range(1, slope.end + 1))))


def _value(node: Expr) -> Expr:
    """The value of a function of a number, where it is rational."""
    if node.args[1].is_Rational:
        value = to_sympy(node)
        if value.is_Rational:
            return value
    return node


class _Terms(Target[Series]):
    """The text of a derivative, computed with series."""

    name = "a power series"

    def number(self, value: Fraction) -> Series:
        return _constant(Rational(value.numerator, value.denominator))

    def constant(self, name: str) -> Series:
        return _constant(TreeTarget().constant(name))

    def operation(self, sign: str, left: Series, right: Series) -> Series:
        if sign in "+-":
            return _sum(left, right if sign == "+" else _product(_constant(Integer(-1)), right))
        if sign == "*":
            return _product(left, right)
        if sign == "/":
            return _product(left, _power(right, Integer(-1)))
        if right.low or any(t != 0 for t in right.terms[1:]):
            raise NoSeriesError
        return _power(left, right.terms[0])

    def call(self, name: str, arguments: list[Series]) -> Series:
        if name == "sqrt":
            return _power(arguments[0], Rational(1, 2))
        if len(arguments) != 1 or name not in standard_functions():
            raise NoSeriesError
        return _applied(standard_functions()[name], arguments[0])

    def compare(self, sign: str, left: Series, right: Series) -> Series:
        raise NoSeriesError
