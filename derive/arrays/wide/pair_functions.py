"""exp, log and their kin in pairs: a table of 16384 steps, a short series, a step of Newton's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.arrays.wide.pair_numbers import (
    PAIR_LOST,
    Pair,
    _pair_in_range,
    pair_less,
    pair_multiply,
    pair_of,
    pair_where,
)
from derive.arrays.wide.pairs import (
    _wide_exp_of_log_2,
    _wide_fast_sum,
    _wide_pair_series,
    _wide_ratio,
    _wide_split,
    _wide_two_product,
    _wide_two_sum,
)

PAIR_STEPS = 1 << 14
# log(2)/16384 in three floats, the first two so short that their products with a step are exact.
PAIR_STEP = (4.230634635860042e-05, 1.111228024981909e-13, 1.4488442546028509e-22)
PAIR_TABLE: list[Any] = []


def _pair_table() -> Any:
    """2**(j/16384) as pairs, made when it is first asked for."""
    if not PAIR_TABLE:
        coarse, fine = (Pair(*np.array([_wide_exp_of_log_2(j, steps) for j in range(128)]).T)
                        for steps in (128, PAIR_STEPS))
        both = pair_multiply(Pair(*(part[:, None] for part in coarse)), fine)
        PAIR_TABLE.append((both.high.reshape(-1), both.low.reshape(-1)))
    return PAIR_TABLE[0]


def _pair_exp_parts(w: Pair) -> tuple[Any, Any, Any]:
    """exp(w) = 2**(k/16384) * (1 + p): k, and p as a pair."""
    k = np.rint(w.high * (1 / (PAIR_STEP[0] + PAIR_STEP[1])))
    k = np.where(np.abs(k) < 2.0**24, k, 0.0)
    first = w.high - k * PAIR_STEP[0]
    high, low = _wide_two_sum(first, -k * PAIR_STEP[1])
    high, low = _wide_fast_sum(high, low + (w.low - k * PAIR_STEP[2]))
    top, bottom = _wide_split(high)
    square = high * high
    error = ((top * top - square) + 2 * (top * bottom)) + bottom * bottom + 2 * (high * low)
    cubic = square * high * (1 / 6 + high * (1 / 24 + high * (1 / 120 + high * (1 / 720))))
    total, rest = _wide_fast_sum(high, 0.5 * square)
    return k, total, rest + (low + (0.5 * error + cubic))


def _pair_power(k: Any) -> tuple[Any, Any, Any]:
    """2**(k/16384) as a pair of the table and a power of two."""
    table, lower = _pair_table()
    places = k.astype(np.int64)
    power = np.left_shift((places >> 14) + np.int64(1023), 52).view(np.float64)
    places &= PAIR_STEPS - 1
    return table[places], lower[places], power


def _pair_exponential(w: Pair) -> tuple[Pair, Pair]:
    """exp(w), and exp(w) - 1 where it is near 0; elsewhere NaN stands for that."""
    k, high, low = _pair_exp_parts(w)
    table, lower, power = _pair_power(k)
    product, error = _wide_two_product(table, high)
    total, rest = _wide_fast_sum(table, product)
    total, rest = _wide_fast_sum(total, rest + (error + (table * low + lower * (1 + high))))
    fits = np.abs(w.high) < 600
    grown = _pair_in_range(np.where(fits, total * power, np.nan), rest * power, False)
    small = (k == 0) & (np.abs(high) < 1)
    return grown, Pair(np.where(small, high, np.nan), low)


def pair_exp(w: Pair) -> Pair:
    """exp(w)."""
    return _pair_exponential(w)[0]


def pair_expm1(w: Pair) -> Pair:
    """exp(w) - 1, accurate near 0 too."""
    grown, small = _pair_exponential(w)
    far = grown + Pair(np.float64(-1), np.float64(0))
    return pair_where(np.isnan(small.high), far, Pair(*_wide_fast_sum(*small)))


def pair_log1p(w: Pair) -> Pair:
    """log(1 + w), accurate near 0 too."""
    near = np.log1p(w.high)
    grown, small = _pair_exponential(Pair(near, np.zeros_like(near)))
    far = (w.high - (grown.high - 1)) + (w.low - grown.low)
    close = (w.high - small.high) + (w.low - small.low)
    gap = np.where(np.isnan(small.high), far, close) / (1 + w.high)
    near = np.where((1 + w.high < PAIR_LOST) & (w.low != 0), np.nan, near)
    return _pair_in_range(*_wide_fast_sum(near, gap), w.high == 0)


def pair_log(w: Pair) -> Pair:
    """The natural logarithm, accurate near 1 too; NaN at 0 and below."""
    near = np.log(w.high)
    grown, small = _pair_exponential(Pair(near, np.zeros_like(near)))
    far = (w.high - grown.high) + (w.low - grown.low)
    close = ((w.high - 1) - small.high) + (w.low - small.low)
    gap = np.where(np.isnan(small.high), far, close) / grown.high
    near = np.where((np.abs(w.high - 1) < PAIR_LOST) & (w.low != 0), np.nan, near)
    return _pair_in_range(*_wide_fast_sum(near, gap), True)


def pair_xlogx(w: Pair) -> Pair:
    """w log(w), and 0 at 0."""
    size = w.high + (w.high == 0)
    return w * pair_log(Pair(size, w.low))


def pair_tanh(w: Pair) -> Pair:
    """The hyperbolic tangent, by expm1 of what is not positive."""
    grown = pair_expm1(abs(w) * pair_of(-2.0))
    size = -grown / (grown + pair_of(2.0))
    return pair_where(pair_less(w, pair_of(0.0)), -size, size)


def pair_power(a: Pair, b: Pair) -> Pair:
    """a**b of a positive number; NaN of others."""
    return pair_exp(b * pair_log(a))


# (log1p(u) - u) / u**2 for |u| <= 1/16, (exp(u) - 1 - u) / u**2 for |u| <= 1/2: as pairs.
PAIR_LOG1PMX = [_wide_ratio((-1) ** (n + 1), n + 2) for n in range(26)]
PAIR_EXPM1MX = [_wide_ratio(1, math.factorial(n + 2)) for n in range(20)]


def _pair_beside_0(w: Pair, terms: Any, reach: float, far: Pair) -> Pair:
    """w**2 times a series near 0, `far` elsewhere."""
    near = np.abs(w.high) <= reach
    if not near.any():
        return far
    t = pair_where(near, w, pair_of(reach))
    series = Pair(*_wide_pair_series(t.high, t.low, terms, 14))
    return pair_where(near, t * t * series, far)


def pair_log1pmx(w: Pair) -> Pair:
    """log(1 + w) - w."""
    return _pair_beside_0(w, PAIR_LOG1PMX, 1 / 16, pair_log1p(w) - w)


def pair_expm1mx(w: Pair) -> Pair:
    """exp(w) - 1 - w."""
    return _pair_beside_0(w, PAIR_EXPM1MX, 1 / 2, pair_expm1(w) - w)


def pair_expm1quotient(w: Pair) -> Pair:
    """w / (exp(w) - 1), and 1 at 0."""
    zero = w.high == 0
    other = Pair(w.high + zero, w.low)
    return pair_where(zero, pair_of(1.0), other / pair_expm1(other))


def pair_sinh(w: Pair) -> Pair:
    """The hyperbolic sine, by expm1."""
    grown = pair_expm1(abs(w))
    size = (grown + grown / (grown + pair_of(1.0))) * pair_of(0.5)
    return pair_where(pair_less(w, pair_of(0.0)), -size, size)


def pair_cosh(w: Pair) -> Pair:
    """The hyperbolic cosine."""
    grown = pair_exp(abs(w))
    return (grown + pair_of(1.0) / grown) * pair_of(0.5)
