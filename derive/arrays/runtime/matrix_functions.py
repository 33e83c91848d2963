"""Solutions, inverses, factors and determinants of matrices, as generated code calls them.

A matrix stands along the last two axes. Examples whose matrix is ill-conditioned, singular or not
positive definite are flagged, and computed again in wide numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.matrix_places import Stack, by_example, columned, refuse, uncolumned

ILL_CONDITIONED = 2.0**26  # beyond such a condition number a solution loses half its digits
ROWS_IN_TURN = 8    # of a triangle that is solved row by row
TRIANGLE_ROWS = 48  # rows of a triangle that LAPACK solves at once


def flag_examples(flagged: Any, ill: Stack, stack: int) -> None:
    """Flags the examples with an ill-conditioned matrix; or keeps the condition numbers."""
    if flagged is None or not np.size(ill):
        return
    worst = by_example(np.where(np.isnan(ill), np.inf, ill), stack)
    if flagged.dtype == bool:
        flagged |= worst > ILL_CONDITIONED
    else:
        np.maximum(flagged, worst, out=flagged)


def solved(a: Stack, b: Stack, stack: int, columns: int, text: str, flagged: Any) -> Any:
    """The solutions of a x = b, with one more column for the condition number."""
    sides = columned(b, columns)
    scale, probe = probing(a)
    lead = np.broadcast_shapes(a.shape[:-2], sides.shape[:-2])
    rows, width = sides.shape[-2:]
    both = np.empty((*lead, rows, width + 1), a.dtype)
    both[..., :width], both[..., width:] = sides, probe
    x = solution(a, both, stack, text)
    flag_examples(flagged, np.max(np.abs(x[..., -1]) * scale, axis=-1, initial=0), stack)
    return uncolumned(x[..., :-1], b, columns)


def probing(a: Stack) -> tuple[Any, Any]:
    """The largest element of each column, and a column that shows the condition number.

    |a| and a inverse in turn tell it; where columns or rows are scaled, it stays as it is.
    """
    size = np.abs(a)
    scale = size.max(axis=-2, initial=0)
    signs = np.where(np.arange(a.shape[-1]) * 0.618034 % 1 < 0.5, 1.0, -1.0)
    known = np.where(scale == 0, 1, scale)
    return scale, ((size / known[..., None, :]).sum(axis=-1) * signs)[..., None]


def solution(a: Stack, b: Stack, stack: int, text: str) -> Any:
    """The solutions by LAPACK; NaN for singular matrices, which are noted."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        bad = np.asarray(np.linalg.slogdet(a)[0] == 0)
        refuse(bad, stack, f"{text} must be invertible; it is singular")
        x = np.linalg.solve(np.where(bad[..., None, None], np.eye(a.shape[-1]), a), b)
        return np.where(bad[..., None, None], np.nan, x)


def cholesky(a: Stack, stack: int, text: str, flagged: Any) -> Any:
    """The lower triangles whose product with their transpose is a; NaN where there is none."""
    try:
        factor = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        factor = np.array([_cholesky(part) for part in a.reshape(-1, *a.shape[-2:])]
                          ).reshape(a.shape)
        bad = np.isnan(factor).any(axis=(-2, -1)) & np.isfinite(a).all(axis=(-2, -1))
        refuse(np.asarray(bad), stack, f"{text} must be positive definite; it is not")
    own = np.diagonal(factor, axis1=-2, axis2=-1)
    share = np.diagonal(a, axis1=-2, axis2=-1) / (own * own)
    flag_examples(flagged, np.max(share, axis=-1, initial=0), stack)
    return factor


def _cholesky(a: Stack) -> Any:
    """The factor of one matrix, or NaN."""
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return np.full_like(a, np.nan)


def factor_solved(a: Stack, b: Stack, stack: int, columns: int, text: str, flagged: Any) -> Any:
    """The solutions of a a' x = b, of a lower triangle a."""
    x = triangular(a, columned(b, columns), True)
    return uncolumned(triangular(np.swapaxes(a, -1, -2), x, False), b, columns)


def lower_solved(a: Stack, b: Stack, stack: int, columns: int, text: str, flagged: Any) -> Any:
    """The solutions of a x = b, of a lower triangle a."""
    return _of_triangle(a, b, stack, columns, text, flagged, True)


def upper_solved(a: Stack, b: Stack, stack: int, columns: int, text: str, flagged: Any) -> Any:
    """The solutions of a x = b, of an upper triangle a."""
    return _of_triangle(a, b, stack, columns, text, flagged, False)


def _of_triangle(a: Stack, b: Stack, stack: int, columns: int, text: str, flagged: Any,
                 lower: bool) -> Any:
    bad = (np.diagonal(a, axis1=-2, axis2=-1) == 0).any(axis=-1)
    refuse(bad, stack, f"{text} must be invertible; it is singular")
    flag_examples(flagged, np.where(bad, np.inf, 1.0), stack)
    return uncolumned(triangular(a, columned(b, columns), lower), b, columns)


