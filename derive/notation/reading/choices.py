"""Conditions and choices by them, of numbers and, element by element, of whole arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import reduce

from sympy import Expr

from derive.core import heads
from derive.notation.operator_table import BY_SYNTAX
from derive.notation.reading.array_values import elementwise
from derive.notation.reading.reader_place import Place
from derive.notation.reading.scope import Array, Conditions, Value
from derive.notation.reading.shape_wording import misfit


def joined(at: Place, node: ast.AST, operation: Callable[..., Expr], *parts: Value) -> Value:
    """Conditions or numbers put together to conditions, for arrays element by element."""
    made = elementwise(operation, parts, at.failing(node))
    return Conditions(made.shape, made.at) if isinstance(made, Array) else made


def comparison(at: Place, node: ast.Compare) -> Value:
    """Comparisons in a chain: all of them hold."""
    sides = [at.quantity(n) for n in (node.left, *node.comparators)]
    parts = []
    for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
        if type(op) not in BY_SYNTAX:
            raise at.error(node, "compare with <, <=, ==, !=, >= or >")
        parts.append(joined(at, node, BY_SYNTAX[type(op)].build, left, right))
    return reduce(lambda a, b: joined(at, node, heads.Both, a, b), parts)


def junction(at: Place, node: ast.BoolOp) -> Value:
    """Conditions joined by `and` or `or`."""
    build = BY_SYNTAX[type(node.op)].build
    return reduce(lambda a, b: joined(at, node, build, a, b), [at.test(v) for v in node.values])


def where(at: Place, node: ast.Call) -> Value:
    """`where(z > 0, z, 0)`."""
    if len(node.args) != 3:
        raise at.error(node, "where takes a condition and two values: where(z > 0, z, 0)")
    return _choice(at, node, *node.args)


def conditional(at: Place, node: ast.IfExp) -> Value:
    """`z if z > 0 else 0`."""
    return _choice(at, node, node.test, node.body, node.orelse)


def _choice(at: Place, node: ast.AST, test: ast.AST, yes: ast.AST, no: ast.AST) -> Value:
    """One of two values by a condition, for arrays element by element."""
    values = at.test(test), at.quantity(yes), at.quantity(no)
    return elementwise(heads.Cond, values, misfit(at, node, (test, yes, no), values))
