"""Tables of a page: numbers at the right, and at a narrow width each row below the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from derive.outgoing_text import escape

_TAG = re.compile(r'<math[^>]*alttext="([^"]*)".*?</math>|<[^>]*>')
_NUMBER = re.compile(r"[-+−]?\d[\d.,]*(?:e[-+−]?\d+)?%?|\([-+−\d.,e ]*\)")


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of which the first cell of each row is its heading; all is HTML.

    Where there is no room, each cell stands below the last: a number or heading beside the name of
    its column, words under it.
    """
    numbers = [all(_NUMBER.fullmatch(_plain(row[n])) for row in rows)
               for n in range(len(columns))]
    marks = [' class="number"' if number else "" for number in numbers]
    head = "".join(f'<th scope="col"{mark}>{column}</th>'
                   for column, mark in zip(columns, marks, strict=True))
    body = "".join(
        f'<tr><th scope="row"{marks[0]} data-column="{escape(_plain(columns[0]))}">'
        f"{first}</th>" + "".join(
            f'<td{mark} data-column="{escape(_plain(column))}"><span>{cell}</span></td>'
            for cell, column, mark in zip(others, columns[1:], marks[1:], strict=True)) + "</tr>"
        for first, *others in rows)
    named = f"<caption>{caption}</caption>" if caption else ""
    return (f'<div class="tabled"><table class="data">{named}<thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>")


def _plain(html: str) -> str:
    """What HTML reads as, formulas as lines of text."""
    return unescape(_TAG.sub(lambda tag: tag[1] or "", html)).strip()
