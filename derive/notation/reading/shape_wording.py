"""Shapes in the words of errors: what has which shape, and which declarations it has it from."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from derive.core.atoms import Tensor
from derive.errors import KindError, NotationError
from derive.notation.reading.reader_place import Place
from derive.notation.reading.scope import Array, Scope, Value


def shape_of(scope: Scope, node: ast.AST, value: Value) -> str:
    """What a part of a formula is: `A.T has shape (D, N), from A: real[N, D]`."""
    text = ast.unparse(node)
    if not isinstance(value, Array):
        return f"{text} is a number"
    origins = _origins(scope, node)
    tail = f", from {' and '.join(origins)}" if origins else ""
    return f"{text} has shape ({', '.join(map(str, value.shape))}){tail}"


def shapes_of(scope: Scope, nodes: Iterable[ast.AST], values: Iterable[Value]) -> str:
    """What several parts of a formula are."""
    return "; ".join(shape_of(scope, n, v) for n, v in zip(nodes, values, strict=True))


def misfit(at: Place, node: ast.AST, parts: Sequence[ast.AST], values: Sequence[Value],
           ) -> Callable[[str], NotationError]:
    """What makes errors of shapes that do not fit; they say which shapes, and where from."""
    return lambda message: at.error(node, f"{message}: {shapes_of(at.scope, parts, values)}",
                                    KindError)


def in_brackets(left: ast.expr, operator: ast.operator, right: ast.expr) -> str:
    """What is to be written for an operation, with the brackets that its sides need."""
    text = ast.unparse(ast.BinOp(left, operator, right))
    return text.replace(" ** ", "**").replace(" * ", "*").replace(" / ", "/")


def _origins(scope: Scope, node: ast.AST) -> list[str]:
    """The declarations of the arrays that a part of a formula names."""
    names = dict.fromkeys(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
    leaves = [scope.names.get(name) for name in names]
    return [f"{leaf.name}: {leaf.kind}" for leaf in leaves if isinstance(leaf, Tensor)]
