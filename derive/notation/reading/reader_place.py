"""What the readers of calls and of words ask of the reader around them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Protocol

from sympy import Expr

from derive.errors import NotationError
from derive.notation.operator_table import Build
from derive.notation.reading.scope import Scope, Value


class Place(Protocol):
    """What the reader of a call asks of the reader around it."""

    @property
    def scope(self) -> Scope:
        """The names that may be used."""

    def error(self, node: ast.AST, message: str, kind: type[NotationError] = ...) -> NotationError:
        """An error that points at a syntax node."""

    def failing(self, node: ast.AST) -> Callable[[str], NotationError]:
        """What makes errors of kinds and shapes at a node."""

    def value(self, node: ast.AST) -> Value:
        """The scalar, condition or array that a syntax node stands for."""

    def built(self, syntax: type[ast.AST]) -> Build | None:
        """What a sign of arithmetic makes of two numbers."""

    def range(self, node: ast.expr) -> Expr:
        """The dimension that a bound index runs over."""

    def quantity(self, node: ast.AST) -> Value:
        """A scalar expression or an array."""

    def test(self, node: ast.AST) -> Value:
        """A condition, or one for each element of an array."""

    def number(self, node: ast.AST) -> Expr:
        """A scalar expression."""

    def index(self, node: ast.expr, dim: Expr) -> Expr:
        """An index expression for an axis."""

    def place(self, node: ast.AST) -> Value:
        """What stands as a subscript."""

    def operand(self, node: ast.AST) -> Expr:
        """The variable of an operator."""

    def undeclared(self, name: str) -> bool:
        """Whether a name is neither bound nor declared."""

    def check_symmetric(self, node: ast.Call, family: Expr) -> None:
        """Refuses a matrix that is not known to be symmetric."""

    @staticmethod
    def definition(text: str, scope: Scope) -> Expr:
        """The definition of a function, read in a scope of its own."""
