"""Functions of matrices in the operations of PyTorch; printed into modules."""

from __future__ import annotations

import torch
from torch import Tensor


def as_columns(b: Tensor, columns: int) -> Tensor:
    """Right sides of a linear system along one last axis."""
    return b.unsqueeze(-1) if columns == 0 else b.flatten(-columns)


def as_sides(x: Tensor, b: Tensor, columns: int) -> Tensor:
    """Solutions in the shape of the right sides."""
    if columns == 0:
        return x.squeeze(-1)
    return x.reshape(*x.shape[:-1], *b.shape[-columns:])


def solve(a: Tensor, b: Tensor, columns: int) -> Tensor:
    """The solutions of a x = b."""
    return as_sides(torch.linalg.solve(a, as_columns(b, columns)), b, columns)


def factor_solve(a: Tensor, b: Tensor, columns: int) -> Tensor:
    """The solutions of a a' x = b, of a lower triangle a."""
    first = torch.linalg.solve_triangular(a, as_columns(b, columns), upper=False)
    return as_sides(torch.linalg.solve_triangular(a.mT, first, upper=True), b, columns)


def lower_solve(a: Tensor, b: Tensor, columns: int) -> Tensor:
    """The solutions of a x = b, of a lower triangle a."""
    return as_sides(torch.linalg.solve_triangular(a, as_columns(b, columns), upper=False), b,
                    columns)


def upper_solve(a: Tensor, b: Tensor, columns: int) -> Tensor:
    """The solutions of a x = b, of an upper triangle a."""
    return as_sides(torch.linalg.solve_triangular(a, as_columns(b, columns), upper=True), b,
                    columns)


def inverse(a: Tensor) -> Tensor:
    """The inverse."""
    return torch.linalg.inv(a)


def factor_inverse(a: Tensor) -> Tensor:
    """The inverse of a a', of a lower triangle a."""
    rows = lower_inverse(a)
    return rows.mT @ rows


def lower_inverse(a: Tensor) -> Tensor:
    """The inverse of a lower triangle."""
    eye = torch.eye(a.shape[-1], dtype=a.dtype, device=a.device)
    return torch.linalg.solve_triangular(a, eye.expand(a.shape), upper=False)


def upper_inverse(a: Tensor) -> Tensor:
    """The inverse of an upper triangle."""
    eye = torch.eye(a.shape[-1], dtype=a.dtype, device=a.device)
    return torch.linalg.solve_triangular(a, eye.expand(a.shape), upper=True)


def cholesky(a: Tensor) -> Tensor:
    """The lower triangle whose product with its transpose is a."""
    return torch.linalg.cholesky(a)


def determinant(a: Tensor) -> Tensor:
    """The determinant."""
    return torch.linalg.det(a)


def log_determinant(a: Tensor) -> Tensor:
    """The logarithm of the determinant, which must be positive; NaN where it is not."""
    sign, size = torch.linalg.slogdet(a)
    return torch.where(sign > 0, size, torch.nan)
