"""Unscaled pairs high + low of floats, for numbers of moderate size: what Wide is built on.

A pair is two arrays (or floats), |low| at most half a unit in the last place of high.
The operations return pairs with a relative error of a few 2**-106.
"""

from __future__ import annotations

from typing import Any

# Veltkamp's constant 2**27 + 1 cuts a float into two halves of 26 bits.
WIDE_SPLITTER = 134217729.0


def _wide_fast_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """a + b as a pair, exact where |a| >= |b|."""
    total = a + b
    return total, b - (total - a)


def _wide_two_sum(a: Any, b: Any) -> tuple[Any, Any]:
    """a + b as a pair, exact (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _wide_split(a: Any) -> tuple[Any, Any]:
    """A float as a sum of two of 26 bits."""
    t = WIDE_SPLITTER * a
    top = t - (t - a)
    return top, a - top


def _wide_two_product(a: Any, b: Any) -> tuple[Any, Any]:
    """a * b as a pair, exact (Dekker)."""
    product = a * b
    a1, a2 = _wide_split(a)
    b1, b2 = _wide_split(b)
    return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def _wide_pair_add(ah: Any, al: Any, bh: Any, bl: Any) -> tuple[Any, Any]:
    """The sum of two pairs; accurate also where they cancel."""
    s, e = _wide_two_sum(ah, bh)
    t, f = _wide_two_sum(al, bl)
    s, e = _wide_fast_sum(s, e + t)
    return _wide_fast_sum(s, e + f)


def _wide_pair_multiply(ah: Any, al: Any, bh: Any, bl: Any) -> tuple[Any, Any]:
    """The product of two pairs."""
    p, e = _wide_two_product(ah, bh)
    return _wide_fast_sum(p, e + (ah * bl + al * bh))


def _wide_pair_divide(ah: Any, al: Any, bh: Any, bl: Any) -> tuple[Any, Any]:
    """The quotient of two pairs: one step of long division after the plain one."""
    q = ah / bh
    p, e = _wide_two_product(q, bh)
    return _wide_fast_sum(q, (((ah - p) - e) + (al - q * bl)) / bh)


def _wide_pair_series(zh: Any, zl: Any, terms: Any, exact: int) -> tuple[Any, Any]:
    """The polynomial in z with the coefficients `terms` (pairs), the constant one first.

    Only the first `exact` are added in pairs: the others stand below 2**-53 of the result, so
    that plain arithmetic is enough for them.
    """
    high = terms[-1][0]
    for term in reversed(terms[exact:-1]):
        high = high * zh + term[0]
    low = 0.0
    z1, z2 = _wide_split(zh)
    for term in reversed(terms[:exact]):
        product = high * zh
        h1, h2 = _wide_split(high)
        error = ((h1 * z1 - product) + h1 * z2 + h2 * z1) + h2 * z2
        error = error + (high * zl + low * zh)
        high, rest = _wide_two_sum(term[0], product)
        high, low = _wide_fast_sum(high, rest + (error + term[1]))
    return high, low


def _wide_ratio(numerator: int, denominator: int) -> tuple[float, float]:
    """A rational number as a pair: division of integers rounds correctly."""
    high = numerator / denominator
    a, b = high.as_integer_ratio()
    return high, (numerator * b - a * denominator) / (denominator * b)


# Tables are computed in integers: numbers times this unit.
WIDE_UNIT = 1 << 240


def _wide_fixed_sum(term: int, ratio: Any) -> int:
    """The sum of positive terms, each the one before times ratio(k), a pair of integers."""
    total, k = 0, 0
    while term:
        numerator, denominator = ratio(k)
        total, term, k = total + term, term * numerator // denominator, k + 1
    return total


def _wide_exp_of(n: int, d: int) -> tuple[float, float]:
    """exp(n/d) as a pair."""
    size = _wide_fixed_sum(WIDE_UNIT, lambda k: (abs(n), d * (k + 1)))
    return _wide_ratio(WIDE_UNIT, size) if n < 0 else _wide_ratio(size, WIDE_UNIT)


def _wide_exp_of_log_2(n: int, d: int) -> tuple[float, float]:
    """2**(n/d) as a pair, by the series of atanh for log(2)."""
    log_2 = 2 * _wide_fixed_sum(WIDE_UNIT // 3, lambda k: (2 * k + 1, 9 * (2 * k + 3)))
    size = _wide_fixed_sum(WIDE_UNIT, lambda k: (n * log_2, d * (k + 1) * WIDE_UNIT))
    return _wide_ratio(size, WIDE_UNIT)
