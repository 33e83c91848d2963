r"""A sheet's text as passages: rows of displays in LaTeX, and lines between them.

LaTeX is recognised for the whole file. An environment, `$$` or `\[` may go over many lines; its
rows are cut at `\\`, alignment marks, tags and labels are blanked out, and every passage knows its
place in the file.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.notation.latex_in.latex_vocabulary import DISPLAYS
from derive.teaching.sheets.printed_rows import last_printed
from derive.teaching.sheets.sheet_rows import LONGEST_LINE, Row, row_of
from derive.teaching.sheets.typed_calculus import CLOSING, OPENING, closing

_DEEPEST = 40  # what begins further right is a reason, not a formula
_JOINED = 12  # lines that one open bracket may hold together
_COMMENT = re.compile(r"(?<!\\)#[^\n]*")
_LATEX_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_COMMAND = re.compile(r"\\[A-Za-z]+|\$")
_PREAMBLE = re.compile(r"\\documentclass.*?\\begin\s*\{document\}", re.DOTALL)
_POSTAMBLE = re.compile(r"\\end\s*\{document\}.*\Z", re.DOTALL)
_NAMES = "|".join(sorted(map(re.escape, DISPLAYS - {"aligned", "split", "gathered"})))
_DISPLAY = re.compile(
    rf"\\begin\s*\{{({_NAMES})\}}(?:\{{\d*\}})?(?P<env>.*?)(?:\\end\s*\{{\1\}}|\Z)"
    r"|\$\$(?P<dollars>.*?)(?:\$\$|\Z)|(?<!\\)\\\[(?P<square>.*?)(?:\\\]|\Z)", re.DOTALL)
_INNER = re.compile(r"\\(?:begin|end)\s*\{(?:aligned|split|gathered|alignedat|" + _NAMES
                    + r")\}(?:\{\d*\})?|\\(?:tag\*?|label|vspace|hspace)\s*\{[^{}]*\}"
                    r"|\\(?:nonumber|notag|displaystyle|qed|blacksquare|square)(?![A-Za-z])")
_PARTS = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}|\\\\(?:\[-?[0-9][^\]\n]*\])?|\\.|[{}&]|\n\s*\n")
_INTERTEXT = re.compile(r"\\(?:short)?intertext\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_STRUCTURE = re.compile(
    r"\\(?:documentclass|usepackage|title|author|date|maketitle|section|subsection|paragraph"
    r"|newcommand|renewcommand|(?:begin|end)(?!\s*\{(?:[dr]?cases|array|[a-zA-Z]*matrix))|item"
    r"|noindent|newpage|par|medskip|bigskip|smallskip|centering|textbf|textit|emph|underline)"
    r"(?![A-Za-z])\*?(?:\[[^\]]*\])?(?:\s*\{(?P<group>[^{}$]*)\})?")
_REMARK = re.compile(r"^[ ]*(?:>[ ]?)+|(?<=\s)(?://|(?:<-+|←)(?=\s+[^\W\d_]{2,})).*$", re.MULTILINE)
_STRUCK = re.compile(r"^[ ]*~~[^\n]*~~[ ]*$", re.MULTILINE)
_WIDEST = 160  # signs of one blank, which no formula needs
_LONG_BLANK = re.compile(f"[ \t\u00a0]{{{_WIDEST},}}")
_BOLD = re.compile(
    r"(?<![\w)\]*])\*\*([A-Z][^*\n]*?)\*\*(?!\w)"
    r"|^([ ]*(?:\d+[.)]\s+|[-*]\s+)?)\*\*(?!\s)([^\n]*\S)\*\*(?=[ .]*$)", re.MULTILINE)
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
_GOES_ON = re.compile(r"[=+*/·−@]\s*\Z|(?<!=)=\s*\Z")
_OPERATOR = re.compile(r" *(?:[+−·*/@-](?=\s*[^\s=])|(?=[(\[|∂Σ∑√]|\w+\())")
_REASON = re.compile(r"[/+−·*-](?P<words>\s{4,}[^\W\d_]{2,}(?: [^\W\d_]+)+[^=\n]*)$", re.MULTILINE)
_BEGINS = re.compile(r"\s*(?:=|⇒|→|->|\\Rightarrow|\\implies)")


@dataclass(frozen=True)
class Passage:
    """A row of a display (`form` "display"), words between rows ("words"), or a "line".

    `apart` says that a blank line stands above it.
    """

    row: Row
    form: str
    apart: bool = False


def passages(text: str) -> Iterator[Passage]:
    """The passages of a text that hold anything, in order."""
    source, rows, last = cleaned(text), _unified(text).split("\n"), 0
    for passage in _passages(source):
        above = rows[last:passage.row.number - 1]
        yield replace(passage, apart=not all(map(str.strip, above)))
        last = passage.row.number - 1 + len(passage.row.indents)


def _passages(source: str) -> Iterator[Passage]:
    place = 0
    for display in _DISPLAY.finditer(source):
        yield from _lines(source, place, display.start())
        yield from _display(source, *display.span(display.lastgroup or 0))
        place = display.end()
    yield from _lines(source, place, len(source))


def cleaned(text: str) -> str:
    """The text with what says nothing blanked out: comments, preamble, fences of Markdown."""
    source = _LONG_BLANK.sub(" " * _WIDEST, _unified(text))
    source = _blanked(_STRUCK, _blanked(_FENCE, _blanked(_COMMENT, source)))
    source = _REMARK.sub(lambda m: " " * len(m[0]), source)
    source = source.replace("\u00a0", " ").replace("\t", " ").replace("`", " ")
    source = _BOLD.sub(lambda m: f"{m[2] or ''}  {m[1] or m[3]}  ", source)
    source = _REASON.sub(lambda m: m[0].replace(m["words"], " " * len(m["words"])), source)
    if _COMMAND.search(source) or source.lstrip().startswith("%"):
        source = _blanked(_LATEX_COMMENT, source)
    source = _unboxed(source)
    for pattern in (_PREAMBLE, _POSTAMBLE):
        source = _blanked(pattern, source)
    return source


def _unified(text: str) -> str:
    """The text with one sign at the end of each line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")


