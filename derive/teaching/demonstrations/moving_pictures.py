"""The pictures of a page, with sliders: formulas of `rules/pictures.toml` as JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr

from derive.notation.printing.javascript import javascript
from derive.notation.reading.specification import specify
from derive.rendering.page.plots import Curve, Mark, Slider, plot_block, script_curve
from derive.rendering.pictures import Picture
from derive.teaching.demonstrations.picturing import pictures


def moving_block(picture: Picture) -> str:
    """HTML of a picture with sliders, for a page with the assets of plots.

    A picture that has none with sliders is drawn by its curves.
    """
    entry = pictures().get(picture.name, {})
    posed = entry.get("moving")
    if posed is None:
        xs = [x for curve in picture.curves for x in curve.x]
        return plot_block(
            [Curve(c.label, points=tuple(zip(c.x, c.y, strict=True)), ends=c.ends)
             for c in picture.curves],
            (min(xs), max(xs)), title=picture.title, xlabel=picture.x_label,
            ylabel=picture.y_label)
    x = posed["x"]
    sliders = [Slider(s["name"], float(s["from"]), float(s["to"]), float(s["value"]),
                      label=s["label"]) for s in posed["sliders"]]
    curves = [script_curve(c["label"], *_read(c["formula"], posed)) for c in posed["curves"]]
    if "dots" in posed:
        dots = tuple((float(a), float(b)) for a, b in posed["dots"])
        curves.append(Curve("data", points=dots, dots=True, residuals=picture.residuals))
    marks = [Mark(m["label"], _script(m["x"], posed), _script(m["y"], posed))
             for m in posed.get("marks", ())]
    return plot_block(curves, (float(x["from"]), float(x["to"])), sliders, title=picture.title,
                      xlabel=x["label"], ylabel=posed["ylabel"], marks=marks,
                      readout=_readout(posed))


def moving_caption(picture: Picture) -> str:
    """The caption of a picture with sliders; that of the picture, where it has none."""
    posed = pictures().get(picture.name, {}).get("moving", {})
    return str(posed.get("caption", picture.caption))


def _readout(posed: Mapping[str, Any]) -> str:
    """The text below the picture after each move."""
    readout = posed.get("readout")
    if readout is None:
        return ""
    formula = _script(readout["formula"], posed)
    return f'"{readout["words"]} " + ({formula}).toFixed({readout["digits"]})'


def _script(formula: str, posed: Mapping[str, Any]) -> str:
    """A formula as JavaScript."""
    return javascript(*_read(formula, posed))


def _read(formula: str, posed: Mapping[str, Any]) -> tuple[Expr, dict[str, str]]:
    """A formula, and its names in JavaScript: that of the axis is x, those of sliders are in p."""
    names = {s["name"]: f'p["{s["name"]}"]' for s in posed["sliders"]}
    given = [f"{posed['x']['name']}: real", *(f"{name}: real" for name in names)]
    return specify(formula, given).loss, {**names, posed["x"]["name"]: "x"}
