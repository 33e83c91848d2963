"""A table of data: columns by their names, read from a file or given as arrays."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.errors import DeriveError
from derive.given_files import content_of
from derive.limits import tick

Array = NDArray[Any]
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", ".", "?"})
_MOST_ROWS, _MOST_BYTES = 1_000_000, 1 << 28
_SEPARATORS = (";", "\t", ",")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*\Z")
_THOUSANDS = re.compile(r"\s*[+-]?\d{1,3}([,' \u00a0]\d{3})+([.]\d*)?\s*\Z")


@dataclass(frozen=True)
class Table:
    """Columns by name: texts of cells from a file, or arrays; a matrix is several columns.

    `ignored` is what was left out of them, in words.
    """

    source: str
    columns: Mapping[str, Sequence[str] | Array]
    rows: int
    ignored: str = ""

    def column(self, name: str, asked_by: str) -> Sequence[str] | Array:
        """A column. Raises DeriveError where there is none of that name."""
        if name in self.columns:
            return self.columns[name]
        raise DeriveError(f"{asked_by}: {self.source} has no column {name!r}; {self._near(name)}")

    def _near(self, name: str) -> str:
        """The column that may have been meant, or what there is."""
        folded = {c.casefold(): c for c in self.columns}
        close = get_close_matches(name.casefold(), folded, 1, 0.6)
        if close:
            return f"did you mean {folded[close[0]]!r}?"
        shown = ", ".join(list(self.columns)[:8])
        return f"it has {shown}{', …' if len(self.columns) > 8 else ''}"

    def place(self, name: str, row: int) -> str:
        """Where a cell stands, for a message."""
        return f"row {row + 1} of column {name!r}"

    def numbers(self, name: str, asked_by: str) -> Array:
        """A column as floats. Raises DeriveError at the first cell that is missing or no number."""
        cells = self.column(name, asked_by)
        try:
            values = np.array(list(map(float, cells)) if isinstance(cells, (list, tuple))
                              else cells, float)
        except (ValueError, TypeError):
            raise self._fault(name, cells) from None
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(1))[0])
            shown = values[row]
            raise DeriveError(f"{self.place(name, row)}: " + (
                "the value is missing; leave the row out" if np.isnan(shown).any()
                else "the value is infinite"))
        return values

    def is_text(self, name: str) -> bool:
        """Whether a column holds a text that is neither a number nor stands for a missing value."""
        cells = self.columns[name]
        return any(isinstance(c, str) and not _is_number(c) and not _is_missing(c) for c in cells)

    def classes(self, name: str, asked_by: str) -> tuple[Array, list[str]]:
        """A column of texts as classes, counted from 0 in sorted order, and their names."""
        cells = [str(c).strip() for c in self.column(name, asked_by)]
        for row, cell in enumerate(cells):
            if _is_missing(cell):
                raise DeriveError(f"{self.place(name, row)}: the value is missing; leave the row "
                                  "out")
        names = sorted(set(cells))
        order = {text: place for place, text in enumerate(names)}
        return np.array([order[c] for c in cells], float), names

    def _fault(self, name: str, cells: Iterable[object]) -> DeriveError:
        """What is wrong with the first cell that is no number."""
        for row, cell in enumerate(cells):
            shown = str(cell)
            if _is_number(shown):
                continue
            where = self.place(name, row)
            if _is_missing(shown):
                return DeriveError(f"{where}: the value is missing; leave the row out")
            if _DECIMAL_COMMA.match(shown) or _THOUSANDS.match(shown):
                return DeriveError(f"{where}: {shown!r} is no number; write a decimal point, and "
                                   "no separators of thousands")
            return DeriveError(f"{where}: {shown[:40]!r} is no number")
        return DeriveError(f"column {name!r} is no column of numbers")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def table_of(data: object) -> Table:
    """The table of a file (a path, or text of several lines), a mapping, or a data frame.

    Raises DeriveError for what is none, with the line of a file.
    """
    if isinstance(data, (str, Path)):
        return _of_text(data)
    if isinstance(data, Mapping):
        return _of_arrays("the data", data)
    if hasattr(data, "columns") and hasattr(data, "__getitem__"):
        return _of_arrays("the data", {str(c): data[c] for c in data.columns})
    raise DeriveError("data of a regression are a .csv file with a line of names, a dictionary of "
                      'arrays such as {"y": …, "X": …}, or a data frame')


def _of_arrays(source: str, data: Mapping[str, object]) -> Table:
    columns = {str(name): _as_array(str(name), value) for name, value in data.items()}
    lengths = {len(c) for c in columns.values()}
    if not columns or lengths == {0}:
        raise DeriveError("there are no data: give at least an observation")
    if len(lengths) > 1:
        shown = ", ".join(f"{n} has {len(c):,}" for n, c in columns.items())
        raise DeriveError(f"the columns have different lengths: {shown}")
    return Table(source, columns, lengths.pop())


def _as_array(name: str, value: object) -> Array:
    array = np.asarray(value)
    if array.ndim not in (1, 2):
        raise DeriveError(f"{name} has {array.ndim} axes; give a column, or a matrix with a row "
                          "for each observation")
    return array


def _of_text(data: str | Path) -> Table:
    text, source = str(data), "the data"
    if "\n" not in text:
        source = text.strip()
        text = _read(Path(source))
    text = text.replace("\r\n", "\n")
    text = text.lstrip("\r\n")
    header = text[:text.find("\n") + 1] or text
    separator = max(_SEPARATORS, key=header.count)
    lines = _lines(header, separator, source)
    if not lines:
        raise DeriveError(f"{source} is empty; it needs a line with the names of the columns, and "
                          "a line for each observation")
    names = [name.strip() for name in lines[0][1]]
    _check_names(names, source)
    numbers = None if '"' in text else _all_numbers(text, separator, len(names))
    cells = list(numbers.T) if numbers is not None else _cells(
        _lines(text, separator, source)[1:], names, source)
    columns = {n: c for n, c in zip(names, cells, strict=True) if n}
    unnamed = "a column without a name is left out" if "" in names else ""
    return Table(source, columns, len(cells[0]), unnamed)


def _check_names(names: Sequence[str], source: str) -> None:
    """Raises DeriveError where the first line holds no names, or one of them twice."""
    if any(map(_is_number, names)) and all(n == "" or _is_number(n) for n in names):
        raise DeriveError(f"the first line of {source} holds numbers; it needs the names of the "
                          "columns")
    twice = next((n for n in names if n and names.count(n) > 1), None)
    if twice is not None:
        raise DeriveError(f"{source} has two columns {twice!r}")


def _all_numbers(text: str, separator: str, count: int) -> Array | None:
    """The rows of a table that holds numbers alone, which is read quickly; None for another."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of no rows
            numbers = np.loadtxt(io.StringIO(text), delimiter=separator, skiprows=1, comments=None,
                                 ndmin=2, max_rows=_MOST_ROWS + 1)
    except ValueError:
        return None
    return numbers if numbers.shape[1] == count and 0 < len(numbers) <= _MOST_ROWS else None


