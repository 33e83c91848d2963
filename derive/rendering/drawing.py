"""Draws pictures with matplotlib (the extra `plot`), without a display."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from derive.errors import DeriveError
from derive.extras import required
from derive.file_writing import write_file
from derive.rendering.pictures import Curve, Picture

SUFFIXES = (".png", ".svg")
# Okabe & Ito: kept apart by colour-blind readers too; each has a line style of its own besides.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_STYLES = ("-", "--", "-.", ":")
_GREY = "#555555"
_APART = 0.07  # of the height of a panel: how far labels are apart at least
_SETTINGS = {"font.family": "DejaVu Sans", "mathtext.fontset": "dejavusans", "font.size": 10,
             "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": _GREY,
             "axes.labelcolor": "#222222", "xtick.color": _GREY, "ytick.color": _GREY,
             "axes.titlesize": 11, "axes.ymargin": 0.1, "svg.hashsalt": "derive",
             "svg.fonttype": "path", "lines.linewidth": 2}


def check_drawing(path: Path) -> None:
    """Tries whether a picture can be made at `path`. Raises DeriveError."""
    required("matplotlib", "plots need")
    if path.suffix.lower() not in SUFFIXES:
        raise DeriveError(f"a plot is written as .png or .svg, not {path.name!r}")
    if path.is_dir() or not os.access(path.resolve().parent, os.W_OK):
        raise DeriveError(f"cannot write {path}: it is a folder, or its folder is missing or "
                          "not writable")


def draw(picture: Picture, path: str | Path) -> None:
    """Writes a picture as PNG or SVG, by the suffix. Raises DeriveError."""
    path = Path(path)
    check_drawing(path)
    write_file(path, _content(picture, path.suffix.lower()))


def drawn(picture: Picture, suffix: str) -> bytes | None:
    """The bytes of a picture in a file of that suffix; None where matplotlib is missing."""
    return None if find_spec("matplotlib") is None else _content(picture, suffix)


def _content(picture: Picture, suffix: str) -> bytes:
    matplotlib = import_module("matplotlib")
    with matplotlib.rc_context(_SETTINGS):
        drawn = figure(picture, import_module("matplotlib.figure").Figure)
        backend = "agg.FigureCanvasAgg" if suffix == ".png" else \
            "svg.FigureCanvasSVG"
        module, _, name = backend.partition(".")
        getattr(import_module(f"matplotlib.backends.backend_{module}"), name)(drawn)
        content = BytesIO()
        drawn.savefig(content, format=suffix[1:], dpi=150,
                      metadata={"Date": None} if suffix == ".svg" else None)
    return content.getvalue()


def figure(picture: Picture, made: Callable[..., Any]) -> Any:
    """The picture on a figure of matplotlib; `made` makes one, such as `plt.figure`."""
    panels = picture.panels or (len(picture.curves),)
    square = bool(picture.heat or picture.arrows)
    width = 5.4 if square else 6.4 if len(panels) == 1 else 4.6 * len(panels)
    drawn = made(figsize=(width, 4.4 if square else 3.8), layout="constrained")
    grid = drawn.subplots(1, len(panels), squeeze=False)[0]
    start = 0
    for axes, count in zip(grid, panels, strict=True):
        _curves(axes, picture, start, count)
        start += count
        axes.set_xlabel(picture.x_label)
        alone = picture.curves[start - 1].label if count == 1 and len(panels) > 1 else ""
        axes.set_ylabel(picture.y_label or alone)
    axes = grid[0]
    if picture.heat:
        _heat(drawn, axes, picture)
    if picture.points:
        _points(axes, picture)
    if picture.arrows:
        _field(axes, picture)
    _marks(axes, picture)
    drawn.suptitle(picture.title, fontsize=12)
    if picture.caption:
        drawn.supxlabel(picture.caption, fontsize=8.5, color=_GREY)
    return drawn


def _curves(axes: Any, picture: Picture, start: int, count: int) -> None:
    """The curves of a panel; where they jump, their ends are open or closed dots."""
    curves = picture.curves[start:start + count]
    for number, curve in enumerate(curves):
        colour, style = COLOURS[number % len(COLOURS)], _STYLES[number % len(_STYLES)]
        axes.plot(curve.x, curve.y, color=colour, linestyle="--" if curve.dashed else style,
                  label=curve.label)
        for x, y, closed in curve.ends:
            axes.plot([x], [y], "o", markersize=5.5, markeredgewidth=1.6, markeredgecolor=colour,
                      markerfacecolor=colour if closed else "white", zorder=3)
    if count:
        axes.grid(alpha=0.25)
    if count > 1 and not picture.points and not _labelled(axes, curves):
        _legend(axes)


def _labelled(axes: Any, curves: Sequence[Curve]) -> bool:
    """Whether the curves have their labels at their right ends, which must not lie too near."""
    low, high = axes.get_ylim()
    right = max(curve.x[-1] for curve in curves)
    ends = sorted((curve.y[-1] - low) / (high - low) for curve in curves)
    if any(curve.x[-1] < right for curve in curves) or \
            any(b - a < _APART for a, b in pairwise(ends)):
        return False
    for number, curve in enumerate(curves):
        axes.annotate(curve.label, (curve.x[-1], curve.y[-1]), xytext=(6, 0), va="center",
                      textcoords="offset points", annotation_clip=False, fontsize=9.5,
                      color=COLOURS[number % len(COLOURS)])
    return True


def _legend(axes: Any) -> None:
    """The legend, above the axes and never over a curve."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9.5,
                borderaxespad=0.2, handlelength=2.4)


