"""Checks of arguments that are declared as symmetric, positive definite, lower or diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derive.arrays.wide.matrix_places import Stack


def spd_argument(name: str, array: Stack, kept: Any, check: bool) -> None:
    """Raises ValueError unless all are symmetric; where `check`, positive definite too.

    Otherwise those are found where they are factored.
    """
    symmetric_argument(name, array, kept, check)
    if not check:
        return
    try:
        np.linalg.cholesky(array)
        return
    except np.linalg.LinAlgError:
        pass
    for place in np.ndindex(array.shape[:-2]):
        try:
            np.linalg.cholesky(array[place])
        except np.linalg.LinAlgError:
            if matrix_counts(kept, array, place):
                raise ValueError(f"{name} must be positive definite; it is not"
                                 f"{place_words(place)}") from None


def symmetric_argument(name: str, array: Stack, kept: Any, check: bool) -> None:
    """Raises ValueError unless all are symmetric, but for rounding, and finite."""
    finite_matrix(name, array, kept)
    across = np.swapaxes(array, -1, -2)
    size = np.abs(array).max(axis=(-2, -1), keepdims=True, initial=0)
    limit = 8 * array.shape[-1] * np.finfo(array.dtype).eps * size
    refused_elements(name, "symmetric", np.abs(array - across) > limit, array, kept)


def lower_argument(name: str, array: Stack, kept: Any, check: bool) -> None:
    """Raises ValueError unless all are lower triangles, and finite."""
    finite_matrix(name, array, kept)
    above = np.triu(np.ones(array.shape[-2:], bool), 1)
    refused_elements(name, "a lower triangle", (array != 0) & above, array, kept)


def diagonal_argument(name: str, array: Stack, kept: Any, check: bool) -> None:
    """Raises ValueError unless all are diagonal, and finite."""
    finite_matrix(name, array, kept)
    aside = ~np.eye(array.shape[-1], dtype=bool)
    refused_elements(name, "diagonal", (array != 0) & aside, array, kept)


def finite_matrix(name: str, array: Stack, kept: Any) -> None:
    """Raises ValueError for NaN and infinities."""
    refused_elements(name, "finite", ~np.isfinite(array), array, kept)


def refused_elements(name: str, want: str, bad: Stack, array: Stack, kept: Any) -> None:
    """Raises ValueError for the first example with bad elements that counts."""
    if not bad.any():
        return
    for spot in np.argwhere(bad):
        *place, row, column = map(int, spot)
        if matrix_counts(kept, array, tuple(place)):
            turned = f", [{column}, {row}] is {array[(*place, column, row)]}" \
                if want == "symmetric" else ""
            raise ValueError(f"{name} must be {want}; it is not{place_words(place)}: its element "
                             f"[{row}, {column}] is {array[(*place, row, column)]}{turned}")


def matrix_counts(kept: Any, array: Stack, place: tuple[int, ...]) -> bool:
    """Whether an example counts; one of whose matrix others have a share always does."""
    return kept is None or kept.shape != array.shape[:-2] or bool(kept[place])


def place_words(place: Sequence[int]) -> str:
    """The place of an example in the batch, in words."""
    return f" at {list(place)}" if len(place) else ""
