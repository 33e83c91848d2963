"""The exponential integral E1 and the logarithmic integral below 1.

Up to 1/2 the logarithm and a series, beyond it quotients of polynomials for exp(x) E1(x).
benchmarks/special_coefficients.py computes the table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.function_pieces import Floats, in_pieces, quotient, quotient_table

# (E1(x) + log(x) + Euler's constant) / x up to 1/2; exp(x) E1(x) in x - 1/2 up to 2, in x - 2 up
# to 8; x exp(x) E1(x) in 1/x from there on.
E1_TABLE = quotient_table(
    (0.0, [1.0, 0.1584341559075408, 0.02295516101822782, 0.0008174248849098922,
     1.0049793722330443e-05], [1.0, 0.4084341559075402, 0.06950814443959052,
     0.005920341221475876, 0.00021642731706297656]),
    (0.515625, [0.4072856324837304, 1.7371031410177546, 1.8218997715511576,
     -1.5777920681995432, -4.3238751022139335, -3.0119348893092175, -0.840171852797065,
     -0.07920002576829144], [1.0, 6.909628732475353, 19.157886932973494, 27.347798726729923,
     21.45489355464745, 9.132626028213474, 1.9272931903512187, 0.1536009238137736]),
    (0.171875, [0.18945361688822257, 0.24758793021057407, 0.09829387759066527,
     -0.0015728216195061027, -0.011001507389483904, -0.0029772531021263096,
     -0.0003189610322774641, -1.2216973572400989e-05], [1.0, 2.038806752104626,
     1.71732652404572, 0.7716630297369153, 0.19891911201124263, 0.029284913632201367,
     0.0022693329527701993, 7.108057387523956e-05]),
    (1.0, [-6.024097986528993e-18, -0.999999999999978, -34.66783439141862, -430.3578913648899,
     -2373.7248167315706, -5850.73882129903, -5645.568650113954, -1431.156883645266], [1.0,
     36.66783439140462, 497.69356015140755, 3173.10493014251, 9970.815397150833,
     14813.071802402466, 9024.707847194595, 1544.8320731539507]),
)
EULER = 0.5772156649015329


def E1(u: object, out: Floats | None = None) -> Any:
    """The exponential integral, for u > 0."""
    return in_pieces(_E1, u, out)


def li(u: object, out: Floats | None = None) -> Any:
    """The logarithmic integral, for 0 < u < 1: -E1(-log(u))."""
    return in_pieces(_li, u, out)


def _integral_parts(x: Floats) -> tuple[Any, Any]:
    """Where x is below 1/2, E1(x) there, and exp(x) E1(x) elsewhere."""
    near, middle, far = x < 0.5, x >= 2, x >= 8
    s = np.where(far, 1 / x, np.where(near, x, np.where(middle, x - 2, x - 0.5)))
    place = np.add(np.add(x >= 0.5, middle, dtype=np.intp), far)
    value = quotient(E1_TABLE, s, place)
    return near, np.where(near, x * value - EULER - np.log(x), value / np.where(far, x, 1))


def _E1(x: Floats) -> Any:
    near, value = _integral_parts(x)
    return np.where(near, value, np.exp(-x) * value)


def _li(u: Floats) -> Any:
    near, value = _integral_parts(-np.log(u))
    return -np.where(near, value, u * value)
