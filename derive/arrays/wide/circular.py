"""The circular functions of wide numbers and their inverse.

Beyond 2**45 sine, cosine and tangent are no better than those of plain floats.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.exponential import (
    _wide_odd_series,
    _wide_reduce,
)
from derive.arrays.wide.pairs import (
    _wide_pair_multiply,
    _wide_pair_series,
    _wide_ratio,
)
from derive.arrays.wide.wide_numbers import (
    WIDE_ONE,
    Wide,
    _wide_of_pair,
    _wide_pair,
    wide_add,
    wide_divide,
    wide_multiply,
    wide_negative,
    wide_of,
    wide_subtract,
    wide_where,
)

# pi/2 in four floats; atan(j/32) from j = 0 on.
WIDE_HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33,
                5.562271104316826e-50)
WIDE_ATAN_TABLE = np.array([
    (0.0, 0.0),
    (0.031239833430268277, -1.188442711587748e-18),
    (0.06241880999595735, -1.5490756308295046e-18),
    (0.09347678115858947, -6.2844725995420954e-18),
    (0.12435499454676144, -3.1253241424539383e-18),
    (0.15499674192394097, 9.585415594114324e-18),
    (0.18534794999569476, 4.180692268843079e-18),
    (0.21535769969773805, 4.738160130078733e-19),
    (0.24497866312686414, 1.0698755618734451e-17),
    (0.2741674511196588, 8.261353575163773e-18),
    (0.3028848683749714, -1.1010827903001369e-17),
    (0.3310960767041321, -7.952610375793799e-18),
    (0.35877067027057225, -2.4623815582638635e-17),
    (0.38588266939807375, 2.378822732491941e-17),
    (0.4124104415973873, -1.587652227770689e-17),
    (0.43833655985795783, -2.494277030626541e-17),
    (0.4636476090008061, 2.2698777452961687e-17),
    (0.48833395105640554, -1.1373236189329585e-17),
    (0.5123894603107377, -2.5462781472855804e-17),
    (0.5358112379604637, -4.0637956834825575e-18),
    (0.5585993153435624, -5.4556305485916264e-18),
    (0.5807563535676704, -1.441464378193067e-17),
    (0.6022873461349642, 2.950430737228402e-17),
    (0.6231993299340659, 2.672403885140095e-17),
    (0.6435011087932844, 1.5834785051444286e-17),
    (0.6632029927060933, -3.076054864429649e-17),
    (0.6823165548747481, 6.943223671560008e-18),
    (0.7008544078844502, -1.987626234335816e-17),
    (0.7188299996216245, -2.1478388444456983e-17),
    (0.7362574289814281, 3.473937648299457e-17),
    (0.7531512809621944, -2.4256934659182068e-17),
    (0.7695264804056583, -3.704991905602721e-17),
    (0.7853981633974483, 3.061616997868383e-17),
])
# sin(r) / r and cos(r) as series in r**2, for |r| <= pi/4.
WIDE_SIN_TERMS = [_wide_ratio(1, n) for n in (
    1, -6, 120, -5040, 362880, -39916800, 6227020800, -1307674368000, 355687428096000,
    -121645100408832000, 51090942171709440000, -25852016738884976640000,
    15511210043330985984000000, -10888869450418352160768000000,
    8841761993739701954543616000000)]
WIDE_COS_TERMS = [_wide_ratio(1, n) for n in (
    1, -2, 24, -720, 40320, -3628800, 479001600, -87178291200, 20922789888000,
    -6402373705728000, 2432902008176640000, -1124000727777607680000,
    620448401733239439360000, -403291461126605635584000000, 304888344611713860501504000000)]


def _wide_quarter(w: Wide) -> tuple[Wide, Any]:
    """w = r + k * pi/2 with |r| <= pi/4, and k modulo 4; for |w| <= 2**45."""
    xh, xl = _wide_pair(w)
    k = np.rint(xh * (1 / WIDE_HALF_PI[0]))
    k = np.where(np.abs(xh) <= 2.0**45, k, 0.0)
    rest = _wide_of_pair(*_wide_reduce(xh, xl, WIDE_HALF_PI, k))
    return wide_where(k == 0, w, rest), k.astype(np.int64) & 3


def _wide_sin_of(w: Wide, shift: int) -> Wide:
    """sin(w + shift * pi/2)."""
    rest, k = _wide_quarter(w)
    k = (k + shift) & 3
    even = (k & 1) == 0
    rh, rl = _wide_pair(rest)
    zh, zl = _wide_pair_multiply(rh, rl, rh, rl)
    terms = [
        (np.where(even, s[0], c[0]), np.where(even, s[1], c[1]))
        for s, c in zip(WIDE_SIN_TERMS, WIDE_COS_TERMS, strict=True)
    ]
    factor = _wide_of_pair(*_wide_pair_series(zh, zl, terms, 10))
    result = wide_where(even, wide_multiply(rest, factor), factor)
    result = wide_where(k >= 2, wide_negative(result), result)
    far = ~(np.abs(w.high) < 1) | (w.exponent > 45)
    if not np.any(far):
        return result
    xh, xl = np.ldexp(w.high, np.minimum(w.exponent, 1100)), _wide_pair(w)[1]
    sine, cosine = np.sin(xh), np.cos(xh)
    if shift:
        sine, cosine = cosine, -sine
    return wide_where(far, wide_of(sine + cosine * xl), result)


def wide_sin(w: Wide) -> Wide:
    """sin(w); for |w| >= 2**45 with the accuracy of plain floats, nan beyond them."""
    return _wide_sin_of(w, 0)


def wide_cos(w: Wide) -> Wide:
    """cos(w); for |w| >= 2**45 with the accuracy of plain floats, nan beyond them."""
    return _wide_sin_of(w, 1)


def wide_tan(w: Wide) -> Wide:
    """tan(w); for |w| >= 2**45 with the accuracy of plain floats, nan beyond them."""
    return wide_divide(wide_sin(w), wide_cos(w))


def wide_atan(w: Wide) -> Wide:
    """The angle between -pi/2 and pi/2 whose tangent is w."""
    beyond = (w.exponent > 0) | np.isinf(w.high)
    a = wide_where(beyond, wide_divide(WIDE_ONE, w), w)
    place = np.rint(_wide_pair(a)[0] * 32)
    place = np.where(np.abs(place) <= 32, place, 0.0)
    centre = wide_of(place / 32)
    turned = wide_add(WIDE_ONE, wide_multiply(a, centre))
    turned = wide_divide(wide_subtract(a, centre), turned)
    a = wide_where(place == 0, a, turned)
    factor = _wide_of_pair(*_wide_odd_series(*_wide_pair(a), -1.0))
    size = np.abs(place).astype(np.int64)
    sign = np.sign(place)
    base = _wide_of_pair(sign * WIDE_ATAN_TABLE[size, 0], sign * WIDE_ATAN_TABLE[size, 1])
    result = wide_add(base, wide_multiply(a, factor))
    half = np.where(w.high < 0, -0.5, 0.5)
    quarter = _wide_of_pair(half * 2 * WIDE_HALF_PI[0], half * 2 * WIDE_HALF_PI[1])
    return wide_where(beyond, wide_subtract(quarter, result), result)