def triangular(a: Stack, b: Stack, lower: bool) -> Any:
    """The solutions of a x = b, of a triangle a.

    Of small triangles row by row, of large ones by halves; never by how many there are, so that
    an example has the same result in any batch.
    """
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    rows = a.shape[-1]
    if rows <= ROWS_IN_TURN:
        x = np.empty((*lead, *b.shape[-2:]), a.dtype)
        for k in range(rows) if lower else reversed(range(rows)):
            others = slice(0, k) if lower else slice(k + 1, None)
            known = np.einsum("...j,...jc->...c", a[..., k, others], x[..., others, :])
            x[..., k, :] = (b[..., k, :] - known) / a[..., k, k, None]
        return x
    if rows <= TRIANGLE_ROWS:
        known = (np.diagonal(a, axis1=-2, axis2=-1) == 0).any(axis=-1)[..., None, None]
        if known.any():
            return np.where(known, np.nan, np.linalg.solve(np.where(known, np.eye(rows), a), b))
        return np.linalg.solve(a, b)
    half = rows // 2
    first, last = slice(0, half), slice(half, rows)
    if not lower:
        first, last = last, first
    start = triangular(a[..., first, first], b[..., first, :], lower)
    rest = b[..., last, :] - np.matmul(a[..., last, first], start)
    end = triangular(a[..., last, last], rest, lower)
    return np.concatenate([start, end] if lower else [end, start], axis=-2)


def inverted(a: Stack, stack: int, text: str, flagged: Any) -> Any:
    """The inverses."""
    made = solution(a, np.eye(a.shape[-1], dtype=a.dtype), stack, text)
    scale, probe = probing(a)
    ill = np.matmul(np.abs(made), np.abs(probe))[..., 0] * scale
    flag_examples(flagged, np.max(ill, axis=-1, initial=0), stack)
    return made


def factor_inverted(a: Stack, stack: int, text: str, flagged: Any) -> Any:
    """The inverses of a a', of a lower triangle a."""
    rows = triangular(a, np.eye(a.shape[-1], dtype=a.dtype), True)
    return np.matmul(np.swapaxes(rows, -1, -2), rows)


def lower_inverted(a: Stack, stack: int, text: str, flagged: Any) -> Any:
    """The inverses of lower triangles."""
    return _of_triangle(a, np.eye(a.shape[-1], dtype=a.dtype), stack, 1, text, flagged, True)


def upper_inverted(a: Stack, stack: int, text: str, flagged: Any) -> Any:
    """The inverses of upper triangles."""
    return _of_triangle(a, np.eye(a.shape[-1], dtype=a.dtype), stack, 1, text, flagged, False)


def determinant(a: Stack, stack: int, text: str, flagged: Any) -> Any:
    """The determinants."""
    made = np.linalg.det(a)
    size, limits = np.abs(made), np.finfo(a.dtype)
    lost = ~((size >= limits.tiny) & (size <= limits.max))
    flag_examples(flagged, np.where(lost, np.inf, volume_condition(a, np.log(size))), stack)
    return made


def log_determinant(a: Stack, stack: int, text: str, flagged: Any) -> Any:
    """The logarithms of the determinants, which must be positive."""
    sign, log = np.linalg.slogdet(a)
    refuse(sign <= 0, stack, f"{text} must have a positive determinant; it has not")
    near = np.abs(log) * 1024 < a.shape[-1]
    lost = near | (sign <= 0)
    flag_examples(flagged, np.where(lost, np.inf, volume_condition(a, log)), stack)
    return np.where(sign <= 0, np.nan, log)


def volume_condition(a: Stack, log: Stack) -> Any:
    """A condition number of matrices whose determinants are known."""
    lengths = np.log((a * a).sum(axis=-1)).sum(axis=-1) / 2
    near = ~(lengths - log <= np.log(ILL_CONDITIONED))
    if not np.any(near):  # the rows are far from dependent
        return np.exp(lengths - log)
    scale, probe = probing(a)
    bad = ~np.isfinite(log)
    x = np.linalg.solve(np.where(bad[..., None, None], np.eye(a.shape[-1]), a), probe)[..., 0]
    ill = np.where(bad, np.inf, np.max(np.abs(x) * scale, axis=-1, initial=0))
    return np.where(near, ill, np.exp(lengths - log))


def outweighed(total: Stack, term: Stack, axes: tuple[int, ...], factor: float) -> Any:
    """The examples at which all of a sum is so much smaller than its terms that digits are lost."""
    left, there = (np.max(np.abs(a), axis=axes, initial=0) for a in (total, term))
    return ~(left * factor >= there)
