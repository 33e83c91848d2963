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


def betainc(a: Tensor, b: Tensor, u: Tensor) -> Tensor:
    """The regularised incomplete beta function: a continued fraction, DLMF 8.17.22."""
    a, b, u = torch.broadcast_tensors(*(torch.as_tensor(v, dtype=u.dtype) for v in (a, b, u)))
    turned = u > (a + 1) / (a + b + 2)
    a, b = torch.where(turned, b, a), torch.where(turned, a, b)
    u = torch.where(turned, 1 - u, u)
    least = torch.finfo(u.dtype).tiny
    c, d = torch.ones_like(u), 1 - (a + b) * u / (a + 1)
    d = 1 / torch.where(d == 0, least, d)
    value = d
    for m in range(1, 300):
        two = a + 2 * m
        for weight in (m * (b - m) * u / ((two - 1) * two),
                       -(a + m) * (a + b + m) * u / (two * (two + 1))):
            d = 1 + weight * d
            d = 1 / torch.where(d == 0, least, d)
            c = 1 + weight / c
            c = torch.where(c == 0, least, c)
            value = value * (c * d)
    total = torch.lgamma(a + b) - torch.lgamma(a) - torch.lgamma(b)
    value = value * torch.exp(total + a * torch.log(u) + b * torch.log1p(-u)) / a
    return torch.where(turned, 1 - value, value)
