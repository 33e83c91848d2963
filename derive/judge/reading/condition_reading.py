"""Conditions and choices in the judge's reading, of numbers and of arrays entry by entry."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import Any

from derive.errors import KindError, NotationError
from derive.judge.reading.array_operations import (
    ARRAY,
    COMPARISONS,
    CONDITION,
    NUMBER,
    Code,
    conditions,
    elementwise,
    kept,
)
from derive.judge.reading.formula_compiler import Compiler, Table
from derive.judge.reading.lazy_arrays import Array, Place, Run


def _comparison(compiler: Compiler, node: ast.Compare) -> Code:
    nodes = (node.left, *node.comparators)
    sides = [compiler.quantity(n) for n in nodes]
    for left, right in pairwise(nodes):
        compiler.range_alike(left, right)
    orders = [COMPARISONS[type(op)] for op in node.ops if type(op) in COMPARISONS]
    if len(orders) != len(node.ops):
        raise NotationError("compare with <, <=, ==, !=, >= or >")
    free, compare = frozenset[int]().union(*(s.free for s in sides)), compiler.numbers.compare
    if any(side.shape for side in sides):
        return conditions(lambda run, *values: all(
            compare(run, order, left, right)
            for order, left, right in zip(orders, values, values[1:], strict=False)), *sides)

    def holds(run: Run) -> bool:
        left = sides[0].call(run)
        for order, side in zip(orders, sides[1:], strict=True):
            right = side.call(run)
            if not compare(run, order, left, right):
                return False
            left = right
        return True

    return Code(CONDITION, holds, free)


def _junction(compiler: Compiler, node: ast.BoolOp) -> Code:
    parts = [compiler.test(v) for v in node.values]
    gather = all if isinstance(node.op, ast.And) else any
    if any(part.shape for part in parts):
        return conditions(lambda run, *values: gather(values), *parts)
    free = frozenset[int]().union(*(p.free for p in parts))
    return Code(CONDITION, lambda run: gather(p.call(run) for p in parts), free)


def choice(compiler: Compiler, *parts: ast.AST) -> Code:
    """The code of one of two values by a condition; the other one is not computed."""
    if len(parts) != 3:
        raise KindError("a choice takes a condition and two values")
    condition, body, otherwise = parts
    test, yes, no = compiler.test(condition), compiler.quantity(body), compiler.quantity(otherwise)
    free = test.free | yes.free | no.free
    if not (test.shape or yes.shape or no.shape):
        return Code(NUMBER, lambda run: yes.call(run) if test.call(run) else no.call(run), free)
    shape = elementwise(lambda run, *values: None, test, yes, no).shape  # raises where none fits

    def array(run: Run) -> Array:
        def entry(place: Place) -> Any:
            return _entry(yes if _entry(test, run, place) else no, run, place)

        return Array(run.point.shape(shape), entry)

    return Code(ARRAY, kept(array, free), free, shape)


def _entry(code: Code, run: Run, place: Place) -> Any:
    """The value of a code, or that of its entry at the last subscripts of a place."""
    value = code.call(run)
    return value.at(place[len(place) - len(value.shape):]) if isinstance(value, Array) else value


CONDITION_TABLE: Table = {
    ast.Compare: _comparison, ast.BoolOp: _junction,
    ast.IfExp: lambda compiler, node: choice(compiler, node.test, node.body, node.orelse),
}
