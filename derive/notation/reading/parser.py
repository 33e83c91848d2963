"""Text → expression: one method for each kind of syntax node, and nothing else is let in."""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from sympy import Add, Integer, Mul, Pow, Rational, false, true

from derive.core import heads, typed_nodes
from derive.core.atoms import Dim, Index, Tensor
from derive.core.indexing import exact, index_dimension, unreal
from derive.errors import KindError, NotationError
from derive.notation.reading import whole_arrays
from derive.notation.reading.calls import CONDITIONS, Reader, what_is
from derive.notation.reading.scope import RESERVED, Array, Scope, Value
from derive.notation.reading.syntax import CONSTANTS, MAX_DIGITS, column, read
from derive.notation.reading.whole_arrays import axes

_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: Add, ast.Sub: lambda a, b: Add(a, Mul(Integer(-1), b)), ast.Mult: Mul,
    ast.Div: lambda a, b: Mul(a, Pow(b, -1)), ast.Pow: Pow,
}
_TYPED: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: typed_nodes.add, ast.Sub: typed_nodes.subtract, ast.Mult: typed_nodes.multiply,
    ast.Div: typed_nodes.divide, ast.Pow: typed_nodes.power,
}
_COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: heads.Less, ast.LtE: heads.LessEqual, ast.Eq: heads.Equal, ast.NotEq: heads.NotEqual,
    ast.Gt: lambda a, b: heads.Less(b, a), ast.GtE: lambda a, b: heads.LessEqual(b, a),
}


@exact
def parse(text: str, scope: Scope, offset: str = "") -> Any:
    """Reads a scalar expression of the notation.

    `offset` is text of the same line before it, so that columns in errors are those of the line.
    Raises NotationError with the column, KindError for a whole array where a scalar belongs.
    """
    value = parse_value(text, scope, offset)
    if isinstance(value, Array):
        raise KindError(f"this is a whole array of shape ({axes(value.shape)}); sum it, or take "
                        "an element with [i]", offset + text, len(offset) + 1, len(text))
    if isinstance(value, CONDITIONS):
        raise KindError("this is a condition, not a number; write it as (1 if … else 0)",
                        offset + text, len(offset) + 1, len(text))
    return value


@exact
def parse_value(text: str, scope: Scope, offset: str = "") -> Value:
    """Reads a scalar expression, a condition, or a whole array. Raises NotationError."""
    line, start = offset + text, len(offset)
    value = Parser(line, scope, None, start).value(read(line, start))
    if not isinstance(value, Array) and unreal(value):
        raise NotationError("this has no real value: a division by zero, or a root or power of a "
                            "negative number", offset + text, len(offset) + 1, len(text))
    return value


@exact
def parse_condition(text: str, scope: Scope) -> Any:
    """Reads a condition such as `y <= n`. Raises NotationError."""
    parser = Parser(text, scope)
    return parser.condition(read(text))


