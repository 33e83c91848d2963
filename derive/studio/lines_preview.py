"""The reading of a sheet or of a model while it is typed: a row for each line."""

from __future__ import annotations

from html import escape
from typing import Any

from sympy.core.basic import Basic

from derive.calculus.recurrence.model_composition import Composition, composed
from derive.calculus.recurrence.model_sources import from_text
from derive.calculus.recurrence.model_structure import checked
from derive.core.heads import at
from derive.core.indexing import exact
from derive.notation.printing.markup import formula
from derive.notation.printing.mathml import mathml
from derive.notation.reading.model_equations import read_model
from derive.rendering.page.page_formulas import equations
from derive.studio.faults import fault
from derive.studio.studio_request import Request
from derive.tables.cell_table import usual_head
from derive.teaching.sheets.sheet import Passed, Sheet, Unread, Written, read_sheet

Data = dict[str, Any]
_CELL = "No line of these is a loss, so they are read as a cell, with the loss of the head {}."
_NO_COST = "There is no cost."


@exact
def sheet_reading(request: Request) -> Data:
    """The task and the lines of a sheet as mathematics, `html`. Raises DeriveError.

    Where a line is not understood, the first such is the `error`, with its place.
    """
    sheet = read_sheet("\n".join((*request.given, request.formula)))
    rows = [_row("Asked", _formula(sheet, sheet.task.start)),
            *(_line(sheet, entry) for entry in sheet.entries)]
    read: Data = {"html": f'<ol class="lines-read">{"".join(rows)}</ol>', "declarations": []}
    if sheet.unread:
        read |= {"ok": False, "error": fault(sheet.unread[0].error, request)}
    return read


def _line(sheet: Sheet, entry: Written | Passed | Unread) -> str:
    number = f'<span class="quiet">line </span>{entry.number}'
    if isinstance(entry, Written):
        return _row(number, _NO_COST if entry.node is None else _formula(sheet, entry.node))
    words = f"<code>{escape(entry.text)}</code>"
    return _row(number, words, "unread" if isinstance(entry, Unread) else "passed")


def _row(name: str, shown: str, kind: str = "") -> str:
    return (f'<li class="{kind}"><span class="what">{name}</span>'
            f'<div class="scroll">{shown}</div></li>')


def _formula(sheet: Sheet, node: Basic) -> str:
    return mathml(node, sheet.task.reserved, flows=True, sized=False)


@exact
def model_reading(request: Request) -> Data:
    """The equations of a model or a cell as mathematics, `html`. Raises DeriveError."""
    source, notes = from_text(request.formula), list[str]()
    text = source.text
    if source.cell is not None:
        head = request.options.get("head") or usual_head("classes")
        text, notes = composed(Composition(source.cell, head)), [_CELL.format(head)]
    model = checked(read_model(text))
    names = (*model.scope.names, *model.scope.dims)

    def shown(node: Basic) -> str:
        return mathml(node, names, model.steps, flows=True, sized=False)

    rows = [(shown(at(e.symbol, e.indices)), shown(e.body))
            for e in (*model.initial.values(), *model.equations)]
    name = formula(f"<mi>{escape(model.name)}</mi>", model.name, model.name, sized=False)
    return {"html": equations([*rows, (name, shown(model.loss))]), "notes": notes,
            "declarations": []}

