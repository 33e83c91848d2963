"""Observations as numbers: read, and checked against the support."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from sympy import Expr

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.core.atoms import Dim, Tensor
from derive.core.indexing import free_names
from derive.errors import DeriveError
from derive.given_files import text_of
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.plain import plain
from derive.notation.reading.number_bounds import bounded_fraction
from derive.proof import number

DIGITS = 40
ON_BOUND = ", on the bound of what the data allow: the likelihood falls from there on"
_MOST = 100_000
_ROUNDED = Fraction(1, 10**9)  # by which entries of a simplex may miss their sum, as decimals do
_FLOATS = 1e300
Row = tuple[Fraction, ...]


def read_data(data: str | Sequence[Any], sample: Sample) -> list[Row]:
    """The observations, a row of numbers each. Raises DeriveError: which one, and why."""
    rows = _rows(data, _width(sample))
    if not rows:
        raise DeriveError("there are no observations; give numbers, such as 0,0,0,1,0")
    if len(rows) > _MOST:
        raise DeriveError(f"there are {len(rows):,} observations; at most {_MOST:,} are read")
    return rows


def _rows(data: str | Sequence[Any], width: int | None) -> list[Row]:
    cells: Iterable[Sequence[Any]]
    if isinstance(data, str):
        cells = _in_rows(_cells(data), width)
    else:
        cells = (entry if isinstance(entry, (list, tuple)) else [entry] for entry in data)
    return [_read_row(line, n) for n, line in enumerate(cells, 1)]


def _cells(data: str) -> list[list[str]]:
    """The texts of numbers, line by line: of a text, or of the .csv or .txt file that it names."""
    text = data
    if "\n" not in text and len(text) < 300 and text.strip().endswith((".csv", ".txt")):
        try:
            text = text_of(text.strip())
        except (OSError, UnicodeDecodeError) as error:
            raise DeriveError(f"cannot read {data.strip()}: "
                              f"{getattr(error, 'strerror', None) or 'it is no text'}") from None
    lines = [p for p in text.replace("\n", ";").split(";") if p.strip()]
    cells = [line.replace(",", " ").split() for line in lines]
    titled = len(cells) > 1 and not any(map(_is_number, cells[0]))  # the names of the columns
    return cells[1:] if titled else cells


def _in_rows(cells: list[list[str]], width: int | None) -> list[list[str]]:
    """An observation in each row; one line may hold several. Raises DeriveError for a matrix of
    single numbers.
    """
    lengths = {len(line) for line in cells}
    if width == 1:
        if len(cells) > 1 and len(lengths) == 1 and lengths != {1}:
            raise DeriveError(f"an observation is one number here, not {len(cells[0])} in a row")
        return [[cell] for line in cells for cell in line]
    if width is not None and len(cells) == 1 and len(cells[0]) % width == 0:
        return [cells[0][n:n + width] for n in range(0, len(cells[0]), width)]
    return cells


def _is_number(cell: str) -> bool:
    try:
        bounded_fraction(cell)
    except (ValueError, ZeroDivisionError):
        return False
    except OverflowError:  # a number, which is refused where it is read
        return True
    return True


def _read_row(cells: Sequence[Any], place: int) -> Row:
    """The numbers of one observation. Raises DeriveError for what is none."""
    try:
        return tuple(bounded_fraction(_written(c)) for c in cells)
    except OverflowError as error:
        shown = " ".join(map(str, cells))
        raise DeriveError(f"observation {place}, {shown[:40]!r}: {error}") from None
    except (ValueError, ZeroDivisionError):
        shown = " ".join(map(str, cells))
        raise DeriveError(f"observation {place}, {shown!r}, is no number; give numbers, such as "
                          "0,0,0,1,0") from None


def _written(cell: object) -> str:
    """A number as text; yes is 1, no is 0."""
    shown = str(cell)
    return shown if isinstance(cell, str) else {"True": "1", "False": "0"}.get(shown, shown)


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


def point_of(rows: list[Row], sample: Sample) -> Point:
    """The observations as a point: sizes, and the entries of the tensors."""
    sizes: dict[Dim, int] = {sample.dim: len(rows)}
    tensors: dict[Tensor, dict[tuple[int, ...], Float]] = {}
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
        tensors[many] = {(n, k) if vector else (n,): exact_number(value) for n, row in
                         enumerate(rows) for k, value in enumerate(row[column:column + count])}
        if y.kind.over is not None and y.kind.domain == "label":
            sizes[y.kind.over] = max(2, 1 + max(int(v) for v in tensors[many].values()))
        column += count
    if column != width:
        names = ", ".join(y.name for y in sample.model.observed)
        raise DeriveError(f"an observation is {names}: {column} values, not {width}")
    return Point(sizes=sizes, tensors=tensors)


def shown(value: Float) -> str:
    """A number: exactly, where it is a simple fraction."""
    with mp.workdps(DIGITS):
        return number(value)


def _brief(value: Fraction | int) -> str:
    """A number in six digits, also one that no float holds."""
    near = exact_number(Fraction(value))
    return f"{float(near):g}" if abs(near) < _FLOATS else str(mp.nstr(near, 6))


def exact_number(value: Fraction) -> Float:
    """A fraction as a number of mpmath."""
    with mp.workdps(DIGITS + 20):
        return mpf(value.numerator) / value.denominator


_ANY: tuple[Callable[[Fraction], bool], str] = (lambda v: True, "")
_CHECKS: dict[str, tuple[Callable[[Fraction], bool], str]] = {
    "binary": (lambda v: v in (0, 1), "0 or 1"),
    "count": (lambda v: v >= 0 and v.denominator == 1, "one of 0, 1, 2, …"),
    "label": (lambda v: 0 <= v < _MOST and v.denominator == 1,
              f"a class, counted from 0, below {_MOST:,}"),
    "integer": (lambda v: v.denominator == 1, "a whole number"),
    "positive": (lambda v: v > 0, "positive"),
    "nonnegative": (lambda v: v >= 0, "not negative"),
    "negative": (lambda v: v < 0, "negative"),
    "probability": (lambda v: 0 < v < 1, "between 0 and 1"),
    "simplex": (lambda v: 0 <= v <= 1, "between 0 and 1"),
}


def read_value(name: str, value: Any, domain: str) -> Fraction:
    """The value of a name that is not estimated. Raises DeriveError where it cannot be one."""
    try:
        exact = bounded_fraction(str(value))
    except OverflowError as error:
        raise DeriveError(f"{name} = {str(value)[:40]}: {error}") from None
    except (ValueError, ZeroDivisionError):
        raise DeriveError(f"{name} = {value} is no number; give one, as in {name}=5") from None
    holds, words = _CHECKS.get(domain, _ANY)
    if not holds(exact):
        raise DeriveError(f"{name} = {_brief(exact)} cannot be: {name} is {words}")
    return exact


def check_support(rows: list[Row], sample: Sample, point: Point) -> None:
    """Raises DeriveError at the first observation outside the support."""
    columns = [y for y in sample.model.observed
               for _ in range(len(rows[0]) if isinstance(y, Tensor) else 1)]
    for place, row in enumerate(rows, 1):
        outside = f"observation {place} is outside the support"
        for y, value in zip(columns, row, strict=True):
            holds, words = _CHECKS.get(y.kind.domain, _ANY)
            if not holds(value):
                raise DeriveError(f"observation {place}, {_brief(value)}, is outside the support: "
                                  f"{y.name} is {words}")
        if any(y.kind.domain == "simplex" for y in columns) and \
                abs(sum(row, Fraction()) - 1) > _ROUNDED:
            raise DeriveError(f"{outside}: its entries sum to {_brief(sum(row))}, not to 1")
    for condition in sample.conditions:
        if _decided_by(condition, point, sample):
            for n in range(len(rows)):
                if not evaluate(condition, point.with_scalar(sample.index, n), 15):
                    raise DeriveError(f"observation {n + 1} is outside the support: "
                                      f"{plain(condition)} does not hold")


def _decided_by(condition: Expr, point: Point, sample: Sample) -> bool:
    """Whether a condition is one on an observation that the point decides."""
    names = free_names(condition)
    open_ = names - {sample.index, sample.dim} - set(point.tensors) - set(point.scalars)
    return sample.index in names and all(isinstance(n, Dim) for n in open_)
