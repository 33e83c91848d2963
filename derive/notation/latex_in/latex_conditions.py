"""Conditions, deltas and cases as text of the notation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.notation.latex_in.indices import index_at, over_of
from derive.notation.latex_in.notation_pieces import Piece, bracketed, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.latex_in.tree import (
    Cases,
    Comparison,
    Indicator,
    Junction,
    Negation,
    Node,
)
from derive.notation.operator_table import ADD, AND, BY_SIGN, COMPARE, CONDITIONAL, NOT, OR


def delta_of(t: Translator, node: Node, parts: tuple[Node, ...]) -> Piece:
    """A Kronecker delta."""
    if len(parts) != 2:
        raise t.error(node, "a Kronecker delta compares two indices, \\delta_{ij}; a "
                      "variable has to be declared, as in delta: positive")
    overs = [over_of(t, part) for part in parts]
    if overs == [None, None]:
        for part in parts:
            t.translate(part)  # names the unknown index
        raise t.error(node, "a Kronecker delta compares indices")
    axis = overs[0] if overs[0] is not None else overs[1]
    return piece(node, "delta(", index_at(t, parts[0], axis), ", ",
                 index_at(t, parts[1], axis), ")")


def _on_indicator(t: Translator, node: Indicator) -> Piece:
    parts = node.parts
    plain = not any(isinstance(p, (Comparison, Junction, Negation)) for p in parts)
    if plain:
        return delta_of(t, node, parts)
    if len(parts) == 1 and isinstance(parts[0], Comparison) and \
            parts[0].relations == ("==",) and \
            all(over_of(t, side) is not None for side in parts[0].items):
        return delta_of(t, node, parts[0].items)
    tests = conjunction(t, node, parts)
    return piece(node, "1 if ", bracketed(node, tests, OR), " else 0", level=CONDITIONAL)


def conjunction(t: Translator, node: Node, parts: tuple[Node, ...]) -> Piece:
    """Conditions that all hold."""
    content: list[str | Piece] = []
    for part in parts:
        one = t.translate(part)
        if not one.condition:
            raise t.error(part, "a condition was expected here, such as k = y")
        content += [" and ", bracketed(part, one, NOT if len(parts) > 1 else OR)]
    level = t.translate(parts[0]).level if len(parts) == 1 else AND
    return piece(node, *content[1:], level=level, condition=True)


def _on_comparison(t: Translator, node: Comparison) -> Piece:
    if "in" in node.relations:
        raise t.error(node, "∈ is read in declarations, not in formulas")
    content: list[str | Piece] = []
    overs = [over_of(t, item) for item in node.items]
    indices = all(over is not None for over in overs)
    for place, item in enumerate(node.items):
        one = index_at(t, item, overs[0]) if indices else t.number(item)
        content += [f" {node.relations[place - 1]} " if place else "",
                    bracketed(item, one, ADD)]
    return piece(node, *content, level=COMPARE, condition=True)


def _on_junction(t: Translator, node: Junction) -> Piece:
    if node.word == "and":
        return conjunction(t, node, node.items)
    content: list[str | Piece] = []
    for item in node.items:
        one = t.translate(item)
        if not one.condition:
            raise t.error(item, "a condition was expected here")
        content += [" or ", bracketed(item, one, AND)]
    return piece(node, *content[1:], level=OR, condition=True)


def _on_negation(t: Translator, node: Negation) -> Piece:
    one = t.translate(node.body)
    if not one.condition:
        raise t.error(node.body, "a condition was expected here")
    return piece(node, "not ", bracketed(node, one, NOT), level=NOT, condition=True)


def _on_cases(t: Translator, node: Cases) -> Piece:
    *rows, (last, condition) = node.rows
    if condition is not None and not (len(rows) == 1 and rows[0][1] is not None
                                      and _are_opposite(rows[0][1], condition, t)):
        raise t.error(condition, "the last row is for all other cases; write "
                      "\\text{otherwise}")
    content: list[str | Piece] = []
    for value, test in rows:
        assert test is not None
        one, holds = t.number(value), conjunction(t, test, (test,))
        content += [bracketed(value, one, OR), " if ", bracketed(test, holds, OR), " else "]
    rest = t.number(last)
    return piece(node, *content, bracketed(last, rest, CONDITIONAL), level=CONDITIONAL)


def _are_opposite(one: Node, other: Node, translator: Translator) -> bool:
    """Whether exactly one of two comparisons holds."""
    if not (isinstance(one, Comparison) and isinstance(other, Comparison)
            and len(one.relations) == len(other.relations) == 1):
        return False
    sides = [[translator.translate(i).text for i in c.items] for c in (one, other)]
    opposite = BY_SIGN[BY_SIGN[one.relations[0]].opposite]
    if sides[0] == sides[1]:
        return other.relations[0] == opposite.sign
    return sides[0] == sides[1][::-1] and other.relations[0] == opposite.turned


WRITERS: dict[type, Callable[[Translator, Any], Piece]] = {
    Indicator: _on_indicator, Comparison: _on_comparison, Junction: _on_junction,
    Negation: _on_negation, Cases: _on_cases,
}
