"""The log of a run: CSV or JSON lines, one row at a time, right after a resume too."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from math import isfinite
from pathlib import Path

from derive.errors import TrainingError
from derive.file_writing import Lock, place_file, write_all
from derive.given_files import text_of

COLUMNS = ("step", "epoch", "lr", "loss", "metric", "ms_per_step", "tokens_per_s",
           "gradient_norm", "held_out_loss", "held_out_metric", "train_s", "held_out_s")
_BEFORE = len(COLUMNS) - 2  # the columns of logs before there were seconds
SUFFIXES = (".csv", ".jsonl")
_LONGEST_ROW = 10_000
_CUT_ROW = re.compile(r'(\{("\w+": [-+.\w]+, )*("\w*("(: ?[-+.\w]*)?)?)?)?')
Row = dict[str, float | int | None]


class Log:
    """Appends rows to a file; each is in it when `append` returns.

    Raises TrainingError for a file that cannot be read or written, or has other columns.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._json = check_name(path)
        self._file: int | None = None
        self._waiting, self._failing = b"", False
        self._lock = Lock(path)

    def start(self, overwrite: bool = False) -> None:
        """A new log. Raises TrainingError for a file that is no log, or has rows already."""
        self._take()
        check_own(self.path)
        if not overwrite and self.path.exists() and read_log(self.path):
            raise TrainingError(f"the log {self.path} has the rows of another run; go on with that "
                                "by --resume, or give --overwrite or another --log")
        self._rewrite([])

    def resume(self, step: int) -> None:
        """Goes on after `step`: what was written after it, by a run that was lost, is dropped."""
        self._take()
        check_own(self.path)
        rows = read_log(self.path) if self.path.exists() else []
        self._rewrite([self._line(row).removesuffix("\n") for row in rows
                       if (row["step"] or 0) <= step])

    def append(self, row: Row) -> str:
        """Writes a row with the keys COLUMNS; what is missing or not finite stays empty.

        A row that the disk does not take is kept for the next time; the first time, the text that
        is returned says so.
        """
        self._waiting += self._line(row).encode()
        try:
            self._write()
        except OSError as error:
            again, self._failing = self._failing, True
            return "" if again else (f"cannot write the log {self.path}: {error.strerror}; "
                                     "training goes on, and its rows are kept for later")
        self._failing = False
        return ""

    def sync(self) -> None:
        """Waits until the disk has all rows."""
        if self._file is not None:
            with suppress(OSError):  # a pipe or a device as a log
                os.fsync(self._file)

    def close(self) -> None:
        """Closes the file."""
        self._lock.release()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self) -> None:
        """Raises TrainingError where another run writes this log, or its folder takes no file."""
        try:
            free = self._lock.take()
        except OSError as error:
            raise TrainingError(f"cannot write the log {self.path}: {error.strerror}") from None
        if not free:
            raise TrainingError(f"another run writes the log {self.path} now; name another file "
                                "by --log")

    def _write(self) -> None:
        """Writes what waits, whole rows or nothing."""
        assert self._file is not None
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            write_all(self._file, self._waiting)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, end)
            raise
        self._waiting = b""

    def _rewrite(self, lines: list[str]) -> None:
        """The file with these rows only, put in place whole."""
        text = "" if self._json else ",".join(COLUMNS) + "\n"
        text += "".join(line + "\n" for line in lines)
        try:
            place_file(Path(os.path.realpath(self.path)), text.encode())
            self._file = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise TrainingError(f"cannot write the log {self.path}: {error.strerror}") from None

    def _line(self, row: Row) -> str:
        values = {name: _plain(row.get(name)) for name in COLUMNS}
        if self._json:
            return json.dumps(values) + "\n"
        return ",".join("" if value is None else str(value) for value in values.values()) + "\n"


def check_name(path: Path) -> bool:
    """Whether it is a log in JSON lines. Raises TrainingError for what can be no log."""
    if path.exists() and not path.is_file():
        raise TrainingError(f"cannot write the log {path}: it is no ordinary file")
    if path.suffix.lower() not in SUFFIXES:
        raise TrainingError(f"--log writes .csv or .jsonl, not {path.name!r}")
    return path.suffix.lower() == ".jsonl"


def check_own(path: Path) -> None:
    """Raises TrainingError for a file that is there and is not empty, and begins as no log does."""
    try:
        with path.open("rb") as file:
            first = file.readline(_LONGEST_ROW).decode("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise TrainingError(f"cannot read the log {path}: {error.strerror}") from None
    if not (_begins_csv if path.suffix.lower() == ".csv" else _begins_json)(first):
        raise TrainingError(f"{path} is no log of derive: it is left as it is; name another file "
                            "by --log")


def read_log(path: Path) -> list[Row]:
    """The rows of a log; a last line that was cut off is left out.

    Raises TrainingError, naming the line, for a file that is no log.
    """
    try:
        text = text_of(path)
    except UnicodeDecodeError:
        raise TrainingError(f"{path} is no log of derive: it is not UTF-8 text") from None
    except OSError as error:
        raise TrainingError(f"cannot read the log {path}: {error.strerror}") from None
    lines = text.split("\n")[:-1]  # after the last line end there is nothing, or half a row
    as_json = path.suffix.lower() == ".jsonl"
    names = lines[0].split(",") if lines else list(COLUMNS)
    if not as_json and names not in (list(COLUMNS), list(COLUMNS[:_BEFORE])):
        raise TrainingError(f"{path} is no log of derive: its first line is not {COLUMNS[0]},"
                            f"{COLUMNS[1]},…")
    rows = []
    for number, line in enumerate(lines, 1):
        if as_json or number > 1:
            try:
                rows.append(_json_row(line) if as_json else _csv_row(line, names))
            except (ValueError, KeyError, TypeError):
                raise TrainingError(f"{path}, line {number}: no row of a log of derive") from None
    return rows


def _begins_csv(first: str) -> bool:
    """Whether a first line is the head of a log, whole or cut off within."""
    heads = (f"{','.join(COLUMNS)}\n", f"{','.join(COLUMNS[:_BEFORE])}\n")
    return first in heads or (not first.endswith("\n") and heads[0].startswith(first))


def _begins_json(first: str) -> bool:
    """Whether a first line is a row of a log; where it has no end, whether it is the start of one.
    """
    names = re.findall(r'"(\w+)": ', first)
    if first.endswith("\n"):
        return names in (list(COLUMNS), list(COLUMNS[:_BEFORE]))
    return names == list(COLUMNS[:len(names)]) and bool(_CUT_ROW.fullmatch(first))


def _json_row(line: str) -> Row:
    row = json.loads(line)
    return {name: row[name] if n < _BEFORE else row.get(name) for n, name in enumerate(COLUMNS)}


def _csv_row(line: str, names: list[str]) -> Row:
    row: Row = {name: float(value) if value else None
                for name, value in zip(names, line.split(","), strict=True)}
    return {**dict.fromkeys(COLUMNS), **row, "step": int(row["step"] or 0)}


def _plain(value: float | None) -> float | int | None:
    if value is None or not isfinite(value):
        return None
    return int(value) if isinstance(value, int) else float(value)
