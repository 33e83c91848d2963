"""The pages of a marked class: one for each sheet, and an index with the class's mistakes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from derive.errors import DeriveError
from derive.outgoing_text import escape
from derive.rendering.page.document import document
from derive.rendering.page.entry_writers import facts, label
from derive.rendering.page.page_formulas import code
from derive.rendering.page.page_tables import table
from derive.rendering.page.phrases import phrase
from derive.teaching.exercises.class_record import ClassMarks, MarkedSheet, Mistake, lines_of
from derive.teaching.exercises.class_table import number, points_of, shared
from derive.teaching.exercises.handing_out import distinct_names
from derive.teaching.exercises.sheet_marking import HandIn
from derive.teaching.sites.own_folder import OwnFolder

MANIFEST = "derive-class.json"
_INDEX = "index.html"


def write_class_pages(marks: ClassMarks, folder: str | os.PathLike[str]) -> int:
    """Writes a page for each sheet, and the index; see `ClassMarks.save_pages`."""
    if not all(sheet.page or sheet.failure for sheet in marks.sheets):
        raise DeriveError("the sheets have kept no pages; mark them with pages=True")
    pages = page_names(marks.sheets)
    target = claim_pages(Path(folder), marks.sheets)
    for place, sheet in enumerate(marks.sheets):
        before = marks.sheets[place - 1] if place else None
        after = marks.sheets[place + 1] if place + 1 < len(marks.sheets) else None
        target.write(pages[sheet.file], sheet_page(marks, sheet, pages, before, after))
    target.write(_INDEX, index(marks, pages))
    return len(pages) + 1


def claim_pages(folder: Path, sheets: Sequence[MarkedSheet | HandIn]) -> OwnFolder:
    """Makes the folder for the pages. Raises DeriveError where a file is in the way."""
    target = OwnFolder(folder, MANIFEST, "derive check")
    target.claim([_INDEX, *page_names(sheets).values()])
    return target


def page_names(sheets: Sequence[MarkedSheet | HandIn]) -> dict[str, str]:
    """A page for each file: of plain letters, and never alike where a system ignores case."""
    stems = (sheet.file.rpartition(".")[0] or sheet.file for sheet in sheets)
    return {sheet.file: f"sheets/{name}.html"
            for sheet, name in zip(sheets, distinct_names(stems), strict=True)}


def index_alone(marks: ClassMarks, embed_font: Path | None = None) -> str:
    """The page of the class, which leads to no other. Raises DeriveError (the font)."""
    return index(marks, {}, embed_font)


def index(marks: ClassMarks, ways: Mapping[str, str], embed_font: Path | None = None) -> str:
    """The page of the class, with ways to the pages of its sheets."""
    body = (f"<header><h1>{escape(marks.exercise.heading)}</h1>"
            f'<p class="typed">{code(marks.exercise.task)}</p>'
            f'<p class="source">{_in_all(marks)}</p></header>{_mistakes(marks, ways)}'
            f"{_left(marks, ways)}{_table(marks, ways)}{_passed(marks)}")
    return document(f"Marks: {marks.exercise.heading}", body, styles=("class.css",),
                    embed_font=embed_font)


def sheet_page(marks: ClassMarks, sheet: MarkedSheet, pages: Mapping[str, str],
               before: MarkedSheet | None = None, after: MarkedSheet | None = None) -> str:
    """The page of one sheet: its points, and the lines with what there is to them."""
    grade = _grade(marks, sheet)
    text = sheet.page if not sheet.failure else (
        f"<header><h1>{escape(sheet.who)}</h1></header>"
        f'<p class="stamp open"><span>Not marked: {escape(sheet.failure)}</span></p>'
        f"{_as_handed_in(sheet)}")
    ways = "".join(
        f'<li class="{kind}"><a rel="{kind}" href="../{escape(pages[other.file])}">'
        f"{escape(other.who)}</a></li>"
        for kind, other in (("prev", before), ("next", after)) if other is not None)
    nav = f'<nav class="ways" aria-label="Other sheets"><ul class="neighbours">{ways}</ul></nav>'
    return document(f"{sheet.who}: {marks.exercise.heading}", grade + text + (nav if ways else ""),
                    styles=("check.css", "site.css", "class.css"),
                    links=(("../index.html", "All sheets"),))


def _as_handed_in(sheet: MarkedSheet) -> str:
    """The text of a sheet that could not be marked."""
    if not sheet.page:
        return ""
    return (f'<section>{label("As it was handed in")}<pre tabindex="0"><code>'
            f"{escape(sheet.page)}</code></pre></section>")


def _in_all(marks: ClassMarks) -> str:
    """The class in a line."""
    counted = f"{len(marks.sheets)} hand-in{'s' * (len(marks.sheets) != 1)}"
    if marks.mean is None:
        return counted
    complete = sum(sheet.complete for sheet in marks.sheets)
    return (f"{counted}, {complete} complete; {number(marks.mean)} of "
            f"{number(marks.exercise.points.total)} points on average")


def _mistakes(marks: ClassMarks, pages: Mapping[str, str]) -> str:
    """The mistakes with bars, the commonest first, each leading to the sheets that make it."""
    most = max((len(sheets) for _, sheets in marks.mistakes), default=0)
    if not most:
        return ""
    items = "".join(
        f"<li><h3>{escape(_titled(mistake))}</h3>"
        f'<p class="bar-row"><span class="bar-of" aria-hidden="true">'
        f'<span style="width:{100 * len(sheets) / most:.0f}%"></span></span> '
        f'<strong>{len(sheets)}</strong><span class="quiet"> '
        f"sheet{'s' * (len(sheets) != 1)}</span></p>{_sentence_of(mistake)}"
        f'<p class="who">{", ".join(_way(s, pages, _line_of(s, mistake)) for s in sheets)}</p></li>'
        for mistake, sheets in marks.mistakes)
    return (f'<section><h2>Commonest mistakes</h2><ol class="mistakes">{items}</ol></section>')


def _line_of(sheet: MarkedSheet, mistake: Mistake) -> int | None:
    """The first line with a mistake."""
    return next((line for line, other in sheet.faults if other.name == mistake.name), None)


def _titled(mistake: Mistake) -> str:
    words = shared(mistake)
    return words[:1].upper() + words[1:]


def _sentence_of(mistake: Mistake) -> str:
    return f"<p>{phrase(mistake.says)}</p>" if mistake.says else ""


def _left(marks: ClassMarks, pages: Mapping[str, str]) -> str:
    """What is left to the teacher: lines and sheets; then what is to be known of others."""
    rows = [f"{_way(s, pages)}: {escape(lines_of(s.by_hand))}, up to {number(s.grade.more)} more"
            for s in marks.sheets if s.by_hand]
    rows += [f"{_way(s, pages)}: {escape(s.failure)}" for s in marks.sheets if s.failure]
    notes = [f"{_way(s, pages)}: {escape(remark)}" for s in marks.sheets for remark in s.remarks]
    return _listed("To be looked at by hand", rows) + _listed("Notes", notes)


def _listed(heading: str, rows: Sequence[str]) -> str:
    """A list under its heading; nothing for no rows."""
    items = "".join(f"<li>{row}</li>" for row in rows)
    return f'<section><h2>{heading}</h2><ul class="left">{items}</ul></section>' if rows else ""


def _table(marks: ClassMarks, pages: Mapping[str, str]) -> str:
    """All sheets."""
    varied = marks.exercise.variants > 1
    heads = ("Sheet", "Points", "How it stands", "Lines that follow",
             *(["Variant"] if varied else []), "File")
    rows = [(_way(s, pages), escape(points_of(s)), escape(s.standing),
             "" if s.failure else str(s.follows),
             *(["" if s.failure else str(s.variant)] if varied else []), code(s.file))
            for s in marks.sheets]
    return f"<section><h2>All sheets</h2>{table('', heads, rows)}</section>"


def _passed(marks: ClassMarks) -> str:
    return _listed("Passed over", [escape(row) for row in marks.passed_over])


def _way(sheet: MarkedSheet, pages: Mapping[str, str], line: int | None = None) -> str:
    """The name of a sheet, leading to its page, and to a line of it."""
    page = pages.get(sheet.file)
    if page is None:
        return escape(sheet.who)
    at = "" if line is None else f"#line-{line}"
    return f'<a href="{escape(page)}{at}">{escape(sheet.who)}</a>'


def _grade(marks: ClassMarks, sheet: MarkedSheet) -> str:
    """Whose sheet it is, and its points with what they are for."""
    total = number(marks.exercise.points.total)
    parts = ", ".join(f"{name} {number(points)}" for name, points in sheet.grade.parts)
    rows = [("student", escape(sheet.student or "not named")), ("file", code(sheet.file))]
    if marks.exercise.variants > 1 and not sheet.failure:
        rows.append(("variant", str(sheet.variant)))
    points = "none yet" if sheet.points is None else f"{number(sheet.points)} of {total}"
    rows.append(("points", f"<strong>{points}</strong>" + (f" ({escape(parts)})" if parts else "")))
    if sheet.by_hand:
        links = lines_of(sheet.by_hand)
        rows.append(("by hand", f"{escape(links)}: up to {number(sheet.grade.more)} more"))
    rows += [("note", escape(remark)) for remark in sheet.remarks]
    return f'<div class="grade">{facts(rows)}</div>'
