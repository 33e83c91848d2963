"""Whole arrays: read away at once, into formulas for one element."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from sympy import Mul

from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.kinds import Kind
from derive.core.walk import fresh_index, substitute, transform
from derive.functions.function_records import Function
from derive.notation.reading.scope import Array, Scope, Value

Fail = Callable[[str], Exception]


def whole(tensor: Tensor) -> Array:
    """A declared tensor, as a whole array."""
    return Array(tensor.kind.shape, lambda at: heads.Element(tensor, *at))


def elementwise(operation: Callable[..., Any], values: tuple[Value, ...], fail: Fail) -> Value:
    """Applies a scalar operation to arrays as NumPy does, aligning their last axes."""
    shapes = [v.shape for v in values if isinstance(v, Array)]
    if not shapes:
        return operation(*values)
    shape = max(shapes, key=len)
    for other in shapes:
        if shape[len(shape) - len(other):] != other:
            raise fail(f"shapes ({axes(shapes[0])}) and ({axes(shapes[-1])}) do not match")
    return Array(shape, lambda at: operation(*(
        v.at(at[len(shape) - len(v.shape):]) if isinstance(v, Array) else v for v in values)))


def matmul(left: Value, right: Value, fail: Fail,
           multiply: Callable[[Any, Any], Any] = Mul) -> Value:
    """`left @ right`, with the last axis of `left` against the first but one of `right`."""
    if not (isinstance(left, Array) and isinstance(right, Array)):
        raise fail("@ multiplies whole arrays; use * for numbers")
    axis = max(0, len(right.shape) - 2)
    if left.shape[-1] != right.shape[axis]:
        raise fail(f"shapes ({axes(left.shape)}) and ({axes(right.shape)}) do not match "
                   f"in @: {left.shape[-1]} against {right.shape[axis]}")
    if axis > 0 or len(right.shape) > 2:
        raise fail("@ takes vectors and matrices")
    rows = len(left.shape) - 1

    def entry(at: tuple[Any, ...]) -> Any:
        index = fresh_index(left.shape[-1], *at)
        product = multiply(left.at((*at[:rows], index)), right.at((index, *at[rows:])))
        return heads.Sum.over(product, index)

    shape = left.shape[:-1] + right.shape[1:]
    return Array(shape, entry) if shape else entry(())


def reduce(head: Any, array: Array) -> Any:
    """A reduction over every axis of a whole array."""
    indices: tuple[Any, ...] = ()
    for dim in array.shape:
        indices = (*indices, fresh_index(dim, *indices))
    body = array.at(indices)
    for index in reversed(indices):
        body = head.over(body, index) if issubclass(head, heads.Reduction) else head(
            heads.Lam(index, body))
    return body


def apply_elementwise(function: Function, values: list[Value], fail: Fail,
                      as_typed: bool = False) -> Value:
    """A function of numbers, elementwise on arrays; an abbreviation is written out."""
    if function.kept:
        name = function.leaf
        return elementwise(lambda *a: heads.Apply(name, *a), tuple(values), fail)
    body, parameters = scalar_definition(function, as_typed)
    return elementwise(lambda *a: substitute(body, dict(zip(parameters, a, strict=True))),
                       tuple(values), fail)


def apply_to_vectors(function: Function, values: list[Value], scope: Scope, fail: Fail) -> Value:
    """A function of whole vectors, along the last axis."""
    for value in values:
        if not isinstance(value, Array):
            raise fail(f"{function.name} takes a whole vector, such as o or (f(k) for k in K)")
        if value.shape[-1] != values[0].shape[-1] or value.shape != values[0].shape:
            raise fail(f"{function.name} takes vectors of the same dimension, not "
                       f"({axes(values[0].shape)}) and ({axes(value.shape)})")
    dim, lead = values[0].shape[-1], values[0].shape[:-1]
    if not function.kept:
        return _with_lead(lead, lambda at: define_vector(
            function, dim, [partial(_element, v, at) for v in values], scope, at))
    name = function.leaf

    def families(at: tuple[Any, ...]) -> list[Any]:
        index = fresh_index(dim, *at)
        return [heads.Lam(index, v.at((*at, index))) for v in values]

    if function.vector_valued:
        return Array((*lead, dim),
                     lambda at: heads.Apply(name, *families(at[:-1]), at[-1]))
    return _with_lead(lead, lambda at: heads.Apply(name, *families(at)))


def _element(vector: Array, lead: tuple[Any, ...], index: Any) -> Any:
    return vector.at((*lead, index))


def _with_lead(lead: tuple[Any, ...], entry: Callable[[tuple[Any, ...]], Any]) -> Value:
    return Array(lead, entry) if lead else entry(())


@cache
def scalar_definition(function: Function, as_typed: bool = False) -> tuple[Any, tuple[Any, ...]]:
    """The definition of an abbreviation of scalars, and its parameters."""
    from derive.core.atoms import Variable
    from derive.notation.reading.parser import parse

    scope = Scope(functions=function.table, as_typed=as_typed)
    parameters = tuple(Variable(f"{p}\u00b7", Kind("real")) for p in function.parameters)
    scope.names.update(zip(function.parameters, parameters, strict=True))
    return parse(function.definition, scope), parameters


def define_vector(function: Function, dim: Any, elements: list[Callable[[Any], Any]],
                  scope: Scope, lead: tuple[Any, ...] = ()) -> Any:
    """The definition of an abbreviation of vectors, for given vectors of dimension `dim`.

    `lead` are the subscripts at which the elements are taken.
    """
    from derive.notation.reading.parser import parse

    inner = Scope(functions={**scope.functions, **function.table}, as_typed=scope.as_typed)
    inner.dims[function.dimension] = dim
    tensors = [Tensor(f"{p}\u00b7", Kind("real", (dim,))) for p in function.parameters]
    inner.names.update(zip(function.parameters, tensors, strict=True))
    body = parse(function.definition, inner)
    return _fill(body, dict(zip(tensors, elements, strict=True)), lead)


def _fill(node: Any, elements: dict[Tensor, Callable[[Any], Any]],
          lead: tuple[Any, ...]) -> Any:
    """Writes the given vectors in place of the parameters of a definition."""
    def visit(part: Any) -> Any | None:
        if isinstance(part, heads.Element) and part.tensor in elements:
            return elements[part.tensor](part.indices[0])
        return None

    return transform(node, visit, lead)


def axes(shape: tuple[Any, ...]) -> str:
    """A shape as text."""
    return ", ".join(str(d) for d in shape)