class Parser(Reader):
    """Reads syntax nodes of one line of text in a scope."""

    def value(self, node: ast.AST) -> Value:
        """The scalar, condition or array that a syntax node stands for."""
        reader = _READERS.get(type(node))
        if reader is None:
            what = _FOREIGN.get(type(node), f"{type(node).__name__.lower()} syntax")
            raise self.error(node, f"{what} is no part of the notation")
        return getattr(self, reader)(node)

    # Leaves

    def constant(self, node: ast.Constant) -> Any:
        value = node.value
        if isinstance(value, bool):
            return true if value else false
        if not isinstance(value, (int, float)):
            raise self.error(node, "only numbers and names are read here")
        place, width = column(self.text, node, self.start)
        written = self.text[place - 1 : place - 1 + width].replace("_", "")
        if width > MAX_DIGITS:
            raise self.error(node, f"a number has at most {MAX_DIGITS} digits")
        if isinstance(value, int):
            return Integer(value)
        exponent = written.lower().partition("e")[2]
        if exponent and abs(int(exponent)) > MAX_DIGITS:
            raise self.error(node, f"a decimal exponent is at most {MAX_DIGITS}")
        return Rational(*Fraction(written).as_integer_ratio())

    def name(self, node: ast.Name) -> Value:
        name = node.id
        if name in (self.bound or {}):
            return (self.bound or {})[name]
        if name in self.scope.names:
            leaf = self.scope.names[name]
            return whole_arrays.whole(leaf) if isinstance(leaf, Tensor) else leaf
        if name in self.scope.dims:
            return self.scope.dims[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        return self.unknown(node, name)

    def unknown(self, node: ast.Name, name: str) -> Value:
        if name in self.scope.functions or name in RESERVED:
            raise self.error(node, f"the function {name!r} needs its argument: {name}(…)")
        raise self.error(node, f"unknown name {name!r}; {self.scope.near(name)}. "
                         f"Declare it, as in {name}: real")

    # Operations

    @property
    def operators(self) -> dict[type, Callable[[Any, Any], Any]]:
        """What the signs of arithmetic make of two numbers."""
        return _TYPED if self.scope.as_typed else _OPERATORS

    def binary(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.MatMult):
            return whole_arrays.matmul(left, right, lambda text: self.error(node, text, KindError),
                                 self.operators[ast.Mult])
        operator = self.operators.get(type(node.op))
        if operator is None:
            caret = isinstance(node.op, ast.BitXor)
            raise self.error(node, "powers are written **, not ^" if caret else
                             "this operator is no part of the notation")
        for side, value in ((node.left, left), (node.right, right)):
            if isinstance(value, CONDITIONS):
                raise self.error(side, "a number was expected, this is a condition", KindError)
        if isinstance(node.op, ast.Pow):
            self.check_power(node, left, right)
        if isinstance(node.op, ast.Div) and right == 0:
            raise self.error(node.right, "this divides by zero")
        result = whole_arrays.elementwise(operator, (left, right),
                                    lambda text: self.error(node, text, KindError))
        if _digits(result) > MAX_DIGITS:
            raise self.error(node, f"this number would have more than {MAX_DIGITS} digits")
        return result

    def check_power(self, node: ast.BinOp, base: Any, exponent: Any) -> None:
        if not getattr(exponent, "is_Rational", False):
            return
        if abs(exponent) > 1000:
            raise self.error(node.right, "an exponent is at most 1000 in size")
        if _digits(base) * abs(exponent) > MAX_DIGITS:
            raise self.error(node, f"this number would have more than {MAX_DIGITS} digits")
        if getattr(base, "is_Rational", False):
            if base == 0 and exponent < 0:
                raise self.error(node, "this divides by zero")
            if base < 0 and not exponent.is_Integer:
                raise self.error(node, "a broken power of a negative number is not real")

    def unary(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return heads.Not(self.condition(node.operand))
        if not isinstance(node.op, (ast.USub, ast.UAdd)):
            raise self.error(node, "this operator is no part of the notation")
        value = self.value(node.operand)
        if isinstance(value, CONDITIONS):
            raise self.error(node.operand, "a number was expected, this is a condition", KindError)
        if isinstance(node.op, ast.UAdd):
            return value
        return whole_arrays.elementwise(lambda a: Mul(Integer(-1), a), (value,), ValueError)

    def comparison(self, node: ast.Compare) -> Any:
        sides = [self.number(n) for n in (node.left, *node.comparators)]
        result = None
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if type(op) not in _COMPARISONS:
                raise self.error(node, "compare with <, <=, ==, !=, >= or >")
            one = _COMPARISONS[type(op)](left, right)
            result = one if result is None else heads.Both(result, one)
        return result

    def boolean(self, node: ast.BoolOp) -> Any:
        head = heads.Both if isinstance(node.op, ast.And) else heads.Either
        first, *others = [self.condition(v) for v in node.values]
        for other in others:
            first = head(first, other)
        return first

    def conditional(self, node: ast.IfExp) -> Value:
        condition = self.condition(node.test)
        branches = (self.value(node.body), self.value(node.orelse))
        for side, value in zip((node.body, node.orelse), branches, strict=True):
            if isinstance(value, CONDITIONS):
                raise self.error(side, "a number was expected, this is a condition", KindError)
        return whole_arrays.elementwise(lambda a, b: heads.Cond(condition, a, b), branches,
                                  lambda text: self.error(node, text, KindError))

    # Subscripts

    def subscript(self, node: ast.Subscript) -> Value:
        value = self.value(node.value)
        slots = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        what = ast.unparse(node.value)
        if not isinstance(value, Array):
            raise self.error(node, f"{what} is a single number and takes no subscript", KindError)
        if len(slots) > len(value.shape):
            count = f"{len(value.shape)} subscript{'s' * (len(value.shape) > 1)}"
            raise self.error(node, f"{what} has {count} ({axes(value.shape)}), not {len(slots)}",
                             KindError)
        indices = tuple(self.index(slot, dim)
                        for slot, dim in zip(slots, value.shape, strict=False))
        rest = value.shape[len(slots):]
        if rest:
            return Array(rest, lambda more: value.at((*indices, *more)))
        return value.at(indices)

    def index(self, node: ast.expr, dim: Any) -> Any:
        """An index expression for an axis of dimension `dim`."""
        if isinstance(node, ast.Slice):
            raise self.error(node, "slices are no part of the notation; use an index")
        if (isinstance(node, ast.Name) and self.scope.free_indices and self.undeclared(node.id)):
            self.scope.names[node.id] = Index(node.id, dim)
        if isinstance(node, ast.Name) and self.undeclared(node.id):
            raise self.error(node, f"unknown index {node.id!r}; bind it with 'for {node.id} in "
                             f"{dim}', or declare {node.id}: index({dim})")
        value = self.place(node)
        if isinstance(value, (Array, *CONDITIONS)):
            raise self.error(node, "a subscript is an index, not an array or a condition",
                             KindError)
        if value.is_Integer:
            length = dim.fixed if isinstance(dim, Dim) else int(dim)
            if value == -1 and self.scope.in_time:
                return value  # before the first step of a model
            if value < 0 or (length is not None and value >= length):
                raise self.error(node, f"subscript {value} is outside 0 … {dim} - 1", KindError)
            return value
        if isinstance(value, Add) and len(value.args) == 2 and value.args[1] == dim and \
                value.args[0].is_Integer and value.args[0] < 0:
            return value  # T - 1, the last place
        if value == dim and self.scope.in_time:
            return value  # after the last step of a model
        over = index_dimension(value)
        if over is None:
            raise self.error(node, f"a subscript must be an index over {dim}; "
                             f"{ast.unparse(node)} is {what_is(value)}", KindError)
        if over != dim:
            raise self.error(node, f"{ast.unparse(node)} ranges over {over}, this axis is {dim}",
                             KindError)
        return value


def _digits(value: Value) -> int:
    """About how many digits the number before an expression has."""
    if isinstance(value, (Array, *CONDITIONS)):
        return 0
    coefficient = value.as_coeff_Mul()[0]
    if not coefficient.is_Rational:
        return 0
    return int(max(int(coefficient.p).bit_length(), int(coefficient.q).bit_length()) * 0.30103)


_FOREIGN: dict[type, str] = {
    ast.Attribute: "a dot after a name", ast.Lambda: "lambda", ast.Dict: "{ }", ast.Set: "{ }",
    ast.List: "a list", ast.Tuple: "a comma here", ast.ListComp: "a list", ast.NamedExpr: ":=",
    ast.JoinedStr: "text", ast.Await: "await", ast.Starred: "a star before a name",
    ast.GeneratorExp: "'for' outside sum, prod, mean, max, min or a vector function",
}
_READERS: dict[type, str] = {
    ast.Constant: "constant", ast.Name: "name", ast.BinOp: "binary", ast.UnaryOp: "unary",
    ast.Compare: "comparison", ast.BoolOp: "boolean", ast.IfExp: "conditional",
    ast.Subscript: "subscript", ast.Call: "call",
}
