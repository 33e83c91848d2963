"""log(Gamma) and its first two derivatives, for positive numbers.

From 5.5 on Stirling's series and its derivatives (DLMF 5.11.1, 5.11.2, 5.15.8). From 3/4 to 5.5
quotients of polynomials, for loggamma and digamma times the factors that vanish at their roots.
Below 3/4 the recurrence leads to x + 1. benchmarks/special_coefficients.py computes the tables.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.function_pieces import Floats, Table, in_pieces, quotient, quotient_table

# From 3/4 to 2 in x - 3/4: loggamma(x) / ((x - 1) * (x - 2)), digamma(x) / (x - root), trigamma(x).
# From 2 to 5.5 in x - 2: loggamma(x) / (x - 2), digamma(x) / (x - root), trigamma(x).
# From 5.5 on in 1/x**2: what Stirling's series have beyond their first terms.
LOGGAMMA_TABLE = quotient_table(
    (0.515625, [0.13487404458014518, 0.22618911746087136, -0.2471341044606536,
     -0.7561805970934329, -0.5751015397252597, -0.17753250137162263, -0.021082996281141228,
     -0.000669239292373986], [1.0, 4.28954674410389, 7.193694339584937, 5.975971941687808,
     2.573251407707253, 0.5489316617676339, 0.050060977683233226, 0.0013280720144705006]),
    (0.609375, [-0.18659066490153287, 0.04453859120399725, 0.2541457716488949,
     0.15094820123783798, 0.03559188778308682, 0.0036166705158212926, 0.00013890433222848582,
     1.2844352257127085e-06], [1.0, 1.4895088260003901, 0.8511648734471998,
     0.23464931666025232, 0.03224498520642398, 0.002060289851038419, 5.0029905545341835e-05,
     2.647596371217862e-07]),
    (0.0, [0.08333333333333333, -0.0027777777777648043, 0.0007936507853393013,
     -0.0005952360502696809, 0.0008415009114331926, -0.0019006195721743896,
     0.00575236174710752, -0.014943146527973733], [1.0]),
)
DIGAMMA_TABLE = quotient_table(
    (1.03125, [0.49462384853834457, -0.04964517347248519, -0.9156107654857013,
     -0.6894489403195139, -0.20354134280599326, -0.026792194141258434, -0.0014454883712655192,
     -2.2434043068428038e-05], [1.0, 2.7860906737261963, 2.7145687661720608,
     1.2294708948867312, 0.2795565919637625, 0.031239486468359376, 0.001510601276819503,
     2.189639193432713e-05]),
    (0.53125, [0.2540575386041053, 0.09830275857170165, -0.06453617873874133,
     -0.04364097993850837, -0.00908606070073428, -0.0007980792220807279,
     -2.7746633091185506e-05, -2.676140784446253e-07], [1.0, 1.413229913300047,
     0.7673379646018642, 0.20445371850365607, 0.028194030662874164, 0.001937145811290162,
     5.7607937103930606e-05, 5.075443303270228e-07]),
    (0.0, [0.08333333333333329, -0.00833333333313146, 0.003968253838799225,
     -0.0041666347570395645, 0.0075718454579699135, -0.0208267371748497, 0.0728801265832711,
     -0.20652008433010027], [1.0]),
)
TRIGAMMA_TABLE = quotient_table(
    (1.03125, [1.5106296476716066, 1.9107577257607937, -1.7197631235490738, -4.756109318087643,
     -3.571117454794086, -1.1884569338906663, -0.15238167586990636], [1.0, 4.775088952620994,
     9.081726895342312, 8.836450433646677, 4.68355577288937, 1.2957277553350297,
     0.1477642321368312, -1.0228171136404193e-08]),
    (0.296875, [0.34805906684822646, 0.43048109801743006, 0.11126086941562852,
     -0.07858996024520352, -0.05831019494571943, -0.014238009710390503,
     -0.0012594100465946247], [1.0, 2.3978542259913294, 2.3941257272562226, 1.2768608019499488,
     0.38466043919610593, 0.06224920542921475, 0.004242223345798618, -8.607639741668633e-13]),
    (0.0, [0.16666666666666582, -0.03333333333001752, 0.023809521681116955,
     -0.03333280768709188, 0.0756929195863781, -0.2486916836485116, 0.9911608524583934,
     -3.0339598644625774], [1.0]),
)
DIGAMMA_ROOT_HIGH = 0.46163214496836236  # of digamma(1 + t), the sum of two floats
DIGAMMA_ROOT_LOW = -1.5522348162858677e-17
HALF_LOG_TWO_PI = 0.9189385332046728


def loggamma(u: object, out: Floats | None = None) -> Any:
    """log(Gamma(u)) for u > 0, accurate beside its roots 1 and 2 too."""
    return in_pieces(_loggamma, u, out)


def digamma(u: object, out: Floats | None = None) -> Any:
    """The derivative of log(Gamma(u)) for u > 0, accurate beside its root too."""
    return in_pieces(_digamma, u, out)


def trigamma(u: object, out: Floats | None = None) -> Any:
    """The second derivative of log(Gamma(u)) for u > 0."""
    return in_pieces(_trigamma, u, out)


def _gamma_parts(u: Floats, table: Table) -> tuple[Any, Any, Any, Any, Any]:
    """u, or NaN below 0; where it is low, and far; x - 1, or x where it is low; the table there."""
    x = np.where(u < 0, np.nan, np.abs(u))
    low, middle, far = x < 0.75, x >= 2, x >= 5.5
    t = np.where(low, x, x - 1)
    s = np.where(far, 1 / (x * x), np.where(middle, t - 1, t + 0.25))
    return x, low, far, t, quotient(table, s, np.add(middle, far, dtype=np.intp))


def _loggamma(u: Floats) -> Any:
    x, low, far, t, value = _gamma_parts(u, LOGGAMMA_TABLE)
    log = np.log(x)
    near = np.where(x < 2, t, 1) * (t - 1) * value - np.where(low, log, 0)
    return np.where(far, (x - 0.5) * (log - 1) + (HALF_LOG_TWO_PI - 0.5 + value / x), near)


def _digamma(u: Floats) -> Any:
    x, low, far, t, value = _gamma_parts(u, DIGAMMA_TABLE)
    inverse = 1 / x
    near = (t - DIGAMMA_ROOT_HIGH - DIGAMMA_ROOT_LOW) * value - np.where(low, inverse, 0)
    return np.where(far, np.log(x) - inverse * (0.5 + inverse * value), near)


def _trigamma(u: Floats) -> Any:
    x, low, far, _, value = _gamma_parts(u, TRIGAMMA_TABLE)
    inverse = 1 / x
    near = value + np.where(low, inverse * inverse, 0)
    return np.where(far, inverse + inverse * inverse * (0.5 + inverse * value), near)
