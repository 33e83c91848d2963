"""Where a recurrent model comes from: a cell's name, a text, or a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive.errors import ModelError
from derive.notation.reading.declaration_lines import loss_last
from derive.notation.reading.specification import text_lines
from derive.resources import read_table
from derive.tables.cell_table import Cell, find_cell, read_cells
from derive.tables.model_table import find_model

_EQUATION = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([^\]=]*)\])?\s*=(?!=)")
_DECLARED = re.compile(r"\s*([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*:(?!=)(.*)")


@dataclass(frozen=True)
class Source:
    """A cell that a head is to be put on, or the text of a whole model."""

    cell: Cell | None
    text: str = ""
    title: str = ""
    source: str = ""
    note: str = ""


def find_source(model: str | Path) -> Source:
    """The cell or model that is named, written out, or in a .txt or .toml file.

    Raises UnknownNameError for a name that is neither, ModelError for a file that cannot be
    read, DataFileError for a broken .toml file.
    """
    text = str(model)
    if isinstance(model, Path) or ("\n" not in text and text.endswith((".txt", ".toml"))):
        return _from_file(Path(text))
    if "=" not in text and "\n" not in text:
        entry = find_model(text)
        if entry is not None:
            return Source(None, entry.text, entry.title, entry.source, entry.note)
        cell = find_cell(text)
        return Source(cell, "", cell.title, cell.source, cell.note)
    return from_text(text)


def _from_file(path: Path) -> Source:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ModelError(f"cannot read {path}: {reason}") from None
    if path.suffix != ".toml":
        return from_text(text, path.stem)
    entry: dict[str, Any] = next(iter(read_table(path).values()), {})
    if "loss" in entry and "equations" in entry:
        lines = [*entry.get("given", ()), *entry["equations"], entry["loss"]]
        return Source(None, "\n".join(lines), entry.get("title", path.stem),
                      entry.get("source", ""), entry.get("note", ""))
    cells = read_cells(path)
    if len(cells) > 1:
        names = ", ".join(c.name for c in cells)
        raise ModelError(f"{path} has several cells: {names}; keep the one to be derived")
    return Source(cells[0], "", cells[0].title, cells[0].source, cells[0].note)


def from_text(text: str, title: str = "") -> Source:
    """A cell where every line declares or has an index of time, else a whole model."""
    lines = list(text_lines(text))
    if not lines:
        raise ModelError("the model is empty; type its equations, such as "
                         "h[t] = tanh(b + W @ h[t-1] + U @ x[t])")
    end = loss_last(lines)[-1]
    last = _EQUATION.match(end)
    if last is None or last.group(2) is None or _DECLARED.match(end):
        return Source(None, text, title)
    given = [line for line in lines if not _EQUATION.match(line)]
    equations = [line for line in lines if _EQUATION.match(line)]
    _check_cell(given, equations)
    return Source(Cell("text", title or "a cell of one's own", tuple(given), tuple(equations),
                       last.group(1)), "", title)


def _check_cell(given: list[str], equations: list[str]) -> None:
    """Raises ModelError where the head of a catalogue cannot be put on a cell."""
    axes = {n.strip(): kind.strip() for line in given if (m := _DECLARED.match(line))
            for n, kind in ((n, m.group(2)) for n in m.group(1).split(","))}
    if re.sub(r"\s", "", axes.get("x", "")) != "real[T,D]":
        raise ModelError("a cell reads its input from x; declare x: real[T, D], or end the model "
                         "with its loss, such as L = sum(l)")
    name = _EQUATION.match(equations[-1]).group(1)  # type: ignore[union-attr]
    if re.sub(r"\s", "", axes.get(name, "real[T,H]")) != "real[T,H]":
        raise ModelError(f"the last equation of a cell is its output, {name} here; declare it as "
                         f"{name}: real[T, H]", equations[-1], 1)
