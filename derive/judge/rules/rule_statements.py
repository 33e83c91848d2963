"""The value of a side of a rule, read from its text, where its metavariables have values.

An own reader, on Python's `ast`: it shares no code with the parser, the patterns or the matcher.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from derive.functions.function_records import Function, FunctionTable
from derive.judge.precision import mp
from derive.judge.rules.exact_arithmetic import (
    NOTHING,
    NoValueError,
    is_exact,
    over,
    plus,
    power,
    rounded,
    times,
)
from derive.judge.rules.one_sided import Difference
from derive.judge.rules.rule_functions import computed, of_numbers
from derive.judge.rules.rule_syntax import UnreadableError, range_of, read_side


@dataclass
class Statement:
    """An evaluation: what the names stand for, and how large an error cancellation has left.

    Numbers are fractions as far as they are exact; families are functions, arrays tables that
    know their range.
    """

    names: dict[str, Any]
    table: FunctionTable
    error: int = NOTHING  # an exponent of 2

    def value(self, node: ast.expr) -> Any:
        """The value of a formula or condition. Raises NoValueError where it has none."""
        try:
            handler = _HANDLERS[type(node)]
        except KeyError:
            raise UnreadableError(f"cannot read {ast.unparse(node)!r}") from None
        return handler(self, node)

    def name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            value = self.names[node.id]
            if value is None:
                raise NoValueError(f"{node.id} has no value")
            return value
        if node.id in _CONSTANTS:
            return _CONSTANTS[node.id]()
        raise UnreadableError(f"nothing is known of {node.id!r}")

    def constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, bool):
            return node.value
        return Fraction(str(node.value))

    def add(self, left: Any, right: Any) -> Any:
        total, error = plus(left, right)
        self.error = max(self.error, error)
        return total

    def binary(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Add):
            return self.add(left, right)
        if isinstance(node.op, ast.Sub):
            return self.add(left, -right)
        try:
            return _OPERATIONS[type(node.op)](left, right)
        except KeyError:
            raise UnreadableError(f"cannot read {ast.unparse(node)!r}") from None

    def unary(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        return -value if isinstance(node.op, ast.USub) else value

    def case(self, node: ast.IfExp) -> Any:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def logic(self, node: ast.BoolOp) -> bool:
        if isinstance(node.op, ast.And):
            return all(self.value(v) for v in node.values)
        return any(self.value(v) for v in node.values)

    def compare(self, node: ast.Compare) -> bool:
        sides = [self.value(s) for s in (node.left, *node.comparators)]
        return all(self._compared(a, b, _COMPARISONS[type(op)])
                   for a, b, op in zip(sides, sides[1:], node.ops, strict=False))

    def _compared(self, left: Any, right: Any, how: Callable[[Any, Any], bool]) -> bool:
        """A comparison; sides that differ by rounding alone are noted as cancelled."""
        if is_exact(left) and is_exact(right):
            return how(left, right)
        left, right = rounded(left), rounded(right)
        if left != right:
            self.add(left, -right)
        return how(left, right)

    def subscript(self, node: ast.Subscript) -> Any:
        at = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if isinstance(node.value, ast.Call):
            return self._vector(node.value, self.value(at[0]))
        if not isinstance(node.value, ast.Name):
            raise UnreadableError(f"cannot read {ast.unparse(node)!r}")
        return _entry(self.names[node.value.id], tuple(int(self.value(a)) for a in at))

    def call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise UnreadableError(f"cannot read {ast.unparse(node)!r}")
        name = node.func.id
        if node.args and isinstance(node.args[0], ast.GeneratorExp) and name in _REDUCE:
            return _REDUCE[name](self, self.terms(node.args[0]))
        if name in _SPECIAL:
            return _SPECIAL[name](self, node)
        if name in self.table:
            return self._function(self.table[name], node)
        if name in self.names:
            return self.names[name](*(self.value(a) for a in node.args))
        raise UnreadableError(f"nothing is known of {name!r}")

    def terms(self, node: ast.GeneratorExp) -> list[tuple[int, Any]]:
        """The index and the value of every term that the filters let through."""
        return [(n, self.value(node.elt)) for n in self.passing(node)]

    def passing(self, node: ast.GeneratorExp) -> Iterator[int]:
        """The values of the index that the filters let through, each bound while it is out."""
        generator, (index, _) = node.generators[0], range_of(node)
        outer = self.names.get(index, _MISSING)
        try:
            for n in range(int(self.value(generator.iter))):
                self.names[index] = n
                if all(self.value(test) for test in generator.ifs):
                    yield n
        finally:
            self.names.pop(index, None)
            if outer is not _MISSING:
                self.names[index] = outer

    def _vectors(self, node: ast.Call) -> list[list[Any]]:
        """The whole vectors of which a function is taken."""
        generators = [a for a in node.args if isinstance(a, ast.GeneratorExp)]
        if len(generators) != len(node.args):
            raise UnreadableError(f"cannot read {ast.unparse(node)!r}")
        return [[v for _, v in self.terms(g)] for g in generators]

    def _vector(self, node: ast.Call, at: Any) -> Any:
        """An entry of a function of whole vectors."""
        name = getattr(node.func, "id", "")
        if name not in self.table:
            raise UnreadableError(f"nothing is known of {name!r}")
        vectors = [[rounded(v) for v in vector] for vector in self._vectors(node)]
        if not 0 <= at < len(vectors[0]):
            raise NoValueError("an index is out of its range")
        return self._noted(computed(self.table[name], [*vectors, int(at)]))

    def _noted(self, result: tuple[Any, int]) -> Any:
        self.error = max(self.error, result[1])
        return result[0]

    def _function(self, function: Function, node: ast.Call) -> Any:
        if not function.takes_vector:
            values = [self.value(a) for a in node.args]
            if not function.kept:
                return self._defined(function, dict(zip(function.parameters, values, strict=True)))
            return self._noted(of_numbers(function, values))
        vectors = self._vectors(node)
        if function.kept:
            return self._noted(computed(function, [[rounded(v) for v in u] for u in vectors]))
        tables = [{(at,): value for at, value in enumerate(vector)} for vector in vectors]
        names = dict(zip(function.parameters, tables, strict=True))
        return self._defined(function, {**names, function.dimension: len(vectors[0])})

    def _defined(self, function: Function, names: dict[str, Any]) -> Any:
        """The value of an abbreviation, from its definition."""
        inner = replace(self, names=names)
        value = inner.value(read_side(function.definition))
        self.error = max(self.error, inner.error)
        return value

    def slope(self, node: ast.Call) -> Any:
        """A partial derivative by differences; the two one-sided ones must agree."""
        return self.derivative(*node.args)

    def derivative(self, body: ast.expr, at: ast.expr) -> Any:
        """The derivative of a formula by a number or an entry. Raises NoValueError."""
        difference = Difference(lambda step: self._moved(body, at, step))
        value = difference.value(self.value(at))
        self.error = max(self.error, difference.error)
        return value

    def _moved(self, body: ast.expr, at: ast.expr, step: Fraction) -> Any:
        """The value of a formula where a number or an entry is moved by a step."""
        names = dict(self.names)
        if isinstance(at, ast.Name):
            names[at.id] = names[at.id] + step
        elif isinstance(at, ast.Subscript) and isinstance(at.value, ast.Name):
            places = at.slice.elts if isinstance(at.slice, ast.Tuple) else [at.slice]
            where = tuple(int(self.value(p)) for p in places)
            table = names[at.value.id]
            names[at.value.id] = {**table, where: _entry(table, where) + step}
        else:
            raise UnreadableError(f"no derivative by {ast.unparse(at)!r}")
        return replace(self, names=names).value(body)


_MISSING = object()


def _entry(table: dict[tuple[int, ...], Any], at: tuple[int, ...]) -> Any:
    """An element of an array. Raises NoValueError where there is none."""
    if at not in table:
        raise NoValueError(f"no element {at}")
    return table[at]


def _total(run: Statement, terms: list[tuple[int, Any]]) -> Any:
    total: Any = 0
    for _, value in terms:
        total = run.add(total, value)
    return total


def _product(run: Statement, terms: list[tuple[int, Any]]) -> Any:
    product: Any = 1
    for _, value in terms:
        product = times(product, value)
    return product


def _some(terms: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """The terms. Raises NoValueError where there are none."""
    if not terms:
        raise NoValueError("nothing passes the filter")
    return terms


def _first_largest(run: Statement, terms: list[tuple[int, Any]]) -> int:
    best, *others = _some(terms)
    for term in others:
        if run._compared(best[1], term[1], operator.lt):
            best = term
    return best[0]


def _is_unique(run: Statement, terms: list[tuple[int, Any]]) -> bool:
    best = max((v for _, v in _some(terms)), key=rounded)
    return sum(run._compared(v, best, operator.eq) for _, v in terms) == 1


def _extreme(run: Statement, node: ast.Call) -> Any:
    values = [run.value(a) for a in node.args]
    return _furthest(max if node.func.id == "max" else min, values)  # type: ignore[attr-defined]


def _furthest(which: Callable[..., Any], values: list[Any]) -> Any:
    return which(values) if all(map(is_exact, values)) else which(values, key=rounded)


def _delta(run: Statement, node: ast.Call) -> int:
    left, right = (run.value(a) for a in node.args)
    return int(left == right)


_REDUCE: dict[str, Callable[[Statement, list[tuple[int, Any]]], Any]] = {
    "sum": _total, "prod": _product,
    "mean": lambda run, terms: over(_total(run, terms), len(_some(terms))),
    "max": lambda run, terms: _furthest(max, [v for _, v in _some(terms)]),
    "min": lambda run, terms: _furthest(min, [v for _, v in _some(terms)]),
    "argmax": _first_largest, "unique_maximum": _is_unique,
}
_SPECIAL: dict[str, Callable[[Statement, ast.Call], Any]] = {
    "delta": _delta, "d": Statement.slope, "max": _extreme, "min": _extreme,
}
_CONSTANTS: dict[str, Callable[[], Any]] = {"pi": lambda: +mp.pi, "euler_gamma": lambda: +mp.euler}
_OPERATIONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Mult: times, ast.Div: over, ast.Pow: power,
}
_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}
_HANDLERS: dict[type, Callable[[Statement, Any], Any]] = {
    ast.Name: Statement.name, ast.Constant: Statement.constant, ast.BinOp: Statement.binary,
    ast.UnaryOp: Statement.unary, ast.IfExp: Statement.case, ast.BoolOp: Statement.logic,
    ast.Compare: Statement.compare, ast.Subscript: Statement.subscript, ast.Call: Statement.call,
}
