"""What is typed, read while it is typed: as mathematics, with its declarations, or its fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from derive.calculus.latex_targets import in_latex, read_latex_target
from derive.core.indexing import exact
from derive.errors import DeriveError, NotationError
from derive.notation.printing.declaration_words import in_words
from derive.notation.printing.markup import formula
from derive.notation.printing.mathml import mathml
from derive.notation.reading.specification import Specification, specify
from derive.outgoing_text import escape
from derive.rendering.page.page_formulas import equations
from derive.studio.catalogue import entry_of
from derive.studio.faults import fault
from derive.studio.lines_preview import model_reading, sheet_reading
from derive.studio.studio_request import Request
from derive.teaching.sheets.task import worded

Data = dict[str, Any]
_NOTHING: Data = {"html": "", "declarations": []}


def preview(request: Request) -> Data:
    """The reading of a formula: `html`, `notes`, `declarations`, or an `error` with its place.

    `declarations` have each its `text` in the notation, its `words`, and whether it is `assumed`.
    A name of the catalogue is an `entry` with title and meaning. Of a sheet, the lines that are
    understood are there beside the `error` of the first that is not. An empty box is an empty
    reading.
    """
    if not request.formula.strip():
        return {"ok": True, **_NOTHING}
    try:
        return {"ok": True, **(_entry(request) or _reader(request)(request))}
    except DeriveError as error:
        if request.question.kind == "sheet" and not isinstance(error, NotationError):
            words = str(error)  # what is still to be typed
            return {"ok": True, **_NOTHING, "notes": [words[:1].upper() + words[1:] + "."]}
        return {"ok": False, "error": fault(error, request)}


def _reader(request: Request) -> Callable[[Request], Data]:
    """How a text is read: by the kind of the question, and a task in words as a sheet."""
    kind = request.question.kind
    if kind == "sheet" or (kind == "task" and worded(request.formula)):
        return sheet_reading
    if kind == "model":
        return model_reading if "=" in request.formula else lambda _: _NOTHING
    return _reading


def _entry(request: Request) -> Data | None:
    """What a name of the catalogue stands for."""
    entry = entry_of(request.question.entries, request.formula.strip())
    if entry is None or request.given:
        return None
    return {"html": "", "entry": {"name": entry.name, "title": entry.title,
                                  "meaning": entry.meaning}, "declarations": []}


@exact
def _reading(request: Request) -> Data:
    text, given = request.formula, request.given
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    if in_latex(text, given):
        read = read_latex_target(text, given, None, {}).read
        text, given, assumed, notes = read.formula, read.given, read.assumed, read.notes
    specification = specify(text, given, arrays=True, wrt=request.options.get("wrt", ""))
    rows = _rows(specification)
    assumed = (*assumed, *specification.assumed)
    return {"html": equations(rows), "notes": list(notes),
            "declarations": [_declaration(line, line in assumed)
                             for line in specification.declared]}


def _rows(read: Specification) -> list[tuple[str, str]]:
    """Definitions and the formula, left and right sides as MathML."""
    names = _reserved(read)
    made = [(formula(f"<mi>{escape(d.name)}</mi>", d.name, d.name, sized=False),
             mathml(d.body, names, flows=True, sized=False)) for d in read.definitions]
    return [*made, (formula(f"<mi>{escape(read.name)}</mi>", read.name, read.name, sized=False),
                    mathml(read.loss, names, flows=True, sized=False))]


def _reserved(read: Specification) -> tuple[str, ...]:
    return (*read.scope.names, *read.scope.dims)


def _declaration(line: str, assumed: bool) -> Mapping[str, object]:
    return {"text": line, "words": in_words(line), "assumed": assumed}
