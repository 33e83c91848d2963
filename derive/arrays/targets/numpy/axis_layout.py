"""How the axes of a program's values lie in memory, as text of NumPy code.

In rows the batch axis is first and the indices follow; in columns it is last. Short index axes
are quick in columns, where NumPy's inner loops run along the batch.
"""

from __future__ import annotations

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

    def aligned(self, text: str, axes: tuple[int | None, ...], rank: int, batched: bool) -> str:
        """An array whose own axes lie along the axes of a result."""
        order = [a for a in axes if a is not None]
        if order != sorted(order):
            if self.columns:
                order = [*order, len(order)]
            elif batched:
                order = [0, *(a + 1 for a in order)]
            text = f"{text}.transpose({', '.join(map(str, order))})"
        slots = [":" if a is not None else "None" for a in axes]
        if self.columns:  # there, what does not vary has a batch axis of length 1
            while slots and slots[0] == "None":  # NumPy puts missing axes in front
                slots.pop(0)
            slots = [*slots, ":"] if "None" in slots else []
        elif batched:
            slots = [":", *slots] if "None" in slots else []
        elif "None" not in slots:
            slots = []
        return f"{text}[{', '.join(slots)}]" if slots else text

    def letters(self, own: str, batched: bool) -> str:
        """The letters of an array's axes for einsum; the batch is z."""
        if not batched:
            return own
        return f"{own}z" if self.columns else f"z{own}"


def arange(dim: str, place: int, rank: int, layout: Layout) -> str:
    """0, 1, … along one axis of a result."""
    slots = [":" if n == place else "None" for n in range(rank)]
    if layout.columns:
        slots.append("None")
    while slots and slots[0] == "None":
        slots.pop(0)
    return f"np.arange({dim})" + (f"[{', '.join(slots)}]" if len(slots) > 1 else "")


def batch_places(rank: int, layout: Layout) -> str:
    """The number of each example, along the batch axis of a result."""
    return "places" + ("" if layout.columns or not rank else f"[:, {', '.join(['None'] * rank)}]")
