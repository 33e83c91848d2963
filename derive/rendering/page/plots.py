"""Plots with sliders: HTML for a page that has `plot.css` and `plot.js`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import isfinite
from typing import Any

from sympy import Expr
from sympy.core.basic import Basic

from derive.functions.case_borders import case_borders
from derive.notation.printing.javascript import javascript
from derive.outgoing_text import escape

# What `document` takes for a page with plots.
STYLES, SCRIPTS = ("plot.css",), ("plot_functions.js", "plot.js")
_CALL = re.compile(r"\bF\.\w+\(")  # a function that JavaScript lacks
PLOTTED = "window.derivePlots ||= []"  # stands on every page with plots


def plot_assets(body: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The styles and scripts that `document` takes for this body; none where it has no plot."""
    if PLOTTED not in body:
        return (), ()
    return STYLES, SCRIPTS if _CALL.search(body) else SCRIPTS[1:]


@dataclass(frozen=True)
class Curve:
    """One curve: a JavaScript expression in x, p and F (see `javascript`), or points.

    Where one of the JavaScript expressions `borders` is 0 it may jump: it is broken there if it
    does, and both ends are open where the expression `where` is false. `dots` draws the points one
    by one, with `residuals` joined to the first curve, which is one of a formula. A point whose
    height is not a number is a gap, and `ends` are the places, x, y, closed, at which a curve of
    points jumps.
    """

    label: str
    formula: str = ""
    points: tuple[tuple[float, float], ...] = ()
    dots: bool = False
    borders: tuple[str, ...] = ()
    where: str = ""
    ends: tuple[tuple[float, float, bool], ...] = ()
    residuals: bool = False


def script_curve(label: str, formula: Expr, names: Mapping[str, str] | None = None,
                 holds: str = "", conditions: Iterable[Basic] = ()) -> Curve:
    """A curve of a formula, which is broken where it jumps.

    `names` say how names are spelled in JavaScript (the one on the axis is `x`); where the
    expression `holds` is false, there is no curve, and where one of the `conditions` is, the
    formula says nothing of a jump. Raises DeriveError for what no number can be computed of.
    """
    text = javascript(formula, names or {})
    borders = (f"{javascript(b.left, names or {})} - {javascript(b.right, names or {})}"
               for b in case_borders(formula) if b.right is not None)
    where = " && ".join(javascript(condition, names or {}) for condition in conditions)
    return Curve(label, f"({holds} ? {text} : NaN)" if holds else text, borders=tuple(borders),
                 where=where)


@dataclass(frozen=True)
class Slider:
    """A number that the reader moves; formulas read it as `p["name"]`."""

    name: str
    low: float
    high: float
    value: float
    step: float = 0.0
    label: str = ""


@dataclass(frozen=True)
class Mark:
    """A point that moves with the sliders: two JavaScript expressions in p and F."""

    label: str
    x: str
    y: str


def plot_block(curves: Sequence[Curve], x: tuple[float, float], sliders: Sequence[Slider] = (), *,
               title: str = "", xlabel: str = "x", ylabel: str = "",
               y: tuple[float, float] | None = None, marks: Iterable[Mark] = (),
               readout: str = "", samples: int = 240) -> str:
    """HTML of a plot; the page is made with `document(…, styles=STYLES, scripts=SCRIPTS)`.

    `x` and `y` are the ranges of the axes; without y it follows the curves. `readout` is a
    JavaScript expression in p and F whose text stands below after each move. JavaScript comes
    from `derive.notation.printing.javascript` or is written by hand; it is not escaped.
    """
    parts = [f"x: {_data(list(x))}", f"samples: {samples:d}", f"title: {_data(title)}",
             f"xlabel: {_data(xlabel)}", f"ylabel: {_data(ylabel)}",
             f"curves: [{', '.join(map(_curve, curves))}]",
             f"sliders: {_data([_slider(s) for s in sliders])}"]
    if y is not None:
        parts.append(f"y: {_data(list(y))}")
    points = [f"{{label: {_data(m.label)}, at: (p, F) => [{m.x}, {m.y}]}}" for m in marks]
    if points:
        parts.append(f"marks: [{', '.join(points)}]")
    if readout:
        parts.append(f"readout: (p, F) => {readout}")
    config = "{" + ",\n  ".join(parts) + "}"
    name = "plot-" + blake2b(config.encode(), digest_size=6).hexdigest()
    words = escape(title or ", ".join(c.label for c in curves))
    return (f'<div id="{name}"><p>A plot ({words}) stands here; it needs JavaScript.</p></div>\n'
            f'<script data-plot>({PLOTTED}).push(["{name}", {config}]);</script>')


def _curve(curve: Curve) -> str:
    if curve.points:
        rows = [[x, y if isfinite(y) else None] for x, y in curve.points]
        ends = f", ends: {_data([list(end) for end in curve.ends])}" if curve.ends else ""
        ends += ", residuals: true" if curve.residuals else ""
        return (f"{{label: {_data(curve.label)}, points: {_data(rows)}, "
                f"dots: {_data(curve.dots)}{ends}}}")
    borders = ", ".join(f"(x, p, F) => {border}" for border in curve.borders)
    jumps = f", borders: [{borders}]" if borders else ""
    jumps += f", where: (x, p, F) => {curve.where}" if curve.where else ""
    return f"{{label: {_data(curve.label)}, f: (x, p, F) => {curve.formula}{jumps}}}"


def _slider(slider: Slider) -> dict[str, Any]:
    step = slider.step or (slider.high - slider.low) / 200
    return {"name": slider.name, "label": slider.label or slider.name, "min": slider.low,
            "max": slider.high, "step": step, "value": slider.value}


def _data(value: Any) -> str:
    """A value for a script within a page: no sign of it can end the script."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c").replace(
        "\u2028", "\\u2028").replace("\u2029", "\\u2029")