def _unboxed(text: str) -> str:
    """The text with blanks for frames around formulas."""
    for match in reversed([*_BOX.finditer(text)]):
        end = closing(text[:match.end() + LONGEST_LINE], match.end() - 1)
        if end > 0:
            blank = " " * len(match[0])
            text = f"{text[:match.start()]}{blank}{text[match.end():end]} {text[end + 1:]}"
    return text


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    """The text with blanks in place of what matches; lines stay where they are."""
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def _without_structure(text: str) -> str:
    r"""A line without commands such as `\section{…}`, whose words stay."""
    def kept(match: re.Match[str]) -> str:
        start, _end = match.span("group")
        words = "" if match.group().startswith(("\\begin", "\\end")) or start < 0 \
            else match["group"]
        return (" " * (start - match.start()) + words if words else "").ljust(
            match.end() - match.start())
    return _STRUCTURE.sub(kept, text)


# Displays


def _display(source: str, start: int, end: int) -> Iterator[Passage]:
    """The rows of a display, and words put between them."""
    body = _blanked(_INNER, source[start:end])
    source = source[:start] + body + source[end:]
    for first, last in _joined_rows(source, [*_row_spans(source, start, end)]):
        place = first
        for words in _INTERTEXT.finditer(source, first, last):
            yield from _filled(source, place, words.start(), "display")
            yield from _filled(source, *words.span(1), "words")
            place = words.end()
        yield from _filled(source, place, last, "display")


def _outermost(source: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The signs of a display that stand in no inner environment and no braces."""
    depth = 0
    for match in _PARTS.finditer(source, start, end):
        sign = match.group()
        if sign.startswith("\\begin") or sign == "{":
            depth += 1
        elif sign.startswith("\\end") or sign == "}":
            depth -= 1
        elif depth <= 0:
            yield match


def _row_spans(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    r"""Where the rows of a display stand: cut at `\\`, and at empty lines."""
    first = start
    for match in _outermost(source, start, end):
        if match.group().startswith(("\\\\", "\n")):
            yield first, match.start()
            first = match.end()
    yield first, end


def _joined_rows(source: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Rows; one that begins with an operator and holds no equals sign goes on with the last."""
    pending: tuple[int, int] | None = None
    for start, end in spans:
        text = source[start:end].lstrip(" &\n")
        if not text.strip():
            continue
        goes_on = re.match(r"[+\-−]|\\(?:cdot|times|quad\s*[+\-])", text) and "=" not in text
        if pending is not None and goes_on:
            pending = pending[0], end
            continue
        if pending is not None:
            yield pending
        pending = start, end
    if pending is not None:
        yield pending


def _filled(source: str, start: int, end: int, form: str) -> Iterator[Passage]:
    """A passage without marks of alignment and what stands at the right of them."""
    marks = [m.start() for m in _outermost(source, start, end) if m.group() == "&"]
    behind = [a for a, b in itertools.pairwise(marks) if not source[a + 1:b].strip()]
    end = next((mark for mark in behind if source[start:mark].strip()), end)
    signs = list(source[start:end])
    for mark in marks:
        if mark < end:
            signs[mark - start] = " "
    row = row_of(source, start, end, "".join(signs))
    if row.text.strip():
        yield Passage(row, form)


# Lines


def _lines(source: str, start: int, end: int) -> Iterator[Passage]:
    """The lines of a stretch that are not empty, joined where a formula goes on."""
    spans = []
    while start < end:
        stop = source.find("\n", start, end)
        stop = end if stop < 0 else stop
        spans.append((start, stop))
        start = stop + 1
    place = 0
    while place < len(spans):
        last = max(_last_joined(source, spans, place), last_printed(source, spans, place))
        row = row_of(source, spans[place][0], spans[last][1])
        text = _without_structure(row.text)
        if text.strip():
            yield Passage(replace(row, text=text.rstrip()), "line")
        place = last + 1


def _last_joined(source: str, spans: list[tuple[int, int]], first: int) -> int:
    """The last line that belongs to the formula of a line: brackets that stay open close in it."""
    depth = 0
    for place in range(first, min(first + _JOINED, len(spans))):
        text = source[slice(*spans[place])]
        if place > first and _BEGINS.match(text):
            return first
        depth += sum(map(text.count, OPENING)) - sum(map(text.count, CLOSING))
        if depth <= 0 and not (text.strip() and _GOES_ON.search(text)) and not (
                text.strip() and _indented(source, spans, first, place + 1)):
            return place if text.strip() or place == first else place - 1
    return first


def _indented(source: str, spans: list[tuple[int, int]], first: int, place: int) -> bool:
    """Whether the next line begins with an operator, to the right of an equals sign above it."""
    if place >= len(spans):
        return False
    above, text = source[slice(*spans[first])], source[slice(*spans[place])]
    operator = _OPERATOR.match(text)
    equals = above.find("=")
    return operator is not None and "=" not in text and \
        0 <= equals < operator.end() - 1 < _DEEPEST
