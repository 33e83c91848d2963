"""Parts of formulas of whole arrays that have no parts: numbers, declared arrays, indicators, ones.

A part knows its axes by their indices, rows first: none where it is a number, one where it is a
vector, two where it is a matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from sympy import Expr

from derive.core.atoms import Tensor
from derive.deferred_dataclass import dataclass

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

    @property
    def symmetric(self) -> bool:
        """Whether it is known to be its own transpose."""
        return False

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
class OverAxes(Node):
    """A part whose axes are given."""

    over: Axes

    @property
    def axes(self) -> Axes:
        """The indices of its rows and columns."""
        return self.over


@dataclass(frozen=True, eq=False)
class Number(Node):
    """A part without axes."""

    @property
    def axes(self) -> Axes:
        """None: it is a number."""
        return ()


@dataclass(frozen=True, eq=False)
class Scalar(Number):
    """A number, printed as in formulas of elements."""

    formula: Expr


@dataclass(frozen=True, eq=False)
class Declared(OverAxes):
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
class Hot(OverAxes):
    """The vector that is 1 at a label and 0 elsewhere; of a vector of labels, a row for each."""

    label: Expr | Declared


@dataclass(frozen=True, eq=False)
class Ones(OverAxes):
    """The vector of ones."""


@dataclass(frozen=True, eq=False)
class UnitMatrix(OverAxes):
    """The unit matrix."""
