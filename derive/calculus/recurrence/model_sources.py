"""Where a recurrent model comes from: a cell's name, a text, or a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive.calculus.recurrence.cell_parts import check_cell, own_cell
from derive.errors import ModelError, UnknownNameError
from derive.given_files import text_of
from derive.notation.reading.line_kinds import is_edge, name_of, sorted_lines
from derive.notation.reading.specification import text_lines
from derive.resources import read_table
from derive.tables.cell_table import Cell, find_cell, read_cells
from derive.tables.model_table import find_model, models


@dataclass(frozen=True)
class Source:
    """A cell that a head is to be put on, or the text of a whole model."""

    cell: Cell | None
    text: str = ""
    title: str = ""
    source: str = ""
    note: str = ""
    decode: tuple[str, ...] = ()  # lines of what it predicts once it is trained


def find_source(model: str | Path) -> Source:
    """The cell or model that is named, written out, or in a .txt or .toml file.

    Raises UnknownNameError for a name that is neither, ModelError for a file that cannot be
    read, DataFileError for a broken .toml file.
    """
    text = str(model)
    if isinstance(model, Path) or ("\n" not in text and (
            text.endswith((".txt", ".toml")) or ("=" not in text and "." in text))):
        return _from_file(Path(text))
    if "=" not in text and "\n" not in text:
        entry = find_model(text)
        if entry is not None:
            return Source(None, entry.text, entry.title, entry.source, entry.note, entry.decode)
        cell = _named_cell(text)
        return Source(cell, "", cell.title, cell.source, cell.note)
    return from_text(text)


def _named_cell(name: str) -> Cell:
    try:
        return find_cell(name)
    except UnknownNameError as error:
        names = ", ".join(entry.name for entry in models())
        raise UnknownNameError(f"{error}; models with a loss of their own are {names}") from None


def model_text(model: str | Path) -> str:
    """The text of a model, with what it predicts, or of a cell, the equation of its output last.

    Raises as `find_source`.
    """
    source = find_source(model)
    if source.cell is None:
        return source.text + "".join(f"{line}\n" for line in source.decode)
    cell = source.cell
    ends = [e for e in cell.equations if name_of(e) == cell.output and not is_edge(e)]
    rest = [e for e in cell.equations if e not in ends]
    return "\n".join((*cell.given, *rest, *ends)) + "\n"


def _from_file(path: Path) -> Source:
    try:
        text = text_of(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ModelError(f"cannot read {path}: {reason}") from None
    if path.suffix != ".toml":
        return from_text(text, path.stem)
    entry: dict[str, Any] = next(iter(read_table(path).values()), {})
    if "loss" in entry and "equations" in entry:
        lines = [*entry.get("given", ()), *entry["equations"], entry["loss"]]
        return Source(None, "\n".join(lines) + "\n", entry.get("title", path.stem),
                      entry.get("source", ""), entry.get("note", ""),
                      tuple(entry.get("decode", ())))
    cells = read_cells(path)
    if len(cells) > 1:
        names = ", ".join(c.name for c in cells)
        raise ModelError(f"{path} has several cells: {names}; keep the one to be derived")
    return Source(cells[0], "", cells[0].title, cells[0].source, cells[0].note)


def from_text(text: str, title: str = "") -> Source:
    """A cell where no line is a loss, else a whole model."""
    lines = list(text_lines(text))
    if not lines:
        raise ModelError("the model is empty; type its equations, such as "
                         "h[t] = tanh(b + W @ h[t-1] + U @ x[t])")
    parts = sorted_lines(text)
    if parts.loss is not None or not parts.output:
        return Source(None, text, title)
    cell = check_cell(own_cell(text, title or "a cell of one's own", parts))
    return Source(cell, "", title)