def _heat(drawn: Any, axes: Any, picture: Picture) -> None:
    image = axes.imshow(picture.heat, origin="lower", extent=picture.extent, aspect="auto",
                        cmap="cividis", interpolation="bilinear")
    axes.contour(picture.heat, levels=7, extent=picture.extent, colors="white", linewidths=0.6,
                 alpha=0.6)
    drawn.colorbar(image, ax=axes, label=picture.heat_label)


def _points(axes: Any, picture: Picture) -> None:
    xs, ys = zip(*picture.points, strict=True)
    if picture.residuals and picture.curves:
        line = picture.curves[0]
        for n, (x, y) in enumerate(picture.points):
            on = _at(line.x, line.y, x)
            axes.plot([x, x], [on, y], color=COLOURS[1], linewidth=1.2, zorder=1,
                      label="residuals" if n == 0 else None)
    axes.plot(xs, ys, "o", color="#222222", markersize=5, label="data", zorder=3)
    _legend(axes)


def _at(xs: tuple[float, ...], ys: tuple[float, ...], x: float) -> float:
    """The height of a polygon at x."""
    for n in range(len(xs) - 1):
        if xs[n] <= x <= xs[n + 1]:
            part = (x - xs[n]) / (xs[n + 1] - xs[n])
            return ys[n] + part * (ys[n + 1] - ys[n])
    return ys[-1]


def _field(axes: Any, picture: Picture) -> None:
    x, y, dx, dy = zip(*picture.arrows, strict=True)
    axes.quiver(x, y, dx, dy, color=_GREY, width=0.004)
    if picture.path:
        axes.set_aspect("equal")
        px, py = zip(*picture.path, strict=True)
        axes.plot(px, py, color=COLOURS[1], marker="o", markersize=4, label="path")
        _legend(axes)


def _marks(axes: Any, picture: Picture) -> None:
    light = bool(picture.heat)
    for mark in picture.marks:
        axes.plot([mark.x], [mark.y], marker="o", markersize=6, zorder=4,
                  color="white" if light else COLOURS[1],
                  markeredgecolor="#222222" if light else COLOURS[1])
        axes.annotate(mark.label, (mark.x, mark.y), xytext=(8, 8), textcoords="offset points",
                      color="#222222", bbox={"boxstyle": "round,pad=0.25", "facecolor": "white",
                                             "edgecolor": "none", "alpha": 0.85})
