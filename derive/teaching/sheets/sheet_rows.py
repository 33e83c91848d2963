"""Bytes and lines of a sheet file: encoding, comments, continued lines, places in the file."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from derive.errors import DeriveError, NotationError

MAX_SIGNS = 200_000
LONGEST_LINE = 6_000
_SINGLE_EQUALS = re.compile(r":=|(?<![=<>!:])={1,2}(?![=>])|≡"
                            r"|\\(?:equiv|triangleq|coloneqq)(?![A-Za-z])")
_CONDITION = re.compile(r"\bif\b[^⇒→]*?\belse\b")
_MARKS = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"),
          (b"\xfe\xff", "utf-16"))
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}")


class SheetError(NotationError):
    """A sheet that cannot be read, with the line of the file, counted from 1."""

    def __init__(self, message: str, line: int, text: str = "", column: int = 0, length: int = 1,
                 ) -> None:
        super().__init__(message, text, column, length)
        self.line = line

    def __str__(self) -> str:
        text = super().__str__()
        return f"line {self.line}{':' if text == self.message else ','} {text}"


@dataclass(frozen=True)
class Row:
    """A line without its comment; where brackets stay open, joined with the lines after it.

    `pieces` are (number in the file, offset in `text`) of each line that was joined, `indents` how
    far each of them is indented in the file beyond what stands in `text`.
    """

    text: str
    pieces: tuple[tuple[int, int], ...]
    indents: tuple[int, ...] = ()

    @property
    def number(self) -> int:
        """The number in the file of its first line."""
        return self.pieces[0][0]

    @property
    def indent(self) -> int:
        """How far its text is indented."""
        return len(self.text) - len(self.text.lstrip())

    def number_at(self, offset: int) -> int:
        """The number in the file of the line that holds an offset."""
        return next(n for n, start in reversed(self.pieces) if start <= max(offset, 0))

    def error(self, message: str, column: int = 0, length: int = 1) -> SheetError:
        """An error at a column of the joined text, in terms of the file."""
        place = next((n for n, (_, start) in reversed([*enumerate(self.pieces)])
                      if start < max(column, 1)), 0)
        number, offset = self.pieces[place]
        end = next((start for _, start in self.pieces if start > offset), len(self.text) + 1)
        if not column:
            return SheetError(message, number)
        indent = self.indents[place] if place < len(self.indents) else 0
        return SheetError(message, number, " " * indent + self.text[offset:end - 1],
                          max(column - offset, 0) + indent, min(length, max(1, end - column)))

    def too_long(self) -> SheetError:
        """The error of a line with more signs than are read."""
        return self.error(f"the line has {len(self.text):,} signs; at most {LONGEST_LINE:,} are "
                          "read")

    def at_fault(self, error: DeriveError, shift: int = 0) -> SheetError:
        """An error of the parser, whose columns are `shift` less than those of this line."""
        if isinstance(error, SheetError):
            return error
        if isinstance(error, NotationError):
            column = error.column + shift if error.column else 0
            return self.error(error.message, column, error.length)
        return self.error(str(error))


def decoded(content: bytes, name: str) -> str:
    """The text of a file: UTF-8, or what its first bytes declare.

    Raises DeriveError for another encoding, a binary file, and more than is read.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and b"\0" in content:
        even, odd = content[:400:2].count(0), content[1:400:2].count(0)
        kind = "UTF-16 without a mark at its beginning" if 4 * max(even, odd) > len(
            content[:400]) else "a binary file"
        raise DeriveError(f"{name} is not UTF-8 text; it looks like {kind}. Save it as UTF-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise DeriveError(f"{name} is not UTF-8 text; it begins as {encoding.upper()} and is "
                              "none. Save it as UTF-8") from None
        line, byte = content[:error.start].count(b"\n") + 1, content[error.start]
        letter = bytes([byte]).decode("latin-1")
        guess = f", which is {letter!r} in Latin-1" if letter.isprintable() else ""
        raise DeriveError(f"{name} is not UTF-8 text: line {line} holds the byte 0x{byte:02x}"
                          f"{guess}. Save it as UTF-8") from None
    return checked_length(text, name)


def checked_length(text: str, name: str) -> str:
    """The text. Raises DeriveError for more than is read."""
    if len(text) > MAX_SIGNS:
        raise DeriveError(f"{name} has {len(text):,} signs; at most {MAX_SIGNS:,} are read")
    return text


def row_of(source: str, start: int, end: int, text: str = "") -> Row:
    """A stretch of a file as a row; what stands before it in its first line is blanked out.

    Of lines after the first the indentation is left out. `text` stands for the stretch.
    """
    begin = source.rfind("\n", 0, start) + 1
    number = source.count("\n", 0, begin) + 1
    first, *others = (" " * (start - begin) + (text or source[start:end])).split("\n")
    parts = [first.rstrip(), *(line.strip() for line in others)]
    offsets = itertools.accumulate(parts, lambda total, part: total + len(part) + 1, initial=0)
    indents = (0, *(len(line) - len(line.lstrip()) for line in others))
    return Row(" ".join(parts).rstrip(), tuple(zip(itertools.count(number), offsets)), indents)


def masked(text: str) -> str:
    """The text with blanks for what stands in brackets and in environments of LaTeX."""
    signs, depth, inner, place = list(text), 0, 0, 0
    for mark in _ENVIRONMENT.finditer(text):
        begins = mark.group().startswith("\\begin")
        if inner:
            signs[place:mark.end()] = "\0" * (mark.end() - place)
        inner += 1 if begins else -1
        place = mark.start() if inner == 1 and begins else mark.end() if inner <= 0 else place
    for place, sign in enumerate(text):
        depth -= sign in ")]}" and depth > 0
        if depth:
            signs[place] = "\0"
        depth += sign in "([{"
    return "".join(signs)


def sides(text: str) -> list[tuple[int, str]]:
    """What stands between the equals signs outside brackets, each with its offset."""
    start, parts = 0, []
    plain = _CONDITION.sub(lambda m: "\0" * len(m[0]), masked(text))
    for match in _SINGLE_EQUALS.finditer(plain):
        parts.append((start, text[start:match.start()]))
        start = match.end()
    return [*parts, (start, text[start:])]
