"""What is called by its name: sums over an index, deltas, derivatives, functions."""

from __future__ import annotations

import ast

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import index_dimension, root
from derive.errors import KindError
from derive.functions.function_records import function_typed
from derive.notation.reading import array_values
from derive.notation.reading.array_words import (
    OVER_DIMENSIONS,
    WORDS,
    over_dimensions,
    word_value,
)
from derive.notation.reading.choices import where
from derive.notation.reading.matrix_values import apply_to_matrix
from derive.notation.reading.reader_place import Place
from derive.notation.reading.reduction_words import BY_ENTRIES, REDUCE, reduced
from derive.notation.reading.scope import Array, Scope, Value
from derive.notation.reading.surface_signs import SIGNS_OF
from derive.notation.reading.syntax import EULER
from derive.notation.reading.values import as_array, what_is
from derive.tables.notation_table import hint_for

_OVER_VALUES = (heads.Total, heads.Expect)  # operators that also take discrete variables


def delta(at: Place, node: ast.Call) -> Expr:
    """`delta(i, j)`."""
    if len(node.args) != 2:
        raise at.error(node, "delta takes two indices: delta(i, j)")
    _name_free_index(at, node.args)
    pair = [at.place(a) for a in node.args]
    dims = [None if isinstance(v, Array) else index_dimension(v) for v in pair]
    for argument, value, dim in zip(node.args, pair, dims, strict=True):
        if dim is None and not getattr(value, "is_Integer", False):
            raise at.error(argument, f"delta compares indices; {ast.unparse(argument)} "
                           f"is {what_is(value)}", KindError)
    if None not in dims and dims[0] != dims[1]:
        raise at.error(node, f"these indices range over {dims[0]} and {dims[1]}", KindError)
    return heads.Delta(*pair)


def _name_free_index(at: Place, pair: list[ast.expr]) -> None:
    """Where free indices are let in: an unknown one in a delta is over the other's range."""
    unknown = [isinstance(part, ast.Name) and at.undeclared(part.id) for part in pair]
    if not at.scope.free_indices or unknown[0] == unknown[1]:
        return
    letter, other = pair if unknown[0] else pair[::-1]
    value = at.value(other)
    dim = None if isinstance(value, Array) else index_dimension(value)
    if dim is not None and isinstance(letter, ast.Name):
        at.scope.names[letter.id] = Index(letter.id, dim)


def index_range(at: Place, node: ast.expr) -> Expr:
    """The dimension that a bound index runs over."""
    if isinstance(node, ast.Name):
        if node.id in at.scope.dims:
            return at.scope.dims[node.id]
        known = ", ".join(at.scope.dims) or "none is declared"
        raise at.error(node, f"{node.id!r} is no dimension; dimensions here: {known}")
    if isinstance(node, ast.Constant) and type(node.value) is int and node.value >= 1:
        return at.scope.dimension(str(node.value), str(node.value), 1)
    raise at.error(node, "an index runs over a dimension such as K, or a number such as 10")


def operator(at: Place, node: ast.Call, name: str) -> Expr:
    """A derivative, an integral, an expected value, … of an expression by a variable."""
    if len(node.args) != 2:
        raise at.error(node, f"{name} takes an expression and a variable: {name}(e, x)")
    body, variable = at.number(node.args[0]), at.operand(node.args[1])
    plain = isinstance(variable, (Variable, heads.Element, Tensor))
    kind = getattr(root(variable), "kind", None) if plain else None
    if kind is None:
        raise at.error(node.args[1], "a variable or an element such as o[i] was expected")
    head = heads.OPERATORS[name]
    if head not in _OVER_VALUES and (isinstance(variable, Tensor) or not kind.differentiable):
        raise at.error(node.args[1], f"{root(variable)} is of type {kind}, which takes "
                       "separate values; there is no derivative by it", KindError)
    return head(body, variable)


def of_parts(at: Place, node: ast.Call, name: str) -> Value | None:
    """What takes dimensions or a condition: `eye(N)`, `where(z > 0, z, 0)`; None for others."""
    if name in at.scope.functions:
        return None
    if name in OVER_DIMENSIONS:
        return over_dimensions(at, node, name)
    return where(at, node) if name == "where" else None


def reduces_vectors(node: ast.Call, name: str) -> bool:
    """Whether the terms of a call may be vectors: sum(a[s]*h[s] for s in T)."""
    return name in BY_ENTRIES and len(node.args) == 1


def application(at: Place, node: ast.Call, name: str, values: list[Value]) -> Value:
    """A function of the function table, a word, or a reduction, of numbers and whole arrays."""
    if len(values) == 1 and name in REDUCE:
        return reduced(at, node, name, values[0])
    word = word_value(at, node, name, [as_array(v) for v in values]) if name in WORDS else None
    if word is not None:
        return word
    function = function_typed(at.scope.functions, name)
    if function is None and name in REDUCE:
        raise at.error(node, f"{name} takes a whole array, or 'f(k) for k in K'", KindError)
    if function is None:
        raise at.error(node.func, _unknown_function(name, at.scope))
    if len(values) != len(function.arguments):
        takes = array_values.counted(len(function.arguments), "argument")
        form = f"{name}({', '.join(function.parameters)})"
        raise at.error(node, f"{name} takes {takes}, not {len(values)}: {form}", KindError)
    if function.takes_matrix:
        return apply_to_matrix(at, node, function, as_array(values[0]))
    apply = array_values.apply_to_vectors if function.takes_vector else \
        array_values.apply_elementwise
    return apply(function, [as_array(v) for v in values], at.scope, at.definition,
                 at.failing(node))


def power_of_euler(at: Place, node: ast.BinOp) -> ast.Call | None:
    """The call exp(x) that e**x is, where no e is declared; None for another operation."""
    if isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Name) and \
            node.left.id == EULER and at.undeclared(EULER):
        return ast.copy_location(ast.Call(node.left, [node.right], []), node)
    return None


def applied_sign(at: Place, name: str) -> str:
    """The function whose sign is a Greek letter that is applied: σ(z), sigma(z)."""
    sign = SIGNS_OF.get(name)
    if sign is None or name in at.scope.functions or not at.undeclared(name):
        return name
    return next((f.name for f in at.scope.functions.values() if f.unicode == sign
                 and len(f.arguments) == 1 and not f.takes_vector), name)


def _unknown_function(name: str, scope: Scope) -> str:
    """What to say of a function that is in no table: what to write for it, by its meaning."""
    if name in scope.names:
        return f"{name!r} is {scope.names[name].detail}, not a function; write {name}*(…) for a " \
            f"product, {name}[i] for an element"
    known = list(dict.fromkeys((*scope.functions, *REDUCE, *WORDS, *OVER_DIMENSIONS, "where",
                                "delta", *heads.OPERATORS)))
    hint = hint_for(name, known)
    return f"unknown function {name!r}; {hint or '`derive notation` lists what there is'}"
