"""Families that a rule's condition determines: w where it asks for w(x) == u(x) - v(x)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from derive.judge.rules.exact_arithmetic import minus
from derive.judge.rules.rule_instances import Table


def determined(conditions: Iterable[ast.AST]) -> dict[str, tuple[str, str]]:
    """The families that are the difference of two others, by their names."""
    made: dict[str, tuple[str, str]] = {}
    for node in (n for condition in conditions for n in ast.walk(condition)):
        calls = _three_calls(node)
        names = [n.func.id for n in calls if isinstance(n.func, ast.Name)]
        if len(names) == 3 and len({ast.dump(a) for n in calls for a in n.args}) == 1:
            made[names[0]] = names[1], names[2]
    return made


def _three_calls(node: ast.AST) -> list[ast.Call]:
    """The calls in a condition a == b - c."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq):
        return []
    right = node.comparators[0]
    if not isinstance(right, ast.BinOp) or not isinstance(right.op, ast.Sub):
        return []
    return [n for n in (node.left, right.left, right.right) if isinstance(n, ast.Call)]


def settle(names: MutableMapping[str, Any], known: Mapping[str, tuple[str, str]]) -> None:
    """Gives the families that others determine their values."""
    for name, (first, second) in known.items():
        names[name] = _difference(names[first], names[second])


def _difference(first: Table, second: Table) -> Table:
    return Table(lambda _: lambda *at: minus(first(*at), second(*at)), first.sizes)
