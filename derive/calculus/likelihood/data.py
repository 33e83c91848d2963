"""Observations as numbers: read, checked against the support, and the estimates at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from mpmath import mp, mpf

from derive.calculus.likelihood.model import Sample
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError
from derive.expressions import heads
from derive.expressions.atoms import Dim, Tensor, Variable
from derive.expressions.evaluate import Point, evaluate
from derive.expressions.indexing import free_names, root
from derive.notation.plain import plain
from derive.notation.pretty import pretty
from derive.proof import number

_DIGITS = 40
_MOST = 100_000
Row = tuple[Fraction, ...]


def with_data(derivation: Derivation, sample: Sample, data: str | Sequence[Any] | None,
              ) -> Derivation:
    """The derivation with the estimates at the observations, as remarks.

    Raises DeriveError for what is no list of numbers or lies outside the support.
    """
    if data is None:
        return derivation
    rows = read_data(data, sample)
    point = _point(rows, sample)
    _check_support(rows, sample, point)
    remarks = []
    values: dict[str, Any] = {}
    every = (derivation, *derivation.others)
    point, solved = _solved_by_numbers(every, point)
    for name, value in solved:
        values[name] = value
        remarks.append(("estimate", f"{name} = {_shown(value)}, by numbers"))
    for one in every:
        for name, value in _at(one, point, sample) if one.goal != "equation" else ():
            values[name] = value
            edge = ", on the edge of its range" if _on_the_edge(one, value) else ""
            remarks.append(("estimate", f"{name} = {_shown(value)}{edge}"))
    count = f"{len(rows)} observation{'s' * (len(rows) != 1)}"
    return replace(derivation, remarks=(*derivation.remarks, ("data", count), *remarks),
                   context={**derivation.context, "estimates": values})


def read_data(data: str | Sequence[Any], sample: Sample) -> list[Row]:
    """The observations, a row of numbers each. Raises DeriveError: which one, and why."""
    rows = _rows(data, _width(sample))
    if not rows:
        raise DeriveError("there are no observations; give numbers, as in --data 0,0,0,1,0")
    if len(rows) > _MOST:
        raise DeriveError(f"there are {len(rows):,} observations; at most {_MOST:,} are read")
    return rows


def _rows(data: str | Sequence[Any], width: int | None) -> list[Row]:
    if not isinstance(data, str):
        return [_row(entry if isinstance(entry, (list, tuple)) else [entry], n)
                for n, entry in enumerate(data, 1)]
    text = data
    if "\n" not in text and len(text) < 300 and text.strip().endswith((".csv", ".txt")):
        try:
            text = Path(text.strip()).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise DeriveError(f"cannot read {data.strip()}: "
                              f"{getattr(error, 'strerror', None) or 'it is no text'}") from None
    lines = [p for p in text.replace("\n", ";").split(";") if p.strip()]
    cells = [line.replace(",", " ").split() for line in lines]
    if width == 1:
        cells = [[c] for line in cells for c in line]
    elif len(cells) == 1 and width is not None and len(cells[0]) % width == 0:
        cells = [cells[0][n:n + width] for n in range(0, len(cells[0]), width)]
    return [_row(line, n) for n, line in enumerate(cells, 1)]


def _row(cells: Sequence[Any], place: int) -> Row:
    try:
        return tuple(Fraction(str(c)) for c in cells)
    except (ValueError, ZeroDivisionError):
        shown = " ".join(map(str, cells))
        raise DeriveError(f"observation {place}, {shown!r}, is no number; give numbers, as in "
                          "--data 0,0,0,1,0") from None


def _width(sample: Sample) -> int | None:
    """How many numbers one observation has; None where that is for the data to say."""
    width = 0
    for y in sample.model.observed:
        if not isinstance(y, Tensor):
            width += 1
        elif all(isinstance(d, Dim) and not d.fixed for d in y.kind.shape):
            return None
        else:
            width += int(str(y.kind.shape[0]))
    return width


def _point(rows: list[Row], sample: Sample) -> Point:
    """The observations as a point: sizes, and the entries of the tensors."""
    sizes: dict[Any, int] = {sample.dim: len(rows)}
    tensors: dict[Tensor, dict[tuple[int, ...], Any]] = {}
    widths = {len(r) for r in rows}
    if len(widths) != 1:
        raise DeriveError("the observations have different numbers of values: "
                          f"{', '.join(map(str, sorted(widths)))}")
    (width,) = widths
    column = 0
    for y, many in zip(sample.model.observed, sample.observed, strict=True):
        vector = isinstance(y, Tensor)
        count = width if vector else 1
        if vector:
            sizes[y.kind.shape[0]] = count
        tensors[many] = {(n, k) if vector else (n,): _exact(row[column + k])
                         for n, row in enumerate(rows) for k in range(count)
                         if column + k < len(row)}
        if y.kind.over is not None and y.kind.domain == "label":
            sizes[y.kind.over] = max(2, 1 + max(int(v) for v in tensors[many].values()))
        column += count
    if column != width:
        names = ", ".join(y.name for y in sample.model.observed)
        raise DeriveError(f"an observation is {names}: {column} values, not {width}")
    return Point(sizes=sizes, tensors=tensors)


def _exact(value: Fraction) -> Any:
    with mp.workdps(_DIGITS + 20):
        return mpf(value.numerator) / value.denominator


_CHECKS: dict[str, tuple[Any, str]] = {
    "binary": (lambda v: v in (0, 1), "0 or 1"),
    "count": (lambda v: v >= 0 and v.denominator == 1, "one of 0, 1, 2, …"),
    "label": (lambda v: v >= 0 and v.denominator == 1, "a class, counted from 0"),
    "integer": (lambda v: v.denominator == 1, "a whole number"),
    "positive": (lambda v: v > 0, "positive"),
    "nonnegative": (lambda v: v >= 0, "not negative"),
    "negative": (lambda v: v < 0, "negative"),
    "probability": (lambda v: 0 < v < 1, "between 0 and 1"),
    "simplex": (lambda v: 0 <= v <= 1, "between 0 and 1"),
}


def _check_support(rows: list[Row], sample: Sample, point: Point) -> None:
    """Raises DeriveError at the first observation outside the support."""
    names = [(y, k) for y in sample.model.observed
             for k in range(len(rows[0]) if isinstance(y, Tensor) else 1)]
    for place, row in enumerate(rows, 1):
        for (y, _), value in zip(names, row, strict=True):
            holds, words = _CHECKS.get(y.kind.domain, (lambda v: True, ""))
            if not holds(value):
                raise DeriveError(f"observation {place}, {value}, is outside the support: {y.name} "
                                  f"is {words}")
    for condition in sample.conditions:
        free = {n for n in free_names(condition) if n not in point.tensors
                and n not in (sample.index, sample.dim)}
        if sample.index not in free_names(condition) or any(
                not isinstance(n, Dim) for n in free):
            continue
        for n in range(len(rows)):
            here = point.with_scalar(sample.index, n)
            if not evaluate(condition, here, 15):
                raise DeriveError(f"observation {n + 1} is outside the support: "
                                  f"{plain(condition)} does not hold")


def _at(one: Derivation, point: Point, sample: Sample) -> list[tuple[str, Any]]:
    """The estimates of one derivation; of an array, each of its entries."""
    if isinstance(one.quantity, heads.Element):
        found = []
        dims = [i.dim for i in one.indices]
        for at in point.entries(tuple(dims)):
            here = replace(point, scalars={**point.scalars, **dict(zip(one.indices, at,
                                                                       strict=True))})
            name = f"{root(one.quantity).name}[{', '.join(map(str, at))}]"
            found.append((name, _value(one, here)))
        return [(n, v) for n, v in found if v is not None]
    value = _value(one, point)
    found = [] if value is None else [(pretty(one.quantity), value)]
    power = _power(one)
    if power is not None and value is not None:
        found.insert(0, (pretty(power[0]), evaluate(power[1], point, _DIGITS)))
    return found


def _solved_by_numbers(every: Sequence[Derivation], point: Point,
                       ) -> tuple[Point, list[tuple[str, Any]]]:
    """The zeros of the equations that no rule solves, where each has one unknown alone."""
    found: list[tuple[str, Any]] = []
    for one in every:
        x = one.quantity.args[1] if one.goal == "equation" else None
        known = {*point.tensors, *point.sizes, *point.scalars}
        if not isinstance(x, Variable) or any(
                n != x and isinstance(n, (Variable, Tensor)) and n not in known
                for n in free_names(one.result)):
            continue
        try:
            value = evaluate(heads.Root(one.result, x), point, 15)
        except EvaluationError:
            continue
        found.append((pretty(x), value))
        point = point.with_scalar(x, value)
    return point, found


def _on_the_edge(one: Derivation, value: Any) -> bool:
    """Whether an estimate is an end of the open interval of its parameter."""
    interval = root(one.quantity).kind.interval
    low = interval.low_open and value == interval.low
    return bool(low or (interval.high_open and value == interval.high))


def _power(one: Derivation) -> tuple[Any, Any] | None:
    """theta**2 and its value, where the estimate is a square root."""
    if one.result.is_Pow and one.result.args[1].is_Rational and one.result.args[1].q == 2 and \
            one.result.args[1] > 0:
        return one.quantity**2, one.result**2
    return None


def _value(one: Derivation, point: Point) -> Any | None:
    """An estimate at the data; None where names are left that the data do not tell."""
    try:
        return evaluate(one.result, point, _DIGITS)
    except EvaluationError:
        unknown = [n.name for n in free_names(one.result) if n not in point.tensors
                   and n not in point.sizes and n not in point.scalars]
        if unknown:
            return None
        raise DeriveError(f"the estimate of {pretty(one.quantity)} has no value at these data") \
            from None


def _shown(value: Any) -> str:
    with mp.workdps(_DIGITS):
        return number(value)
