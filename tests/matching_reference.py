"""The published matching losses, in mpmath alone: Φ with Φ' = φ, and the cost in the output y.

The cost is Φ(z) - t z. Both are right up to a constant, which may depend on the target t.
"""

from __future__ import annotations

from mpmath import mp, mpf

_HALF = mpf(1) / 2


def _hard_sigmoid(z):
    return 0 if z < -3 else z if z > 3 else (z + 3) ** 2 / mpf(12)


def _huber(z):
    return z**2 / 2 if abs(z) <= 1 else abs(z) - _HALF


# name: (φ, Φ, cost in y and t or None, points z)
SCALAR = {
    "identity": (lambda z: z, lambda z: z**2 / 2, lambda y, t: (y - t) ** 2 / 2),
    "sigmoid": (lambda z: 1 / (1 + mp.exp(-z)), lambda z: mp.ln(1 + mp.exp(z)),
                lambda y, t: -t * mp.ln(y) - (1 - t) * mp.ln(1 - y)),
    "tanh": (mp.tanh, lambda z: mp.ln(mp.cosh(z)),
             lambda y, t: -(1 + t) * mp.ln(1 + y) / 2 - (1 - t) * mp.ln(1 - y) / 2),
    "exponential": (mp.exp, mp.exp, lambda y, t: y - t * mp.ln(y)),
    "softplus": (lambda z: mp.ln(1 + mp.exp(z)), lambda z: -mp.polylog(2, -mp.exp(z)),
                 lambda y, t: -mp.polylog(2, 1 - mp.exp(y)) - t * mp.ln(mp.exp(y) - 1)),
    "relu": (lambda z: max(z, mpf(0)), lambda z: max(z, mpf(0)) ** 2 / 2,
             lambda y, t: y**2 / 2 - t * y),
    "leaky-relu": (lambda z: z if z > 0 else z / 4, lambda z: z**2 / 2 if z > 0 else z**2 / 8,
                   lambda y, t: y**2 / 2 - t * y if y > 0 else 4 * (y**2 / 2 - t * y)),
    "hard-tanh": (lambda z: max(mpf(-1), min(mpf(1), z)), _huber, None),
    "hard-sigmoid": (lambda z: max(mpf(0), min(mpf(1), z / 6 + _HALF)), _hard_sigmoid, None),
    "probit": (mp.ncdf, lambda z: z * mp.ncdf(z) + mp.npdf(z),
               lambda y, t: mp.npdf(_quantile(y)) + (y - t) * _quantile(y)),
    "cloglog": (lambda z: 1 - mp.exp(-mp.exp(z)), lambda z: z + mp.e1(mp.exp(z)),
                lambda y, t: (1 - t) * mp.ln(-mp.ln(1 - y)) - mp.li(1 - y)),
    "cauchit": (lambda z: _HALF + mp.atan(z) / mp.pi,
                lambda z: z / 2 + (z * mp.atan(z) - mp.ln(1 + z**2) / 2) / mp.pi,
                lambda y, t: (y - t) * mp.tan(mp.pi * (y - _HALF)) + mp.ln(mp.sin(mp.pi * y))
                / mp.pi),
    "arctan": (mp.atan, lambda z: z * mp.atan(z) - mp.ln(1 + z**2) / 2,
               lambda y, t: (y - t) * mp.tan(y) + mp.ln(mp.cos(y))),
    "negative-reciprocal": (lambda z: -1 / z, lambda z: -mp.ln(-z),
                            lambda y, t: mp.ln(y) + t / y),
    "inverse-square-root": (lambda z: (-2 * z) ** -_HALF, lambda z: -mp.sqrt(-2 * z),
                            lambda y, t: -1 / y + t / (2 * y**2)),
    "erf": (mp.erf, lambda z: z * mp.erf(z) + mp.exp(-(z**2)) / mp.sqrt(mp.pi),
            lambda y, t: (y - t) * mp.erfinv(y) + mp.exp(-mp.erfinv(y) ** 2) / mp.sqrt(mp.pi)),
    "cube": (lambda z: z**3, lambda z: z**4 / 4,
             lambda y, t: abs(y) ** (mpf(4) / 3) / 4 - t * mp.sign(y) * abs(y) ** (mpf(1) / 3)),
    "softsign": (lambda z: z / (1 + abs(z)), lambda z: abs(z) - mp.ln(1 + abs(z)),
                 lambda y, t: (abs(y) - t * y) / (1 - abs(y)) + mp.ln(1 - abs(y))),
    "algebraic-sigmoid": (lambda z: z / mp.sqrt(1 + z**2), lambda z: mp.sqrt(1 + z**2),
                          lambda y, t: (1 - t * y) / mp.sqrt(1 - y**2)),
    "sinh": (mp.sinh, mp.cosh, lambda y, t: mp.sqrt(1 + y**2) - t * mp.asinh(y)),
    "asinh": (mp.asinh, lambda z: z * mp.asinh(z) - mp.sqrt(1 + z**2),
              lambda y, t: (y - t) * mp.sinh(y) - mp.cosh(y)),
    "elu": (lambda z: z if z > 0 else mp.exp(z) - 1,
            lambda z: z**2 / 2 if z > 0 else mp.exp(z) - z - 1,
            lambda y, t: y**2 / 2 - t * y if y > 0 else y - (1 + t) * mp.ln(1 + y)),
    "silu": (lambda z: z / (1 + mp.exp(-z)),
             lambda z: z * mp.ln(1 + mp.exp(z)) + mp.polylog(2, -mp.exp(z)), None),
    "gelu": (lambda z: z * mp.ncdf(z),
             lambda z: (z**2 - 1) * mp.ncdf(z) / 2 + z * mp.npdf(z) / 2, None),
    "langevin": (lambda z: mp.coth(z) - 1 / z, lambda z: mp.ln(mp.sinh(z) / z), None),
    "bessel-ratio": (lambda z: mp.besseli(1, z) / mp.besseli(0, z),
                     lambda z: mp.ln(mp.besseli(0, z)), None),
    "sine": (mp.sin, lambda z: -mp.cos(z), None),
}


def _quantile(y):
    return mp.sqrt(2) * mp.erfinv(2 * y - 1)


def _lse(z):
    return mp.ln(mp.fsum(mp.exp(v) for v in z))


def _sparsemax(z):
    for count in range(len(z), 0, -1):
        best = sorted(z, reverse=True)[:count]
        tau = (mp.fsum(best) - 1) / count
        if best[-1] > tau:
            return mp.fsum(v**2 - tau**2 for v in best) / 2
    raise AssertionError


# name: Φ of a vector, with the parameters of the table at 2
VECTOR = {
    "softmax": _lse,
    "softmax-temperature": lambda z: 2 * _lse([v / 2 for v in z]),
    "sparsemax": _sparsemax,
    "unit-vector": lambda z: mp.sqrt(mp.fsum(v**2 for v in z)),
}
