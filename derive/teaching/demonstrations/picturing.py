"""The pictures of `rules/pictures.toml` by name, computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from derive.calculus.gradient.gradient import grad
from derive.entry_names import unknown
from derive.judge.trees.evaluate import evaluate
from derive.notation.reading.specification import Specification, specify
from derive.rendering.pictures import Curve, Mark, Picture
from derive.resources import read_table, rules_folder
from derive.teaching.demonstrations.jumping_curves import asked_of, sampled
from derive.teaching.demonstrations.measuring import point_at

_DIGITS = 15
_POINTS = 121
Entry = Mapping[str, Any]


@cache
def pictures() -> Mapping[str, Entry]:
    """The entries of `rules/pictures.toml`. Raises DataFileError."""
    return read_table(rules_folder() / "pictures.toml")


def picture_named(name: str) -> Picture:
    """The picture of that name. Raises UnknownNameError with near names."""
    entry = pictures().get(name)
    if entry is None:
        raise unknown("picture", name, pictures(), f"there are: {', '.join(pictures())}")
    x, y = entry["x"], entry.get("y", {})
    heat = _heat(entry) if "heat" in entry else ()
    return Picture(
        title=entry["title"], x_label=x["label"], y_label=y.get("label", ""),
        caption=entry.get("caption", ""),
        curves=tuple(_curve(curve, entry) for curve in entry.get("curves", ())),
        panels=tuple(entry.get("panels", ())),
        marks=tuple(Mark(m["label"], float(m["at"][0]), _height(m, entry))
                    for m in entry.get("marks", ())),
        points=_pairs(entry.get("points", ())), residuals=entry.get("residuals", False),
        name=name, path=_pairs(entry.get("path", ())), heat=heat,
        extent=(*_ends(x), *_ends(y)) if heat else Picture.extent,
        heat_label=entry.get("heat_label", ""),
        arrows=_arrows(entry) if "field" in entry else ())


def _pairs(points: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(a), float(b)) for a, b in points)


def _ends(axis: Entry) -> tuple[float, float]:
    return float(axis["from"]), float(axis["to"])


def _curve(curve: Entry, entry: Entry) -> Curve:
    """A curve of an entry, which has names and values of its own besides."""
    x, at = ({**entry.get(key, {}), **curve.get(key, {})} for key in ("x", "at"))
    posed = _formula(curve, [*entry.get("given", ()), *curve.get("given", ())])
    asked = asked_of(posed.loss,
                     lambda value: point_at(posed.scope, {**at, x["name"]: value}))
    return sampled(curve["label"], asked, spread(*_ends(x), _POINTS),
                   f"{curve['label']}: the formula has no value in this range",
                   curve.get("dashed", False))


def _formula(curve: Entry, given: Sequence[str]) -> Specification:
    """The formula of a curve: itself, or the derived gradient of `slope_of`."""
    if "slope_of" not in curve:
        return specify(curve["formula"], given)
    return specify(grad(curve["slope_of"], given=given, wrt=curve["wrt"]).notation, given)


def _value(posed: Specification, at: Mapping[str, Any]) -> float:
    """A formula at a point. Raises EvaluationError where it has no value."""
    return float(evaluate(posed.loss, point_at(posed.scope, at), _DIGITS))


def spread(low: float, high: float, count: int) -> tuple[float, ...]:
    """Numbers at equal distances, both ends included."""
    return tuple(round(low + (high - low) * n / (count - 1), 12) for n in range(count))


def _height(mark: Entry, entry: Entry) -> float:
    """The height of a mark: as it is written, or the value of its formula there."""
    if len(mark["at"]) > 1:
        return float(mark["at"][1])
    posed = specify(mark["formula"], entry.get("given", ()))
    return _value(posed, {**entry.get("at", {}), entry["x"]["name"]: mark["at"][0]})


def _heat(entry: Entry) -> tuple[tuple[float, ...], ...]:
    """A formula of two numbers over a grid, from its NumPy kernel."""
    import numpy as np  # here, since most pictures need no arrays to start

    from derive.arrays import kernel

    axes = (entry["x"], entry["y"])
    code = kernel(entry["heat"], given=entry["given"], wrt=axes[0]["name"])
    lines = [np.linspace(*_ends(axis), entry.get("cells", 90)) for axis in axes]
    grid = dict(zip((axis["name"] for axis in axes), np.meshgrid(*lines), strict=True))
    arrays = [grid[a.name] if a.name in grid else np.asarray(entry["at"][a.name], dtype=float)
              for a in code.arguments]
    return tuple(tuple(map(float, row)) for row in code.value(*arrays))


def _arrows(entry: Entry) -> tuple[tuple[float, float, float, float], ...]:
    """The vectors of a field of two components on a coarse grid."""
    x, y = entry["x"], entry["y"]
    first, second = (specify(text, entry["given"]) for text in entry["field"])
    arrows = []
    for a in spread(*_ends(x), 9):
        for b in spread(*_ends(y), 9):
            at = {**entry.get("at", {}), x["name"]: a, y["name"]: b}
            arrows.append((a, b, _value(first, at), _value(second, at)))
    return tuple(arrows)
