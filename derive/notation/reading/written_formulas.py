"""The formulas of a text before its names are known: trees, and what runs over what."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from derive.notation.reading.scope import Scope


@dataclass(frozen=True)
class Formula:
    """A formula of a text: its line, where it begins, its tree, and what it defines.

    `ranges` are those of indices, with which a definition by elements may end: `for j in N`.
    """

    line: str
    start: int
    tree: ast.expr
    name: str = ""
    letters: tuple[str, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()


def runs(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The letters that run over something in a formula, each with what it runs over."""
    for node in ast.walk(tree):
        for g in node.generators if isinstance(node, ast.GeneratorExp) else ():
            if isinstance(g.target, ast.Name):
                yield g.target.id, g.iter


def ranges_of(formulas: Iterable[Formula]) -> dict[str, str]:
    """What stands after `in`: names of dimensions, each with a letter that runs over it."""
    inner = {over.id: letter for f in formulas for letter, over in runs(f.tree)
             if isinstance(over, ast.Name)}
    return {**{over: letter for f in formulas for letter, over in f.ranges}, **inner}


def missing_ranges(formulas: Iterable[Formula], scope: Scope) -> list[str]:
    """The names after `in` that no declaration makes a dimension."""
    return [n for n in ranges_of(formulas) if n not in scope.dims and n not in scope.names]
