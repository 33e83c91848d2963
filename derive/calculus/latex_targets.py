r"""Targets in LaTeX, recognised as such: `\frac12 (y - wx)^2` is read before all else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from derive.calculus.asked_variables import separated
from derive.deferred_dataclass import dataclass
from derive.derivation import Derivation
from derive.errors import NotationError
from derive.functions.function_records import FunctionTable
from derive.notation.reading.declaration_lines import Given, declared_names, lines_of
from derive.notation.reading.specification import text_lines
from derive.notation.reading.surface_names import known_word
from derive.notation.reading.surface_tokens import tokens

if TYPE_CHECKING:  # most targets are typed without
    from derive.notation.latex_in import LatexProblem

_COMMAND = re.compile(r"\\[A-Za-z\[(\\]|\$|_\{")
_DECLARATION = re.compile(r"\s*[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*\s*:\s*[a-z]+[^\\$]*\Z")
_BRACES = re.compile(r"\^\{")


def in_latex(target: str, given: Given = ()) -> bool:
    r"""Whether a target is LaTeX: it has a command, `$`, or `_{`.

    Of braces behind `^` alone, it is where a word stands for a product of letters: `(y - wx)^{2}`.
    """
    if _COMMAND.search(target):
        return True
    if not _BRACES.search(target):
        return False
    declared = declared_names(lines_of(given))
    try:
        words = [token.text for token in tokens(target) if token.kind == "name"]
    except NotationError:
        return True
    return not all(word in declared or known_word(word) for word in words)


@dataclass(frozen=True)
class LatexTarget:
    """What was typed in LaTeX, in the notation: a formula, its declarations, further texts."""

    read: LatexProblem
    options: dict[str, Any]

    def arguments(self, target: str) -> dict[str, Any]:
        """The arguments of a direction, whose first has the name `target`."""
        return {target: self.read.formula, "given": self.read.given, **self.options}

    def annotated(self, answer: Derivation) -> Derivation:
        """The answer, with what was assumed in the reading."""
        if answer.typed is None:
            return answer
        typed = replace(answer.typed, assumed=(*self.read.assumed, *answer.typed.assumed))
        notes = (("read so", "; ".join(self.read.notes)),) if self.read.notes else ()
        read = ("read as", self.read.formula.replace("\n", "; "))
        return replace(answer, typed=typed, remarks=(*answer.remarks, read, *notes))


def read_latex_target(target: str, given: Given, functions: FunctionTable | None,
                      options: Mapping[str, Any], first: int | None = None) -> LatexTarget:
    """The reading of a target in LaTeX. Raises NotationError at the column.

    `options` may hold further texts in LaTeX, `wrt`, `through` and `observed`; `first` is what the
    first index is, where the formula does not tell.
    """
    from derive.notation.latex_in import read_latex_problem

    lines = list(text_lines(target))
    stated = [line for line in lines[:-1] if _DECLARATION.match(line)]
    text = "\n".join(line for line in lines if line not in stated)
    read = read_latex_problem(text, (*lines_of(given), *stated), first=first,
                              functions=functions)
    made: dict[str, Callable[[Any], Any]] = {
        "wrt": lambda text: ", ".join(map(read.variable, separated(text))),
        "observed": read.variable,
        "through": lambda texts: [read.intermediate(text) for text in _each(texts)]}
    further = {name: made[name](value) for name, value in options.items()
               if name in made and value}
    return LatexTarget(read, further)


def _each(texts: str | Sequence[str]) -> Sequence[str]:
    return [texts] if isinstance(texts, str) else texts
