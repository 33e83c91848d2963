"""The texts of a rule as functions of an instance, over exact numbers.

The judge's own reader: it shares no code with the parser, the patterns or the matcher.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from derive.errors import NotationError
from derive.functions.function_records import FunctionTable, entry_of
from derive.judge.precision import mp
from derive.judge.reading.array_operations import CONDITION, NUMBER, Call, Code, Law, Names
from derive.judge.reading.call_reading import compiler_of
from derive.judge.reading.lazy_arrays import Point, Run, Type
from derive.judge.rules.exact_numbers import EXACT
from derive.judge.rules.metavariable_roles import Roles, read_side


def formula_of(text: str, names: Iterable[str]) -> Callable[[Mapping[str, Any]], Any]:
    """A formula of numbers, as a function of them by name.

    It raises EvaluationError where the formula has no value.
    """
    known = Names(types=dict.fromkeys(names, Type("real")))
    call = compiler_of(known, EXACT, text).code(read_side(text)).call
    return lambda values: call(Run(mp, Point({}, values)))


def constant_of(node: ast.expr, text: str) -> Any:
    """The value of a formula without names. Raises EvaluationError where it has none."""
    return compiler_of(Names(), EXACT, text).code(node).call(Run(mp, Point()))


def read_sides(left: str, right: str, names: Names) -> tuple[Call, Call]:
    """Both sides of a rule; of one with an integral on its left, their derivatives.

    Raises NotationError.
    """
    first, second = read_side(left), read_side(right)
    if isinstance(first, ast.Call) and getattr(first.func, "id", "") == "integral":
        first, at = first.args
        second = _slope(second, at)
    sides = (compiler_of(names, EXACT, left).code(first),
             compiler_of(names, EXACT, right).code(second))
    if len({code.kind for code in sides}) > 1:
        raise NotationError(f"one side is a {sides[0].kind}, the other a {sides[1].kind}")
    return sides[0].call, sides[1].call


def read_condition(text: str, names: Names) -> Call:
    """A condition of a rule. Raises NotationError."""
    return compiler_of(names, EXACT, text).condition(read_side(text)).call


def names_of(roles: Roles, kinds: Mapping[str, str], bound_kind: str,
             functions: FunctionTable) -> Names:
    """What the texts of a rule may name: its metavariables, by their roles, and functions.

    What a total binds is of the `bound_kind` where no kind is stated; the law of what an expected
    value binds is flat.
    """
    types = dict.fromkeys((*roles.scalars, *roles.variables), Type("real"))
    types |= {name: Type("index", (), over) for name, over in roles.indices.items()}
    for name, axes in roles.tensors.items():
        over = roles.entries.get(name)
        types[name] = Type("real" if over is None else "label", axes, over)
    bound = {name: Type(kinds.get(name, bound_kind)) for name in roles.bound}
    bare = roles.truths - set(roles.families)
    return Names(
        types | bound, {r: r for r in roles.ranges},
        {name: Code(CONDITION, partial(_named, name)) for name in bare},
        families={f: CONDITION if f in roles.truths else NUMBER for f in roles.families},
        own={f.name: entry_of(f) for f in functions.values() if f.own},
        laws={name: Law(kind, lambda run: 1) for name, kind in bound.items()})


def _named(name: str, run: Run) -> Any:
    return run.named(name)


# Derivatives of what still holds an integral


def _slope(node: ast.expr, at: ast.expr) -> ast.expr:
    """The derivative of a formula by `at`; that of an integral by `at` is its integrand.

    Raises NotationError where an integral stands in anything but sums, cases, and products with
    constants.
    """
    if not _has_integral(node):
        return ast.Call(ast.Name("d"), [node, at], [])
    rule = _SLOPES.get(type(node))
    slope = None if rule is None else rule(node, at)
    if slope is None:
        raise NotationError("an integral stands where its derivative is not known")
    return slope


def _of_operation(node: ast.BinOp, at: ast.expr) -> ast.expr | None:
    if isinstance(node.op, (ast.Add, ast.Sub)):
        return ast.BinOp(_slope(node.left, at), node.op, _slope(node.right, at))
    inner, factor = (node.left, node.right) if _has_integral(node.left) else (node.right, node.left)
    if _has_integral(factor) or _mentions(factor, at) or \
            not (isinstance(node.op, ast.Mult) or (isinstance(node.op, ast.Div)
                                                   and inner is node.left)):
        return None
    return ast.BinOp(_slope(inner, at), node.op, factor)


def _of_call(node: ast.Call, at: ast.expr) -> ast.expr | None:
    name = getattr(node.func, "id", "")
    if name == "integral" and ast.dump(node.args[1]) == ast.dump(at):
        return node.args[0]
    family = node.args[0]
    if name == "sum" and isinstance(family, ast.GeneratorExp):
        return ast.Call(node.func, [ast.GeneratorExp(_slope(family.elt, at), family.generators)],
                        [])
    return None


_SLOPES: dict[type, Callable[[Any, ast.expr], ast.expr | None]] = {
    ast.BinOp: _of_operation, ast.Call: _of_call,
    ast.UnaryOp: lambda node, at: ast.UnaryOp(node.op, _slope(node.operand, at)),
    ast.IfExp: lambda node, at: ast.IfExp(node.test, _slope(node.body, at),
                                          _slope(node.orelse, at)),
}


def _has_integral(node: ast.expr) -> bool:
    return any(isinstance(n, ast.Call) and getattr(n.func, "id", "") == "integral"
               for n in ast.walk(node))


def _mentions(node: ast.expr, at: ast.expr) -> bool:
    names = {n.id for n in ast.walk(at) if isinstance(n, ast.Name)}
    return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))
