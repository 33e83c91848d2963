"""Patterns: the two sides of a rule, with metavariables, read by the notation's own parser.

A lower-case name is a metavariable. Applied, `u(x)` or `f(k)`, it may depend on its arguments;
bare, `c`, it may not contain any variable bound around it. `v[j]` has a metavariable for the
tensor; a capital letter stands for any dimension.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from sympy import Add, Expr, Mul

from derive.core import heads
from derive.core.atoms import Dim, Index, Named, Tensor, Variable
from derive.core.indexing import exact
from derive.errors import KindError, NotationError
from derive.functions.function_records import FunctionTable
from derive.notation.reading.parser import Parser
from derive.notation.reading.scope import Array, Scope, Value
from derive.notation.reading.syntax import read

TOTAL = "total"


class Meta(Named):
    """A bare metavariable; `detail` is TOTAL for one that has a value at every point."""


class MetaApply(heads.Head):
    """A metavariable applied to the variables that it may depend on: (Meta, argument, …)."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The metavariable's name."""
        return str(self.args[0].name)


@exact
def parse_pattern(text: str, functions: FunctionTable | None = None) -> Expr:
    """Reads one side of a rule, or a condition. Raises NotationError."""
    scope = Scope() if functions is None else Scope(functions=functions)
    value = PatternParser(text, scope).value(read(text))
    if isinstance(value, Array):
        raise KindError("a side of a rule is a number or a condition, not a whole array", text, 1)
    return value


class PatternParser(Parser):
    """The notation's parser, for which an unknown name is a metavariable."""

    def unknown(self, node: ast.Name, name: str) -> Value:
        if name[0].isupper() and len(name) == 1:
            return Dim(name)
        if name in self.scope.functions:
            raise self.error(node, f"the function {name!r} needs its argument: {name}(…)")
        self.scope.check_name(name, self.text, 1)
        return Meta(name)

    def range(self, node: ast.expr) -> Expr:
        if isinstance(node, ast.Name) and node.id[0].isupper():
            return Dim(node.id)
        raise self.error(node, "in a rule an index runs over a capital letter, such as K")

    def test(self, node: ast.AST) -> Value:
        value = self.value(node)
        return value if isinstance(value, (Meta, MetaApply)) else Parser.test(self, node)

    def index(self, node: ast.expr, dim: Expr) -> Expr:
        value = self.value(node)
        return value if isinstance(value, Meta) else Parser.index(self, node, dim)

    def subscript(self, node: ast.Subscript) -> Value:
        if isinstance(node.value, ast.Name) and self.undeclared(node.value.id):
            slots = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            indices = [self.value(s) for s in slots]
            if all(isinstance(i, (Meta, Index, heads.ArgMax)) for i in indices):
                return heads.Element(Meta(node.value.id), *indices)
            raise self.error(node.slice, "in a rule a subscript is an index or a metavariable")
        return Parser.subscript(self, node)

    def call(self, node: ast.Call) -> Value:
        known = {*self.scope.functions, "sum", "prod", "mean", "max", "min", "argmax", "delta",
                 "unique_maximum", "all", *heads.OPERATORS}
        if isinstance(node.func, ast.Name) and node.func.id not in known and not node.keywords:
            self.scope.check_name(node.func.id, self.text, 1)
            arguments = [self.number(a) for a in node.args]
            if not arguments:
                raise self.error(node, f"the metavariable {node.func.id} is applied to variables")
            return MetaApply(Meta(node.func.id), *arguments)
        return Parser.call(self, node)

    def delta(self, node: ast.Call) -> Expr:
        pair = [self.value(a) for a in node.args]
        if len(pair) == 2 and any(metavariables(v) for v in pair):
            return heads.Delta(*pair)
        return Parser.delta(self, node)

    def check_symmetric(self, node: ast.Call, family: Expr) -> None:
        """What stands for a matrix may be any; it was symmetric where the rule is applied."""

    def operator(self, node: ast.Call, name: str) -> Expr:
        if len(node.args) == 2:
            body, variable = self.number(node.args[0]), self.operand(node.args[1])
            if isinstance(variable, (Meta, heads.Element, Variable, Tensor)):
                return heads.OPERATORS[name](body, variable)
        raise self.error(node, f"{name} takes an expression and a variable: {name}(u(x), x)",
                         NotationError)


def check_applied(pattern: Expr) -> None:
    """Raises NotationError unless metavariables are applied to plain variables alone.

    Only then is matching decidable; the side that a rule makes may apply them to anything.
    """
    if isinstance(pattern, MetaApply) and not all(
            isinstance(a, (Named, heads.Element)) for a in pattern.args[1:]):
        raise NotationError(f"the metavariable {pattern.name} is applied to variables here")
    for argument in pattern.args:
        check_applied(argument)


def check_arities(pattern: Expr) -> None:
    """Raises NotationError if a metavariable stands with different numbers of arguments."""
    counts: dict[str, set[int]] = {}

    def visit(node: Expr) -> None:
        applied = isinstance(node, MetaApply)
        if applied or isinstance(node, Meta):
            counts.setdefault(node.name, set()).add(len(node.args) - 1 if applied else 0)
        for argument in node.args[1:] if applied else node.args:
            visit(argument)

    visit(pattern)
    for name in counts:
        if len(counts[name]) > 1:
            raise NotationError(f"the metavariable {name} stands with different numbers of "
                                "arguments")


def metavariables(pattern: Expr) -> set[str]:
    """The names of all metavariables and dimensions in a pattern."""
    if isinstance(pattern, (Meta, Dim)):
        return {pattern.name}
    if isinstance(pattern, heads.Lam) and isinstance(pattern.dim, Dim):
        return {pattern.dim.name}.union(*(metavariables(a) for a in pattern.args[1:]))
    return set().union(*(metavariables(a) for a in pattern.args))


@lru_cache(maxsize=10_000)
def shares_terms(pattern: Expr) -> bool:
    """Whether metavariables share the terms of a sum or product: others may know one of them."""
    return any(shares_terms(a) for a in pattern.args) or (
        isinstance(pattern, (Add, Mul)) and sum(isinstance(a, Meta) for a in pattern.args) > 1)
