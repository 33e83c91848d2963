"""Pictures as data: curves, a map, points with a line; computed elsewhere, drawn by `drawing`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from derive.provided import provided
from derive.short_reprs import Brief


@dataclass(frozen=True)
class Curve(Brief):
    """A curve: equally long rows of x and y; `dashed` for a second kind, such as a derivative.

    Where y is not a number, the curve has a gap. `ends` are those at its jumps: x, y, and whether
    the end is closed, which it is where it is the value there.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dashed: bool = False
    ends: tuple[tuple[float, float, bool], ...] = ()


@dataclass(frozen=True)
class Mark(Brief):
    """A point to be pointed at, with a few words."""

    label: str
    x: float
    y: float


@dataclass(frozen=True)
class Picture(Brief, by=("title", "caption")):
    """One picture.

    `curves` are drawn over each other, or, where `panels` says so, in panels side by side (the
    numbers of curves of each). `heat` is a map: values (rows along y) over `extent`, x from, x to,
    y from, y to. `points` are data, joined to the first curve by residuals where `residuals`.
    `arrows` are vectors of a field: x, y, dx, dy; `path` is a closed way through it.
    """

    title: str
    x_label: str
    y_label: str
    caption: str = ""
    curves: tuple[Curve, ...] = ()
    panels: tuple[int, ...] = ()
    marks: tuple[Mark, ...] = ()
    heat: tuple[tuple[float, ...], ...] = ()
    extent: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)
    heat_label: str = ""
    points: tuple[tuple[float, float], ...] = ()
    residuals: bool = False
    arrows: tuple[tuple[float, float, float, float], ...] = ()
    path: tuple[tuple[float, float], ...] = ()
    name: str = ""
    sliders: Sequence[Any] = ()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture as .png or .svg, by the suffix. Raises DeriveError.

        That needs matplotlib (the extra `plot`).
        """
        provided("draw")(self, path)

    def __str__(self) -> str:
        return in_words(self)

    def _repr_svg_(self) -> str | None:
        return drawn.decode() if (drawn := self._drawn(".svg")) else None

    def _repr_png_(self) -> bytes | None:
        return self._drawn(".png")

    def _drawn(self, suffix: str) -> bytes | None:
        """The picture as the bytes of a file; None where matplotlib is missing."""
        content: bytes | None = provided("drawn")(self, suffix)
        return content


def in_words(picture: Picture) -> str:
    """The picture in words, for the terminal and for who cannot see it."""
    parts = [picture.title + (f": {picture.caption}" if picture.caption else "")]
    for curve in picture.curves:
        known = [n for n, y in enumerate(curve.y) if isfinite(y)]
        low, high = (choose(known, key=lambda n: curve.y[n]) for choose in (min, max))
        if curve.y[low] == curve.y[high] and not curve.ends:
            parts.append(f"{curve.label}: {curve.y[low]:.4g} everywhere")
            continue
        jumps = ", ".join(f"{x:.4g}" for x in dict.fromkeys(x for x, *_ in curve.ends))
        parts.append(f"{curve.label}: least {curve.y[low]:.4g} at {curve.x[low]:.4g}, "
                     f"greatest {curve.y[high]:.4g} at {curve.x[high]:.4g}"
                     + (f", jumps at {jumps}" if jumps else ""))
    parts += [f"{mark.label}: ({mark.x:.4g}, {mark.y:.4g})" for mark in picture.marks]
    return "\n".join(parts)
