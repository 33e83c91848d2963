"""Conditions, deltas and cases as text of the notation."""

from __future__ import annotations

from derive.notation.latex_in.applying import Applying
from derive.notation.latex_in.notation_pieces import Piece, bracketed, piece
from derive.notation.latex_in.tree import (
    Cases,
    Comparison,
    Indicator,
    Junction,
    Negation,
    Node,
)
from derive.notation.operator_table import ADD, AND, COMPARE, CONDITIONAL, NOT, OR

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED = {"==": "==", "!=": "!=", "<": ">", ">=": "<=", ">": "<", "<=": ">="}


class Conditions(Applying):
    """Writes what holds or does not."""

    def delta(self, node: Node, parts: tuple[Node, ...]) -> Piece:
        """A Kronecker delta."""
        if len(parts) != 2:
            raise self.error(node, "a Kronecker delta compares two indices, \\delta_{ij}; a "
                             "variable has to be declared, as in delta: positive")
        overs = [self.over_of(part) for part in parts]
        if overs == [None, None]:
            for part in parts:
                self.translate(part)  # names the unknown index
            raise self.error(node, "a Kronecker delta compares indices")
        axis = overs[0] if overs[0] is not None else overs[1]
        return piece(node, "delta(", self.index(parts[0], axis), ", ",
                     self.index(parts[1], axis), ")")

    def on_indicator(self, node: Indicator) -> Piece:
        parts = node.parts
        plain = not any(isinstance(p, (Comparison, Junction, Negation)) for p in parts)
        if plain:
            return self.delta(node, parts)
        if len(parts) == 1 and isinstance(parts[0], Comparison) and \
                parts[0].relations == ("==",) and \
                all(self.over_of(side) is not None for side in parts[0].items):
            return self.delta(node, parts[0].items)
        tests = self.conjunction(node, parts)
        return piece(node, "1 if ", bracketed(node, tests, OR), " else 0", level=CONDITIONAL)

    def conjunction(self, node: Node, parts: tuple[Node, ...]) -> Piece:
        """Conditions that all hold."""
        content: list[str | Piece] = []
        for part in parts:
            one = self.translate(part)
            if not one.condition:
                raise self.error(part, "a condition was expected here, such as k = y")
            content += [" and ", bracketed(part, one, NOT if len(parts) > 1 else OR)]
        level = self.translate(parts[0]).level if len(parts) == 1 else AND
        return piece(node, *content[1:], level=level, condition=True)

    def on_comparison(self, node: Comparison) -> Piece:
        if "in" in node.relations:
            raise self.error(node, "∈ is read in declarations, not in formulas")
        content: list[str | Piece] = []
        overs = [self.over_of(item) for item in node.items]
        indices = all(over is not None for over in overs)
        for place, item in enumerate(node.items):
            one = self.index(item, overs[0]) if indices else self.number(item)
            content += [f" {node.relations[place - 1]} " if place else "",
                        bracketed(item, one, ADD)]
        return piece(node, *content, level=COMPARE, condition=True)

    def on_junction(self, node: Junction) -> Piece:
        if node.word == "and":
            return self.conjunction(node, node.items)
        content: list[str | Piece] = []
        for item in node.items:
            one = self.translate(item)
            if not one.condition:
                raise self.error(item, "a condition was expected here")
            content += [" or ", bracketed(item, one, AND)]
        return piece(node, *content[1:], level=OR, condition=True)

    def on_negation(self, node: Negation) -> Piece:
        one = self.translate(node.body)
        if not one.condition:
            raise self.error(node.body, "a condition was expected here")
        return piece(node, "not ", bracketed(node, one, NOT), level=NOT, condition=True)

    def on_cases(self, node: Cases) -> Piece:
        *rows, (last, condition) = node.rows
        if condition is not None and not (len(rows) == 1 and rows[0][1] is not None
                                          and opposite(rows[0][1], condition, self)):
            raise self.error(condition, "the last row is for all other cases; write "
                             "\\text{otherwise}")
        content: list[str | Piece] = []
        for value, test in rows:
            assert test is not None
            one, holds = self.number(value), self.conjunction(test, (test,))
            content += [bracketed(value, one, OR), " if ", bracketed(test, holds, OR), " else "]
        rest = self.number(last)
        return piece(node, *content, bracketed(last, rest, CONDITIONAL), level=CONDITIONAL)


def opposite(one: Node, other: Node, translator: Conditions) -> bool:
    """Whether exactly one of two comparisons holds."""
    if not (isinstance(one, Comparison) and isinstance(other, Comparison)
            and len(one.relations) == len(other.relations) == 1):
        return False
    sides = [[translator.translate(i).text for i in c.items] for c in (one, other)]
    wanted = _OPPOSITE[one.relations[0]]
    if sides[0] == sides[1]:
        return other.relations[0] == wanted
    return sides[0] == sides[1][::-1] and other.relations[0] == _TURNED[wanted]
