"""What formulas are read into: scalars, conditions, arrays, and families over bound indices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sympy import Expr, Integer, Mul, true

from derive.core import heads
from derive.core.atoms import Index, Variable
from derive.core.quantified import All
from derive.core.walk import substitute
from derive.errors import NotationError
from derive.notation.operator_table import BY_HEAD
from derive.notation.reading.scope import Array, Value

CONDITIONS = (*BY_HEAD, heads.Not, heads.UniqueMaximum, All, type(true), type(~true))


@dataclass(frozen=True)
class Family:
    """What stands in a comprehension: the bound indices with their conditions, and the body."""

    binders: tuple[tuple[Index, Expr], ...]
    body: Expr

    def bound(self, head: type[heads.Head]) -> Expr:
        """The body under a head for each index, the last index innermost."""
        body = self.body
        for index, where in reversed(self.binders):
            body = head(heads.Lam(index, body, where))
        return body

    @property
    def filtered(self) -> bool:
        """Whether a condition stands at an index."""
        return any(where is not true for _, where in self.binders)


def count_of(value: Value) -> Value:
    """What a mean divides by: the product of the sizes, or the number of terms let through."""
    if isinstance(value, Array):
        return Mul(*value.shape)
    if not isinstance(value, Family):
        return value
    if value.filtered:
        return Family(value.binders, Integer(1))
    return Mul(*(index.dim for index, _ in value.binders))


def mapped_terms(operation: Callable[[Expr], Expr], value: Value) -> Value:
    """An operation on each element of an array, on each term of a family."""
    if isinstance(value, Array):
        return Array(value.shape, lambda at: operation(value.at(at)))
    return replace(value, body=operation(value.body)) if isinstance(value, Family) else value


def as_array(value: Value) -> Value:
    """A comprehension without filter is a vector."""
    if not isinstance(value, Family):
        return value
    if value.filtered:
        raise NotationError("a filter is read only in sum, prod, mean, max and min")
    indices = [index for index, _ in value.binders]
    return Array(tuple(i.dim for i in indices),
                 lambda at: substitute(value.body, dict(zip(indices, at, strict=True))))


def what_is(value: Value) -> str:
    """What a value is, in words for an error."""
    if isinstance(value, (Variable, heads.Element)):
        kind = value.kind if isinstance(value, Variable) else value.tensor.kind
        return f"of type {kind}"
    return "an array" if isinstance(value, Array) else "no index"
