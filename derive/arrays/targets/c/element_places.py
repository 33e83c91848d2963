"""Where the elements of arrays lie in C: dimensions and places as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.core.kinds import Dimension


class ElementPlaces:
    """Arrays in the order of C; `sizes` are the symbolic dimensions and their names."""

    sizes: Mapping[Dimension, str]

    def dim(self, dim: Dimension) -> str:
        """A dimension."""
        return self.sizes.get(dim, str(getattr(dim, "fixed", None) or dim))

    def size(self, dims: Sequence[Dimension]) -> str:
        """The number of elements of an array."""
        return " * ".join(map(self.dim, dims)) or "1"

    def place(self, dims: Sequence[Dimension], at: Sequence[str]) -> str:
        """The place of an element in an array."""
        text = ""
        for dim, index in zip(dims, at, strict=True):
            text = f"({text}) * {self.dim(dim)} + {index}" if text else index
        return text
