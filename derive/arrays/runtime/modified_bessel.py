"""The modified Bessel functions I0 and I1.

Below 8 a polynomial in x**2; from 8 on sqrt(x) exp(-x) I(x) is a polynomial in 16/x - 1.
benchmarks/special_coefficients.py computes the tables.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.function_pieces import Floats, Table, in_pieces, quotient, quotient_table

BESSELI0_TABLE = quotient_table(
    (0.0, [1.0, 0.25, 0.015625000000000007, 0.00043402777777777445, 6.781684027778812e-06,
     6.781684027758202e-08, 4.709502797312111e-10, 2.4028075474081917e-12,
     9.385967122158306e-15, 2.896902788810415e-17, 7.242279005317181e-20,
     1.4962822964042478e-22, 2.5987841051325663e-25, 3.829411247002327e-28,
     5.0327117729737235e-31, 4.601357767863732e-34, 8.487698345602824e-37], [1.0]),
    (0.0, [0.4021765094450081, 0.0033605519836678913, 0.00013621607438951463,
     1.114303378845176e-05, 1.4838476780922646e-06, 2.9735992084667734e-07,
     8.872014585661555e-08, 3.932512321137824e-08, 2.156780676115673e-08,
     7.559364098665437e-09, -6.856484545962442e-09, -1.3427511481900905e-08,
     -5.0175940345046716e-09, 7.600254486433509e-09, 6.522264862032271e-09,
     -3.5862834111582305e-09, -4.5305710768621196e-09, 1.6084886155781772e-09,
     2.163681278413876e-09, -6.327909921997027e-10, -6.494591114401118e-10,
     1.7698085539456536e-10, 9.114760157514253e-11, -2.4421972688131832e-11], [1.0]),
)
BESSELI1_TABLE = quotient_table(
    (0.0, [0.5, 0.06250000000000001, 0.0026041666666666574, 5.42534722222271e-05,
     6.781684027764357e-07, 5.651403356704746e-09, 3.3639305668982475e-11,
     1.5017547367976848e-13, 5.214425120919993e-16, 1.448455537254395e-18,
     3.2918259018287706e-21, 6.2370206832638684e-24, 9.956969230500738e-27,
     1.408926251589232e-29, 1.3808181584914298e-32, 2.716505589516919e-35], [1.0]),
    (0.0, [0.38939845902587233, -0.009749577193235765, -0.00021923576383137776,
     -1.5038547198221758e-05, -1.8349102493990178e-06, -3.4838563464253135e-07,
     -1.0001075046243961e-07, -4.3128498031006734e-08, -2.3394122958362557e-08,
     -8.432168972932417e-09, 6.84757829926934e-09, 1.4051746928735543e-08,
     5.5720183980930355e-09, -7.687251308765992e-09, -6.9444186339873875e-09,
     3.501765193290176e-09, 4.763780078020254e-09, -1.5218214060680734e-09,
     -2.2624401109204446e-09, 5.870664618471487e-10, 6.7727478454462e-10,
     -1.6283264322621244e-10, -9.491890392992048e-11, 2.2421768596847442e-11], [1.0]),
)


def besseli0(u: object, out: Floats | None = None) -> Any:
    """The modified Bessel function I0."""
    return in_pieces(_besseli0, u, out)


def besseli1(u: object, out: Floats | None = None) -> Any:
    """The modified Bessel function I1."""
    return in_pieces(_besseli1, u, out)


def besseli0e(u: object, out: Floats | None = None) -> Any:
    """exp(-|u|) * I0(u)."""
    return in_pieces(_besseli0e, u, out)


def _bessel_parts(table: Table, x: Floats) -> tuple[Any, Any, Any]:
    """|x|, whether it is from 8 on, and a polynomial's value."""
    size = np.abs(x)
    far = size >= 8
    return size, far, quotient(table, np.where(far, 16 / size - 1, x * x), far.astype(np.intp))


def _besseli0(x: Floats) -> Any:
    size, far, value = _bessel_parts(BESSELI0_TABLE, x)
    return np.where(far, _grown(value / np.sqrt(size), size), value)


def _besseli0e(x: Floats) -> Any:
    size, far, value = _bessel_parts(BESSELI0_TABLE, x)
    return np.where(far, value / np.sqrt(size), value * np.exp(-size))


def _besseli1(x: Floats) -> Any:
    size, far, value = _bessel_parts(BESSELI1_TABLE, x)
    return np.where(far, np.copysign(_grown(value / np.sqrt(size), size), x), x * value)


def _grown(value: Floats, size: Floats) -> Any:
    """value * exp(size), also where exp(size) is beyond the floats and the product is not."""
    most = np.minimum(size, 700)
    return np.where(size > 720, np.inf, value * np.exp(most) * np.exp(size - most))
