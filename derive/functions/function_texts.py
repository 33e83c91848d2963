"""The text of a function's entry, read into values, SymPy expressions or code of a target.

An expression of Python's syntax goes through a whitelist; nothing is evaluated but by the target.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Generic, TypeVar

from derive.errors import DataFileError

T = TypeVar("T")
SIGNS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.Lt: "<",
    ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
REDUCTIONS = ("sum", "prod", "max", "min")
_LONGEST = 2000


class Target(Generic[T]):
    """What the parts of an expression become. A target without arrays refuses vectors."""

    name = "this target"

    def number(self, value: Fraction) -> T:
        """A number as typed."""
        raise NotImplementedError

    def constant(self, name: str) -> T:
        """pi or euler_gamma."""
        raise NotImplementedError

    def operation(self, sign: str, left: T, right: T) -> T:
        """+, -, *, / or **."""
        raise NotImplementedError

    def compare(self, sign: str, left: T, right: T) -> T:
        """A condition: <, <=, >, >=, == or !=."""
        raise NotImplementedError

    def join(self, word: str, parts: list[T]) -> T:
        """Conditions joined by `and` or `or`."""
        raise NotImplementedError

    def choice(self, test: T, yes: Callable[[], T], no: Callable[[], T]) -> T:
        """`yes if test else no`."""
        raise NotImplementedError

    def call(self, name: str, arguments: list[T]) -> T:
        """A function applied to numbers."""
        raise NotImplementedError

    def element(self, vector: str, at: T) -> T:
        """An element of an argument that is a whole vector."""
        raise DataFileError(f"{self.name} has no arrays")

    def size(self, dim: str) -> T:
        """The length of the vectors."""
        raise DataFileError(f"{self.name} has no arrays")

    def reduce(self, word: str, dim: str, body: Callable[[T], T],
               where: Callable[[T], T] | None) -> T:
        """A sum, product, maximum or minimum over the places of a vector."""
        raise DataFileError(f"{self.name} has no arrays")


@cache
def syntax(text: str) -> ast.expr:
    """The syntax tree of an expression. Raises DataFileError for text that is none."""
    if len(text) > _LONGEST:
        raise DataFileError(f"an expression of {len(text):,} signs; at most {_LONGEST:,} are read")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DataFileError(f"{text!r} is no expression: {error}") from None


def names_in(text: str) -> set[str]:
    """The names in an expression, those of functions too. Raises DataFileError."""
    return {node.id for node in ast.walk(syntax(text)) if isinstance(node, ast.Name)}


def read(text: str, target: Target[T], names: dict[str, T], dim: str = "") -> T:
    """An expression in a target; `names` are its arguments and indices, `dim` a vector's length.

    Raises DataFileError for what is no such expression.
    """
    return _Reading(text, target, names, dim).value(syntax(text))


@dataclass
class _Reading(Generic[T]):
    """One pass through a syntax tree."""

    text: str
    target: Target[T]
    names: dict[str, T]
    dim: str = ""
    handlers: dict[type, Callable[[ast.expr], T]] = field(init=False)

    def __post_init__(self) -> None:
        self.handlers = {
            ast.Constant: self.constant, ast.Name: self.named, ast.BinOp: self.operation,
            ast.UnaryOp: self.unary, ast.Compare: self.comparison, ast.BoolOp: self.junction,
            ast.IfExp: self.choice, ast.Call: self.call, ast.Subscript: self.element}

    def value(self, node: ast.expr) -> T:
        handler = self.handlers.get(type(node))
        if handler is None:
            raise self.refused(node)
        return handler(node)

    def refused(self, node: ast.expr) -> DataFileError:
        return DataFileError(f"{ast.unparse(node)!r} is not read in {self.text!r}")

    def constant(self, node: ast.expr) -> T:
        assert isinstance(node, ast.Constant)
        if type(node.value) not in (int, float):
            raise self.refused(node)
        return self.target.number(Fraction(str(node.value)))

    def named(self, node: ast.expr) -> T:
        assert isinstance(node, ast.Name)
        if node.id in self.names:
            return self.names[node.id]
        if node.id in ("pi", "euler_gamma"):
            return self.target.constant(node.id)
        if node.id == self.dim:
            return self.target.size(node.id)
        raise DataFileError(f"unknown name {node.id!r} in {self.text!r}")

    def operation(self, node: ast.expr) -> T:
        assert isinstance(node, ast.BinOp)
        sign = SIGNS.get(type(node.op))
        if sign is None:
            raise self.refused(node)
        return self.target.operation(sign, self.value(node.left), self.value(node.right))

    def unary(self, node: ast.expr) -> T:
        assert isinstance(node, ast.UnaryOp)
        if not isinstance(node.op, ast.USub):
            raise self.refused(node)
        if isinstance(node.operand, ast.Constant) and type(node.operand.value) in (int, float):
            return self.target.number(-Fraction(str(node.operand.value)))
        return self.target.operation("*", self.target.number(Fraction(-1)),
                                     self.value(node.operand))

    def comparison(self, node: ast.expr) -> T:
        assert isinstance(node, ast.Compare)
        sides = [self.value(side) for side in (node.left, *node.comparators)]
        parts = []
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if type(op) not in SIGNS:
                raise self.refused(node)
            parts.append(self.target.compare(SIGNS[type(op)], left, right))
        return parts[0] if len(parts) == 1 else self.target.join("and", parts)

    def junction(self, node: ast.expr) -> T:
        assert isinstance(node, ast.BoolOp)
        word = "and" if isinstance(node.op, ast.And) else "or"
        return self.target.join(word, [self.value(part) for part in node.values])

    def choice(self, node: ast.expr) -> T:
        assert isinstance(node, ast.IfExp)
        return self.target.choice(self.value(node.test), lambda: self.value(node.body),
                                  lambda: self.value(node.orelse))

    def call(self, node: ast.expr) -> T:
        assert isinstance(node, ast.Call)
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.refused(node)
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            return self.reduction(node.func.id, node.args[0])
        return self.target.call(node.func.id, [self.value(a) for a in node.args])

    def reduction(self, word: str, family: ast.GeneratorExp) -> T:
        (run, *more) = family.generators
        if word not in REDUCTIONS or more or not isinstance(run.target, ast.Name) or \
                not isinstance(run.iter, ast.Name) or run.iter.id != self.dim or len(run.ifs) > 1:
            raise self.refused(family)
        letter = run.target.id

        def at(part: ast.expr) -> Callable[[T], T]:
            return lambda index: _Reading(self.text, self.target, {**self.names, letter: index},
                                          self.dim).value(part)

        return self.target.reduce(word, self.dim, at(family.elt),
                                  at(run.ifs[0]) if run.ifs else None)

    def element(self, node: ast.expr) -> T:
        assert isinstance(node, ast.Subscript)
        if not isinstance(node.value, ast.Name):
            raise self.refused(node)
        return self.target.element(node.value.id, self.value(node.slice))


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "**": operator.pow}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne}
