"""Pictures computed: those of `rules/pictures.toml` by name, and of any loss of one number."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from derive.errors import DataFileError, DeriveError, EvaluationError
from derive.judge.trees.evaluate import evaluate
from derive.notation.reading.specification import Specification, specify
from derive.rendering.pictures import Curve, Mark, Picture
from derive.resources import rules_folder, unknown
from derive.teaching.measuring import point_of

_DIGITS = 15
_POINTS = 121


@cache
def pictures() -> Mapping[str, Mapping[str, Any]]:
    """The entries of `rules/pictures.toml`. Raises DataFileError."""
    path = rules_folder() / "pictures.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise DataFileError(f"{path}: {error}") from None


def picture_named(name: str) -> Picture:
    """The picture of that name. Raises UnknownNameError with near names."""
    entry = pictures().get(name)
    if entry is None:
        raise unknown("picture", name, pictures(), f"there are: {', '.join(pictures())}")
    return _made(name, entry)


def _made(name: str, entry: Mapping[str, Any]) -> Picture:
    x, y = entry["x"], entry.get("y", {})
    curves = tuple(_curve(one, entry) for one in entry.get("curves", ()))
    marks = tuple(Mark(m["label"], float(m["at"][0]), _height(m, entry))
                  for m in entry.get("marks", ()))
    found = Picture(
        title=entry["title"], x_label=x["label"], y_label=y.get("label", ""),
        caption=entry.get("caption", ""), curves=curves, panels=tuple(entry.get("panels", ())),
        marks=marks, points=tuple((float(a), float(b)) for a, b in entry.get("points", ())),
        residuals=entry.get("residuals", False), name=name,
        path=tuple((float(a), float(b)) for a, b in entry.get("path", ())),
        heat_label=entry.get("heat_label", ""))
    if "heat" in entry:
        from dataclasses import replace

        found = replace(found, heat=_heat(entry), extent=(
            float(x["from"]), float(x["to"]), float(y["from"]), float(y["to"])))
    if "field" in entry:
        from dataclasses import replace

        found = replace(found, arrows=_arrows(entry))
    return found


def _curve(one: Mapping[str, Any], entry: Mapping[str, Any]) -> Curve:
    x = {**entry["x"], **one.get("x", {})}
    given, at = [*entry.get("given", ()), *one.get("given", ())], {**entry.get("at", {}),
                                                                   **one.get("at", {})}
    xs = spread(float(x["from"]), float(x["to"]), _POINTS)
    return drawn_curve(one["label"], formula_of(one, given), x["name"], xs, at,
                       one.get("dashed", False))


def formula_of(one: Mapping[str, Any], given: Sequence[str]) -> Specification:
    """The formula of a curve: itself, or the derived gradient of `slope_of`."""
    if "slope_of" not in one:
        return specify(one["formula"], given)
    from derive.calculus.gradient.gradient import grad

    return specify(grad(one["slope_of"], given=given, wrt=one["wrt"]).notation, given)


def drawn_curve(label: str, posed: Specification, name: str, xs: Sequence[float],
                at: Mapping[str, Any], dashed: bool = False) -> Curve:
    """A formula over the values of one of its names; where it has no value, the curve has none.

    Raises DeriveError where it has a value nowhere.
    """
    found = []
    for x in xs:
        try:
            point = point_of(posed.scope, {**at, name: x})
            found.append((x, float(evaluate(posed.loss, point, _DIGITS))))
        except EvaluationError:
            continue
    if not found:
        raise DeriveError(f"{label}: the formula has no value in this range")
    return Curve(label, tuple(x for x, _ in found), tuple(y for _, y in found), dashed)


def spread(low: float, high: float, count: int) -> tuple[float, ...]:
    """Numbers at equal distances, both ends included."""
    return tuple(round(low + (high - low) * n / (count - 1), 12) for n in range(count))


def _height(mark: Mapping[str, Any], entry: Mapping[str, Any]) -> float:
    """The height of a mark: as it is written, or the value of its formula there."""
    if len(mark["at"]) > 1:
        return float(mark["at"][1])
    posed = specify(mark["formula"], entry.get("given", ()))
    point = point_of(posed.scope, {**entry.get("at", {}), entry["x"]["name"]: mark["at"][0]})
    return float(evaluate(posed.loss, point, _DIGITS))


def _heat(entry: Mapping[str, Any]) -> tuple[tuple[float, ...], ...]:
    """A formula of two numbers over a grid, from its NumPy kernel."""
    import numpy as np

    from derive.arrays import kernel

    x, y = entry["x"], entry["y"]
    made = kernel(entry["heat"], given=entry["given"], wrt=x["name"])
    xs = np.linspace(float(x["from"]), float(x["to"]), entry.get("cells", 90))
    ys = np.linspace(float(y["from"]), float(y["to"]), entry.get("cells", 90))
    grid = dict(zip((x["name"], y["name"]), np.meshgrid(xs, ys), strict=True))
    arrays = [grid[a.name] if a.name in grid else np.asarray(entry["at"][a.name], dtype=float)
              for a in made.arguments]
    return tuple(tuple(map(float, row)) for row in made.value(*arrays))


def _arrows(entry: Mapping[str, Any]) -> tuple[tuple[float, float, float, float], ...]:
    """The vectors of a field of two components on a coarse grid."""
    x, y = entry["x"], entry["y"]
    both = [specify(text, entry["given"]) for text in entry["field"]]
    found = []
    for a in spread(float(x["from"]), float(x["to"]), 9):
        for b in spread(float(y["from"]), float(y["to"]), 9):
            at = {**entry.get("at", {}), x["name"]: a, y["name"]: b}
            u, v = (float(evaluate(p.loss, point_of(p.scope, at), _DIGITS)) for p in both)
            found.append((a, b, u, v))
    return tuple(found)
