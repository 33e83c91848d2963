"""Formulas in prose: what stands between `$…$` is read in the notation and shown as mathematics.

An equation has its sides shown side by side. What stands between backticks stays code. `names`
declare what stands in formulas; an index over the dimension `time` is a step, o⁽ᵗ⁾.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from typing import NamedTuple

from sympy import Expr

from derive.core.atoms import Variable
from derive.core.kinds import Kind
from derive.errors import DataFileError, DeriveError
from derive.notation.printing.latex import latex
from derive.notation.printing.markup import formula, operator
from derive.notation.printing.mathml import mathml_content
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse
from derive.notation.reading.scope import Scope

_PART = re.compile(r"`([^`]*)`|\$([^$]*)\$")

class Equation(NamedTuple):
    """The sides of a formula in prose, and the dimension of time where it has one."""

    sides: tuple[Expr, ...]
    time: Expr | None

    def written(self, writer: Callable[..., str], sign: str = " = ") -> str:
        """Its sides as a printer writes them."""
        return sign.join(writer(side, time=self.time) for side in self.sides)


def text_of(prose: str, names: Sequence[str], time: str = "", ascii: bool = False) -> str:
    """Prose as a line of Unicode; formulas as they are typed where all is to be `ascii`."""
    return _shown(prose, names, time, str, str,
                  lambda equation: equation.written(plain if ascii else pretty))


def html_of(prose: str, names: Sequence[str], time: str = "") -> str:
    """Prose as HTML, with MathML."""
    return _shown(prose, names, time, escape, lambda code: f"<code>{escape(code)}</code>", _markup)


def markdown_of(prose: str, names: Sequence[str], time: str = "") -> str:
    """Prose as Markdown, with LaTeX."""
    return _shown(prose, names, time, str, lambda code: f"`{code}`",
                  lambda equation: f"${equation.written(latex)}$")


def _shown(prose: str, names: Sequence[str], time: str, words: Callable[[str], str],
           code: Callable[[str], str], mathematics: Callable[[Equation], str]) -> str:
    made, end = "", 0
    prose = " ".join(prose.split())
    for part in _PART.finditer(prose):
        made += words(prose[end:part.start()])
        made += code(part[1]) if part[2] is None else \
            mathematics(_read(part[2], tuple(names), time))
        end = part.end()
    return made + words(prose[end:])


def _markup(equation: Equation) -> str:
    return formula(equation.written(mathml_content, operator("=")), equation.written(latex),
                   equation.written(pretty), sized=False)


@cache
def _read(text: str, names: tuple[str, ...], time: str) -> Equation:
    """A formula; `names` declare what stands in it. Raises DataFileError."""
    scope = Scope()
    try:
        for line in names:
            scope.declare(line)
        return Equation(tuple(_side(side, scope) for side in text.split(" = ")),
                        scope.dims.get(time))
    except DeriveError as error:
        raise DataFileError(f"the formula ${text}$ cannot be read: {error}") from None


def _side(text: str, scope: Scope) -> Expr:
    """A number, or the name of an array, a function, a dimension."""
    leaf = scope.names.get(text) or scope.dims.get(text)
    if leaf is not None:
        return leaf
    if text in scope.functions:
        return Variable(text, Kind("real"))
    return parse(text, scope)
