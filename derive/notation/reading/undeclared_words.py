"""What words over whole arrays tell of the names in them: `trace(A)`, `outer(a, b)`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from derive.notation.reading.scope import Scope
from derive.notation.reading.undeclared_axes import Shape, Shaped, Unsettled, Use


class Uses(Protocol):
    """What the words ask of the reader of uses around them."""

    @property
    def scope(self) -> Scope:
        """What is declared."""

    @property
    def uses(self) -> dict[str, Use]:
        """The undeclared names."""

    def of_rank(self, shape: Shaped, rank: int | None) -> Shape:
        """The shape of what has to be an array."""

    def ask(self, value: Shaped) -> None:
        """Notes that the use of names does not decide what they are."""


def shape_of_word(uses: Uses, name: str, values: Sequence[Shaped]) -> Shaped:
    """The shape of what a word makes of its arguments; notes what it tells of them."""
    function = uses.scope.functions.get(name)
    if name in _WORDS and len(values) == _WORDS[name][0]:
        return _WORDS[name][1](uses, values)
    if function is not None and function.takes_matrix and values:
        square = _square(uses, values)
        return square if function.matrix_valued else ()
    for value in values:
        _unclear(uses, value)
    return ()


def _unclear(uses: Uses, value: Shaped) -> None:
    """Of an argument whose shape the word leaves open a capital letter is asked for."""
    if isinstance(value, Unsettled) and any(name[0].isupper() for name in value.names):
        uses.ask(value)


def _square(uses: Uses, values: Sequence[Shaped]) -> Shape:
    axes = uses.of_rank(values[0], 2)
    if len(axes) == 2:
        axes[0].join(axes[1])
    return axes


def _number_of_square(uses: Uses, values: Sequence[Shaped]) -> Shape:
    _square(uses, values)
    return ()


def _outer(uses: Uses, values: Sequence[Shaped]) -> Shape:
    first, second = (uses.of_rank(value, 1) for value in values)
    return (*first, *second)


def _alike(uses: Uses, values: Sequence[Shaped]) -> Shape:
    """Vectors of one dimension, of which a number is made."""
    shapes = [uses.of_rank(value, 1) for value in values]
    for axes in shapes[1:]:
        for a, b in zip(shapes[0], axes, strict=False):
            a.join(b)
    return ()


def _norm(uses: Uses, values: Sequence[Shaped]) -> Shape:
    """The norm of a vector, or of a matrix by a capital letter."""
    value = values[0]
    capital = isinstance(value, Unsettled) and all(name[0].isupper() for name in value.names)
    uses.of_rank(value, 2 if capital else 1)
    return ()


def _solve(uses: Uses, values: Sequence[Shaped]) -> Shape:
    square, right = _square(uses, values), uses.of_rank(values[1], None)
    if square and right:
        square[1].join(right[0])
    return right


def _transposed(uses: Uses, values: Sequence[Shaped]) -> Shape:
    return tuple(reversed(uses.of_rank(values[0], None)))


_WORDS: dict[str, tuple[int, Callable[[Uses, Sequence[Shaped]], Shape]]] = {
    "trace": (1, _number_of_square), "outer": (2, _outer), "dot": (2, _alike),
    "inner": (2, _alike), "norm": (1, _norm), "solve": (2, _solve), "transpose": (1, _transposed),
}
