"""Sentences with formulas in them, such as the name of a rule, in LaTeX.

Sentences are written in Unicode: `∂vⱼ/∂vᵢ = δᵢⱼ`, `estimate of μ put in`. Words that are signs of
mathematics, with the letters and numbers beside them, are formulas; all else stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from derive.functions.function_records import standard_functions
from derive.notation.printing.latex import latex_name
from derive.notation.printing.pretty import GREEK, STEPS, SUBSCRIPTS

_LOW = {low: sign for sign, low in SUBSCRIPTS.items()}
_HIGH = {high: sign for sign, high in STEPS.items()} | {"⁻": "-"}
_LETTERS = {sign: latex_name(name) for name, sign in GREEK.items()} | {
    "Φ": r"\Phi", "Γ": r"\Gamma"}
_SIGNS = {"∂": r"\partial ", "Σ": r"\sum", "Π": r"\prod", "∫": r"\int ", "−": "-", "·": r"\cdot ",
          "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "→": r"\to ", "√": r"\sqrt", "π": r"\pi ",
          "½": r"\tfrac12 ", "∞": r"\infty ", "∘": r"\circ ", "∈": r"\in ", "∝": r"\propto ",
          "≈": r"\approx ", "×": r"\times ", "′": "'", "″": "''", "𝟏": r"\mathbf{1}",
          "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "$": r"\$", "&": r"\&", "~": r"\sim ",
          "\\": r"\backslash", "^": r"\hat{}", "_": r"\_"}
# Functions that sentences write by their names, and words of the notation beside them.
_UPRIGHT = {f.name: f.latex for f in standard_functions().values() if f.latex == rf"\{f.name}"}
_CALLED = frozenset({"tr", "trace", "mean", "sum", "argmax", "onehot", "diag", "var"}) | {
    f.unicode for f in standard_functions().values() if re.fullmatch("[A-Za-z]{2}", f.unicode)}
_FUNCTIONS = _CALLED | set(_UPRIGHT)
_JOINING = frozenset("=+−-·<>≤≥≠→|/*×∘∈≈")
_STRONG = re.compile(
    rf"[{''.join(_LETTERS)}{''.join(_LOW)}{''.join(_HIGH)}∂ΣΠ∫√π½∞′″=+−·<>≤≥≠→∘∈∝≈×|]"
    r"|^[-/*]+$|^\(?[^\W\d_]\w*[\[(]|^\(?[^\W\d_]/[^\W\d_]\)?$|^\(?[^\W\d]_\w")
_WEAK = re.compile(r"[(\[|]*(?:\d*[^\W\d_]|\d+(?:[./]\d+)?)[)\]|]*,?\Z")
_TOKEN = re.compile(
    rf"(?P<low>[{''.join(_LOW)}]+|_\([^)]*\)|_[^\W_]+(?:_[^\W_]+)*)|(?P<high>[{''.join(_HIGH)}]+|\^\w+)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z]+)|(?P<space> +)|(?P<mark>.)", re.DOTALL)
_MEASURE = re.compile(r"d[a-z]\Z")
_APART = "\u2060"  # holds letters apart
_COMMAND = re.compile(r"\\[A-Za-z]+\Z")
_ENDS = ",;:.?"


class Piece(NamedTuple):
    """A part of a sentence: text, or a formula in LaTeX."""

    text: str
    formula: bool


@lru_cache(maxsize=4096)
def pieces(sentence: str) -> tuple[Piece, ...]:
    """A sentence as text and formulas in turn."""
    made: list[Piece] = []
    for run, mathematical in _runs(sentence.split(" ")):
        text = " ".join(run)
        before, formula, after = _balanced(text) if mathematical else (text, "", "")
        made += [Piece(before, False), Piece(formula_latex(formula), True), Piece(after, False),
                 Piece(" ", False)]
    joined: list[Piece] = []
    for piece in made[:-1]:
        if joined and not piece.formula and not joined[-1].formula:
            joined[-1] = Piece(joined[-1].text + piece.text, False)
        elif piece.text:
            joined.append(piece)
    return tuple(joined)


def _runs(words: list[str]) -> Iterator[tuple[list[str], bool]]:
    """Words that belong together, and whether they are a formula."""
    run: list[str] = []
    depth = 0
    for place, word in enumerate(words):
        bare = word.rstrip(_ENDS) if depth + _opened(word) <= 0 else word
        if depth > 0 or _mathematical(bare, words, place):
            run.append(word)
            depth = max(depth + _opened(word), 0)
            if depth == 0 and bare != word:
                yield from _settled(run)
                run = []
        else:
            yield from _settled(run)
            yield [word], False
            run, depth = [], 0
    yield from _settled(run)


def _settled(run: list[str]) -> Iterator[tuple[list[str], bool]]:
    """A run of signs, letters and numbers: a formula if something in it is certain to be one."""
    if any(_STRONG.search(word.rstrip(_ENDS)) for word in run):
        yield run, True
    else:
        yield from (([word], word.rstrip(_ENDS).isalpha() and len(word.rstrip(_ENDS)) == 1)
                    for word in run)


def _opened(word: str) -> int:
    """How many brackets a word leaves open."""
    return sum((sign in "([") - (sign in ")]") for sign in word)


def _mathematical(word: str, words: list[str], place: int) -> bool:
    """Whether a word may be part of a formula; articles only beside a sign that joins."""
    around = [words[n] for n in (place - 1, place + 1) if 0 <= n < len(words)]
    if word in ("a", "I"):
        return any(other in _JOINING for other in around)
    if word == "A":
        return any(_STRONG.search(other) for other in around)
    return bool(_STRONG.search(word) or _WEAK.match(word)) or word in _FUNCTIONS \
        or word in standard_functions() or _after_a_sign(word, words[:place])


def _after_a_sign(word: str, before: list[str]) -> bool:
    """Whether a word is what a sum is of, or the measure of an integral."""
    return bool(before) and (before[-1] in "ΣΠ" or (
        bool(_MEASURE.match(word)) and any("∫" in other for other in before)))


def _balanced(text: str) -> tuple[str, str, str]:
    """A formula without the full stop and the brackets of the sentence that it stands in."""
    formula = text.rstrip(_ENDS)
    after, before = text[len(formula):], ""
    while _opened(formula) > 0 and formula[:1] in "([":
        before, formula = before + formula[0], formula[1:]
    while _opened(formula) < 0 and formula[-1:] in ")]":
        formula, after = formula[:-1], formula[-1] + after
    return before, formula, after


def formula_latex(text: str) -> str:
    """A formula of Unicode signs in LaTeX."""
    made, before = "", ""
    tokens = [(str(m.lastgroup), m.group()) for m in _TOKEN.finditer(text)]
    for place, (kind, sign) in enumerate(tokens):
        if kind == "space":
            after = tokens[place + 1][1][0] if place + 1 < len(tokens) else ""
            made += _between(before, after)
            continue
        piece = _written(kind, sign)
        made += " " * (bool(_COMMAND.search(made)) and piece[:1].isalpha()) + piece
        before = _part(kind, sign, before)
    return made.strip()


def _part(kind: str, sign: str, before: str) -> str:
    """What a sign is to the next one: a factor, a function, a sum, or a sign between."""
    if sign in "ΣΠ∫" or (kind == "low" and before == "sum"):
        return "sum"
    if kind == "name" and sign in _UPRIGHT:
        return "function"
    return "factor" if sign in ")]|" or sign in _LETTERS or kind in (
        "number", "low", "high", "name") else "mark"


def _between(before: str, after: str) -> str:
    """What a space between two signs becomes: a thin one between factors."""
    factor = after.isalnum() or after in "∂Σ∫√([" or after in _LETTERS
    return r" \, " if before == "factor" and factor else " "


def _written(kind: str, sign: str) -> str:
    """One sign."""
    if kind == "low":
        parts = sign[1:].strip("()").split("_") if sign[0] == "_" else \
            ["".join(map(_LOW.__getitem__, sign))]
        return f"_{{{','.join(map(_letters, parts))}}}"
    if kind == "high":
        inner = sign[1:] if sign[0] == "^" else "".join(map(_HIGH.__getitem__, sign))
        return f"^{{{_letters(inner)}}}"
    if kind == "name":
        return sign if _MEASURE.match(sign) else _UPRIGHT.get(sign) or latex_name(sign)
    return _LETTERS.get(sign) or _SIGNS.get(sign, sign).rstrip()


def _letters(script: str) -> str:
    """What stands below or above: letters side by side, a longer word as a name."""
    return formula_latex(script if len(script) > 2 and script.isalpha() else
                         _APART.join(script)).replace(_APART, "")
