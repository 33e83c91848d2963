"""Axes of names that are found to be the same, and the letters of their dimensions."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from derive.notation.reading.scope import RESERVED

Place = tuple[str, int]  # an axis of a name; an index or label is the axis 0 of its own


@dataclass
class AxisClasses:
    """Classes of axes; the dimension of a class is declared, counted by a letter, or neither."""

    same: dict[Place, Place] = field(default_factory=dict)
    letters: dict[Place, str] = field(default_factory=dict)
    declared: dict[Place, str] = field(default_factory=dict)
    counts: dict[str, Place] = field(default_factory=dict)

    def root(self, place: Place) -> Place:
        """The axis that stands for a class."""
        while place in self.same:
            place = self.same[place]
        return place

    def unite(self, left: Place, right: Place) -> None:
        """Two axes are the same."""
        left, right = self.root(left), self.root(right)
        if left == right:
            return
        letter = self.letters.get(left) or self.letters.get(right) or ""
        declared = self.declared.get(left) or self.declared.get(right)
        self.same[right] = left
        self.letters[left] = letter
        if declared:
            self.declared[left] = declared

    def fix(self, place: Place, dim: str) -> None:
        """The dimension of an axis is declared."""
        self.declared.setdefault(self.root(place), dim)

    def is_fixed(self, place: Place) -> bool:
        """Whether the dimension of an axis is declared."""
        return self.root(place) in self.declared

    def count(self, place: Place, name: str, dims: Container[str]) -> None:
        """An index runs up to a letter, which is a dimension."""
        if name in dims:
            self.fix(place, name)
        if name in self.counts:
            self.unite(self.counts[name], place)
        self.counts.setdefault(name, place)
        self.letters[self.root(place)] = name

    def is_count(self, name: str) -> bool:
        """Whether a letter is what an index runs up to."""
        return name in self.counts

    def letter(self, place: Place, taken: set[str], dims: set[str]) -> str:
        """The dimension of an axis. Raises ValueError where it would be two things."""
        root = self.root(place)
        if root in self.declared:
            return self.declared[root]
        others = {known for p, known in self.letters.items() if self.root(p) == p and p != root}
        letter = self.letters.get(root) or next(
            c for c in "KLMNHDJPQRSABC" if c not in taken | others | dims)
        letter = letter.upper() if letter in RESERVED else letter  # d is a word of the notation
        self.letters[root] = letter
        if letter in taken:
            raise ValueError(f"{letter} would be a name and a dimension")
        if letter in others or letter in dims:
            raise ValueError(f"two different ranges would be called {letter}")
        return letter
