"""The inverses of the error function and of the normal distribution function.

In the middle a quotient of polynomials in y**2, elsewhere quotients in sqrt(-log(1 - |y|)).
benchmarks/special_coefficients.py computes the table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.function_pieces import Floats, in_pieces, quotient, quotient_table

# erfinv(y) / y in y**2 up to 1/2; then the x with erfc(x) = exp(-t**2), each row in the distance of
# t from its start.
ERFINV_TABLE = quotient_table(
    (0.921875, [-0.03564807454724199, 0.3268359273570877, -0.5811564897145315,
     0.3818198469245063, -0.09548483843992145, 0.006514337797789889], [1.0,
     -2.6599546266312846, 2.5686335220784353, -1.0828992979876984, 0.18562996432609088,
     -0.00880258939807174]),
    (0.734375, [-0.25748930885531846, -0.12529463556715037, 2.2060503224062105,
     5.3557628870595995, 5.713665239077947, 3.209887984406171, 0.901542590952814,
     0.09042204612441221], [1.0, 4.0839017183129664, 6.878279083446411, 6.3182869864414535,
     3.283351139739315, 0.8957723349054675, 0.09030666072055223, 3.5751543231361454e-06]),
    (2.46875, [-0.8005616839415035, -0.40259788234499, 0.8234722172344926, 0.9975819424743964,
     0.4527763663155846, 0.09921139332070003, 0.009982942590419732, 0.0003433733184657911],
     [1.0, 1.8139150731852212, 1.3505794335164607, 0.5176233379872877, 0.10477278691761145,
     0.010147782817780329, 0.0003433234582672728, 5.502164479140001e-10]),
    (6.96875, [-2.1893651413666646, -0.5211409816138594, 0.28991520040219854,
     0.14020405133326613, 0.02325970179426149, 0.0017922266519080296, 6.21443238321223e-05,
     7.350526435689896e-07], [1.0, 0.706031917223059, 0.19662496047249403,
     0.027170785949768978, 0.0019195458083782094, 6.359432442182584e-05, 7.350395658838011e-07,
     5.266779965401968e-14]),
    (17.53125, [-4.652234365057157, -0.28268490907690297, 0.13804545911260338,
     0.022709640826360625, 0.0014246004411382661, 4.2467276669366465e-05,
     5.778238288310589e-07, 2.724315937088535e-09], [1.0, 0.2770847486524657,
     0.030184928059477523, 0.0016306675120568968, 4.5150582139146966e-05,
     5.901727170613019e-07, 2.724307687920263e-09, 1.4247721793612013e-17]),
)
ERFINV_STARTS = np.array([0.0, 0.8325, 2.0, 5.0, 13.0])
ROOT_TWO = 1.4142135623730951


def erfinv(u: object, out: Floats | None = None) -> Any:
    """The inverse of the error function."""
    return in_pieces(_erfinv, u, out)


def probit(u: object, out: Floats | None = None) -> Any:
    """The inverse of the distribution function of the standard normal distribution."""
    return in_pieces(_probit, u, out)


def _erfinv(y: Floats) -> Any:
    return _erf_inverse(y, 1 - np.abs(y))


def _probit(p: Floats) -> Any:
    return ROOT_TWO * _erf_inverse(2 * p - 1, 2 * np.minimum(p, 1 - p))


def _erf_inverse(y: Floats, rest: Floats) -> Any:
    """The inverse of erf at y, of which 1 - |y| is the rest."""
    near, t = np.abs(y) < 0.5, np.sqrt(-np.log(rest))
    place = np.where(near, 0, 1 + (t >= 2) + (t >= 5) + (t >= 13))
    value = quotient(ERFINV_TABLE, np.where(near, y * y, t - ERFINV_STARTS.take(place)), place)
    value = np.where(near, y * value, np.copysign(value, y))
    return np.where(rest == 0, np.copysign(np.inf, y), value)
