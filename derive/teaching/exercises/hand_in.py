"""The head of a hand-in: the exercise, the student, the variant, the hints that were taken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from derive.short_reprs import Brief
from derive.teaching.exercises.variants import plain_name

_HEAD_LINES = 40  # a head stands at the beginning
_FIELD = re.compile(r"\s*(?:#+|%+|//|<!--)\s*(exercise|student|variant|hints|highest hint)\s*:"
                    r"\s*(.*?)\s*(?:-->)?\s*", re.IGNORECASE)
_VARIANT = re.compile(r"([0-9]{1,20})(?:\s*-\s*([0-9a-f]+))?")
_HINT = re.compile(r"^[^\S\n]*#\s*hint(?: \d)? after \d+:", re.MULTILINE)  # as a practice notes it
_PRACTICE = re.compile(r"#\s*practice:\s*(.*)")
_COMMENT = re.compile(r"\s*(?:%|<!--.*-->\s*$)")
_MOST_HINTS = 1000
_INVITATION = ("Write a line for each step below; each has to equal the line before.",
               "Words of yours stand behind a {sign}. Leave the head as it is.")


@dataclass(frozen=True)
class Head(Brief):
    """What the head of a hand-in says; `code` proves that the variant was the student's.

    `hints` are those that the head counts, or that a practice has noted between the lines;
    `highest` is the level to which they go, None where the head has no bound.
    """

    exercise: str = ""
    student: str = ""
    variant: int | None = None
    code: str = ""
    hints: int = 0
    highest: int | None = None


def head_of(text: str) -> Head:
    """The head of a hand-in; what is missing is left out. The first line of a kind counts."""
    fields: dict[str, str] = {}
    for line in text.splitlines()[:_HEAD_LINES]:
        field = _FIELD.fullmatch(line)
        if field and field[2]:
            fields.setdefault(field[1].lower(), plain_name(field[2]))
    variant = _VARIANT.fullmatch(fields.get("variant", "").lower())
    hints, highest = fields.get("hints", ""), fields.get("highest hint", "")
    counted = int(hints) if re.fullmatch(r"[0-9]{1,9}", hints) else 0
    return Head(fields.get("exercise", ""), fields.get("student", ""),
                int(variant[1]) if variant else None, (variant[2] or "") if variant else "",
                min(max(counted, len(_HINT.findall(text))), _MOST_HINTS),
                int(highest) if re.fullmatch(r"[0-9]", highest) else None)


def uncommented(text: str) -> list[str]:
    """The lines of a hand-in, those in comments too, without the signs and words of comments."""
    return [line.strip().lstrip("%#/ \t").partition("#")[0] for line in text.splitlines()]


def practice_title(text: str) -> str | None:
    """The title of a sheet that a practice wrote; None for another text."""
    title = _PRACTICE.match(text)
    return title[1].strip() if title else None


def without_head(text: str) -> str:
    """A hand-in of which lines of the head, and comments of LaTeX and Markdown, are empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("" if _FIELD.fullmatch(line) or _COMMENT.match(line) else line
                     for line in lines)


def head_text(head: Head, lines: Sequence[str], latex: bool = False) -> str:
    """The head as text, with the lines of the task below, in LaTeX as comments."""
    sign = "%" if latex else "#"
    fields = [("exercise", head.exercise), ("student", head.student),
              ("variant", "" if head.variant is None else
               f"{head.variant}{'-' * bool(head.code)}{head.code}"),
              ("highest hint", "" if head.highest is None else str(head.highest))]
    stated = [f"{sign} {name}: {plain_name(value)}" for name, value in fields
              if value or name == "student"]
    words = [f"{sign} {line.format(sign=sign)}" for line in _INVITATION]
    body = [f"{sign} {line}" for line in lines] if latex else list(lines)
    room = ["\\begin{align*}", "", "\\end{align*}"] if latex else []
    return "\n".join((*stated, *words, "", *body, "", *room))
