"""Text → expression: one method for each kind of syntax node, and nothing else is let in."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from sympy import Expr, Integer, Mul, true

from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.exact import exact
from derive.core.indexing import unreal
from derive.core.quantified import All
from derive.errors import KindError, NotationError
from derive.limits import tick
from derive.notation.operator_table import BY_SYNTAX, Build
from derive.notation.reading import (
    array_values,
    array_words,
    calls,
    choices,
    matrix_values,
    number_bounds,
    subscripts,
)
from derive.notation.reading.array_values import axes
from derive.notation.reading.index_ranges import declare_free_indices
from derive.notation.reading.scope import CALLED, Array, Conditions, Scope, Value
from derive.notation.reading.shape_wording import misfit
from derive.notation.reading.syntax import (
    CONSTANTS,
    FOREIGN,
    MAX_DIGITS,
    column,
    read,
    spine,
    written,
)
from derive.notation.reading.typed_places import typed_sign
from derive.notation.reading.values import CONDITIONS, Family


@exact
def parse(text: str, scope: Scope, offset: str = "") -> Expr:
    """Reads a scalar expression of the notation.

    `offset` is text of the same line before it, so that columns in errors are those of the line.
    Raises NotationError with the column, KindError for a whole array where a scalar belongs.
    """
    value = parse_value(text, scope, offset)
    if not isinstance(value, (Array, *CONDITIONS)):
        return value
    what = f"this is a whole array of shape ({axes(value.shape)}); sum it, or take an element " \
        "with [i]" if isinstance(value, Array) else \
        "this is a condition, not a number; write it as (1 if … else 0)"
    raise KindError(what, offset + text, len(offset) + 1, len(text))


@exact
def parse_value(text: str, scope: Scope, offset: str = "") -> Value:
    """Reads a scalar expression, a condition, or a whole array. Raises NotationError."""
    line, start = offset + text, len(offset)
    tree, parser = read(line, start), Parser(line, scope, None, start)
    if scope.free_indices:
        declare_free_indices(parser, tree)
    value = parser.value(tree)
    if isinstance(value, Conditions):
        raise KindError("this is a condition for each element, not an array of numbers; write "
                        "where(condition, 1, 0)", line, start + 1, len(text))
    entry = value
    if isinstance(value, Array):
        entry = value.at(tuple(Index(f"_{n}", dim) for n, dim in enumerate(value.shape)))
    if unreal(entry):
        raise NotationError("this has no real value: a division by zero, or a root or power of a "
                            "negative number", line, start + 1, len(text))
    return value


@exact
def parse_condition(text: str, scope: Scope) -> Expr:
    """Reads a condition such as `y <= n`. Raises NotationError."""
    return Parser(text, scope).condition(read(text))


@dataclass(frozen=True)
class Parser:
    """Reads syntax nodes of one line of text in a scope.

    `bound` are the indices of the comprehensions around the place; the formula begins at
    `start` of the text.
    """

    text: str
    scope: Scope
    bound: dict[str, Index] | None = None
    start: int = 0

    def error(self, node: ast.AST, message: str, kind: type[NotationError] = NotationError,
              ) -> NotationError:
        """An error that points at a syntax node."""
        place, width = column(self.text, node, self.start)
        return kind(message, self.text, place, width)

    def failing(self, node: ast.AST) -> Callable[[str], NotationError]:
        """What makes errors of kinds and shapes at a node."""
        return lambda message: self.error(node, message, KindError)

    def value(self, node: ast.AST) -> Value:
        """The scalar, condition or array that a syntax node stands for."""
        tick("reading formulas")
        reader = _READERS.get(type(node))
        if reader is None:
            what = FOREIGN.get(type(node), f"{type(node).__name__.lower()} syntax")
            raise self.error(node, f"{what} is no part of the notation")
        return getattr(self, reader)(node) if isinstance(reader, str) else reader(self, node)

    def quantity(self, node: ast.AST) -> Value:
        """A scalar expression or an array."""
        value = self.value(node)
        if isinstance(value, (Conditions, *CONDITIONS)):
            raise self.error(node, "a number was expected, this is a condition", KindError)
        return value

    def number(self, node: ast.AST) -> Expr:
        """A scalar expression."""
        value = self.quantity(node)
        if isinstance(value, Array):
            raise self.error(node, f"a number was expected, this is an array of shape "
                             f"({axes(value.shape)})", KindError)
        return value

    def condition(self, node: ast.AST) -> Expr:
        """A condition."""
        value = self.test(node)
        if isinstance(value, Conditions):
            raise self.error(node, "this is a condition for each element; a single one was "
                             "expected, such as k != y, or where(condition, a, b)", KindError)
        return value

    def test(self, node: ast.AST) -> Value:
        """A condition, or one for each element of an array."""
        value = self.value(node)
        if not isinstance(value, (Conditions, *CONDITIONS)):
            raise self.error(node, "a condition was expected, such as k != y", KindError)
        return value

    # Leaves

    def constant(self, node: ast.Constant) -> Expr:
        try:
            return number_bounds.constant(node.value, written(self.text, node, self.start))
        except ValueError as error:
            raise self.error(node, str(error)) from None

    def name(self, node: ast.Name) -> Value:
        name = node.id
        for known in (self.bound or {}, self.scope.names, self.scope.dims, CONSTANTS):
            if name in known:
                leaf = known[name]
                return array_values.declared_array(leaf) if isinstance(leaf, Tensor) else leaf
        return self.unknown(node, name)

    def unknown(self, node: ast.Name, name: str) -> Value:
        """What a name is that nothing declares."""
        raise self.error(node, self.scope.unknown(name))

    def undeclared(self, name: str) -> bool:
        """Whether a name is neither bound nor declared."""
        return not any(name in group for group in (self.bound or {}, self.scope.names,
                                                   self.scope.dims))

    @staticmethod
    def definition(text: str, scope: Scope) -> Expr:
        """The definition of a function, read in a scope of its own."""
        return parse(text, scope)

    # Operations

    def built(self, syntax: type[ast.AST]) -> Build | None:
        """What a sign of arithmetic makes of two numbers."""
        operator = BY_SYNTAX.get(syntax)
        if operator is None:
            return None
        return operator.typed if self.scope.as_typed else operator.build

    def binary(self, node: ast.BinOp) -> Value:
        *outer, first = spine(node)  # a long sum is no deep one: terms are read one by one
        power = calls.power_of_euler(self, first)
        left = self.joined(first, self.quantity(first.left)) if power is None else \
            calls.application(self, power, "exp", [self.quantity(first.right)])
        for each in reversed(outer):
            left = self.joined(each, left)
        return left

    def joined(self, node: ast.BinOp, left: Value) -> Value:
        """An operation whose left side has been read."""
        tick("reading formulas")
        right = self.quantity(node.right)
        product = isinstance(node.op, ast.MatMult)
        operation = self.built(ast.Mult if product else type(node.op))
        if operation is None:
            raise self.error(node, "powers are written **, not ^" if isinstance(
                node.op, ast.BitXor) else "this operator is no part of the notation")
        failing = misfit(self, node, (node.left, node.right), (left, right))
        array_words.check_readings(self, node, left, right, lambda: typed_sign(self, node))
        if product:
            return array_values.matmul(left, right, failing, operation)
        fault, at_right = number_bounds.fault_of_operation(node.op, left, right)
        if fault:
            raise self.error(node.right if at_right else node, fault)
        result = array_values.elementwise(operation, (left, right), failing)
        if number_bounds.digits(result) > MAX_DIGITS:
            raise self.error(node, f"this number would have more than {MAX_DIGITS} digits")
        return result

    def unary(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return choices.joined(self, node, heads.Not, self.test(node.operand))
        if isinstance(node.op, ast.Invert):
            raise self.error(node, "this operator is no part of the notation")
        sign = Integer(-1 if isinstance(node.op, ast.USub) else 1)
        return array_values.elementwise(lambda a: Mul(sign, a), (self.quantity(node.operand),),
                                        ValueError)

    # Calls

    def call(self, node: ast.Call) -> Value:
        if not isinstance(node.func, ast.Name):
            raise self.error(node.func, "only a named function can be applied")
        name = calls.applied_sign(self, node.func.id)
        if node.keywords:
            raise self.error(node.keywords[0], "arguments have no names here; what runs over an "
                             "axis names its index, as in sum(X[n, d] for n in N)")
        if name in CALLED - {"d"} and not self.undeclared(name):
            raise self.error(node.func, f"{name!r} is a variable here, not a function")
        special = self.special(node, name)
        if special is not None:
            return special
        body = Parser.quantity if calls.reduces_vectors(node, name) else Parser.number
        values = [self.family(a, body) if isinstance(a, ast.GeneratorExp) else self.quantity(a)
                  for a in node.args]
        if name == "abs" and typed_sign(self, node) == "|":
            array_words.check_bars(self, node, values)
        return calls.application(self, node, name, values)

    def special(self, node: ast.Call, name: str) -> Value | None:
        """What takes more than values: operators, deltas, conditions; None for any other name."""
        if name in (*heads.OPERATORS, "delta"):
            return self.delta(node) if name == "delta" else self.operator(node, name)
        if name == "all":
            if len(node.args) != 1 or not isinstance(node.args[0], ast.GeneratorExp):
                raise self.error(node, "all takes 'condition(k) for k in K'")
            return self.family(node.args[0], Parser.condition).bound(All)
        return calls.of_parts(self, node, name)

    def family(self, node: ast.GeneratorExp, body: Callable[[Parser, ast.AST], Expr]) -> Family:
        """`f(k) for k in K if …`; as in Python, k may hide a name declared outside."""
        inner, binders = self, []
        for generator in node.generators:
            if not isinstance(generator.target, ast.Name):
                raise self.error(generator.target, "a single index name was expected after 'for'")
            name = generator.target.id
            place = column(self.text, generator.target, self.start)[0]
            self.scope.check_name(name, self.text, place)
            index = Index(f"{name}\u00b7{len(inner.bound or {})}", inner.range(generator.iter))
            inner = replace(inner, bound={**(inner.bound or {}), name: index})
            tests = [inner.condition(test) for test in generator.ifs]
            binders.append((index, reduce(heads.Both, tests, true)))
        return Family(tuple(binders), body(inner, node.elt))

    delta, operator, range = calls.delta, calls.operator, calls.index_range
    subscript, index, place = subscripts.subscript, subscripts.index, subscripts.place
    check_symmetric = matrix_values.check_symmetric

    def operand(self, node: ast.AST) -> Expr:
        """The variable of an operator: a name, which may be that of a whole array, or o[i]."""
        known = self.scope.names.get(node.id) if isinstance(node, ast.Name) else None
        return known if isinstance(known, Tensor) else self.number(node)


_READERS: dict[type, str | Callable[[Parser, Any], Value]] = {
    ast.Constant: "constant", ast.Name: "name", ast.BinOp: "binary", ast.UnaryOp: "unary",
    ast.Compare: choices.comparison, ast.BoolOp: choices.junction, ast.IfExp: choices.conditional,
    ast.Subscript: "subscript", ast.Call: "call", ast.Attribute: array_words.attribute_value,
}
