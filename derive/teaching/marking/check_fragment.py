"""A check for a notebook's output: without script and style sheet, with all that it holds."""

from __future__ import annotations

from collections.abc import Iterable

from derive.outgoing_text import escape
from derive.rendering.page.page_formulas import code, math
from derive.teaching.marking import check_wording as wording
from derive.teaching.marking.check_page import MARKS, Sheet, sentence
from derive.teaching.marking.check_records import Check, CheckedLine, Fault
from derive.teaching.marking.hint_wording import hint_rows

_CELL = "padding:.2em .5em;vertical-align:middle;border:0;background:none;text-align:left;"
_HINT = {"hint": "Hint to the next step: ", "rule": "", "where": "Where: ", "next": "= "}
_SCROLLS = "overflow-x:auto;overflow-y:hidden;padding-bottom:.3em"


def fragment(check: Check) -> str:
    """The task, the verdict, the lines with the engine's steps between, the fault, the hint."""
    sheet = Sheet(check)
    rows = "".join(row for line in check.lines for row in (_between(line, sheet),
                                                           _row(line, sheet)))
    faults = "".join(f"<p>Line {line.number}:</p>{sheet.fault(line, line.fault or Fault())}"
                     for line in check.lines if line.mark == "wrong")
    return (f"<div><p>{code(check.sheet.task.text)}</p>{_premises(check)}"
            f"<p><strong>{escape(_verdict(check))}</strong></p>"
            f'<div style="{_SCROLLS}"><table style="border:0;margin:0">{rows}</table></div>'
            f"{faults}{_hint(check, sheet)}"
            f"<p><small>Right lines: {escape(wording.decided(check))}.</small></p></div>")


def _premises(check: Check) -> str:
    """What is given, and what the use of names told."""
    parts = [f"{word}: {', '.join(map(code, lines))}" for word, lines in (
        ("Given", wording.given(check)), ("Assumed", wording.assumed(check))) if lines]
    return f"<p><small>{'; '.join(parts)}</small></p>" if parts else ""


def _verdict(check: Check) -> str:
    parts = [*(wording.how_wrong(check, line) for line in check.lines if line.mark == "wrong"),
             wording.standing(check), sentence(check.undecided) if check.undecided else ""]
    return " ".join(filter(None, parts))


def _row(line: CheckedLine, sheet: Sheet) -> str:
    """One line: its number, whether it is right, the formula, what was typed, how it is known."""
    sign, words = MARKS[line.mark]
    written = line.judged
    known = wording.KNOWN.get(line.how) if line.right else None
    notes = [f"read as {code(written.reading)}" if written and written.reading else "",
             f"known by {known}" if known else "",
             *map(escape, wording.remarks(line, line.where))]
    more = "".join(f"<br><small>{note}</small>" for note in filter(None, notes))
    shown = "" if written is None else "no cost" if written.denies else \
        math(written.node, sheet.part, notes=False)
    return _cells((str(line.number), f'<span role="img" aria-label="{words}">{sign}</span>',
                   shown, f"{code(line.written.text)}{more}"))


def _between(line: CheckedLine, sheet: Sheet) -> str:
    """The engine's steps from the line before, where they were asked for."""
    steps = line.between
    if steps is None:
        return ""
    rows = [("", "", math(step.expression, sheet.part, notes=False),
             f"<small>{escape('; '.join(wording.rules_of(step)))}</small>")
            for step in steps.lines]
    if rows and not steps.passes:
        rows.insert(0, ("", "", "<small>the engine goes another way:</small>", ""))
    return "".join(map(_cells, rows))


def _hint(check: Check, sheet: Sheet) -> str:
    """The next step, as far as it was asked for."""
    if check.hint is None:
        return ""
    rows = hint_rows(check.hint, lambda node: math(node, sheet.part, notes=False), escape)
    return "".join(f"<p>{_HINT[label]}{content}</p>" for label, content in rows)


def _cells(cells: Iterable[str]) -> str:
    made = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells)
    return f'<tr style="background:none">{made}</tr>'
