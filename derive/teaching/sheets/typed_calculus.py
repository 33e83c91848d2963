r"""Calculus as people type it without LaTeX: `dL/do_i`, `∂/∂z [f]`, `Σₖ`, `a if c else b`.

It is rewritten where it has one meaning: as LaTeX, whose reader knows subscripts, or, where the
rest is in the notation, as `d(L, o[i])`.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Container

from derive.notation.reading.scope import Scope
from derive.notation.reading.surface_signs import name_of
from derive.teaching.sheets.printed_signs import in_latex, is_array

_LOWERED = "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
_SCRIPTS = rf"(?:_\{{[^{{}}]*\}}|_\w+|[{_LOWERED}]+|\[[^\[\]]*\])?"
_LETTER = r"[^\W\d_]"
_SYMBOL = rf"(?:{_LETTER}[^\W_²{_LOWERED}]*{_SCRIPTS})"
_SECOND = re.compile(rf"(?<![\w\\}}∂])([∂d])2((?:{_LETTER}[^\W\d]*(?:\([^()]*\))?)?\s*/\s*\(?\1"
                     rf"{_LETTER}[^\W\d]*)2(?![\w\[])")
_QUOTIENT = re.compile(
    rf"(?<![\w\\}}∂])(?P<sign>[∂d])(?P<order>²|\^2|\^\{{2\}})?\s*"
    rf"(?P<body>(?:log\s+|ln\s+)?{_SYMBOL}?(?:\([^()]*\))?)\s*/\s*(?P<open>\()?(?P=sign)\s*"
    rf"(?P<by>{_SYMBOL})(?P<square>²|\^2)?(?:\s*(?P=sign)\s*(?P<second>{_SYMBOL})(?![\w/]|\s*/))?(?(open)\))")
_OF_BARS = re.compile(r"\b(log|ln|exp|sqrt|sinh?|cosh?|tanh?)\s*\|([^|]+)\|")
_PRIME = re.compile(r"['′’]+|\^\s*\{?(?:\\prime\s*)+\}?")
_TRUTH = re.compile(r"(?:𝟙|(?<![\w.])1|(?<![\w)\]}]))\s*(?=\[[^\[\]]*(?:[<>≤≥≠]|[!=]=)[^\[\]]*\])")
_SUMS = re.compile(rf"[Σ∑]\s*(?=[_{_LOWERED}])|\bsum(?=_)")
_BARE_SUM = re.compile(rf"[Σ∑](?!\s*[_{_LOWERED}])(?=(?P<behind>[^Σ∑=+]*))")
_OF_LETTER = re.compile(r"(?<=_)[^\W\d_](?![^\W²³])|(?<=_\{)[^\W\d_](?=\})|(?<=\[)[^\W\d_](?=\])"
                        r"|(?<=\w)[ᵢⱼₖₗₘₙ]")
_WIDE_SCRIPT = re.compile(r"_([^\W_²³]{2,})")
_ELEMENT = re.compile(r"(?<=[\w)])\[([^\[\]=<>]*)\]")
DEEPEST = 60  # brackets within brackets that are read
_MOST = 100  # derivatives in a line
_APPLIED = re.compile(r"\s*(?:[^\W\d]\w*)?[(\[]")
_CASES = re.compile(r"\s+if\s+|\s+else\s+")
OPENING, CLOSING = "([{", ")]}"


def as_latex(text: str, scope: Scope | None = None) -> str:
    """A formula typed without LaTeX, as LaTeX; `scope` has the declared names."""
    if depth(text) > DEEPEST:
        return text  # which no reader takes
    scope = scope or Scope()
    names = scope.names
    text = _unstyled(text)
    text = _QUOTIENT.sub(_unless(names, _fraction), text)
    text = in_latex(text, scope)
    text = _SUMS.sub(r"\\sum ", _BARE_SUM.sub(_lettered(names), text))
    text = _TRUTH.sub("𝟙", text)
    text = _ELEMENT.sub(r"_{\1}", text)
    text = _WIDE_SCRIPT.sub(lambda m: m[0] if m[0][1:] in names else f"_{{{m[1]}}}", text)
    text = text.replace("𝟙", "\\mathbb{1}").replace("==", "=").replace("**", "^")
    text = re.sub(r"√\s*(?=\()", r"\\sqrt ", re.sub(r"√\s*([^\W_])", r"\\sqrt{\1}", text))
    return _with_cases(_with_braces(text, scope))


def as_notation(text: str, names: Container[str] = ()) -> str:
    """A formula whose derivatives are typed as quotients, in the notation; else as it is."""
    if depth(text) > DEEPEST:
        return text
    text = _unstyled(text)
    for match in reversed([*_QUOTIENT.finditer(text)][:_MOST]):
        above, below = (match["sign"] + match[part] for part in ("body", "by"))
        body, end = match["body"].strip(), match.end()
        applied = _APPLIED.match(text, end)
        if not body and applied is not None:
            end = closing(text, applied.end() - 1) + 1
            body = text[applied.start():end].strip() if end else ""
        if body and above not in names and below not in names:
            text = text[:match.start()] + _called(match, body, names) + text[end:]
    return text


def _called(match: re.Match[str], body: str, names: Container[str]) -> str:
    """A derivative as a function of the notation."""
    by = [_element(match["by"], names)]
    by += [_element(match["second"], names)] if match["second"] else by if match["order"] else []
    written = _element(body, names) if match["body"].strip() else body
    for variable in reversed(by):
        written = f"d({written}, {variable})"
    return written


def with_slopes(text: str, scope: Scope, by: str) -> str:
    r"""`u'` and `(…)'` as `\frac{\partial}{\partial x}(…)`, by a variable; else as it is."""
    for match in reversed([*_PRIME.finditer(text)]):
        start = _primed_from(text, match.start(), scope)
        if start < match.start():
            power = len(re.findall("['′’]", match[0].replace("\\prime", "'")))
            raised = f"^{power}" if power > 1 else ""
            behind = re.sub(rf"\A\(\s*{re.escape(by)}\s*\)", "", text[match.end():])
            text = f"{text[:start]} \\frac{{\\partial{raised}}}{{\\partial {by}{raised}}}" \
                   f"({text[start:match.start()]}) {behind}"
    return text


def _primed_from(text: str, end: int, scope: Scope) -> int:
    """Where what stands before primes begins: a bracket, with its function, or a declared name."""
    if text[:end].endswith(")"):
        starts = [n for n, sign in enumerate(text[:end]) if sign == "(" and
                  closing(text, n) == end - 1]
        before = re.search(r"(?:\\left|\\?[A-Za-z]+)?\Z", text[:starts[0]]) if starts else None
        return before.start() if before is not None else end
    word = re.search(r"[A-Za-z]+\Z", text[:end])
    if word is None or text[:word.start()].endswith("\\"):
        return end
    return word.start() if word[0] in scope.names else end - (word[0][-1] in scope.names)


def quotient(text: str) -> tuple[str, list[str]] | None:
    """What is differentiated and by what, where a text is one derivative typed as a quotient.

    `d²L/dx²` is by x and by x.
    """
    match = _QUOTIENT.fullmatch(_unstyled(text).strip())
    if match is None:
        return None
    first = match["by"]
    return match["body"].strip(), [first, *([match["second"] or first] if match["order"] else [])]


def _unstyled(text: str) -> str:
    """Bold and italic letters of Unicode as plain ones, `d2L/dx2` as `d²L/dx²`, `log|x|` with
    brackets.
    """
    plain = "".join(unicodedata.normalize("NFKC", c) if "\U0001D400" <= c <= "\U0001D7CB" else c
                    for c in text)
    return _SECOND.sub(r"\1²\2²", _OF_BARS.sub(r"\1(|\2|)", plain))


def _unless(names: Container[str], change: Callable[[re.Match[str]], str],
            ) -> Callable[[re.Match[str]], str]:
    """The change, but for quotients of declared names that begin with d."""
    def guarded(match: re.Match[str]) -> str:
        above, below = (match["sign"] + match[part] for part in ("body", "by"))
        return match[0] if above in names or below in names else change(match)
    return guarded


def _lettered(names: Container[str]) -> Callable[[re.Match[str]], str]:
    """`Σ xᵢ` with the letter below its sign, where there is one that is no name."""
    def change(match: re.Match[str]) -> str:
        letters = {unicodedata.normalize("NFKC", m[0])
                   for m in _OF_LETTER.finditer(match["behind"])}
        free = {letter for letter in letters if letter not in names}
        return f"Σ_{{{free.pop()}}} " if len(free) == 1 else match[0]
    return change


def _fraction(match: re.Match[str]) -> str:
    order, by = ("^2" if match["order"] else ""), match["by"]
    second = f" \\partial {match['second']}" if match["second"] else ""
    square = "^2" if match["square"] and not second else ""
    return f"\\frac{{\\partial{order} {match['body']}}}{{\\partial {by}{square}{second}}}"


def _element(text: str, names: Container[str]) -> str:
    """`o_i` and `oᵢ` as `o[i]`; a declared name as it is."""
    if name_of(text.strip()) in names:
        return name_of(text.strip())
    plain = re.sub(rf"[{_LOWERED}]+", lambda m: "_" + unicodedata.normalize("NFKC", m[0]), text)
    return re.sub(r"_\{?(\w+)\}?$", r"[\1]", plain.strip())


def _with_braces(text: str, scope: Scope) -> str:
    """`e^(…)`, `Σ_(…)`, `√(…)` with braces, as LaTeX has them; `h^(t)` keeps its bracket."""
    for match in reversed([*re.finditer(r"[_^]\(|\\sqrt \(", text)]):
        start, end = match.end() - 1, closing(text, match.end() - 1)
        step = match.group() == "^(" and is_array(text[:start], scope)
        inner = text[start:end + 1] if step else text[start + 1:end]
        if end > 0:
            text = f"{text[:start]}{{{inner}}}{text[end + 1:]}"
    return text


def depth(text: str) -> int:
    """How many brackets are open at most."""
    steps = ((sign in OPENING) - (sign in CLOSING) for sign in text)
    return max(itertools.accumulate(steps, lambda total, step: max(total + step, 0)), default=0)


def closing(text: str, start: int) -> int:
    """The place of the bracket that closes the one at a place; -1 where none does."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in OPENING) - (text[place] in CLOSING)
        if depth == 0:
            return place
    return -1


def _with_cases(text: str) -> str:
    """`a if c else b`, also within brackets, as an environment of cases."""
    if not _CASES.search(text):
        return text
    parts, place = [], 0
    while place < len(text):
        end = closing(text, place) if text[place] in "([" else -1
        if end > place:
            parts.append(text[place] + _with_cases(text[place + 1:end]) + text[end])
            place = end
        else:
            parts.append(text[place])
        place += 1
    return _chosen(parts)


def _chosen(parts: list[str]) -> str:
    """Cases of parts in which brackets are single parts."""
    blanked = "".join(p if len(p) == 1 else "\0" * len(p) for p in parts)
    text, cuts = "".join(parts), list(_CASES.finditer(blanked))
    words = [cut.group().strip() for cut in cuts]
    if not words or words != ["if", "else"] * (len(words) // 2):
        return text
    ends = [0, *(place for cut in cuts for place in cut.span()), len(text)]
    pieces = [text[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True)]
    rows = [f"{value} & {condition}" for value, condition
            in zip(pieces[:-1:2], pieces[1::2], strict=True)]
    rows.append(f"{pieces[-1]} & \\text{{otherwise}}")
    return "\\begin{cases} " + " \\\\ ".join(rows) + " \\end{cases}"
