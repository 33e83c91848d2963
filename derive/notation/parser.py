"""Text → expression: one method for each kind of syntax node, and nothing else is let in."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from sympy import Add, Integer, Mul, Pow, Rational, false, pi, true

from derive.errors import KindError, NotationError
from derive.expressions import heads
from derive.expressions.atoms import Dim, Index, Tensor, Variable
from derive.expressions.indexing import exact, index_dimension
from derive.notation import arrays
from derive.notation.scope import CALLED, Array, Scope, Value
from derive.notation.source import MAX_DIGITS, column, read

_REDUCTIONS: dict[str, Any] = {"sum": heads.Sum, "prod": heads.Product, "max": heads.Maximum,
                               "min": heads.Minimum, "argmax": heads.ArgMax,
                               "unique_maximum": heads.UniqueMaximum}
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: Add, ast.Sub: lambda a, b: Add(a, Mul(Integer(-1), b)), ast.Mult: Mul,
    ast.Div: lambda a, b: Mul(a, Pow(b, -1)), ast.Pow: Pow,
}
_COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: heads.Less, ast.LtE: heads.LessEqual, ast.Eq: heads.Equal, ast.NotEq: heads.NotEqual,
    ast.Gt: lambda a, b: heads.Less(b, a), ast.GtE: lambda a, b: heads.LessEqual(b, a),
}
_CONDITIONS = (heads.Less, heads.LessEqual, heads.Equal, heads.NotEqual, heads.Both, heads.Either,
               heads.Not, heads.UniqueMaximum, type(true), type(false))


@exact
def parse(text: str, scope: Scope, offset: str = "") -> Any:
    """Reads a scalar expression of the notation.

    `offset` is text of the same line before it, so that columns in errors are those of the line.
    Raises NotationError with the column, KindError for a whole array where a scalar belongs.
    """
    value = parse_value(text, scope, offset)
    if isinstance(value, Array):
        raise KindError(f"this is a whole array of shape ({_axes(value.shape)}); sum it, or take "
                        "an element with [i]", offset + text, len(offset) + 1, len(text))
    if isinstance(value, _CONDITIONS):
        raise KindError("this is a condition, not a number; write it as (1 if … else 0)",
                        offset + text, len(offset) + 1, len(text))
    return value


@exact
def parse_value(text: str, scope: Scope, offset: str = "") -> Value:
    """Reads a scalar expression, a condition, or a whole array. Raises NotationError."""
    return Parser(offset + text, scope).value(read(" " * len(offset) + text))


@exact
def parse_condition(text: str, scope: Scope) -> Any:
    """Reads a condition such as `y <= n`. Raises NotationError."""
    parser = Parser(text, scope)
    return parser.condition(read(text))


def _axes(shape: tuple[Any, ...]) -> str:
    return ", ".join(str(d) for d in shape)


@dataclass(frozen=True)
class Parser:
    """Reads syntax nodes of one line of text in a scope."""

    text: str
    scope: Scope
    bound: dict[str, Any] | None = None

    def error(self, node: ast.AST, message: str, kind: type[NotationError] = NotationError,
              ) -> NotationError:
        """An error that points at a syntax node."""
        place, width = column(self.text, node)
        return kind(message, self.text, place, width)

    def value(self, node: ast.AST) -> Value:
        """The scalar, condition or array that a syntax node stands for."""
        reader = _READERS.get(type(node))
        if reader is None:
            what = _FOREIGN.get(type(node), f"{type(node).__name__.lower()} syntax")
            raise self.error(node, f"{what} is no part of the notation")
        return getattr(self, reader)(node)

    def number(self, node: ast.AST) -> Any:
        """A scalar expression."""
        value = self.value(node)
        if isinstance(value, Array):
            raise self.error(node, f"a number was expected, this is an array of shape "
                             f"({_axes(value.shape)})", KindError)
        if isinstance(value, _CONDITIONS):
            raise self.error(node, "a number was expected, this is a condition", KindError)
        return value

    def condition(self, node: ast.AST) -> Any:
        """A condition."""
        value = self.value(node)
        if not isinstance(value, _CONDITIONS):
            raise self.error(node, "a condition was expected, such as k != y", KindError)
        return value

    # Leaves

    def constant(self, node: ast.Constant) -> Any:
        value = node.value
        if isinstance(value, bool):
            return true if value else false
        if not isinstance(value, (int, float)):
            raise self.error(node, "only numbers and names are read here")
        place, width = column(self.text, node)
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
            return arrays.whole(leaf) if isinstance(leaf, Tensor) else leaf
        if name in self.scope.dims:
            return self.scope.dims[name]
        if name == "pi":
            return pi
        return self.unknown(node, name)

    def unknown(self, node: ast.Name, name: str) -> Value:
        if name in self.scope.functions:
            raise self.error(node, f"the function {name!r} needs its argument: {name}(…)")
        raise self.error(node, f"unknown name {name!r}; {self.scope.near(name)}. "
                         f"Declare it, as in {name}: real")

    # Operations

    def binary(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.MatMult):
            return arrays.matmul(left, right, lambda text: self.error(node, text, KindError))
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            sign = {ast.BitXor: "powers are written **, not ^"}.get(type(node.op))
            raise self.error(node, sign or "this operator is no part of the notation")
        for side, value in ((node.left, left), (node.right, right)):
            if isinstance(value, _CONDITIONS):
                raise self.error(side, "a number was expected, this is a condition", KindError)
        if isinstance(node.op, ast.Pow):
            self.check_power(node, left, right)
        if isinstance(node.op, ast.Div) and right == 0:
            raise self.error(node.right, "this divides by zero")
        return arrays.elementwise(operator, (left, right),
                                  lambda text: self.error(node, text, KindError))

    def check_power(self, node: ast.BinOp, base: Any, exponent: Any) -> None:
        if not getattr(exponent, "is_Rational", False):
            return
        if abs(exponent) > 1000:
            raise self.error(node.right, "an exponent is at most 1000 in size")
        if getattr(base, "is_Rational", False):
            if base == 0 and exponent < 0:
                raise self.error(node, "this divides by zero")
            if max(base.p.bit_length(), base.q.bit_length()) * abs(exponent) > 4 * MAX_DIGITS:
                raise self.error(node, f"this number would have more than {MAX_DIGITS} digits")
            if base < 0 and not exponent.is_Integer:
                raise self.error(node, "a broken power of a negative number is not real")

    def unary(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return heads.Not(self.condition(node.operand))
        if not isinstance(node.op, (ast.USub, ast.UAdd)):
            raise self.error(node, "this operator is no part of the notation")
        value = self.value(node.operand)
        if isinstance(value, _CONDITIONS):
            raise self.error(node.operand, "a number was expected, this is a condition", KindError)
        if isinstance(node.op, ast.UAdd):
            return value
        return arrays.elementwise(lambda a: Mul(Integer(-1), a), (value,), ValueError)

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
        return arrays.elementwise(lambda a, b: heads.Cond(condition, a, b), branches,
                                  lambda text: self.error(node, text, KindError))

    # Subscripts

    def subscript(self, node: ast.Subscript) -> Value:
        value = self.value(node.value)
        slots = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        what = ast.unparse(node.value)
        if not isinstance(value, Array):
            raise self.error(node, f"{what} is a single number and takes no subscript", KindError)
        if len(slots) > len(value.shape):
            raise self.error(node, f"{what} has {len(value.shape)} subscripts "
                             f"({_axes(value.shape)}), not {len(slots)}", KindError)
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
        value = self.value(node)
        if isinstance(value, Array) or isinstance(value, _CONDITIONS):
            raise self.error(node, "a subscript is an index, not an array or a condition", KindError)
        if value.is_Integer:
            if value < 0 or (not isinstance(dim, Dim) and value >= dim):
                raise self.error(node, f"subscript {value} is outside 0 … {dim} - 1", KindError)
            return value
        over = index_dimension(value)
        if over is None:
            raise self.error(node, f"a subscript must be an index over {dim}; "
                             f"{ast.unparse(node)} is {_what(value)}", KindError)
        if over != dim:
            raise self.error(node, f"{ast.unparse(node)} ranges over {over}, this axis is {dim}",
                             KindError)
        return value

    def undeclared(self, name: str) -> bool:
        known = (self.bound or {}, self.scope.names, self.scope.dims)
        return not any(name in group for group in known)

    # Calls

    def call(self, node: ast.Call) -> Value:
        if not isinstance(node.func, ast.Name):
            raise self.error(node.func, "only a named function can be applied")
        name = node.func.id
        if node.keywords:
            raise self.error(node.keywords[0], "arguments have no names here")
        if name in CALLED and name in {**self.scope.names, **(self.bound or {})} and name != "d":
            raise self.error(node.func, f"{name!r} is a variable here, not a function")
        if name in ("d", "integral"):
            return self.derivative(node, name)
        if name == "delta":
            return self.delta(node)
        values = [self.argument(a) for a in node.args]
        if name == "mean" and len(values) == 1:
            total, count = self.reduce(node, heads.Sum, values[0]), count_of(values[0])
            if isinstance(count, Family):
                count = self.reduce(node, heads.Sum, count)
            return Mul(total, Pow(count, -1))
        if name in _REDUCTIONS and len(values) == 1:
            return self.reduce(node, _REDUCTIONS[name], values[0])
        return self.application(node, name, values)

    def argument(self, node: ast.expr) -> Value:
        return self.family(node) if isinstance(node, ast.GeneratorExp) else self.value(node)

    def family(self, node: ast.GeneratorExp) -> Value:
        """`f(k) for k in K if …`: the list of its binders, and what they bind."""
        inner, binders = self, []
        for generator in node.generators:
            if not isinstance(generator.target, ast.Name):
                raise self.error(generator.target, "a single index name was expected after 'for'")
            name = generator.target.id
            if name in self.scope.names:
                raise self.error(generator.target, f"{name!r} is declared as "
                                 f"{self.scope.names[name].detail}; choose another index")
            self.scope.check_name(name, self.text, column(self.text, generator.target)[0])
            dim = inner.range(generator.iter)
            index = Index(f"{name}\u00b7{len(inner.bound or {})}", dim)
            inner = replace(inner, bound={**(inner.bound or {}), name: index})
            where = true
            for test in generator.ifs:
                one = inner.condition(test)
                where = one if where is true else heads.Both(where, one)
            binders.append((index, where))
        return Family(tuple(binders), inner.number(node.elt))

    def range(self, node: ast.expr) -> Any:
        """The dimension that a bound index runs over."""
        if isinstance(node, ast.Name):
            if node.id in self.scope.dims:
                return self.scope.dims[node.id]
            known = ", ".join(self.scope.dims) or "none is declared"
            raise self.error(node, f"{node.id!r} is no dimension; dimensions here: {known}")
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value >= 1:
            return Integer(node.value)
        raise self.error(node, "an index runs over a dimension such as K, or a number such as 10")

    def reduce(self, node: ast.Call, head: Any, value: Value) -> Any:
        if isinstance(value, Family):
            body = value.body
            for index, where in reversed(value.binders):
                body = head(heads.Lam(index, body, where))
            if head in (heads.ArgMax, heads.UniqueMaximum) and len(value.binders) > 1:
                raise self.error(node, "one index was expected here")
            return body
        if isinstance(value, Array):
            return arrays.reduce(head, value)
        raise self.error(node, "this takes a whole array, or 'f(k) for k in K'", KindError)

    def delta(self, node: ast.Call) -> Any:
        if len(node.args) != 2:
            raise self.error(node, "delta takes two indices: delta(i, j)")
        pair = [self.value(a) for a in node.args]
        dims = [None if isinstance(v, Array) else index_dimension(v) for v in pair]
        for argument, value, dim in zip(node.args, pair, dims, strict=True):
            if dim is None and not getattr(value, "is_Integer", False):
                raise self.error(argument, f"delta compares indices; {ast.unparse(argument)} "
                                 f"is {_what(value)}", KindError)
        if None not in dims and dims[0] != dims[1]:
            raise self.error(node, f"these indices range over {dims[0]} and {dims[1]}", KindError)
        return heads.Delta(*pair)

    def derivative(self, node: ast.Call, name: str) -> Any:
        if len(node.args) != 2:
            raise self.error(node, f"{name} takes an expression and a variable: {name}(e, x)")
        body, variable = (self.number(a) for a in node.args)
        if not isinstance(variable, (Variable, heads.Element)):
            raise self.error(node.args[1], "a variable or an element such as o[i] was expected")
        return (heads.Partial if name == "d" else heads.Antiderivative)(body, variable)

    def application(self, node: ast.Call, name: str, values: list[Value]) -> Value:
        """A function of the function table, applied elementwise or to whole vectors."""
        function = self.scope.functions.get(name)
        if function is None:
            raise self.error(node.func, self.unknown_function(name))
        if len(values) != len(function.arguments):
            raise self.error(node, f"{name} takes {len(function.arguments)} argument"
                             f"{'s' * (len(function.arguments) > 1)}, not {len(values)}", KindError)
        for argument, value in zip(node.args, values, strict=True):
            if isinstance(value, _CONDITIONS):
                raise self.error(argument, "a number was expected, this is a condition", KindError)
        vectors = [as_array(v) for v in values]

        def fail(text: str) -> NotationError:
            return self.error(node, text, KindError)

        if function.takes_vector:
            return arrays.apply_to_vectors(function, vectors, self.scope, fail)
        return arrays.apply_elementwise(function, vectors, self.scope, fail)

    def unknown_function(self, name: str) -> str:
        if name in self.scope.names:
            return f"{name!r} is {self.scope.names[name].detail}, not a function; use [ ] or *"
        return f"unknown function {name!r}; {near_function(name, self.scope)}"


def near_function(name: str, scope: Scope) -> str:
    """A hint that names the nearest function, or lists them."""
    known = [*scope.functions, *_REDUCTIONS, "mean", "delta", "d", "integral"]
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"


@dataclass(frozen=True)
class Family:
    """What stands in a comprehension: the bound indices with their conditions, and the body."""

    binders: tuple[tuple[Any, Any], ...]
    body: Any


def count_of(value: Value) -> Value:
    """What a mean divides by: the product of the sizes, or the number of terms let through."""
    if isinstance(value, Array):
        return Mul(*value.shape)
    if not isinstance(value, Family):
        return value
    if all(where is true for _, where in value.binders):
        return Mul(*(index.dim for index, _ in value.binders))
    return Family(value.binders, Integer(1))


def as_array(value: Value) -> Value:
    """A comprehension without filter is a vector."""
    if not isinstance(value, Family):
        return value
    indices = [index for index, _ in value.binders]
    if any(where is not true for _, where in value.binders):
        raise NotationError("a filter is read only in sum, prod, mean, max and min")
    return Array(tuple(i.dim for i in indices),
                 lambda at: value.body.xreplace(dict(zip(indices, at, strict=True))))


def _what(value: Value) -> str:
    if isinstance(value, (Variable, heads.Element)):
        kind = value.kind if isinstance(value, Variable) else value.tensor.kind
        return f"of type {kind}"
    return "an array" if isinstance(value, Array) else "no index"


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
