"""Formulas in prose: what stands between `$…$` is read in the notation and shown as mathematics.

An equation has its sides shown side by side. What stands between backticks stays code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from html import escape

from sympy import Expr

from derive.core.atoms import Variable
from derive.core.kinds import Kind
from derive.errors import DataFileError, DeriveError
from derive.notation.printing.latex import latex
from derive.notation.printing.markup import formula, operator
from derive.notation.printing.mathml import mathml_content
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse
from derive.notation.reading.scope import Scope

_PART = re.compile(r"`([^`]*)`|\$([^$]*)\$")
Sides = tuple[Expr, ...]


def text_of(prose: str, names: Sequence[str]) -> str:
    """Prose as a line of Unicode."""
    return _shown(prose, names, str, str, lambda sides: " = ".join(map(pretty, sides)))


def html_of(prose: str, names: Sequence[str]) -> str:
    """Prose as HTML, with MathML."""
    return _shown(prose, names, escape, lambda code: f"<code>{escape(code)}</code>", _markup)


def markdown_of(prose: str, names: Sequence[str]) -> str:
    """Prose as Markdown, with LaTeX."""
    return _shown(prose, names, str, lambda code: f"`{code}`",
                  lambda sides: f"${' = '.join(map(latex, sides))}$")


def _shown(prose: str, names: Sequence[str], words: Callable[[str], str],
           code: Callable[[str], str], mathematics: Callable[[Sides], str]) -> str:
    made, end = "", 0
    prose = " ".join(prose.split())
    for part in _PART.finditer(prose):
        made += words(prose[end:part.start()])
        made += code(part[1]) if part[2] is None else mathematics(_read(part[2], tuple(names)))
        end = part.end()
    return made + words(prose[end:])


def _markup(sides: Sides) -> str:
    body = operator("=").join(map(mathml_content, sides))
    return formula(body, " = ".join(map(latex, sides)), " = ".join(map(pretty, sides)), sized=False)


@cache
def _read(text: str, names: tuple[str, ...]) -> Sides:
    """The sides of a formula; `names` declare what stands in it. Raises DataFileError."""
    scope = Scope()
    try:
        for line in names:
            scope.declare(line)
        return tuple(_side(side, scope) for side in text.split(" = "))
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
