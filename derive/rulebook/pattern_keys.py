"""The key of a pattern, under which its rule is found, from its syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from derive.functions.function_records import standard_functions
from derive.functions.function_texts import SIGNS
from derive.notation.reading.syntax import read

_SAME = {"-": "+", "/": "*"}  # a - b is a sum, a / b a product


def pattern_key(text: str) -> str:
    """The key of a pattern (see `Rule.key`), read from its syntax without building it.

    Most rules are never needed in a run; reading them all would take longer than the run.
    """
    return _key(read(text))


def _key(node: ast.expr) -> str:
    return _READERS.get(type(node), lambda _: "leaf")(node)


def _operation_key(node: ast.BinOp) -> str:
    product = isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Mult)
    if isinstance(node.op, ast.Div) and isinstance(node.left, ast.Constant) and not product:
        return "**"
    sign = SIGNS.get(type(node.op), "leaf")
    return _SAME.get(sign, sign)


def _call_key(node: ast.Call) -> str:
    name = getattr(node.func, "id", "leaf")
    if name == "d" and node.args:
        return "d " + _body_key(node.args[0])
    if name in ("max", "min") and len(node.args) == 2:
        return f"{name} 2"
    return "**" if name == "sqrt" else name


def _body_key(node: ast.expr) -> str:
    """The head below a derivative; 'any' where a metavariable stands."""
    known = {*standard_functions(), "sum", "prod", "max", "min", "argmax", "delta", "d"}
    called = getattr(getattr(node, "func", None), "id", None)
    if isinstance(node, ast.Name) or (called is not None and called not in known):
        return "any"
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return "element"
    return _key(node)


_READERS: dict[type, Callable[[Any], str]] = {
    ast.Subscript: lambda node: _key(node.value), ast.BinOp: _operation_key,
    ast.UnaryOp: lambda node: "not" if isinstance(node.op, ast.Not) else "*",
    ast.BoolOp: lambda node: "and" if isinstance(node.op, ast.And) else "or",
    ast.IfExp: lambda node: "if", ast.Call: _call_key,
    ast.Compare: lambda node: SIGNS.get(type(node.ops[0]), "leaf"),
}
