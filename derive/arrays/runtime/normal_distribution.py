"""The error function and the normal distribution, accurate far in their tails.

All rests on erfcx(x) = exp(x**2) erfc(x) for x >= 0, by quotients of polynomials, and on
exp(-x**2) of an exact square. benchmarks/special_coefficients.py computes the table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.function_pieces import Floats, in_pieces, quotient, quotient_table
from derive.arrays.wide.pairs import _wide_split

# erf(x) / x - 1 in x**2 up to 1/2; erfcx(x) in x - 1/2 up to 2.5; from there on
# x * erfcx(x) in 1/x**2.
ERF_TABLE = quotient_table(
    (0.0, [0.1283791670955126, -0.3182313439110336, -0.04576815143545733,
     -0.007187139260548562, -0.00028635008527608225], [1.0, 0.4509691597993518,
     0.08580312323455648, 0.008299086420556764, 0.00035166476084434685]),
    (0.3125, [0.3031903441929259, 0.17270921467728687, -0.11364076027747298,
     -0.17453734286436293, -0.0909001202749859, -0.025349521229017288, -0.0038508084808128776,
     -0.00025586699467403833], [1.0, 2.260619609784613, 2.2626304791399, 1.3033202754891184,
     0.46816030649244866, 0.1052948277375149, 0.013800845126480957, 0.0008187732266220928]),
    (0.5641895835477563, [-2.3254930488097393e-18, -0.2820947917738494, -8.632815608811951,
     -93.64563706800466, -445.7891633033734, -932.8489681658406, -745.1810179561293,
     -148.40538408750467], [1.0, 32.1025345399412, 376.3689419039439, 2037.575345461859,
     5314.126338102848, 6340.504991030582, 2939.783061731376, 342.846993757867]),
)
ROOT_HALF = 0.7071067811865476
PHI_AT_ZERO = 0.3989422804014327


def erf(u: object, out: Floats | None = None) -> Any:
    """The error function."""
    return in_pieces(_erf, u, out)


def Phi(u: object, out: Floats | None = None) -> Any:
    """The distribution function of the standard normal distribution."""
    return in_pieces(_Phi, u, out)


def logPhi(u: object, out: Floats | None = None) -> Any:
    """log(Phi(u)), accurate in both tails."""
    return in_pieces(_logPhi, u, out)


def mills(u: object, out: Floats | None = None) -> Any:
    """The density of the standard normal distribution over its distribution function."""
    return in_pieces(_mills, u, out)


def _gauss(x: Floats, factor: float) -> Any:
    """exp(-factor * x**2), of an exact square: its error would be multiplied by its size."""
    x = np.minimum(np.abs(x), 40)
    square, (high, low) = x * x, _wide_split(x)
    rest = ((high * high - square) + 2 * high * low) + low * low
    value = np.exp(-factor * square)
    return value - value * (factor * rest)


def _erf_parts(size: Floats) -> tuple[Any, Any]:
    """Whether a number from 0 on is below 1/2; erf(x) - x there, erfcx(x) elsewhere."""
    near, far = size < 0.5, size >= 2.5
    square = size * size
    t = np.where(near, square, np.where(far, 1 / square, size - 0.5))
    value = quotient(ERF_TABLE, t, np.add(size >= 0.5, far, dtype=np.intp))
    outer = value / np.where(far, size, 1)
    return near, np.where(near, value * size, outer)


def _erf(x: Floats) -> Any:
    size = np.abs(x)
    near, value = _erf_parts(size)
    return np.copysign(np.where(near, size + value, 1 - _gauss(size, 1) * value), x)


def _tail(x: Floats) -> tuple[Any, Any, Any]:
    """Phi(-|x|); exp(-x**2 / 2); the quotient of both, where |x| > 1."""
    size, gauss = np.abs(x) * ROOT_HALF, _gauss(x, 0.5)
    near, value = _erf_parts(size)
    scaled = 0.5 * value
    return np.where(near, 0.5 - 0.5 * (size + value), scaled * gauss), gauss, scaled


def _Phi(x: Floats) -> Any:
    tail, _, _ = _tail(x)
    return np.where(x < 0, tail, 1 - tail)


def _logPhi(x: Floats) -> Any:
    tail, _, scaled = _tail(x)
    far = x < -1
    log = np.where(x < 0, np.log(np.where(far, scaled, tail)), np.log1p(-tail))
    return log - np.where(far, 0.5 * x * x, 0)


def _mills(x: Floats) -> Any:
    tail, gauss, scaled = _tail(x)
    share = np.where(x < -1, 1 / scaled, gauss / np.where(x < 0, tail, 1 - tail))
    return np.where(x < -1e9, -x, PHI_AT_ZERO * share)
