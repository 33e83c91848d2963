"""The marks of a class as a table for the terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from math import floor

from derive.rendering.text_page import TextPage, in_ascii
from derive.teaching.exercises.class_record import (
    ClassMarks,
    MarkedSheet,
    Mistake,
    lines_of,
)
from derive.teaching.marking.check_wording import spoken

_WIDE = 100  # columns from which files, and lines that follow, are shown
_BAR = 20


def text(marks: ClassMarks, width: int = 80, ascii: bool = False, color: bool = False) -> str:
    """A row for each sheet, then the class's mistakes, and what the teacher has to look at."""
    page = TextPage(width, ascii, color)
    lines = [*page.heading(f"{marks.exercise.heading}: {_counted(len(marks.sheets))}"), "",
             *_table(marks, page), "", *_summary(marks, page)]
    return "\n".join(line.rstrip() for line in lines)


def number(points: float | None) -> str:
    """Points in at most two decimals, halves rounded up; a dash for none."""
    if points is None:
        return "–"
    hundredths = floor(100 * points + 0.5 + 1e-9)
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def points_of(sheet: MarkedSheet) -> str:
    """The points that are sure, and what may come to them by hand."""
    more = sheet.grade.more
    return number(sheet.points) + (f" (+{number(more)})" if more else "")


def shared(mistake: Mistake) -> str:
    """The name of a mistake in words."""
    return spoken(mistake.name) or "no known misconception"


def _table(marks: ClassMarks, page: TextPage) -> Iterator[str]:
    """The rows, laid out by rich for the width."""
    from rich.box import ASCII2, SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    wide = page.width >= _WIDE
    written = io.StringIO()
    console = Console(file=written, width=page.width, force_terminal=page.color,
                      no_color=not page.color, color_system="standard" if page.color else None,
                      highlight=False, markup=False, emoji=False, legacy_windows=False)
    table = Table(box=ASCII2 if page.ascii else SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("sheet", ratio=3, overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("how it stands", ratio=5, overflow="fold")
    if wide:
        table.add_column("result", no_wrap=True)
        table.add_column("follow", justify="right", no_wrap=True)
        table.add_column("file", ratio=3, overflow="fold")
    for sheet in marks.sheets:
        more = (_result(sheet), str(sheet.follows or ""), sheet.file) if wide else ()
        cells = (sheet.who, points_of(sheet), sheet.standing, *more)
        table.add_row(*(Text(_signs(cell, page), style=_style(sheet)) for cell in cells))
    console.print(table)
    yield from (line.rstrip() for line in written.getvalue().rstrip("\n").split("\n"))


def _summary(marks: ClassMarks, page: TextPage) -> Iterator[str]:
    """The mean, the mistakes with bars, and what is left to the teacher."""
    total = number(marks.exercise.points.total)
    graded = [s for s in marks.sheets if s.points is not None]
    if marks.mean is not None:
        complete = sum(s.complete for s in graded)
        yield from page.labelled("mean", f"{number(marks.mean)} of {total} points; {complete} of "
                                         f"{len(graded)} complete")
    most = max((len(sheets) for _, sheets in marks.mistakes), default=1)
    for place, (mistake, sheets) in enumerate(marks.mistakes):
        size = max(1, round(_BAR * len(sheets) / most))
        bar = ("#" if page.ascii else "█") * size
        yield from page.labelled("mistakes" if place == 0 else "",
                                 f"{len(sheets):3} {bar}{' ' * (_BAR - size)} {shared(mistake)}"
                                 if page.width >= 60 else f"{len(sheets):3} {shared(mistake)}",
                                 formula=True)
    for label, rows in (("by hand", _by_hand(marks)), ("not read", _failed(marks)),
                        ("remarks", _remarks(marks)), ("passed", marks.passed_over)):
        for place, row in enumerate(rows):
            yield from page.labelled(label if place == 0 else "", _signs(row, page))
    yield from page.labelled("time", f"{marks.seconds:.1f} s")


def _by_hand(marks: ClassMarks) -> list[str]:
    return [f"{s.who}, {lines_of(s.by_hand)}: up to {number(s.grade.more)} more"
            for s in marks.sheets if s.by_hand]


def _failed(marks: ClassMarks) -> list[str]:
    failed = [s for s in marks.sheets if s.failure]
    return [f"{_counted(len(failed))} without points, to be looked at by hand"] if failed else []


def _remarks(marks: ClassMarks) -> Sequence[str]:
    return [f"{s.file}: {remark}" for s in marks.sheets for remark in s.remarks]


def _result(sheet: MarkedSheet) -> str:
    return "" if sheet.failure else {True: "reached", False: "no", None: "by hand"}[sheet.reached]


def _style(sheet: MarkedSheet) -> str:
    if sheet.failure or sheet.by_hand:
        return "yellow"
    return "red" if sheet.first_wrong is not None else "green" if sheet.complete else ""


def _signs(words: str, page: TextPage) -> str:
    return in_ascii(words.replace("–", "-")) if page.ascii else words


def _counted(count: int) -> str:
    return f"{count} hand-in{'s' * (count != 1)}"
