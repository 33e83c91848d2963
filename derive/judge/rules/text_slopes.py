"""The derivative of a side of a rule that still holds an integral, at an instance."""

from __future__ import annotations

import ast
from typing import Any

from derive.judge.rules.exact_arithmetic import over, times
from derive.judge.rules.rule_statements import Statement
from derive.judge.rules.rule_syntax import UnreadableError


def slope_of(run: Statement, node: ast.expr, at: ast.expr) -> Any:
    """The derivative of a formula by `at`; that of an integral by `at` is its integrand.

    Raises NoValueError where there is none, UnreadableError where an integral stands in anything
    but sums, cases, and products with constants.
    """
    if not _has_integral(node):
        return run.derivative(node, at)
    if isinstance(node, ast.Call):
        return _of_call(run, node, at)
    if isinstance(node, ast.UnaryOp):
        return -slope_of(run, node.operand, at)
    if isinstance(node, ast.IfExp):
        return slope_of(run, node.body if run.value(node.test) else node.orelse, at)
    if isinstance(node, ast.BinOp):
        return _of_operation(run, node, at)
    raise UnreadableError("an integral stands where its derivative is not known")


def _of_operation(run: Statement, node: ast.BinOp, at: ast.expr) -> Any:
    if isinstance(node.op, (ast.Add, ast.Sub)):
        left, right = (slope_of(run, side, at) for side in (node.left, node.right))
        return run.add(left, -right if isinstance(node.op, ast.Sub) else right)
    inner, factor = (node.left, node.right) if _has_integral(node.left) else (node.right, node.left)
    fixed = not _has_integral(factor) and not _mentions(factor, at)
    if fixed and isinstance(node.op, ast.Mult):
        return times(run.value(factor), slope_of(run, inner, at))
    if fixed and isinstance(node.op, ast.Div) and inner is node.left:
        return over(slope_of(run, inner, at), run.value(factor))
    raise UnreadableError("an integral stands where its derivative is not known")


def _of_call(run: Statement, node: ast.Call, at: ast.expr) -> Any:
    name = getattr(node.func, "id", "")
    if name == "integral" and ast.dump(node.args[1]) == ast.dump(at):
        return run.value(node.args[0])
    if name == "sum" and isinstance(node.args[0], ast.GeneratorExp):
        total: Any = 0
        for _ in run.passing(node.args[0]):
            total = run.add(total, slope_of(run, node.args[0].elt, at))
        return total
    raise UnreadableError("an integral stands where its derivative is not known")


def _has_integral(node: ast.expr) -> bool:
    return any(isinstance(n, ast.Call) and getattr(n.func, "id", "") == "integral"
               for n in ast.walk(node))


def _mentions(node: ast.expr, at: ast.expr) -> bool:
    names = {n.id for n in ast.walk(at) if isinstance(n, ast.Name)}
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))
