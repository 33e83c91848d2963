"""Formulas in prose: what stands between `$…$` is read in the notation and shown as mathematics.

An equation has its sides shown side by side. What stands between backticks stays code. `names`
declare what stands in formulas; an index over the dimension `time` is a step, o⁽ᵗ⁾.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from sympy import Expr

from derive.core.atoms import Variable
from derive.core.kinds import Kind
from derive.errors import DataFileError, DeriveError
from derive.notation.printing.latex import latex
from derive.notation.printing.markup import formula, operator
from derive.notation.printing.mathml import mathml_content
from derive.notation.printing.matrices import in_matrices
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import Array, Scope
from derive.notation.reading.specification import fresh_indices
from derive.outgoing_text import escape

_PART = re.compile(r"`([^`]*)`|\$([^$]*)\$")

class Side(NamedTuple):
    """A formula: of one number, or of the element of an array at these axes."""

    formula: Expr
    axes: tuple[Expr, ...] = ()


class Equation(NamedTuple):
    """The sides of a formula in prose, and the dimension of time where it has one."""

    sides: tuple[Side, ...]
    time: Expr | None

    def written(self, style: str, sign: str = " = ") -> str:
        """Its sides in a style: unicode, ascii, latex or mathml."""
        return sign.join(self._side(side, style) for side in self.sides)

    def _side(self, side: Side, style: str) -> str:
        if not side.axes:
            return _WRITERS[style](side.formula, time=self.time)
        text = in_matrices(side.formula, side.axes, self.time, style)
        if text is None:
            raise DataFileError(f"the array {pretty(side.formula)} cannot be shown as a whole")
        return text


_WRITERS: Mapping[str, Callable[..., str]] = {
    "unicode": pretty, "ascii": plain, "latex": latex, "mathml": mathml_content}


def text_of(prose: str, names: Sequence[str], time: str = "", ascii: bool = False) -> str:
    """Prose as a line of Unicode; formulas as they are typed where all is to be `ascii`."""
    return _shown(prose, names, time, str, str,
                  lambda equation: equation.written("ascii" if ascii else "unicode"))


def html_of(prose: str, names: Sequence[str], time: str = "") -> str:
    """Prose as HTML, with MathML."""
    return _shown(prose, names, time, escape, lambda code: f"<code>{escape(code)}</code>", _markup)


def markdown_of(prose: str, names: Sequence[str], time: str = "") -> str:
    """Prose as Markdown, with LaTeX."""
    return _shown(prose, names, time, str, lambda code: f"`{code}`",
                  lambda equation: f"${equation.written('latex')}$")


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
    return formula(equation.written("mathml", operator("=")), equation.written("latex"),
                   equation.written("unicode"), sized=False)


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


def _side(text: str, scope: Scope) -> Side:
    """A formula, or the name of an array, a function, a dimension."""
    leaf = scope.names.get(text) or scope.dims.get(text)
    if leaf is not None:
        return Side(leaf)
    if text in scope.functions:
        return Side(Variable(text, Kind("real")))
    value = parse_value(text, scope)
    if not isinstance(value, Array):
        return Side(value)
    axes = fresh_indices(value.shape, (*scope.names, *scope.dims))
    return Side(value.at(axes), axes)
