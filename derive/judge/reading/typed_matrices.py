"""Random matrices of the declared types: symmetric, positive definite, lower, diagonal."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import Any

from derive.errors import NotationError
from derive.judge.reading.lazy_arrays import Dim, Place

MATRICES = frozenset({"symmetric", "spd", "lower", "diagonal"})


def check_square(domain: str, shape: tuple[Dim, ...]) -> None:
    """Raises NotationError for a type of matrices with axes that are not square."""
    if domain in MATRICES and (len(shape) < 2 or shape[-1] != shape[-2]):
        raise NotationError(f"a {domain} matrix is square, not one of shape {shape}")


def varies(domain: str, place: Place) -> bool:
    """Whether an entry of a matrix of that type may vary; the others are 0."""
    if domain == "lower":
        return place[-1] <= place[-2]
    return domain != "diagonal" or place[-1] == place[-2]


def matrix_entries(domain: str, shape: Place, draw: random.Random,
                   number: Callable[[Place], Any], scale: Any) -> dict[Place, Any]:
    """The entries of a matrix of a type, or of a stack of them.

    `number` draws an entry; a positive definite matrix is `scale` times a random one, which is
    neither large nor nearly singular.
    """
    values: dict[Place, Any] = {}
    for lead in product(*map(range, shape[:-2])):
        places = list(product(range(shape[-2]), range(shape[-1])))
        if domain == "spd":
            values |= {(*lead, *at): scale * entry
                       for at, entry in _definite(shape[-1], draw).items()}
            continue
        for row, column in places:
            at, mirrored = (*lead, row, column), (*lead, column, row)
            if domain == "symmetric" and column < row:
                values[at] = values[mirrored]
            else:
                values[at] = number(at) if varies(domain, at) else scale * 0
    return values


def _definite(size: int, draw: random.Random) -> dict[Place, int]:
    """B Bᵀ + c I for a random B of whole numbers and c > 0."""
    factor = [[draw.randrange(-2, 3) for _ in range(size)] for _ in range(size)]
    more = draw.randrange(1, 6)
    return {(r, c): sum(x * y for x, y in zip(factor[r], factor[c], strict=True)) + more * (r == c)
            for r in range(size) for c in range(size)}
