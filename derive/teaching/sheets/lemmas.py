"""Derivatives beside the asked one, `∂p_k/∂o_i = p_k (δ_ik − p_i)`: with a truth of their own.

Both sides must be read, and the left one is a derivative of a name that the sheet defines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import exact, root
from derive.errors import DeriveError
from derive.notation.printing.plain import plain
from derive.notation.reading.scope import Scope
from derive.notation.reading.surface_signs import name_of
from derive.teaching.sheets.formula_reading import Reader
from derive.teaching.sheets.left_sides import left_side
from derive.teaching.sheets.line_reading import check_size
from derive.teaching.sheets.line_statements import Statement
from derive.teaching.sheets.numeric_agreement import compared
from derive.teaching.sheets.sheet_entries import Written
from derive.teaching.sheets.sheet_names import Names
from derive.teaching.sheets.statement_roles import is_of_the_loss

_DIGITS = 50  # as many as the lines of the task are compared at
_PRIMED = re.compile(r"\)\s*(?:['′’]+|\^\s*\{?(?:\\prime\s*)+\}?)\Z")
_ELEMENT = re.compile(r"\\?([^\W\d_]+)\s*(?:_\s*(?:\{([^{}]*)\}|(\w+))|\[([^\[\]]*)\]|([ᵢⱼₖₗₘₙ]+))")


@dataclass(frozen=True)
class Lemma:
    """The derivative that stands left, in the names of the sheet, and what reads its other side.

    `place` is a variable with the value that it has there, as in L'(1).
    """

    truth: Basic
    names: Names
    reader: Reader
    place: tuple[Variable, Basic] | None = None

    @exact
    def lines(self, statement: Statement, sides: tuple[tuple[int, str], ...],
              condition: Basic | None) -> Iterator[Written]:
        """Sides as lines of their own; one that is not read, or not decided, is left out."""
        return iter([line for side in sides for line in self._line(statement, side, condition)])

    def _line(self, statement: Statement, side: tuple[int, str], condition: Basic | None,
              ) -> Iterator[Written]:
        start, text = side
        try:
            formula = self.reader.formula(text, statement.display)
            check_size(statement.row, formula.node)
            ground = self.names.ground(formula.node)
            if condition is not None:
                ground = heads.Cond(self.names.ground(condition), ground, self.truth)
        except (DeriveError, ValueError):
            return
        right = self._is_right(ground)
        if right is not None:
            yield Written(statement.row.number_at(start), statement.text, formula.node, ground,
                          "" if formula.typed else formula.notation, "lemma",
                          "" if condition is None else plain(condition), agrees=right)

    def _is_right(self, ground: Basic) -> bool | None:
        """Whether both sides have one value; None where it may be one case of several."""
        right = self._agrees(ground)
        letters = sorted({i for i in self.truth.atoms(Index) if i in _free(self.reader)}, key=str)
        pairs = [(a, b) for a in letters for b in letters if str(a) < str(b) and a.dim == b.dim]
        cases = (case(*pair) for pair in pairs for case in (heads.Equal, heads.NotEqual))
        if right is False and any(
                self._agrees(heads.Cond(c, ground, self.truth)) is not False for c in cases):
            return None
        return right

    def _agrees(self, ground: Basic) -> bool | None:
        return compared(ground, self.truth, self.names.task.conditions, self.names.grounding,
                        _DIGITS, self.place)


def _free(reader: Reader) -> set[Basic]:
    return {n for n in reader.scope.names.values() if isinstance(n, Index)}


@exact
def lemma_of(statement: Statement, names: Names) -> Lemma | None:
    """The lemma that a statement begins; None for one whose left side is not read, or no name's."""
    reader = names.reader.having(_with_letters(statement.sides[0][1], names.scope))
    try:
        node = _of_another_order(statement, names) or reader.formula(
            statement.sides[0][1], statement.display).node
        if not isinstance(node, heads.Partial) or len(statement.sides) < 2:
            return None
        known = {*names.grounding.symbols, names.grounding.name}
        if root(_innermost(node)) not in known and not _PRIMED.search(statement.left_text):
            return None
        place = statement.left.place if statement.left else ""
        value = names.ground(reader.formula(place).node) if place else node.args[1]
        return Lemma(names.ground(node), names, reader,
                     None if value == node.args[1] else (node.args[1], value))
    except (DeriveError, ValueError, AttributeError):
        return None


def _of_another_order(statement: Statement, names: Names) -> Basic | None:
    """`L''` where L' is asked for, or the other way round, by one number; `f'` of an own f."""
    left, at = statement.left, names.task.at[:1]
    if left is None or left.kind != "derivative" or not left.body or not at or any(
            v != at[0] or not isinstance(v, Variable) for v in names.task.at):
        return None
    own = names.scope.names.get(left_side(left.body).name)
    if own not in names.grounding.symbols or not isinstance(own, Variable) or left.by:
        own = names.grounding.name if is_of_the_loss(left, names) else None
    return None if own is None else reduce(heads.Partial, at * left.order, own)


def _innermost(node: Basic) -> Basic:
    while isinstance(node, heads.Partial):
        node = node.args[0]
    return node


def _with_letters(text: str, scope: Scope) -> Scope:
    """The scope with the letters below arrays in a text as free indices."""
    inner = scope.copy()
    for match in _ELEMENT.finditer(text):
        base = match[1][1:] if match[1][0] in "d∂" and name_of(match[1]) not in scope.names \
            else match[1]
        known = scope.names.get(name_of(base))
        if not isinstance(known, Tensor):
            continue
        below = left_side(f"x_{{{next(filter(None, match.groups()[1:]))}}}").letters
        letters = re.findall(r"[^\W\d_]", _plain_letters(below))
        for letter, dim in zip(letters, known.kind.shape, strict=False):
            if letter not in inner.names and letter not in inner.dims:
                inner.names[letter] = Index(letter, dim)
    return inner


def _plain_letters(text: str) -> str:
    return text.translate(str.maketrans("ᵢⱼₖₗₘₙ", "ijklmn"))
