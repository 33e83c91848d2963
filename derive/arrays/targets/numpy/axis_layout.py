"""How the axes of a program's values lie in memory, as text of NumPy code.

In rows the batch axis is first and the indices follow; in columns it is last. Short index axes
are quick in columns, where NumPy's inner loops run along the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """One of the two layouts."""

    columns: bool = False

    def axis(self, place: int) -> int:
        """The array's axis of an index axis."""
        return place if self.columns else place + 1

    def shape(self, dims: tuple[str, ...]) -> str:
        """The shape of a batched array."""
        parts = (*dims, "n") if self.columns else ("n", *dims)
        return "(" + ", ".join(parts) + ("," if len(parts) == 1 else "") + ")"

    def others(self, rank: int) -> str:
        """All axes but the batch's, as a tuple."""
        return repr(tuple(self.axis(n) for n in range(rank)))

    def slots(self, own: Sequence[str], batch: str) -> str:
        """Subscripts of an array, the batch's among them; none for the batch where it is empty."""
        slots = [*own, batch] if self.columns else [batch, *own]
        return ", ".join(slot for slot in slots if slot)

    def suffix(self, axes: tuple[int | None, ...], batched: bool) -> str:
        """What puts an array's own axes along the axes of a result, as text behind its name."""
        return self._turned([a for a in axes if a is not None], batched) + \
            self._widened(["None" if a is None else ":" for a in axes], batched)

    def _turned(self, order: list[int], batched: bool) -> str:
        if order == sorted(order):
            return ""
        if self.columns:
            order = [*order, len(order)]
        elif batched:
            order = [0, *(a + 1 for a in order)]
        return f".transpose({', '.join(map(str, order))})"

    def _widened(self, slots: list[str], batched: bool) -> str:
        if self.columns:  # there, what does not vary has a batch axis of length 1
            slots = _stripped(slots)
        if "None" not in slots:
            return ""
        return f"[{self.slots(slots, ':' if batched or self.columns else '')}]"

    def letters(self, own: str, batched: bool) -> str:
        """The letters of an array's axes for einsum; the batch is z."""
        if not batched:
            return own
        return f"{own}z" if self.columns else f"z{own}"

    def arange(self, dim: str, place: int, rank: int) -> str:
        """0, 1, … along one axis of a result."""
        slots = [":" if n == place else "None" for n in range(rank)]
        slots = _stripped([*slots, "None"] if self.columns else slots)
        return f"np.arange({dim})" + (f"[{', '.join(slots)}]" if len(slots) > 1 else "")

    def batch_places(self, rank: int, places: str = "places") -> str:
        """The number of each example, along the batch axis of a result."""
        return places + ("" if self.columns or not rank else
                         f"[:, {', '.join(['None'] * rank)}]")


def _stripped(slots: list[str]) -> list[str]:
    """Subscripts without new axes in front, where NumPy puts missing ones by itself."""
    first = next((n for n, slot in enumerate(slots) if slot != "None"), len(slots))
    return slots[first:]
