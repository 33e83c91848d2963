"""Conditions, deltas and cases as text of the notation."""

from __future__ import annotations

from derive.core.atoms import Tensor, Variable
from derive.notation.latex_in import tree
from derive.notation.latex_in.indices import index_at, over_of
from derive.notation.latex_in.notation_pieces import (
    Piece,
    bracketed,
    called,
    joined,
    piece,
)
from derive.notation.latex_in.translator import Translator, Writer
from derive.notation.operator_table import ADD, AND, BY_SIGN, COMPARE, CONDITIONAL, NOT, OR


def delta_of(t: Translator, node: tree.Node, parts: tree.Nodes) -> Piece:
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
    return called(node, "delta", *(index_at(t, part, axis) for part in parts))


def _on_indicator(t: Translator, node: tree.Indicator) -> Piece:
    parts = node.parts
    if not any(isinstance(p, (tree.Comparison, tree.Junction, tree.Negation)) for p in parts):
        return delta_of(t, node, parts)
    if len(parts) == 1 and isinstance(parts[0], tree.Comparison) and \
            parts[0].relations == ("==",) and \
            all(over_of(t, side) is not None for side in parts[0].items):
        return delta_of(t, node, parts[0].items)
    tests = bracketed(node, conjunction(t, node, parts), OR)
    return piece(node, "1 if ", tests, " else 0", level=CONDITIONAL)


def conjunction(t: Translator, node: tree.Node, parts: tree.Nodes) -> Piece:
    """Conditions that all hold."""
    tests = [t.condition(part, NOT if len(parts) > 1 else OR, ", such as k = y") for part in parts]
    level = tests[0].level if len(parts) == 1 else AND
    return piece(node, *joined(" and ", tests), level=level, condition=True)


def _on_comparison(t: Translator, node: tree.Comparison) -> Piece:
    if "in" in node.relations:
        raise t.error(node, "∈ is read in declarations, not in formulas")
    overs = [over_of(t, item) for item in node.items]
    sides = [bracketed(item, index_at(t, item, overs[0]), ADD) for item in node.items] \
        if None not in overs else [t.number(item, ADD) for item in node.items]
    content: list[str | Piece] = [sides[0]]
    for relation, side in zip(node.relations, sides[1:], strict=True):
        content += [f" {relation} ", side]
    return piece(node, *content, level=COMPARE, condition=True)


def _on_junction(t: Translator, node: tree.Junction) -> Piece:
    if node.word == "and":
        return conjunction(t, node, node.items)
    tests = [t.condition(item, AND) for item in node.items]
    return piece(node, *joined(" or ", tests), level=OR, condition=True)


def _on_negation(t: Translator, node: tree.Negation) -> Piece:
    return piece(node, "not ", t.condition(node.body, NOT), level=NOT, condition=True)


def _on_cases(t: Translator, node: tree.Cases) -> Piece:
    *rows, (last, condition) = node.rows
    if condition is not None and not _are_all(t, [c for _, c in node.rows if c is not None]):
        raise t.error(condition, "the last row is for all other cases; write "
                      "\\text{otherwise}")
    content: list[str | Piece] = []
    for value, test in rows:
        assert test is not None
        content += [t.number(value, OR), " if ",
                    bracketed(test, conjunction(t, test, (test,)), OR), " else "]
    return piece(node, *content, t.number(last), level=CONDITIONAL)


_SIGNS = {"<": {"<"}, "<=": {"<", "="}, "==": {"="}, "!=": {"<", ">"}, ">": {">"},
          ">=": {">", "="}}


def _are_all(t: Translator, conditions: list[tree.Node]) -> bool:
    """Whether one of some comparisons always holds: of the same two sides, or of a binary name."""
    comparisons = [c for c in conditions if isinstance(c, tree.Comparison)]
    if len(comparisons) < len(conditions) or any(len(c.items) > 2 for c in comparisons):
        return False
    tests = [(t.translate(c.items[0]).text, t.translate(c.items[1]).text, c.relations[0])
             for c in comparisons]
    left = tests[0][0]
    if {b if a == left and relation == "==" else "" for a, b, relation in tests} == {"0", "1"}:
        return is_binary(t, comparisons[0].items[0])
    return _covers(tests)


def _covers(tests: list[tuple[str, str, str]]) -> bool:
    """Whether relations between the same two sides leave no case out."""
    sides = tests[0][:2]
    turned = {test if test[:2] == sides else (test[1], test[0], BY_SIGN[test[2]].turned)
              for test in tests}
    signs = {sign for *_, relation in turned for sign in _SIGNS[relation]}
    return {test[:2] for test in turned} == {sides} and len(signs) == len("<=>")


def is_binary(t: Translator, node: tree.Node) -> bool:
    """Whether a part is a declared name of 0 and 1, or an element of one."""
    base, below = (node.base, node.below) if isinstance(node, tree.Scripted) else (node, ())
    if not isinstance(base, tree.Symbol):
        return False
    leaf = t.names.scope.names.get(t.names.resolve(base, below)[0])
    return isinstance(leaf, (Variable, Tensor)) and leaf.kind.domain == "binary"


WRITERS: dict[type, Writer] = {
    tree.Indicator: _on_indicator, tree.Comparison: _on_comparison, tree.Junction: _on_junction,
    tree.Negation: _on_negation, tree.Cases: _on_cases,
}