def _cells(lines: list[tuple[int, list[str]]], names: Sequence[str], source: str,
           ) -> list[list[str]]:
    """The texts of each column. Raises DeriveError for a line of another length."""
    if not lines:
        raise DeriveError(f"{source} has names of columns and no rows")
    for line, row in lines:
        if len(row) != len(names):
            raise DeriveError(f"line {line} of {source} has {len(row)} cell"
                              f"{'s' * (len(row) != 1)}, where {len(names)} columns have names")
    return list(map(list, zip(*(row for _, row in lines), strict=True)))


def _lines(text: str, separator: str, source: str) -> list[tuple[int, list[str]]]:
    """The rows of a text in which something stands, with the numbers of their lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if not reader.line_num % 10_000:
                tick("reading data")
            if row and (len(row) > 1 or row[0].strip()):
                lines.append((reader.line_num, row))
            if len(lines) > _MOST_ROWS + 1:
                raise DeriveError(f"{source} has more than {_MOST_ROWS:,} rows")
    except csv.Error as error:
        raise DeriveError(f"line {reader.line_num} of {source} cannot be read: {error}") from None
    if separator == ";":
        return [(n, [_with_point(c) for c in row]) for n, row in lines]
    return lines


def _with_point(cell: str) -> str:
    """A number with a decimal comma, as files with semicolons have it, with a point."""
    return cell.replace(",", ".") if _DECIMAL_COMMA.match(cell) else cell


def _read(path: Path) -> str:
    try:
        return content_of(path, _MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise DeriveError(f"cannot read {path}: "
                          f"{getattr(error, 'strerror', None) or 'it is no file'}") from None
    except UnicodeDecodeError:
        raise DeriveError(f"cannot read {path}: it is no text in UTF-8") from None
