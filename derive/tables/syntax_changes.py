"""Formulas as trees of Python's syntax, changed before they are read."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterable, Mapping
from copy import deepcopy
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

_SIGNS = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}


def infinity(node: ast.expr) -> int:
    """1 for inf, -1 for -inf, 0 for what is finite."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -infinity(node.operand)
    return int(isinstance(node, ast.Name) and node.id == "inf")


def digits(node: ast.expr) -> int | None:
    """A number of literal digits."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None


def tree_of(text: str) -> ast.expr:
    """The tree of a formula."""
    return ast.parse(text.strip(), mode="eval").body


def compared_digits(condition: str) -> bool | None:
    """Whether a comparison of numbers holds; None for one of anything else."""
    node = tree_of(condition)
    if not isinstance(node, ast.Compare):
        return None
    try:
        values = [Fraction(ast.unparse(side).replace(" ", ""))
                  for side in (node.left, *node.comparators)]
    except (ValueError, ZeroDivisionError):
        return None
    return all(_SIGNS[type(sign)](a, b) for sign, (a, b) in zip(
        node.ops, pairwise(values), strict=True) if type(sign) in _SIGNS)


def put_in(tree: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    """A formula with formulas in the place of names."""
    class Putting(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return deepcopy(values.get(node.id, node))

    changed: ast.expr = Putting().visit(deepcopy(tree))
    return changed


def _power(left: ast.expr, right: ast.expr) -> ast.expr | None:
    exponent = digits(right)
    return ast.Constant(1) if exponent == 0 else left if exponent == 1 else None


def _product(left: ast.expr, right: ast.expr) -> ast.expr | None:
    return right if digits(left) == 1 else left if digits(right) == 1 else None


def _plus(left: ast.expr, right: ast.expr) -> ast.expr | None:
    a, b = digits(left), digits(right)
    if a is not None and b is not None:
        return ast.Constant(a + b)
    return right if a == 0 else left if b == 0 else None


def _minus(left: ast.expr, right: ast.expr) -> ast.expr | None:
    return ast.UnaryOp(ast.USub(), right) if digits(left) == 0 else \
        left if digits(right) == 0 else None


class Simpler(ast.NodeTransformer):
    """Arithmetic on digits: what 0 and 1 leave when they are put in."""

    ways: ClassVar = {ast.Pow: _power, ast.Mult: _product, ast.Add: _plus, ast.Sub: _minus}

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left: ast.expr = self.visit(node.left)
        right: ast.expr = self.visit(node.right)
        way = self.ways.get(type(node.op))
        shorter = way(left, right) if way else None
        return ast.BinOp(left, node.op, right) if shorter is None else shorter

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        inner: ast.expr = self.visit(node.operand)
        if isinstance(inner, ast.UnaryOp) and isinstance(node.op, inner.op.__class__):
            return inner.operand
        return ast.UnaryOp(node.op, inner)


class Indexing(ast.NodeTransformer):
    """Names as elements of families: mu as mu[k], mu[i] as mu[k, i]."""

    def __init__(self, names: Iterable[str], index: str) -> None:
        self.families, self.index = set(names), ast.Name(index)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not (isinstance(node.value, ast.Name) and node.value.id in self.families):
            return self.generic_visit(node)  # type: ignore[return-value]
        own = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return ast.Subscript(node.value, ast.Tuple([self.index, *own]))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Subscript(node, self.index) if node.id in self.families else node
