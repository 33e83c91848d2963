"""Functions of numbers that PyTorch lacks, or has with few digits; printed into modules."""

from __future__ import annotations

import torch
from torch import Tensor


def mills(u: Tensor) -> Tensor:
    """phi(u) / Phi(u), of the standard normal distribution."""
    near = u.clamp(max=9)  # beyond, Phi(u) is 1, and erfcx soon infinite, which has no derivative
    far = 0.3989422804014327 * torch.exp(-0.5 * u * u)
    return torch.where(u > 9, far, 0.7978845608028654 / torch.special.erfcx(
        -0.7071067811865476 * near))


def sign(u: Tensor) -> Tensor:
    """The sign, of which there is no derivative; NaN of NaN, of which torch.sign is 0."""
    near = u.detach().clamp(-1, 1)
    return (near + torch.sign(near)).clamp(-1, 1)


def trigamma(u: Tensor) -> Tensor:
    """The second derivative of log(Gamma(u)) for u > 0; torch.polygamma has ten digits.

    Stirling's series at u + 12, and the recurrence.
    """
    x = torch.where(u < 0, torch.nan, u)
    steps = sum(1 / (x + k) ** 2 for k in range(12))
    x = 1 / (x + 12)
    square, series = x * x, torch.zeros_like(x)
    for number in (7 / 6, -691 / 2730, 5 / 66, -1 / 30, 1 / 42, -1 / 30, 1 / 6):
        series = (series + number) * square
    return steps + x * (1 + x / 2 + series)


def log1pmx(u: Tensor) -> Tensor:
    """log(1 + u) - u, near 0 by the series of log((1 + t)/(1 - t)) with t = u/(2 + u)."""
    near = torch.where(u.abs() < 0.4, u, 0)
    t = near / (2 + near)
    series = torch.zeros_like(t)
    for k in range(29, 1, -2):
        series = (series + 1 / k) * (t * t)
    return torch.where(u.abs() < 0.4, 2 * t * series - near * t, torch.log1p(u) - u)


def expm1quotient(u: Tensor) -> Tensor:
    """u / (exp(u) - 1), 1 at 0 and 0 at infinity; neither it nor its slope overflows."""
    near, far = torch.abs(u) < 1e-4, u == torch.inf
    size = torch.where(near | far, 1, torch.abs(u))
    falling = torch.where(u > 0, torch.exp(-size), 1) * size / -torch.expm1(-size)
    return torch.where(near, 1 - u / 2 + u * u / 12, torch.where(far, 0, falling))


def expm1mx(u: Tensor) -> Tensor:
    """exp(u) - 1 - u, near 0 by the series of exp."""
    small = u.clamp(-1, 1)
    series = torch.ones_like(small)
    for k in range(20, 2, -1):
        series = 1 + small / k * series
    return torch.where(u.abs() < 1, small * small / 2 * series, torch.expm1(u) - u)


def E1(u: Tensor) -> Tensor:
    """The exponential integral: its series up to 1.5, beyond a continued fraction."""
    low = u.clamp(max=1.5)
    series = torch.zeros_like(low)
    for k in range(24, 0, -1):
        series = low / k * (1 / k - series)
    near = -0.5772156649015329 - torch.log(low) + series
    high = u.clamp(min=1.5)
    fraction = high
    for k in range(60, 0, -1):
        fraction = high + k / (1 + k / fraction)
    return torch.where(u <= 1.5, near, torch.exp(-u) / fraction)


def loggamma_rise(u: Tensor, d: Tensor) -> Tensor:
    """log(Gamma(u + d)) - log(Gamma(u)), from 16 on by Stirling's series without cancellation."""
    far = torch.where(u >= 16, u, 16)
    top, low = 1 / (far + d), 1 / far
    series = stirling(top) - stirling(low)
    rise = (far - 0.5) * torch.log1p(d / far) + d * torch.log(far + d) - d + series
    return torch.where(u >= 16, rise, torch.lgamma(u + d) - torch.lgamma(u))


def stirling(x: Tensor) -> Tensor:
    """What log(Gamma(1/x)) has beyond the first terms of Stirling's series."""
    square = x * x
    return x * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680))))


def digamma_rise(u: Tensor, d: Tensor) -> Tensor:
    """digamma(u + d) - digamma(u), from 16 on by the asymptotic series."""
    far = torch.where(u >= 16, u, 16)
    top = far + d
    rise = torch.log1p(d / far) + d / (2 * far * top) + beyond(far) - beyond(top)
    return torch.where(u >= 16, rise, torch.digamma(u + d) - torch.digamma(u))


def beyond(x: Tensor) -> Tensor:
    """log(x) - 1/(2 x) - digamma(x), by the asymptotic series."""
    square = 1 / (x * x)
    return square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240))))


def logB(u: Tensor, v: Tensor) -> Tensor:
    """log(Gamma(u)) + log(Gamma(v)) - log(Gamma(u + v))."""
    low, high = torch.minimum(u, v), torch.maximum(u, v)
    return torch.lgamma(low) - loggamma_rise(high, low)


def logPhi_between(u: Tensor, v: Tensor, d: Tensor) -> Tensor:
    """log(Phi(u) - Phi(v)) where u = v + d, on the side on which both are small."""
    turned = u + v > 0
    high, low = torch.where(turned, -v, u), torch.where(turned, -u, v)
    top = torch.special.log_ndtr(high)
    return top + torch.log(-torch.expm1(torch.special.log_ndtr(low) - top))


def mills_between(u: Tensor, v: Tensor, d: Tensor) -> Tensor:
    """phi(u) / (Phi(u) - Phi(v)) where u = v + d."""
    return torch.exp(-0.5 * u * u - 0.9189385332046728 - logPhi_between(u, v, d))


def mean_between(u: Tensor, v: Tensor, d: Tensor) -> Tensor:
    """(phi(v) - phi(u)) / (Phi(u) - Phi(v)) where u = v + d."""
    middle = d * (u + v) / 2
    near = torch.where(middle >= 0, v, u)
    density = torch.exp(-0.5 * near * near - 0.9189385332046728 - logPhi_between(u, v, d))
    share = -torch.expm1(-torch.abs(middle))
    return torch.where(middle >= 0, 1, -1) * density * share


def loggamma_bend(u: Tensor, v: Tensor, w: Tensor) -> Tensor:
    """The rise of log(Gamma) over w from u + v on, less that from u on."""
    return loggamma_rise(u + v, w) - loggamma_rise(u, w)


def digamma_half_rise(u: Tensor) -> Tensor:
    """u (digamma(u + 1/2) - digamma(u)) - 1/2, from 32 on by its asymptotic series."""
    far = torch.where(u >= 32, u, 32)
    square = 1 / (far * far)
    series = 1 / 64 - square * (1 / 128 - square * (17 / 2048 - square * (31 / 2048)))
    half = torch.full_like(u, 0.5)
    return torch.where(u >= 32, (1 / 8 - square * series) / far, u * digamma_rise(u, half) - 0.5)


def langevin(u: Tensor) -> Tensor:
    """coth(u) - 1/u, near 0 by its continued fraction u/(3 + u**2/(5 + ...))."""
    small = torch.abs(u) < 1.5
    square = torch.where(small, u * u, 1)
    near = torch.full_like(u, 23.0)
    for k in range(10, 0, -1):
        near = (2 * k + 1) + square / near
    large = torch.where(small, 1, u)
    return torch.where(small, u / near, 1 / torch.tanh(large) - 1 / large)
