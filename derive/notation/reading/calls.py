"""Reading what is applied to something: functions, sums over an index, deltas, derivatives."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from sympy import Integer, Mul, Pow, true

from derive.core import heads, typed_nodes
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import index_dimension, root
from derive.core.quantified import All
from derive.core.walk import substitute
from derive.errors import KindError, NotationError
from derive.notation.reading import whole_arrays
from derive.notation.reading.scope import CALLED, Array, Scope, Value
from derive.notation.reading.syntax import column

REDUCTIONS: dict[str, Any] = {"sum": heads.Sum, "prod": heads.Product, "max": heads.Maximum,
                              "min": heads.Minimum, "argmax": heads.ArgMax,
                              "unique_maximum": heads.UniqueMaximum}
CONDITIONS = (heads.Less, heads.LessEqual, heads.Equal, heads.NotEqual, heads.Both, heads.Either,
              heads.Not, heads.UniqueMaximum, All, type(true), type(~true))


_OVER_VALUES = (heads.Total, heads.Expect)  # operators that also take discrete variables


@dataclass(frozen=True)
class Reader:
    """The calls of a line of text; `Parser` reads the rest.

    `bound` are the indices of the comprehensions around the place; the formula begins at
    `start` of the text.
    """

    text: str
    scope: Scope
    bound: dict[str, Any] | None = None
    start: int = 0

    def error(self, node: ast.AST, message: str, kind: type[NotationError] = NotationError,
              ) -> NotationError:
        """An error that points at a syntax node."""
        place, width = column(self.text, node, self.start)
        return kind(message, self.text, place, width)

    def value(self, node: ast.AST) -> Value:
        """The scalar, condition or array that a syntax node stands for."""
        raise NotImplementedError

    def number(self, node: ast.AST) -> Any:
        """A scalar expression."""
        value = self.value(node)
        if isinstance(value, Array):
            raise self.error(node, f"a number was expected, this is an array of shape "
                             f"({whole_arrays.axes(value.shape)})", KindError)
        if isinstance(value, CONDITIONS):
            raise self.error(node, "a number was expected, this is a condition", KindError)
        return value

    def condition(self, node: ast.AST) -> Any:
        """A condition."""
        value = self.value(node)
        if not isinstance(value, CONDITIONS):
            raise self.error(node, "a condition was expected, such as k != y", KindError)
        return value

    def call(self, node: ast.Call) -> Value:
        if not isinstance(node.func, ast.Name):
            raise self.error(node.func, "only a named function can be applied")
        name = node.func.id
        if node.keywords:
            raise self.error(node.keywords[0], "arguments have no names here")
        if name in CALLED and name in {**self.scope.names, **(self.bound or {})} and name != "d":
            raise self.error(node.func, f"{name!r} is a variable here, not a function")
        if name in heads.OPERATORS:
            return self.operator(node, name)
        if name == "delta":
            return self.delta(node)
        if name == "all":
            return self.throughout(node)
        values = [self.argument(a) for a in node.args]
        if name == "mean" and len(values) == 1:
            total, count = self.reduce(node, heads.Sum, values[0]), count_of(values[0])
            if isinstance(count, Family):
                count = self.reduce(node, heads.Sum, count)
            return typed_nodes.divide(total, count) if self.scope.as_typed else \
                Mul(total, Pow(count, -1))
        if name in REDUCTIONS and len(values) == 1:
            return self.reduce(node, REDUCTIONS[name], values[0])
        if name in REDUCTIONS and name not in self.scope.functions:
            raise self.error(node, f"{name} takes a whole array, or 'f(k) for k in K'", KindError)
        return self.application(node, name, values)

    def throughout(self, node: ast.Call) -> Any:
        """`all(a(k) < b(k) for k in K if …)`: a condition for every value of an index."""
        if len(node.args) != 1 or not isinstance(node.args[0], ast.GeneratorExp):
            raise self.error(node, "all takes 'condition(k) for k in K'")
        return self.reduce(node, All, self.family(node.args[0], Reader.condition))

    def argument(self, node: ast.expr) -> Value:
        return self.family(node) if isinstance(node, ast.GeneratorExp) else self.value(node)

    def family(self, node: ast.GeneratorExp,
               read: Callable[[Any, ast.AST], Any] | None = None) -> Value:
        """`f(k) for k in K if …`; as in Python, k may hide a name declared outside."""
        inner, binders = self, []
        for generator in node.generators:
            if not isinstance(generator.target, ast.Name):
                raise self.error(generator.target, "a single index name was expected after 'for'")
            name = generator.target.id
            place = column(self.text, generator.target, self.start)[0]
            self.scope.check_name(name, self.text, place)
            dim = inner.range(generator.iter)
            index = Index(f"{name}\u00b7{len(inner.bound or {})}", dim)
            inner = replace(inner, bound={**(inner.bound or {}), name: index})
            where = true
            for test in generator.ifs:
                one = inner.condition(test)
                where = one if where is true else heads.Both(where, one)
            binders.append((index, where))
        return Family(tuple(binders), (read or Reader.number)(inner, node.elt))

    def range(self, node: ast.expr) -> Any:
        """The dimension that a bound index runs over."""
        if isinstance(node, ast.Name):
            if node.id in self.scope.dims:
                return self.scope.dims[node.id]
            known = ", ".join(self.scope.dims) or "none is declared"
            raise self.error(node, f"{node.id!r} is no dimension; dimensions here: {known}")
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value >= 1:
            return self.scope.dimension(str(node.value), self.text, self.start + 1)
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
            return whole_arrays.reduce(head, value)
        raise self.error(node, "this takes a whole array, or 'f(k) for k in K'", KindError)

    def delta(self, node: ast.Call) -> Any:
        if len(node.args) != 2:
            raise self.error(node, "delta takes two indices: delta(i, j)")
        self.name_free_index(node.args)
        pair = [self.place(a) for a in node.args]
        dims = [None if isinstance(v, Array) else index_dimension(v) for v in pair]
        for argument, value, dim in zip(node.args, pair, dims, strict=True):
            if dim is None and not getattr(value, "is_Integer", False):
                raise self.error(argument, f"delta compares indices; {ast.unparse(argument)} "
                                 f"is {what_is(value)}", KindError)
        if None not in dims and dims[0] != dims[1]:
            raise self.error(node, f"these indices range over {dims[0]} and {dims[1]}", KindError)
        return heads.Delta(*pair)

    def place(self, node: ast.AST) -> Value:
        """What stands as a subscript, in which terms are joined."""
        value = self.value(node)
        return value if isinstance(value, Array) else typed_nodes.evaluated(value)

    def name_free_index(self, pair: list[ast.expr]) -> None:
        """Where free indices are let in: an unknown one in a delta is over the other's range."""
        for one, other in (pair, pair[::-1]):
            if self.scope.free_indices and isinstance(one, ast.Name) and self.undeclared(one.id) \
                    and not (isinstance(other, ast.Name) and self.undeclared(other.id)):
                value = self.value(other)
                dim = None if isinstance(value, Array) else index_dimension(value)
                if dim is not None:
                    self.scope.names[one.id] = Index(one.id, dim)

    def undeclared(self, name: str) -> bool:
        """Whether a name is neither bound nor declared."""
        return not any(name in group for group in (self.bound or {}, self.scope.names,
                                                   self.scope.dims))

    def operator(self, node: ast.Call, name: str) -> Any:
        """A derivative, an integral, an expected value, … of an expression by a variable."""
        if len(node.args) != 2:
            raise self.error(node, f"{name} takes an expression and a variable: {name}(e, x)")
        body, variable = self.number(node.args[0]), self.operand(node.args[1])
        kind = getattr(root(variable), "kind", None)
        if not isinstance(variable, (Variable, heads.Element, Tensor)) or kind is None:
            raise self.error(node.args[1], "a variable or an element such as o[i] was expected")
        head = heads.OPERATORS[name]
        if head not in _OVER_VALUES and (isinstance(variable, Tensor) or not kind.differentiable):
            raise self.error(node.args[1], f"{root(variable)} is of type {kind}, which takes "
                             "separate values; there is no derivative by it", KindError)
        return head(body, variable)

    def operand(self, node: ast.AST) -> Any:
        """The variable of an operator: a name, which may be that of a whole array, or o[i]."""
        known = self.scope.names.get(node.id) if isinstance(node, ast.Name) else None
        return known if isinstance(known, Tensor) else self.number(node)

    def application(self, node: ast.Call, name: str, values: list[Value]) -> Value:
        """A function of the function table, applied elementwise or to whole vectors."""
        function = self.scope.functions.get(name)
        if function is None:
            raise self.error(node.func, self.unknown_function(name))
        if len(values) != len(function.arguments):
            raise self.error(node, f"{name} takes {len(function.arguments)} argument"
                             f"{'s' * (len(function.arguments) > 1)}, not {len(values)}", KindError)
        for argument, value in zip(node.args, values, strict=True):
            if isinstance(value, CONDITIONS):
                raise self.error(argument, "a number was expected, this is a condition", KindError)
        vectors = [as_array(v) for v in values]

        def fail(text: str) -> NotationError:
            return self.error(node, text, KindError)

        if function.takes_vector:
            return whole_arrays.apply_to_vectors(function, vectors, self.scope, fail)
        return whole_arrays.apply_elementwise(function, vectors, fail, self.scope.as_typed)

    def unknown_function(self, name: str) -> str:
        if name in self.scope.names:
            return f"{name!r} is {self.scope.names[name].detail}, not a function; use [ ] or *"
        return f"unknown function {name!r}; {near_function(name, self.scope)}"


def near_function(name: str, scope: Scope) -> str:
    """A hint that names the nearest function, or lists them."""
    known = list(dict.fromkeys((*scope.functions, *REDUCTIONS, "mean", "delta", *heads.OPERATORS)))
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
                 lambda at: substitute(value.body, dict(zip(indices, at, strict=True))))


def what_is(value: Value) -> str:
    """What a value is, in words for an error."""
    if isinstance(value, (Variable, heads.Element)):
        kind = value.kind if isinstance(value, Variable) else value.tensor.kind
        return f"of type {kind}"
    return "an array" if isinstance(value, Array) else "no index"
