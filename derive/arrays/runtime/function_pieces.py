"""What the special functions rest on: pieces of an array, and quotients of polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.array_functions import into

Floats = np.ndarray[Any, np.dtype[Any]]
Table = tuple[Floats, Floats]
PIECE = 1 << 13  # elements of an array, so that what a function computes on its way stays in cache


def in_pieces(function: Any, u: object, out: Floats | None = None) -> Any:
    """A function of float64 elements for an array of any floats, which keeps its dtype."""
    given: Floats = np.asarray(u)
    if out is not None and out.shape == given.shape and out.flags.c_contiguous:
        made = out
    else:
        made = np.empty(given.shape, given.dtype if given.dtype.kind == "f" else np.float64)
    flat, values = given.reshape(-1), made.reshape(-1)
    with np.errstate(all="ignore"):
        for start in range(0, flat.size, PIECE):
            part = slice(start, start + PIECE)
            values[part] = function(flat[part].astype(np.float64, copy=False))
        return made if made is out else into(out, made[()])


def several_in_pieces(function: Any, given: tuple[object, ...], out: Floats | None = None,
                      ) -> Any:
    """A function of several float64 elements for arrays of any floats, which keeps their dtype."""
    arrays = [np.asarray(u) for u in given]
    dtype = np.result_type(*arrays)
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    flat = [a if a.ndim == 0 else np.broadcast_to(a, shape).reshape(-1) for a in arrays]
    made = np.empty(shape, dtype if dtype.kind == "f" else np.float64)
    values = made.reshape(-1)
    with np.errstate(all="ignore"):
        for start in range(0, values.size, PIECE):
            part = slice(start, start + PIECE)
            values[part] = function(*(np.broadcast_to(a if a.ndim == 0 else a[part], values[
                part].shape).astype(np.float64, copy=False) for a in flat))
        return into(out, made[()])


def quotient_table(*rows: tuple[float, list[float], list[float]]) -> Table:
    """Quotients of polynomials as arrays: coefficients by part, power and row; and the constants.

    A row is a constant, numerator and denominator, their lowest power first; they are filled up to
    a power of 2. Where all denominators are 1 there are none.
    """
    plain = all(bottom == [1.0] for _, _, bottom in rows)
    size = 1 << (max(len(part) for _, *parts in rows for part in parts) - 1).bit_length()
    table = np.zeros((1 if plain else 2, size, len(rows)))
    for place, (_, *parts) in enumerate(rows):
        for part, numbers in zip(table, parts, strict=False):
            part[:len(numbers), place] = numbers
    return table, np.array([constant for constant, *_ in rows])


def quotient(table: Table, t: Floats, place: Floats) -> Any:
    """The constant and the quotient of polynomials in t that stand in each element's row."""
    coefficients, constants = table
    values = coefficients.take(place, axis=2, mode="clip")
    while values.shape[1] > 1:  # pairs of powers become powers of the square
        even, values = values[:, ::2], values[:, 1::2]
        values *= t
        values += even
        t = t * t
    value = values[0, 0] / values[1, 0] if len(values) > 1 else values[0, 0]
    return constants.take(place, mode="clip") + value
