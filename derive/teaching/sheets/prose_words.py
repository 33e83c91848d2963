r"""Where a line speaks: the words between its formulas, and what a line is decorated with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from derive.notation.reading.scope import RESERVED, Scope
from derive.notation.reading.surface_names import is_function
from derive.notation.reading.surface_signs import SIGNS_OF

_LATIN = r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]"
_WORD = re.compile(rf"(?<![\\\w^]){_LATIN}+(?:['’-]{_LATIN}+)*\.?(?=[\W_]|\Z)")
_TEXT = re.compile(r"\\(?:text|mbox|textrm|textit|textbf|textnormal|mathrm)\s*\{([^{}]*)\}"
                   r"(?!\s*(?:\\left)?\s*[(_^])")
_SPEAKS = re.compile(
    r"(?:[A-Za-z’'.-]+[ ,:]+)*[A-Za-z’'-]{2,}[ ,:]+[A-Za-z’'.-]{2,}[A-Za-z’' ,.-]*"
    r"|(?:using|since|because|by|as|from|where|with|note|recall|(?:chain|product|power|quotient)"
    r" rule)\b.*", re.IGNORECASE)
_BETWEEN = frozenset({"is", "in", "for", "and", "or", "not", "if", "else"})
_COMMON = frozenset({
    "a", "an", "the", "of", "to", "by", "we", "so", "as", "at", "be", "it", "its", "on", "then",
    "thus", "hence", "where", "with", "let", "since", "that", "this", "which", "when", "now",
    "here", "have", "has", "get", "gives", "give", "from", "i.e", "e.g", "iff", "case",
    "otherwise", "note", "therefore", "finally", "because", "using", "use", "if", "for", "is",
    "are", "and", "or", "both", "side", "sides", "define", "denote", "set", "put", "call",
    "combining", "together", "solution", "answer", "result", "find", "proof", "qed", "q.e.d",
    "therefore,", "also", "but", "only", "all", "each", "every", "w.r.t", "wrt", "respect",
    "suppose", "assume", "recall", "given", "say", "setting", "becomes", "yields", "obtain",
    "equals", "simplify", "simplifying", "provided", "whenever", "assuming", "while", "whereas"})
_CASE = re.compile(r"\bcase\s+(?:\d{1,2}|[ivx]{1,4}|[a-z])\s*(?:[:.)](?!\d)|[–—]|-\s|(?=\0|\Z)"
                   r"|(?=(?:if|for|when|where)\b))", re.IGNORECASE)
_MARKS = re.compile(
    r"\s*(?:>\s+)*(?:[*\u2022‣◦]\s+|-\s+(?=[=A-Za-z$\\∂∇⇒])|\**(?:step|line|eq(?:uation)?|part)\.?\s*"
    r"\(?\d+\)?\s*[:.)]?\**\s*|\(?(?:\d{1,2}|[ivx]{1,4})[.)]\s+|\(?[a-h]\)\s+|\[\d{1,2}\]\s+"
    r"|\((?:\d{1,2})\)\s*(?==))", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:\s{2,}|\\q?quad\s*)\(\d+(?:\.\d+)?[a-z]?\)\s*\Z")
_ENDS = re.compile(r"(?:[.,;∎□■✓✔\N{WHITE HEAVY CHECK MARK}\s]"
                   r"|\\(?:,|;|!|:|quad|qquad|qed|blacksquare|square|Box)(?![A-Za-z])"
                   r"|\bq\.?\s?e\.?\s?d\.?)+\Z", re.IGNORECASE)
_BOLD = re.compile(r"[^\w=]*\*\*")
_BOLD_ENDS = re.compile(_ENDS.pattern.replace(")+\\Z", r"|\*\*)+\Z"), re.IGNORECASE)


_GAP = re.compile(r"(?<=[\w\0)\]}|])\s{2,}(?=[^\s=+\-*/·−≤≥<>≠⇒→,.;:&@×])")
_RELATED = re.compile(r"(?<![<>!=])=|⇒|→|\\Rightarrow|\\implies")
_UNDER = re.compile(r"(?:if|for|when|where|otherwise|else|with|unless)\b|[\0(\\$]", re.IGNORECASE)


_NEAR = 8  # signs that are looked at before a word
_BEHIND_FIRST = re.compile(r"\s*[:,]|\s+[\w\\∂∇$(&\0]")


@dataclass(frozen=True)
class Fragment:
    """A formula in a line: where it stands, and the words before and behind it."""

    start: int
    end: int
    before: str = ""
    behind: str = ""


def undecorated(text: str) -> tuple[int, int]:
    """Where a line begins behind bullets and numbers, and ends before its full stop."""
    match = _MARKS.match(text)
    start = match.end() if match is not None and text[match.end():].strip() else 0
    numbered = _NUMBERED.search(text, start)
    end = numbered.start() if numbered is not None else len(text)
    tail = (_BOLD_ENDS if _BOLD.match(text) else _ENDS).search(text, start, end)
    if tail is not None:
        end = tail.start()
    return start, max(end, start)


def fragments(text: str, scope: Scope) -> list[Fragment]:
    """The formulas of a line between its words."""
    start, end = undecorated(text)
    spans = [(a + start, b + start) for a, b in speech(text[start:end], scope)]
    spans = _with_margin(text, start, end, spans)
    cuts = [(start, start), *spans, (end, end)]
    pieces = []
    for (a, b), (c, d) in pairwise(cuts):
        first, last = _trimmed(text, b, c, a < b or c < d)
        if first < last:
            pieces.append(Fragment(first, last, text[a:first].strip(), text[c:d].strip()))
    return pieces


def _with_margin(text: str, start: int, end: int, spans: list[tuple[int, int]],
                 ) -> list[tuple[int, int]]:
    """The words of a line, with what stands far to the right of its formula, as a reason does."""
    flat = _flat(text[start:end])
    for gap in _GAP.finditer(flat):
        head = flat[:gap.start()]
        if _RELATED.search(head) and not _UNDER.match(flat[gap.end():]):
            cut = start + gap.start()
            return [(a, b) for a, b in spans if b <= cut] + [(cut, end)]
    return spans


def _trimmed(text: str, start: int, end: int, worded: bool) -> tuple[int, int]:
    """A stretch without blanks and punctuation around it; beside words, without their brackets."""
    while start < end and text[start] in " ,:;.`*~$":
        start += 1
    while start < end and (text[end - 1] in " ,:;`~$" or text[start:end].endswith(".") or (
            worded and (text[end - 1] in "([–—-" or _closes_nothing(text, start, end)))):
        end -= 1
    return start, end


def _closes_nothing(text: str, start: int, end: int) -> bool:
    pair = {")": "()", "]": "[]"}.get(text[end - 1], "")
    return bool(pair) and text.count(pair[1], start, end) > text.count(pair[0], start, end)


def speech(text: str, scope: Scope) -> Iterator[tuple[int, int]]:
    """Where words of a line stand that belong to no formula; words side by side are one."""
    spans = sorted([*_spoken(text, scope), *_texts(text, scope)])
    start, end = -1, -1
    for first, last in spans:
        if start >= 0 and not text[end:first].strip(" ,;:.-–—()!?'\"*"):
            end = max(end, last)
            continue
        if start >= 0:
            yield start, end
        start, end = first, last
    if start >= 0:
        yield start, end


def _texts(text: str, scope: Scope) -> Iterator[tuple[int, int]]:
    r"""Where `\text{…}` speaks between formulas."""
    depth, place = 0, 0
    for match in _TEXT.finditer(text):
        outside = text[place:match.start()]
        depth += outside.count("{") - outside.count("}")
        depth += 2 * (outside.count("\\begin{") - outside.count("\\end{"))
        place = match.end()
        if depth <= 0 and not _known(match[1].strip(), scope):
            yield match.span()


def _spoken(text: str, scope: Scope) -> Iterator[tuple[int, int]]:
    """Where unknown words stand outside of brackets, side by side with others or common ones."""
    blanked = _flat(text)
    chosen = re.search(r"\bif\b.*\belse\b", blanked) is not None
    words = [m for m in _WORD.finditer(blanked) if _is_word(m, blanked, scope, chosen)]
    yield from (label.span() for label in _CASE.finditer(blanked))
    beside = {m for a, b in pairwise(words) for m in (a, b)
              if not blanked[a.end():b.start()].strip(" ,;:-.(")}
    for match in words:
        if match.group().rstrip(".").lower() in _COMMON or match in beside or \
                _begins(match, blanked) or _trails(match, blanked):
            yield match.span()


def _begins(word: re.Match[str], text: str) -> bool:
    """Whether a word stands first in a line, and what is behind it may begin a formula."""
    first, last = len(text) - len(text.lstrip()), _last(text)
    return word.start() == first and (
        word.end() >= last or _BEHIND_FIRST.match(text, word.end()) is not None)


def _trails(word: re.Match[str], text: str) -> bool:
    """Whether a word ends a line behind a formula that is complete before it."""
    before = text[:word.start()]
    sign = before.rstrip()[-1:]
    return word.end() >= _last(text) and len(word.group().rstrip(".")) > 2 and \
        before.endswith(" ") and (sign.isalnum() or sign in ("\0", ")"))


def _last(text: str) -> int:
    """Where a line ends before its punctuation."""
    return len(text.rstrip(" .,:;!)"))


def _is_word(match: re.Match[str], text: str, scope: Scope, chosen: bool) -> bool:
    """Whether a run of letters may be a word, and is no name of the sheet."""
    word = match.group().rstrip(".")
    following = text[match.end():match.end() + 1]
    before = text[max(match.start() - _NEAR, 0):match.start()].rstrip()[-1:]
    if (following in "([_/^" and following) or before == "/":
        return False
    if word in _BETWEEN:
        return not (chosen and word in ("if", "else", "and", "or", "not"))
    return len(word) > 1 and not _known(word, scope)


def _known(word: str, scope: Scope) -> bool:
    """Whether a word belongs to formulas here."""
    if word.lower() in _COMMON:
        return word in scope.names
    function = word in scope.functions or (is_function(word) and not word[0].isupper())
    if function or word in scope.names or word in scope.dims or word in RESERVED or \
            word in SIGNS_OF or word in ("ln", "sgn", "argmax"):
        return True
    return 1 < len(word) <= 4 and word.isascii() and all(
        c in scope.names or c in scope.dims or c == "T" for c in word)


def _flat(text: str) -> str:
    """The text with blanks for what stands in brackets, but for remarks of words."""
    signs, depth = list(text), 0
    opened: list[int] = []
    for place, sign in enumerate(text):
        if sign in "([{":
            opened.append(place)
        depth = len(opened)
        if depth:
            signs[place] = "\0"
        if sign in ")]}" and opened:
            first = opened.pop()
            inner = text[first + 1:place]
            if not opened and sign in ")]" and first and text[first - 1] == " " and _remarks(
                    inner, text[:first], text[place + 1:]):
                signs[first:place + 1] = [" ", *inner, " "]
    return "".join(signs)


def _remarks(inner: str, before: str, behind: str) -> bool:
    """Whether what stands in brackets speaks; a single word does at the end of a line."""
    return _SPEAKS.fullmatch(inner) is not None or (
        not behind.strip(" .,;") and not re.search(r"[a-z]{2,} \Z", before)
        and re.fullmatch(r"[A-Za-z’'-]{3,}", inner) is not None)
