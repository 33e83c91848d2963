r"""A line of a sheet as statements: chains of sides between equals signs, cut at arrows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.lazy import cached_property
from derive.notation.reading.scope import Scope
from derive.teaching.sheets.left_sides import Left, left_side
from derive.teaching.sheets.passages import Passage
from derive.teaching.sheets.prose_words import Fragment, fragments
from derive.teaching.sheets.sheet_rows import LONGEST_LINE, Row, masked, sides

_ARROW = re.compile(
    r"<=>|==?>|⇒|⟹|⟶|→|⇔|⟺|∴|(?<!-)->|--+>"
    r"|\\(?:Rightarrow|implies|Longrightarrow|iff|Leftrightarrow|therefore|to|rightarrow"
    r"|longrightarrow|Longleftrightarrow)(?![A-Za-z])")
_INLINE = re.compile(r"\$([^$]+)\$|\\\((.+?)\\\)")
_GLUE = re.compile(r"[\s=.,;:+*/&()⇒→>\-]*\Z")
_WIDE = re.compile(r"[,;.]?\s*\\q?quad(?![A-Za-z])\s*|\s{3,}(?=\()")
_MARGIN = re.compile(r" {40,}[^\s=⇒→]")  # a reason far to the right of all formulas
_COLON = re.compile(r":\s+(?=\S)")
_NEXT = re.compile(r"(?<!\\),\s+(?:and\s+)?(?=(?:[∂d][^\s,=]*/\(?[∂d][^\s,=]+"
                   r"|[^\W\d]\w*['′’]*(?:\0+)?)\s*=(?!=)"
                   r"[^=,]*?(?:,|\Z|[⇒→]|[=-]>|\\(?:Rightarrow|implies|to)\b))")
_OF_A_CASE = re.compile(r"(?:\A|\W)(?:if|for|when|whenever|case)\W*\Z", re.IGNORECASE)
_RELATION = r"(?:[<>≤≥≠]|[!=]?=|\\(?:neq?|leq?|geq?)(?![A-Za-z]))"
_CASE = re.compile(rf"\A[^,]*?{_RELATION}[^,]*(?<!\\)(?P<end>,\s+)(?!\w+\s*{_RELATION}[^=]*\Z)")
_EDGE = " .,;:$&~"
_SPACE = r"(?:[ ,;:$&~]|\.(?!\d)|\\(?:q?quad|[,;:!])(?![A-Za-z]))"
_SPACES_BEFORE = re.compile(rf"{_SPACE}+")
_SPACES_BEHIND = re.compile(rf"{_SPACE}+\Z")


@dataclass(frozen=True)
class Statement:
    """Sides with their offsets in a row; `leads` where it begins with an equals sign or arrow.

    `before` and `behind` are the words around it; `display` says that it is LaTeX, `speaks` that
    there are words in its line.
    """

    row: Row
    start: int
    text: str
    display: bool
    leads: bool
    sides: tuple[tuple[int, str], ...]
    before: str = ""
    behind: str = ""
    speaks: bool = False

    @cached_property
    def left(self) -> Left | None:
        """Its left side, where it has one."""
        return left_side(self.sides[0][1]) if len(self.sides) > 1 else None

    @property
    def left_text(self) -> str:
        """The left side as typed."""
        return self.sides[0][1].strip(_EDGE)


def statements(passage: Passage, scope: Scope) -> list[Statement]:
    """The statements of a passage, in order; none where it only speaks."""
    text = passage.row.text
    if passage.form == "words" or len(text) > LONGEST_LINE:
        return []
    if passage.form == "display":
        pieces = [(f, True) for f in fragments(text, scope)]
    else:
        pieces = _line_pieces(text, scope)
    speaks = any(f.before or f.behind for f, _ in pieces)
    return [replace(statement, speaks=speaks) for fragment, display in pieces
            for statement in _cut(passage.row, fragment, display)]


def _line_pieces(text: str, scope: Scope) -> list[tuple[Fragment, bool]]:
    """The formulas of a line: those between dollars, or those between its words."""
    if _MARGIN.match(text):
        return []
    inline = list(_INLINE.finditer(text))
    outside = _INLINE.sub(" ", text)
    if not inline:
        return [(f, False) for f in fragments(text, scope)]
    if _GLUE.match(outside) or not [*_worded(outside)]:
        plain = _INLINE.sub(lambda m: " " + (m[1] or f" {m[2]} ") + " ", text)
        return [(f, True) for f in fragments(plain.replace("$", " "), scope)]
    pieces: list[tuple[Fragment, bool]] = []
    end = 0
    for place, match in enumerate(inline):
        group = 1 if match[1] else 2
        start, stop = match.span(group)
        before = text[end:match.start()]
        begins = re.search(r"[=⇒→]\s*\Z", before)
        start = end + begins.start() if begins else start
        follows = inline[place + 1].start() if place + 1 < len(inline) else len(text)
        pieces.append((Fragment(start, stop, before.strip(), text[match.end():follows].strip()),
                       True))
        end = match.end()
    return pieces


def _worded(text: str) -> Iterator[str]:
    yield from re.findall(r"[^\W\d_]{2,}", text)


def _cut(row: Row, fragment: Fragment, display: bool) -> Iterator[Statement]:
    """A formula cut at arrows and wide spaces."""
    text = row.text[fragment.start:fragment.end].replace("$", " ")
    plain = masked(text)
    cuts = [(0, 0, ""), *((m.start(), m.end(), m.group()) for m in _ARROW.finditer(plain))]
    cuts = sorted([*cuts, *((m.start(), m.end(), "") for m in _WIDE.finditer(plain)
                            if _begins_anew(plain[m.end():])),
                   *((m.start(), m.end(), "") for pattern in (_COLON, _NEXT)
                     for m in pattern.finditer(plain))])
    case = _CASE.match(plain) if _OF_A_CASE.search(fragment.before) else None
    if case is not None:
        cuts = sorted({*cuts, (*case.span("end"), "")})
    ends = [*(start for start, _, _ in cuts[1:]), len(text)]
    made = []
    for (_, start, arrow), end in zip(cuts, ends, strict=True):
        statement = _statement(row, fragment.start + start, text[start:end], display, bool(arrow))
        if statement is not None:
            made.append(statement)
    for place, statement in enumerate(made):
        yield replace(statement, before=fragment.before if place == 0 else "",
                      behind=fragment.behind if place == len(made) - 1 else "")


def _begins_anew(text: str) -> bool:
    """Whether behind a wide space another statement or a condition begins."""
    part = _WIDE.split(text.strip(), maxsplit=1)[0]
    return bool(re.match(r"[(\[]?\0*[^=]*(?:=|≠|<|>|\\(?:ne|neq|le|ge|leq|geq|in)\b)", part)
                or part.startswith("(")) and not re.match(r"[=+\-*/]", part)


def _statement(row: Row, start: int, text: str, display: bool, arrow: bool) -> Statement | None:
    parts = [(start + at, part) for at, part in sides(text)]
    leads = len(parts) > 1 and not parts[0][1].strip(_EDGE)
    if leads:
        parts = parts[1:]
    parts = [_trimmed(at, part) for at, part in parts]
    parts = [(at, part) for at, part in parts if part]
    if not parts:
        return None
    leads = leads or (arrow and len(parts) == 1)
    return Statement(row, start, _trimmed(start, text)[1], display, leads, tuple(parts))


def _trimmed(start: int, text: str) -> tuple[int, str]:
    """A part without blanks, punctuation and spaces of LaTeX around it, and where it begins."""
    left, right = _SPACES_BEFORE.match(text), _SPACES_BEHIND.search(text)
    first = left.end() if left is not None else 0
    last = right.start() if right is not None else len(text)
    return start + first, text[first:max(last, first)]
