"""log(Gamma) and its first two derivatives, for positive wide numbers.

Stirling's series from 16 on; below, the recurrence leads up to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.exponential import (
    wide_log,
    wide_log1p,
)
from derive.arrays.wide.pairs import (
    _wide_pair_add,
    _wide_pair_divide,
    _wide_pair_multiply,
    _wide_pair_series,
    _wide_ratio,
)
from derive.arrays.wide.wide_numbers import (
    WIDE_HALF,
    WIDE_ONE,
    WIDE_TWO,
    WIDE_ZERO,
    Wide,
    _wide_of_pair,
    _wide_pair,
    wide_add,
    wide_divide,
    wide_multiply,
    wide_of,
    wide_subtract,
    wide_where,
)

# The Bernoulli numbers B(2), B(4), …
WIDE_BERNOULLI = (
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510),
    (43867, 798), (-174611, 330), (854513, 138), (-236364091, 2730), (8553103, 6),
    (-23749461029, 870), (8615841276005, 14322), (-7709321041217, 510), (2577687858367, 6),
    (-26315271553053477373, 1919190), (2929993913841559, 6), (-261082718496449122051,
    13530), (1520097643918070802691, 1806), (-27833269579301024235023, 690))
WIDE_LOGGAMMA_TERMS = [
    _wide_ratio(b[0], b[1] * (2 * n + 2) * (2 * n + 1)) for n, b in enumerate(WIDE_BERNOULLI)]
WIDE_DIGAMMA_TERMS = [_wide_ratio(b[0], b[1] * (2 * n + 2)) for n, b in enumerate(WIDE_BERNOULLI)]
WIDE_TRIGAMMA_TERMS = [_wide_ratio(*b) for b in WIDE_BERNOULLI]
# log(2*pi)/2 - 1/2.
WIDE_STIRLING = (0.4189385332046727, 1.6728209650585413e-17)
# log(Gamma(2 + t)) = t * the series in t, for |t| <= 1/4.
WIDE_GAMMA_AT_2 = np.array([
    (0.42278433509846713, 4.942915152430645e-18),
    (0.3224670334241132, 1.520336175199238e-17),
    (-0.0673523010531981, 6.87667631175899e-18),
    (0.020580808427784546, 1.4629392512775695e-18),
    (-0.007385551028673986, 4.1051370891788617e-19),
    (0.0028905103307415234, -7.357950161901912e-20),
    (-0.001192753911703261, 4.1747852352514e-20),
    (0.0005096695247430425, -2.780354175057013e-20),
    (-0.00022315475845357939, 6.032078299350848e-21),
    (9.945751278180853e-05, 2.734261130690314e-21),
    (-4.492623673813314e-05, 3.4577848248512954e-22),
    (2.050721277567069e-05, 4.864174577619616e-22),
    (-9.439488275268397e-06, 8.111985879973243e-22),
    (4.374866789907488e-06, -3.7021851137962053e-22),
    (-2.039215753801366e-06, -4.70891370095011e-23),
    (9.55141213040742e-07, 4.798512617588967e-23),
    (-4.492469198764566e-07, 1.4219340578032317e-23),
    (2.1207184805554665e-07, 1.2243193613787666e-23),
    (-1.0043224823968099e-07, -5.246728062732248e-24),
    (4.7698101693639804e-08, 1.6747349659198183e-24),
    (-2.2711094608943164e-08, -1.406065812811299e-24),
    (1.0838659214896955e-08, -5.018242148804151e-25),
    (-5.183475041970047e-09, -1.0891302535635231e-26),
    (2.4836745438024785e-09, -1.5805048837932932e-25),
    (-1.1921401405860912e-09, -5.269861418993634e-26),
    (5.731367241678862e-10, -2.3810866578223724e-26),
    (-2.7595228851242334e-10, 2.107257883073299e-26),
    (1.330476437424449e-10, 6.614614775208236e-27),
    (-6.4229645638381e-11, -4.232176684861536e-27),
    (3.1044247747322276e-11, -2.8715350933450543e-27),
    (-1.5021384080754142e-11, -5.063470614908766e-28),
    (7.275974480239079e-12, 4.879514445370743e-28),
    (-3.527742476575915e-12, -1.8425514965961343e-29),
    (1.711991790559618e-12, -6.994387860952799e-29),
    (-8.315385841420285e-13, 1.5951572809733943e-29),
    (4.04220052528944e-13, -1.2672480151835454e-29),
    (-1.9664756310966165e-13, 4.0719036606056276e-30),
    (9.573630387838556e-14, 1.9773509309959252e-30),
    (-4.6640760264283744e-14, 2.186282283713084e-30),
    (2.2737369600659724e-14, -9.672147869269828e-31),
    (-1.1091399470834522e-14, 1.5933072002908932e-31),
])
# digamma(root + t) = t * the series in t, for |t| <= 1/32; and its root, in three floats.
WIDE_DIGAMMA_AT_ROOT = np.array([
    (0.9676722454476212, -3.387874303038943e-17),
    (-0.4427631689835921, -2.4685968258808798e-17),
    (0.258499760955651, -1.50046082237735e-17),
    (-0.16394270544240652, -5.2948981225636345e-18),
    (0.10782405069126237, -5.647016933496416e-18),
    (-0.07219956125645471, 3.0827459843108324e-18),
    (0.04880428816414311, -2.82635913171961e-18),
    (-0.03316112647484736, 2.6301239066061398e-18),
    (0.022597648232218104, 8.453631579784668e-19),
    (-0.01542476590494896, 3.829693633952811e-19),
    (0.010538791616612175, 3.958838580981545e-19),
    (-0.007204534386356869, 4.1723725613433093e-19),
    (0.004926781395729853, 1.773599192985584e-19),
    (-0.003369801655439328, 1.2291719110197274e-19),
    (0.002305126326734928, -1.285676920285588e-19),
    (-0.0015769367714301972, -5.747220641492262e-20),
    (0.0010788252019162967, -8.904606463074194e-20),
    (-0.0007380709389960052, 2.049210765272406e-20),
    (0.000504953265834602, 4.859935299227974e-20),
    (-0.0003454680251063077, -7.978722251087957e-21),
    (0.00023635601564027053, -2.4968148294691513e-21),
    (-0.00016170622091974803, -4.0288282204474754e-21),
])
WIDE_DIGAMMA_ROOT = (1.4616321449683622, 9.549995429965697e-17,
                     2.89392992820415e-33)


def _wide_raised(x: Wide) -> tuple[Any, Any, Any, Wide]:
    """Whether x < 16; there x as a pair, elsewhere 1; and x + 16 there, elsewhere x."""
    low = (x.exponent <= 4) & np.isfinite(x.high)
    xh, xl = _wide_pair(x)
    xh, xl = np.where(low, xh, 1.0), np.where(low, xl, 0.0)
    return low, xh, xl, wide_where(low, wide_add(x, wide_of(16.0)), x)


def _wide_stirling(z: Wide, terms: Any) -> tuple[Wide, Wide]:
    """1/z, and the series in 1/z**2, for z >= 16."""
    inverse = wide_divide(WIDE_ONE, z)
    yh, yl = _wide_pair(wide_multiply(inverse, inverse))
    return inverse, _wide_of_pair(*_wide_pair_series(yh, yl, terms, 9))


def _wide_of_positive(x: Wide, result: Wide) -> Wide:
    """The result, but nan for x < 0."""
    return wide_where(x.high < 0, wide_of(np.nan), result)


def wide_loggamma(x: Wide) -> Wide:
    """log(Gamma(x)) for x > 0, accurate beside its roots 1 and 2 too."""
    low, xh, xl, z = _wide_raised(x)
    inverse, series = _wide_stirling(z, WIDE_LOGGAMMA_TERMS)
    result = wide_multiply(wide_subtract(z, WIDE_HALF), wide_subtract(wide_log(z), WIDE_ONE))
    result = wide_add(result, wide_add(
        _wide_of_pair(*WIDE_STIRLING), wide_multiply(inverse, series)))
    high, rest = np.ones_like(xh), np.zeros_like(xh)
    for k in range(1, 16):
        high, rest = _wide_pair_multiply(high, rest, *_wide_pair_add(xh, xl, float(k), 0.0))
    product = wide_multiply(x, _wide_of_pair(high, rest))
    result = wide_subtract(result, wide_where(low, wide_log(product), WIDE_ZERO))
    one = np.abs(xh - 1) <= 0.25
    near = low & (one | (np.abs(xh - 2) <= 0.25))
    if np.any(near):
        t = wide_subtract(x, wide_where(one, WIDE_ONE, WIDE_TWO))
        series = _wide_of_pair(*_wide_pair_series(*_wide_pair(t), WIDE_GAMMA_AT_2, 22))
        beside = wide_multiply(t, series)
        beside = wide_subtract(beside, wide_where(one, wide_log1p(t), WIDE_ZERO))
        result = wide_where(near, beside, result)
    return _wide_of_positive(x, result)


def wide_digamma(x: Wide) -> Wide:
    """The derivative of log(Gamma(x)) for x > 0, accurate beside its root too."""
    low, xh, xl, z = _wide_raised(x)
    inverse, series = _wide_stirling(z, WIDE_DIGAMMA_TERMS)
    rest = wide_multiply(inverse, wide_add(WIDE_HALF, wide_multiply(inverse, series)))
    result = wide_subtract(wide_log(z), rest)
    high, rest = np.zeros_like(xh), np.zeros_like(xh)
    for k in range(15, 0, -1):
        part = _wide_pair_divide(1.0, 0.0, *_wide_pair_add(xh, xl, float(k), 0.0))
        high, rest = _wide_pair_add(high, rest, *part)
    steps = wide_add(wide_divide(WIDE_ONE, x), _wide_of_pair(high, rest))
    result = wide_subtract(result, wide_where(low, steps, WIDE_ZERO))
    root = WIDE_DIGAMMA_ROOT
    near = low & (np.abs(xh - root[0]) <= 0.03125)
    if np.any(near):
        t = wide_subtract(wide_subtract(x, wide_of(root[0])), _wide_of_pair(root[1], root[2]))
        series = _wide_of_pair(*_wide_pair_series(*_wide_pair(t), WIDE_DIGAMMA_AT_ROOT, 13))
        result = wide_where(near, wide_multiply(t, series), result)
    return _wide_of_positive(x, result)


def wide_trigamma(x: Wide) -> Wide:
    """The second derivative of log(Gamma(x)) for x > 0."""
    low, xh, xl, z = _wide_raised(x)
    inverse, series = _wide_stirling(z, WIDE_TRIGAMMA_TERMS)
    square = wide_multiply(inverse, inverse)
    result = wide_add(wide_multiply(WIDE_HALF, square), wide_multiply(
        wide_multiply(inverse, square), series))
    result = wide_add(inverse, result)
    high, rest = np.zeros_like(xh), np.zeros_like(xh)
    for k in range(15, 0, -1):
        part = _wide_pair_divide(1.0, 0.0, *_wide_pair_add(xh, xl, float(k), 0.0))
        high, rest = _wide_pair_add(high, rest, *_wide_pair_multiply(*part, *part))
    first = wide_divide(WIDE_ONE, x)
    steps = wide_add(wide_multiply(first, first), _wide_of_pair(high, rest))
    result = wide_add(result, wide_where(low, steps, WIDE_ZERO))
    return _wide_of_positive(x, result)
