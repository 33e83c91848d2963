"""The texts of rules as syntax trees of Python, for the judge."""

from __future__ import annotations

import ast
from functools import cache

from derive.errors import VerificationError

REDUCTIONS = frozenset({"sum", "prod", "mean", "max", "min", "argmax", "unique_maximum",
                        "all"})


class UnreadableError(VerificationError):
    """A text that this reader does not know."""


@cache
def read_side(text: str) -> ast.expr:
    """The syntax tree of a side of a rule. Raises UnreadableError."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise UnreadableError(f"cannot read {text!r}") from None


def generator_of(node: ast.Call) -> ast.GeneratorExp:
    """The terms over which a function of a whole vector is taken. Raises UnreadableError."""
    if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
        return node.args[0]
    raise UnreadableError(f"cannot read {ast.unparse(node)!r}")


def range_of(node: ast.GeneratorExp) -> tuple[str, str]:
    """The names of the index and of its range. Raises UnreadableError."""
    (generator,) = node.generators
    if isinstance(generator.target, ast.Name) and isinstance(generator.iter, ast.Name):
        return generator.target.id, generator.iter.id
    raise UnreadableError(f"cannot read {ast.unparse(node)!r}")
