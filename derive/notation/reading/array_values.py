"""Whole arrays: read away at once, into formulas for one element."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sympy import Expr, Mul

from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.kinds import Kind
from derive.core.walk import fresh_index, substitute, transform
from derive.functions.function_records import Function
from derive.notation.reading.scope import Array, Scope, Value

Fail = Callable[[str], Exception]
Define = Callable[[str, Scope], Expr]  # reads the definition of a function in a scope of its own
Axes = tuple[Expr, ...]


def declared_array(tensor: Tensor) -> Array:
    """A declared tensor, as a whole array."""
    return Array(tensor.kind.shape, lambda at: heads.Element(tensor, *at))


def taken(array: Array, indices: Axes) -> Value:
    """The element at subscripts, or the array over the axes that are left."""
    rest = array.shape[len(indices):]
    return Array(rest, lambda more: array.at((*indices, *more))) if rest else array.at(indices)


def elementwise(operation: Callable[..., Expr], values: tuple[Value, ...], fail: Fail) -> Value:
    """Applies a scalar operation to arrays as NumPy does, aligning their last axes."""
    shapes = [v.shape for v in values if isinstance(v, Array)]
    if not shapes:
        return operation(*values)
    shape = max(shapes, key=len)
    for other in shapes:
        if shape[len(shape) - len(other):] != other:
            raise fail("these shapes do not match")
    return Array(shape, lambda at: operation(*(
        v.at(at[len(shape) - len(v.shape):]) if isinstance(v, Array) else v for v in values)))


def matmul(left: Value, right: Value, fail: Fail,
           multiply: Callable[[Expr, Expr], Expr] = Mul) -> Value:
    """`left @ right`, with the last axis of `left` against the first but one of `right`."""
    if not (isinstance(left, Array) and isinstance(right, Array)):
        raise fail("@ multiplies whole arrays; use * for numbers")
    axis = max(0, len(right.shape) - 2)
    if left.shape[-1] != right.shape[axis]:
        raise fail(f"these shapes do not match in @, {left.shape[-1]} against "
                   f"{right.shape[axis]}")
    if axis > 0 or len(right.shape) > 2:
        raise fail("@ takes vectors and matrices")
    rows = len(left.shape) - 1

    def entry(at: Axes) -> Expr:
        index = fresh_index(left.shape[-1], *at)
        product = multiply(left.at((*at[:rows], index)), right.at((index, *at[rows:])))
        return heads.Sum.over(product, index)

    shape = left.shape[:-1] + right.shape[1:]
    return Array(shape, entry) if shape else entry(())


def reduce(head: type[heads.Head], array: Array) -> Expr:
    """A reduction over every axis of a whole array."""
    indices: Axes = ()
    for dim in array.shape:
        indices = (*indices, fresh_index(dim, *indices))
    body = array.at(indices)
    for index in reversed(indices):
        body = head.over(body, index) if issubclass(head, heads.Reduction) else head(
            heads.Lam(index, body))
    return body


def apply_elementwise(function: Function, values: list[Value], scope: Scope, define: Define,
                      fail: Fail) -> Value:
    """A function of numbers, elementwise on arrays; an abbreviation is written out."""
    if function.kept:
        name = function.leaf
        return elementwise(lambda *a: heads.Apply(name, *a), tuple(values), fail)
    body, parameters = _scalar_definition(function, scope.as_typed, define)
    return elementwise(lambda *a: substitute(body, dict(zip(parameters, a, strict=True))),
                       tuple(values), fail)


@cache
def _scalar_definition(function: Function, as_typed: bool, define: Define,
                       ) -> tuple[Expr, tuple[Variable, ...]]:
    """The definition of an abbreviation of scalars, and its parameters."""
    scope = Scope(functions=function.table, as_typed=as_typed)
    parameters = tuple(Variable(f"{p}\u00b7", Kind("real")) for p in function.parameters)
    scope.names.update(zip(function.parameters, parameters, strict=True))
    return define(function.definition, scope), parameters


def apply_to_vectors(function: Function, values: list[Value], scope: Scope, define: Define,
                     fail: Fail) -> Value:
    """A function of whole vectors, along the last axis; an abbreviation is written out."""
    for value in values:
        if not isinstance(value, Array):
            raise fail(f"{function.name} takes a whole vector, such as o or (f(k) for k in K)")
        if value.shape != values[0].shape:
            raise fail(f"{function.name} takes vectors of the same dimension, not "
                       f"({axes(values[0].shape)}) and ({axes(value.shape)})")
    *lead, dim = values[0].shape

    def element(at: Axes) -> Expr:
        """The value for the vectors at some leading subscripts, and an index of its own."""
        rows = at[:len(lead)]
        if not function.kept:
            return _vector_definition(function, dim, values, at, scope, define)
        index = fresh_index(dim, *rows)
        families = [heads.Lam(index, v.at((*rows, index))) for v in values]
        return heads.Apply(function.leaf, *families, *at[len(lead):])

    shape = (*lead, dim) if function.vector_valued else tuple(lead)
    return Array(shape, element) if shape else element(())


def _vector_definition(function: Function, dim: Expr, vectors: list[Array], at: Axes,
                       scope: Scope, define: Define) -> Expr:
    """The definition of an abbreviation of vectors, for given vectors at leading subscripts.

    Of one that returns a vector it is that of element i, the last of the subscripts `at`.
    """
    inner = Scope(functions={**scope.functions, **function.table}, as_typed=scope.as_typed)
    inner.dims[function.dimension] = dim
    tensors = [Tensor(f"{p}\u00b7", Kind("real", (dim,))) for p in function.parameters]
    inner.names.update(zip(function.parameters, tensors, strict=True))
    given = dict(zip(tensors, vectors, strict=True))
    place = Index("i\u00b7", dim)
    lead, there = at, {}
    if function.vector_valued:
        inner.names["i"] = place
        lead, there = at[:-1], {place: at[-1]}

    def visit(part: Expr) -> Expr | None:
        if isinstance(part, heads.Element) and part.tensor in given:
            return given[part.tensor].at((*lead, part.indices[0]))
        return None

    body = substitute(define(function.definition, inner), there)
    return transform(body, visit, at)


def axes(shape: Axes) -> str:
    """A shape as text."""
    return ", ".join(str(d) for d in shape)


def counted(number: int, word: str) -> str:
    """A number of things, `2 subscripts`."""
    return f"{number} {word}{'s' * (number > 1)}"
