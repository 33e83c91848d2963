"""A formula of a sheet, typed in the notation, in LaTeX or in Unicode, as a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sympy.core.basic import Basic

from derive.core.atoms import Index
from derive.errors import DeriveError, NotationError
from derive.notation.reading.array_values import axes
from derive.notation.reading.parser import parse_condition, parse_value
from derive.notation.reading.scope import Array, Scope
from derive.notation.reading.values import CONDITIONS
from derive.teaching.sheets.printed_signs import with_sums
from derive.teaching.sheets.typed_calculus import (
    DEEPEST,
    as_latex,
    as_notation,
    depth,
    with_slopes,
)

_LATEX = re.compile(r"\\[A-Za-z,;!{|]|\$")
_SCRIPTED = re.compile(r"[^\W\d]_|[_^]\{|\^")
_ONES = re.compile(r"\\mathbf\s*(?:\{1\}|1)"
                   r"(?!\s*(?:[_^({\[]|\\(?:left|[bB]ig+l?|lbrace|\{)))")
_KRONECKER = re.compile(r"((?:\\delta|δ)\s*_\s*\{(?:[^{}]|\{[^{}]*\})*\}"
                        r"|δ[ₐ-ₜᵢᵣᵤᵥⱼ]+)\s*(?=(?:\\left)?\s*\()")
_BEFORE_BRACKET = re.compile(r"([^\W\d]\w*)\s*\(")
_POWER_OF_E = re.compile(r"((?<![A-Za-z\\])e\s*\^\s*(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\?\w+))"
                         r"\s*(?=(?:\\left)?\s*\()")
_WORD = re.compile(r"[^\W\d_]+")
_INTERVAL = re.compile(r"\A\s*(?P<name>[^\W\d]\w*)\s*(?:∈|\\in(?![A-Za-z])|\bin\b)\s*"
                       r"(?P<opens>[\[(])(?P<low>[^,]+),(?P<high>[^,]+)(?P<closes>[\])])\s*\Z")
_INFINITE = re.compile(r"[-−+]?\s*(?:∞|\\infty|inf(?:inity)?)")
_RELATION = re.compile(r"(?<![=<>!])=(?!=)")


@dataclass(frozen=True)
class Formula:
    """What was read: the tree, its text in the notation, and whether that is what was typed."""

    node: Basic
    notation: str
    typed: bool
    array: bool = False


@dataclass
class Reader:
    """Reads formulas in a scope; `indices` are those at which whole arrays are taken.

    `latex` says that the sheet is written in LaTeX, whose lines may hold no command at all;
    `squash` is the function that its σ stands for, where the task has one of them,
    `by` the variable, in LaTeX, by which primes differentiate.
    """

    scope: Scope
    indices: tuple[Index, ...] = ()
    latex: bool = False
    squash: str = ""
    by: str = ""

    def formula(self, text: str, display: bool = False) -> Formula:
        """The formula of a text. Raises NotationError at a column of it."""
        value, notation, typed = self._value(text, display)
        if isinstance(value, CONDITIONS):
            raise NotationError("this is a condition, not a number", text, 1, len(text))
        if isinstance(value, Array):
            at = self._taken(value, text)
            letters = ", ".join(i.name for i in at)
            return Formula(value.at(at), f"({notation})[{letters}]", False, True)
        return Formula(value, notation, typed)

    def _value(self, text: str, display: bool) -> tuple[Basic | Array, str, bool]:
        first: NotationError | None = None
        check_depth(text)
        for notation, shown in self._readings(text, display):
            if isinstance(notation, NotationError):
                first = first or notation
                continue
            try:
                scope = self.scope.copy()
                scope.free_indices = False
                return parse_value(notation, scope), notation.strip(), notation == text
            except NotationError as error:
                first = first or (error if shown else NotationError(error.message, text, 1))
        assert first is not None
        raise first

    def _readings(self, text: str, display: bool) -> Iterator[tuple[str | NotationError, bool]]:
        """The texts in the notation that a text may be, or why it is none."""
        is_latex = display or _LATEX.search(text) is not None
        slopes = with_slopes(text, self.scope, self.by) if self.by else text
        if slopes != text:
            yield self._from_latex(text, slopes.replace("$", " ") if is_latex else
                                   as_latex(slopes, self.scope)), False
            return
        if not is_latex:
            yield from self._typed_readings(text)
            return
        yield self._from_latex(text, text.replace("$", " ")), False
        if not _LATEX.search(text):
            yield text, True

    def _typed_readings(self, text: str) -> Iterator[tuple[str | NotationError, bool]]:
        """Of a text that is typed without LaTeX."""
        yield text, True
        changed = as_notation(text, self.scope.names)
        if changed != text:
            yield changed, False
        latex = as_latex(text, self.scope)
        if self.latex or latex != text or _SCRIPTED.search(text) or not text.isascii() or \
                re.search(r"[^\W\d_]\s+[^\W\d_]|\)\s*[\w(]", text) or \
                any(m[1] in self.scope.names for m in _BEFORE_BRACKET.finditer(text)) or \
                any(self._is_product(m[0]) for m in _WORD.finditer(text)):
            yield self._from_latex(text, latex), False
            if "*" in text:  # between arrays it stands for each element
                yield self._from_latex(text, latex.replace("*", r" \odot ")), False

    def _is_product(self, word: str) -> bool:
        """Whether a word is declared letters side by side, `wx`; `tt` may be a slip."""
        names = self.scope.names
        return 1 < len(word) == len(set(word)) and word not in names and all(
            c in names for c in word)

    def _from_latex(self, typed: str, latex: str) -> str | NotationError:
        from derive.notation.latex_in import read_latex_lines  # most sheets do without it

        latex = with_sums(latex, self.scope).replace("\\oslash", "/")
        latex = _ONES.sub(r" \\cdot 1 ", latex)
        if "delta" not in self.scope.names:
            latex = _KRONECKER.sub(r"\1 \\cdot ", latex)
        if "e" not in self.scope.names:
            latex = _POWER_OF_E.sub(r"\1 \\cdot ", latex)
        if self.squash:
            latex = re.sub(r"\\sigma(?=\s*(?:\\left)?\s*\()|σ(?=\()",
                           rf"\\operatorname{{{self.squash}}}", latex)
        try:
            lines = read_latex_lines(latex, self.scope)
        except DeriveError as error:
            column = getattr(error, "column", 0) if latex == typed.replace("$", " ") else 1
            message = getattr(error, "message", str(error))
            return NotationError(message, typed, column, getattr(error, "length", 1))
        if len(lines) != 1:
            return NotationError("one formula was expected between two equals signs", typed, 1)
        return lines[0].text

    def _taken(self, value: Array, text: str) -> tuple[Index, ...]:
        """The indices of the task at which an answer as a whole array is compared."""
        dims = tuple(i.dim for i in self.indices)
        if value.shape == dims:
            return self.indices
        if value.shape == dims[::-1] and len(set(dims)) == len(dims):  # the other layout
            return self.indices[::-1]
        asked = f"of shape ({axes(dims)})" if dims else "one number"
        raise NotationError(f"this is a whole array of shape ({axes(value.shape)}), and what is "
                            f"asked for is {asked}", text, 1, len(text))

    def condition(self, text: str) -> Basic:
        """A condition such as `i = k`. Raises NotationError."""
        check_depth(text)
        scope = self.scope.copy()
        text = _INTERVAL.sub(_within, text)
        plain = _RELATION.sub("==", text)
        if not _LATEX.search(text):
            try:
                return parse_condition(plain, scope)
            except NotationError:
                pass
        cases = f"\\begin{{cases}} 1 & {as_latex(text, scope)} \\\\ 0 & " \
                "\\text{otherwise} \\end{cases}"
        read = self._from_latex(text, cases.replace("$", " "))
        if isinstance(read, NotationError):
            raise read
        return parse_condition(read.removeprefix("1 if ").removesuffix(" else 0"), scope)

    def is_condition(self, text: str) -> bool:
        """Whether a text is a condition, as `0 < sigma` is."""
        try:
            return isinstance(self.condition(text), CONDITIONS)
        except (DeriveError, ValueError):
            return False

    def defined(self, left: str, right: str, display: bool = False) -> Iterator[str]:
        """What a definition such as `p_i = …` may be in the notation, `p[i] = …`, in turn."""
        from derive.notation.latex_in.latex_reader import defined_line

        plain = not _LATEX.search(left + right) and not display
        if plain and re.fullmatch(r"\s*[^\W\d]\w*\s*(\[[\w\s,]*\])?\s*", left) and (
                "_" not in left or "[" in left):
            yield f"{left} = {right}"
        if plain:
            left, right = (as_latex(side, self.scope) for side in (left, right))
        try:
            yield defined_line(f"{left} = {right}".replace("$", " "), self.scope)
        except DeriveError:
            return

    def having(self, scope: Scope) -> Reader:
        """The same in another scope."""
        return replace(self, scope=scope)


def _within(match: re.Match[str]) -> str:
    """`x in (a, b]` as comparisons; an infinite end is none."""
    name, low, high = match["name"].strip(), match["low"].strip(), match["high"].strip()
    ends = [(low, "<=" if match["opens"] == "[" else "<", name),
            (name, "<=" if match["closes"] == "]" else "<", high)]
    return " and ".join(" ".join(end) for end in ends
                        if not any(_INFINITE.fullmatch(side) for side in end))


def check_depth(text: str) -> None:
    """Raises NotationError for more brackets within brackets than are read."""
    if depth(text) > DEEPEST:
        raise NotationError(f"brackets are read up to {DEEPEST} deep", text, 1)


def looks_like_latex(text: str) -> bool:
    """Whether a whole sheet is written in LaTeX."""
    return _LATEX.search(text) is not None
