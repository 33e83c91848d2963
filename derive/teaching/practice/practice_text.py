"""A practice and its responses as lines of text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.outgoing_text import as_json
from derive.rendering.forms import printed
from derive.rendering.layout import folded, wrapped
from derive.rendering.text_page import TextPage
from derive.teaching.marking import check_wording as wording
from derive.teaching.marking.check_records import Check
from derive.teaching.marking.hint_wording import REVEALED
from derive.teaching.practice.practice_requests import state
from derive.teaching.practice.practice_response import Response
from derive.teaching.practice.practice_session import Practice
from derive.teaching.sheets.sheet import Sheet

_FORMS = {"text": f"{__name__}:text", "json": f"{__name__}:json_text"}
# The sign of a mark, in ASCII, and its colour.
_SIGNS = {"right": ("✓", "ok", "green"), "finished": ("✓", "ok", "green"),
          "wrong": ("✗", "NO", "red"), "unread": ("?", "?", "yellow"),
          "undecided": ("?", "?", "yellow"), "passed": ("·", "-", "dim")}


def render(practice: Practice, form: str = "text", **options: Any) -> str:
    """A practice as text (`width`, `ascii`, `color`) or json. Raises ChoiceError."""
    return printed(_FORMS, form, practice, **options)


def text(practice: Practice, width: int = 80, ascii: bool = False, color: bool = False) -> str:
    """The task, the lines so far, and what was asked for."""
    return "\n".join(sheet_lines(practice, TextPage(width, ascii, color)))


def json_text(practice: Practice) -> str:
    """The state of a practice as the text of a file."""
    return as_json(state(practice), indent=2)


@exact
def sheet_lines(practice: Practice, page: TextPage) -> list[str]:
    """The task, the lines so far, and what was asked for."""
    return [*_task(practice, page), *_lines(practice, page)]


def _task(practice: Practice, page: TextPage) -> Iterator[str]:
    """What is given, and what is asked."""
    task = practice.task
    blank = Check(Sheet(task, ()), (), None, False)
    yield from page.heading(practice.title)
    if practice.title != task.text:
        yield from page.labelled("task", task.text)
    if wording.given(blank):
        yield from page.listed("given", wording.given(blank))
    if wording.assumed(blank):
        yield from page.listed("assumed", wording.assumed(blank))
    left, right = wording.aim(blank)
    formula = _formula(page, practice, right)
    yield from page.labelled(
        "asked", formula if left is None else f"{_formula(page, practice, left)} = {formula}",
        formula=True)


def _formula(page: TextPage, practice: Practice, node: Basic) -> str:
    return page.formula(node, practice.task.reserved)


def _lines(practice: Practice, page: TextPage) -> Iterator[str]:
    """The lines that were taken, numbered, and how many hints and attempts there were."""
    if practice.lines:
        yield ""
    for number, line in enumerate(practice.lines, 1):
        lead = f"  {number:>2}  "
        for place, piece in enumerate(wrapped(page.sentence(line), page.width - len(lead))):
            yield (" " * len(lead) if place else lead) + piece
    yield from (page.styled(f"      {words}", "dim") for words in _counts(practice))


def _counts(practice: Practice) -> Iterator[str]:
    if practice.hints or practice.attempts:
        yield counts(practice)
    if practice.finished:
        yield "finished"


@exact
def response_lines(response: Response, page: TextPage) -> list[str]:
    """What is said to a line or a question; a verdict with its sign."""
    reserved = response.task.reserved
    rows: Sequence[tuple[str, str]] = response.rows(lambda node: page.formula(node, reserved))
    lines: list[str] = []
    if response.mark in _SIGNS:
        (_, verdict), *rows = rows
        plain, ascii_, colour = _SIGNS[response.mark]
        sign = ascii_ if page.ascii else plain
        lines += [page.styled(line, colour)
                  for line in folded(f"  {sign} {page.sentence(verdict)}", page.width, "    ")]
    if response.hint is not None:  # only what is new
        first = REVEALED[response.hint.level]
        rows = rows[next((n for n, (label, _) in enumerate(rows) if label == first), 0):]
    for label, words in rows:
        if not lines and not label:
            lines += folded(f"  {page.sentence(words)}", page.width, "  ")
            continue
        lines += page.labelled(label, words, formula=label in ("next", "where", "typed"))
    return lines


def counts(practice: Practice) -> str:
    """How many lines, hints and wrong attempts there were."""
    return ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in (
        (len(practice.lines), "line"), (practice.hints, "hint"),
        (practice.attempts, "wrong attempt")) if count)
