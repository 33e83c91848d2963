"""The signs of our own print in Unicode, log_κ, `logΓ(x)`, `argmaxⱼ zⱼ`, `𝟏ᵀ p`, as LaTeX.

It is the inverse of the printer: what that has signs for is asked of the same tables, so that a
name or a function is read as it is shown.
"""

from __future__ import annotations

import re
from functools import cache

from derive.core.atoms import Tensor
from derive.functions.function_records import standard_functions
from derive.notation.operator_table import BIG_OPERATORS, JUNCTIONS
from derive.notation.printing.latex import latex_name
from derive.notation.printing.pretty import SUBSCRIPTS, SUPERSCRIPTS, greek
from derive.notation.reading.scope import Scope
from derive.notation.reading.surface_signs import name_of

LOWERED = "".join(SUBSCRIPTS.values())
_BIG = {o.unicode: o.latex for o in BIG_OPERATORS if o.unicode.isascii()}
_BIG_SIGN = re.compile(rf"(?<![\w\\])({'|'.join(_BIG)})(?=\s*[_{LOWERED}])")
_SIGNS = {"∘": r" \odot ", "⊘": r" \oslash ", "𝟏": r"\mathbf{1}", "ᵀ": r"^{\top}",
          **{f" {o.sign} ": f" {o.latex[0]} " for o in JUNCTIONS}}
_ONES = re.compile(r"\\mathbf\s*(?:\{1\}|1)\s*\^\s*(?:\{\s*\\top\s*\}|\\top(?![A-Za-z]))"
                   r"(?:\\[,;!:]|\s)*")
_OPERAND = re.compile(r"(?P<bars>\|[^|]*\|)|"
                      r"(?P<name>\\(?!left|right)[A-Za-z]+(?:\{[^{}]*\})*|[^\W\d_]+)?"
                      r"(?:_(?:\{[^{}]*\}|\w))?(?P<open>(?:\\left)?\()?")
_OF_SUM = re.compile(r"(?<![\w\\])(log|ln)\s+(?=[Σ∑\\])")
_CALLED = re.compile(r"(?<![\w\\}])(?:\\?[^\W\d_]{2,}|[φΦψσ])\(")
_RAISED = re.compile(r"\s*[\^" + "".join(SUPERSCRIPTS.values()) + "]")
_TRANSPOSED = re.compile(r"\s*\^\s*\{?\s*\\top")
_RAISED_BRACKET = re.compile(rf"([^\W\d{LOWERED}]+)\s*\^\s*\Z")


def in_latex(text: str, scope: Scope) -> str:
    """A formula with the signs of print as LaTeX: functions, names of several letters, arrays."""
    text = _OF_SUM.sub(r"\\\1 ", text)
    text = _BIG_SIGN.sub(lambda m: _BIG[m[1]], text)
    for sign, latex in _SIGNS.items():
        text = text.replace(sign, latex)
    pattern, commands = _functions()
    text = pattern.sub(lambda m: m[0] if m[1] in scope.names or name_of(m[1]) in scope.names
                       else commands[m[1]], text)
    names = {greek(name): latex_name(name) for name in scope.names if len(greek(name)) > 1}
    if names:
        longest = sorted(map(re.escape, names), key=len, reverse=True)
        text = re.sub(rf"(?<![\w\\])({'|'.join(longest)})(?![^\W{LOWERED}])",
                      lambda m: _scripted(names[m[1]], text[m.end():]), text)
    return with_powers(text, _RAISED)


def _scripted(name: str, behind: str) -> str:
    """A name in braces where a further subscript stands behind it."""
    return f"{{{name}}}" if behind[:1] in LOWERED and behind else name


def with_powers(text: str, raised: re.Pattern[str]) -> str:
    """`exp(x)³` with braces around what is raised: LaTeX does not say what its power is of."""
    for match in reversed([*_CALLED.finditer(text)]):
        end = _closing(text, match.end() - 1) + 1
        if raised.match(text, end):
            text = f"{text[:match.start()]}{{{text[match.start():end]}}}{text[end:]}"
    return text


@cache
def _functions() -> tuple[re.Pattern[str], dict[str, str]]:
    """Where a function stands by a sign that is no word of the notation, and its LaTeX."""
    commands = {f.unicode: f.latex for f in standard_functions().values()
                if f.unicode and not f.unicode.isascii() and len(f.unicode) > 1}
    longest = sorted(map(re.escape, commands), key=len, reverse=True)
    return re.compile(rf"(?<![\w\\])({'|'.join(longest)})(?=\()"), commands


def is_array(before: str, scope: Scope) -> bool:
    """Whether a text ends with an array's name and a sign of powers, as for a step `h^(t)`."""
    match = _RAISED_BRACKET.search(before)
    return match is not None and isinstance(scope.names.get(name_of(match[1])), Tensor)


def with_sums(latex: str, scope: Scope) -> str:
    """LaTeX in which a row of ones before a vector is the sum of its elements."""
    latex = with_powers(latex, _TRANSPOSED)
    letter = next((c for c in "qrsuvw" if c not in scope.names and f"_{c}" not in latex), "q")
    for match in reversed([*_ONES.finditer(latex)]):
        operand = _OPERAND.match(latex, match.end())
        end = operand.end() if operand is not None else match.end()
        if operand is not None and operand["open"]:
            end = _closing(latex, end - 1) + 1
        inner = latex[match.end():end]
        if not inner.strip():
            continue
        total = rf"\lVert {inner[1:-1]} \rVert_1" if inner.startswith("|") else \
            rf"\sum_{{{letter}}} {{{inner}}}_{{{letter}}}"
        latex = rf"{latex[:match.start()]}\left({total}\right){latex[end:]}"
    return latex


def _closing(text: str, start: int) -> int:
    """The place of the bracket that closes the one at a place; the end where none does."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    return len(text)
