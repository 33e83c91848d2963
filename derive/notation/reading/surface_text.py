"""A text as it was typed beside the same text in the notation."""

from __future__ import annotations

from derive.deferred_dataclass import dataclass
from derive.errors import NotationError
from derive.notation.reading.surface_tokens import Token


@dataclass(frozen=True)
class Surface:
    """A text as typed, as the notation writes it, and where each of its signs comes from."""

    typed: str
    text: str
    places: tuple[int, ...] = ()

    def place(self, at: int) -> int:
        """The place in the typed text of a place in the text of the notation."""
        if not self.places:
            return at
        return self.places[at] if at < len(self.places) else len(self.typed)

    def blamed(self, error: NotationError) -> NotationError:
        """An error in the text of the notation, as one that points at what was typed."""
        if error.text != self.text or not self.places or error.column < 1:
            return error
        first = self.place(error.column - 1)
        last = self.place(error.column + max(1, error.length) - 2)
        return type(error)(error.message, self.typed, first + 1, max(1, last - first + 1))


@dataclass
class Level:
    """What is known inside a bracket: whether an operand has ended, and how its factor began.

    `before` is the sign before the factor, `power` says that the operand is an exponent without
    brackets; `factor` and `term` are places where the factor and its term begin.
    """

    sign: str
    place: int = 0
    closing: str = ""
    last: Token | None = None
    ended: bool = False
    before: str = ""
    power: bool = False
    factor: int = 0
    term: int = 0
