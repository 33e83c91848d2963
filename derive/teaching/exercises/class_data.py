"""The marks of a class as data: JSON, and a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from derive.outgoing_text import as_json
from derive.teaching.exercises.class_record import ClassMarks, MarkedSheet

COLUMNS = ("file", "student", "variant", "points", "more_by_hand", "total", "first_wrong_line",
           "misconception", "complete", "result_reached", "lines_by_hand", "lines_that_follow",
           "hints", "not_marked", "remarks")
# Signs with which a spreadsheet begins to compute; it may take a semicolon for the end of a cell.
_FORMULA = re.compile(r"(?:^|(?<=;))(?=\W*[=+@＝＋＠−－-])")


def csv_text(marks: ClassMarks) -> str:
    """A line for each sheet; points are empty, and never 0, where nothing could be marked.

    No cell begins a formula of a spreadsheet, wherever that ends cells: such text has an
    apostrophe before it.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    for sheet in marks.sheets:
        writer.writerow(map(cell, _row(marks, sheet)))
    return written.getvalue().removesuffix("\n")


def cell(value: object) -> str:
    """A value as a cell: a number, yes or no, or text that is no formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g}"
    return _FORMULA.sub("'", " ".join(str(value).split()))


def _row(marks: ClassMarks, sheet: MarkedSheet) -> tuple[object, ...]:
    judged = not sheet.failure
    return (sheet.file, sheet.student,
            sheet.variant if judged and marks.exercise.variants > 1 else None,
            sheet.points, sheet.grade.more if judged else None, sheet.grade.total,
            sheet.first_wrong, sheet.misconception,
            sheet.complete if judged else None, sheet.reached if judged else None,
            " ".join(map(str, sheet.by_hand)), sheet.follows if judged else None, sheet.hints,
            sheet.failure, "; ".join(sheet.remarks))


def json_text(marks: ClassMarks) -> str:
    """The marks as the text of a file."""
    return as_json(data(marks), indent=2)


def data(marks: ClassMarks) -> dict[str, Any]:
    """The marks as plain dictionaries, lists, strings and numbers."""
    exercise = marks.exercise
    return {
        "exercise": exercise.heading, "task": exercise.task, "variants": exercise.variants,
        "total": exercise.points.total, "mean": marks.mean,
        "sheets": [_sheet(sheet) for sheet in marks.sheets],
        "mistakes": [{"name": mistake.name or None, "says": mistake.says or None,
                      "files": [sheet.file for sheet in sheets]}
                     for mistake, sheets in marks.mistakes],
        "passed_over": list(marks.passed_over), "seconds": round(marks.seconds, 3),
    }


def _sheet(sheet: MarkedSheet) -> dict[str, Any]:
    return {
        "file": sheet.file, "student": sheet.student or None, "variant": sheet.variant,
        "points": sheet.points, "more_by_hand": sheet.grade.more,
        "parts": dict(sheet.grade.parts), "first_wrong_line": sheet.first_wrong,
        "misconception": sheet.misconception or None,
        "wrong_lines": {number: mistake.name or None for number, mistake in sheet.faults},
        "complete": sheet.complete, "result_reached": sheet.reached, "missing": sheet.missing,
        "lines_by_hand": list(sheet.by_hand), "lines_that_follow": sheet.follows,
        "hints": sheet.hints, "not_marked": sheet.failure or None,
        "remarks": list(sheet.remarks), "seconds": round(sheet.seconds, 3),
        "lines": [{"line": line.number, "text": line.text, "mark": line.mark, "where": line.where}
                  for line in sheet.lines],
    }
