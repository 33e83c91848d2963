"""Formulas of whole arrays as trees: products, sums, functions of arrays."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Rational

from derive.deferred_dataclass import dataclass
from derive.functions.function_records import Function
from derive.notation.matrix_forms.array_leaves import Axes as Axes
from derive.notation.matrix_forms.array_leaves import Declared as Declared
from derive.notation.matrix_forms.array_leaves import Hot as Hot
from derive.notation.matrix_forms.array_leaves import Node as Node
from derive.notation.matrix_forms.array_leaves import NotInMatrices as NotInMatrices
from derive.notation.matrix_forms.array_leaves import Number, OverAxes
from derive.notation.matrix_forms.array_leaves import Ones as Ones
from derive.notation.matrix_forms.array_leaves import Scalar as Scalar
from derive.notation.matrix_forms.array_leaves import Slope as Slope
from derive.notation.matrix_forms.array_leaves import UnitMatrix as UnitMatrix
from derive.notation.matrix_forms.array_leaves import require as require


@dataclass(frozen=True, eq=False)
class Spread(OverAxes):
    """The diagonal matrix of a vector."""

    of: Node


@dataclass(frozen=True, eq=False)
class Diagonal(OverAxes):
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
class Total(OverAxes):
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
class Applied(OverAxes):
    """A function: elementwise, or of whole vectors along the last axis, or of matrices."""

    function: Function
    arguments: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class OfMatrix(OverAxes):
    """A function of a square matrix: its inverse, its determinant."""

    function: Function
    of: Node
    kept: bool = False  # whether it is symmetric, as its argument is

    @property
    def symmetric(self) -> bool:
        """Whether it is known to be its own transpose."""
        return self.kept


@dataclass(frozen=True, eq=False)
class Case(OverAxes):
    """One of two arrays, by a condition on numbers; of a comparison, its `sides`."""

    test: Expr
    sides: tuple[Node, ...]
    yes: Node
    no: Node


@dataclass(frozen=True, eq=False)
class Mask(OverAxes):
    """1 where a comparison of the elements of both `sides` holds, and 0 elsewhere."""

    test: Expr
    sides: tuple[Node, ...]


@dataclass(frozen=True, eq=False)
class OverTime(Node):
    """A sum over the steps of time."""

    index: Expr
    of: Node


@dataclass(frozen=True, eq=False)
class Squares(Number):
    """The sum of the squares of all elements."""

    of: Node


@dataclass(frozen=True, eq=False)
class Products(Number):
    """The sum of the products of the elements of two matrices: the trace of AᵀB."""

    left: Node
    right: Node


@dataclass(frozen=True, eq=False)
class SumOf(Number):
    """The sum of all elements."""

    of: Node


@dataclass(frozen=True, eq=False)
class Mean(Number):
    """The mean of all elements of a vector."""

    of: Node


@dataclass(frozen=True, eq=False)
class Trace(Number):
    """The sum of the diagonal of a matrix."""

    of: Node


ELEMENTWISE = (Applied, Hadamard, Quotient, Power, Mask)  # within these a number may stay alone
