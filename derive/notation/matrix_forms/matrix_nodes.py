"""Formulas of whole arrays as trees: each part knows its axes by their indices, rows first.

A part has no axes where it is a number, one where it is a vector, two where it is a matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from sympy import Expr, Rational

from derive.core.atoms import Tensor
from derive.functions.function_records import Function

Axes = tuple[Expr, ...]


class NotInMatrices(Exception):
    """A formula that cannot be written with whole arrays."""


def require(condition: object) -> None:
    """Raises NotInMatrices unless the condition holds."""
    if not condition:
        raise NotInMatrices


@dataclass(frozen=True, eq=False)
class Node:
    """A part of a formula of whole arrays."""

    @property
    def axes(self) -> Axes:
        """The indices of its rows and columns: those of its first part, unless it says more."""
        return next(self.parts()).axes

    def parts(self) -> Iterator[Node]:
        """Its own parts."""
        for field in fields(self):
            value = getattr(self, field.name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Node):
                    yield part

    def within(self) -> Iterator[Node]:
        """The part itself and all parts of it."""
        yield self
        for part in self.parts():
            yield from part.within()


@dataclass(frozen=True, eq=False)
class _Over(Node):
    """A part whose axes are given."""

    over: Axes

    @property
    def axes(self) -> Axes:
        """The indices of its rows and columns."""
        return self.over


@dataclass(frozen=True, eq=False)
class _Number(Node):
    """A part without axes."""

    @property
    def axes(self) -> Axes:
        """None: it is a number."""
        return ()


@dataclass(frozen=True, eq=False)
class Scalar(_Number):
    """A number, printed as in formulas of elements."""

    formula: Expr


@dataclass(frozen=True, eq=False)
class Declared(_Over):
    """A declared array, its `lead` subscripts (steps of time) taken."""

    tensor: Tensor
    lead: tuple[Expr, ...] = ()

    @property
    def symmetric(self) -> bool:
        """Whether it is its own transpose, by its type."""
        return self.tensor.kind.domain in SYMMETRIC


SYMMETRIC = frozenset({"symmetric", "spd", "diagonal"})


@dataclass(frozen=True, eq=False)
class Slope(Node):
    """The derivative of a named quantity by a declared array."""

    of: Expr
    by: Declared


@dataclass(frozen=True, eq=False)
class Hot(_Over):
    """The vector that is 1 at a label and 0 elsewhere; of a vector of labels, a row for each."""

    label: Expr | Declared


@dataclass(frozen=True, eq=False)
class Ones(_Over):
    """The vector of ones."""


@dataclass(frozen=True, eq=False)
class UnitMatrix(_Over):
    """The unit matrix."""


@dataclass(frozen=True, eq=False)
class Spread(_Over):
    """The diagonal matrix of a vector."""

    of: Node


@dataclass(frozen=True, eq=False)
class Diagonal(_Over):
    """The vector of the diagonal of a matrix."""

    of: Node


@dataclass(frozen=True, eq=False)
class Turned(Node):
    """A transpose."""

    of: Node

    @property
    def axes(self) -> Axes:
        """Those of the matrix, exchanged."""
        return self.of.axes[::-1]


@dataclass(frozen=True, eq=False)
class Chain(Node):
    """A product of matrices, perhaps with a column at its end and a row at its start.

    Neighbours share an axis, over which the product is a sum.
    """

    factors: tuple[Node, ...]

    @property
    def axes(self) -> Axes:
        """The first axis of the first matrix, and the last of the last."""
        first, last = self.factors[0], self.factors[-1]
        return (*first.axes[:len(first.axes) - 1], *last.axes[1:])


@dataclass(frozen=True, eq=False)
class Outer(Node):
    """A column times a row, both given as vectors."""

    left: Node
    right: Node

    @property
    def axes(self) -> Axes:
        """The axis of either."""
        return (*self.left.axes, *self.right.axes)


@dataclass(frozen=True, eq=False)
class Hadamard(Node):
    """An elementwise product of arrays with the same axes."""

    factors: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Quotient(Node):
    """An elementwise quotient; 1 above the line where nothing is given."""

    above: Node | None
    below: Node


@dataclass(frozen=True, eq=False)
class Scaled(Node):
    """Numbers times an array, over numbers; a number itself where there is no array."""

    coefficient: Rational
    above: tuple[Node, ...]
    of: Node | None
    below: tuple[Node, ...]

    @property
    def axes(self) -> Axes:
        """Those of the array."""
        return () if self.of is None else self.of.axes


@dataclass(frozen=True, eq=False)
class Total(_Over):
    """A sum of terms, each with whether it is subtracted; a number is added to all elements."""

    terms: tuple[tuple[bool, Node], ...]

    def parts(self) -> Iterator[Node]:
        """The terms."""
        for _, term in self.terms:
            yield term


@dataclass(frozen=True, eq=False)
class Power(Node):
    """An elementwise power."""

    base: Node
    exponent: Expr


@dataclass(frozen=True, eq=False)
class Applied(_Over):
    """A function: elementwise, or of whole vectors along the last axis, or of matrices."""

    function: Function
    arguments: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class Case(_Over):
    """One of two arrays, by a condition on numbers; of a comparison, its `sides`."""

    test: Expr
    sides: tuple[Node, ...]
    yes: Node
    no: Node


@dataclass(frozen=True, eq=False)
class Mask(_Over):
    """1 where a comparison of the elements of both `sides` holds, and 0 elsewhere."""

    test: Expr
    sides: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class OverTime(Node):
    """A sum over the steps of time."""

    index: Expr
    of: Node


@dataclass(frozen=True, eq=False)
class Squares(_Number):
    """The sum of the squares of all elements."""

    of: Node


@dataclass(frozen=True, eq=False)
class Products(_Number):
    """The sum of the products of the elements of two matrices: the trace of AᵀB."""

    left: Node
    right: Node


@dataclass(frozen=True, eq=False)
class SumOf(_Number):
    """The sum of all elements."""

    of: Node


@dataclass(frozen=True, eq=False)
class Mean(_Number):
    """The mean of all elements of a vector."""

    of: Node


@dataclass(frozen=True, eq=False)
class Trace(_Number):
    """The sum of the diagonal of a matrix."""

    of: Node


ELEMENTWISE = (Applied, Hadamard, Quotient, Power, Mask)  # within these a number may stay alone
