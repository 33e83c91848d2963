"""A text as it was typed beside the same text in the notation."""

from __future__ import annotations

from dataclasses import dataclass

from derive.errors import NotationError


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
