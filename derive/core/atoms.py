"""The leaves of an expression: variables, tensors, indices, dimensions and names.

SymPy's own assumptions stay out: a name's kind is ours, so that SymPy never rewrites
`sqrt(x**2)` or a power of a product because it thinks that it knows better.
"""

from __future__ import annotations

from typing import Any

from sympy.core.expr import AtomicExpr, Expr

from derive.core.kinds import Kind


class Named(AtomicExpr):  # type: ignore[misc]
    """A leaf that is identified by its name and one further feature."""

    __slots__ = ("content", "detail", "name")
    is_commutative = True
    name: str
    detail: Any
    content: tuple[str, str]

    def __new__(cls, name: str, detail: Any = None) -> Named:
        """Makes the leaf; equal name and detail make equal leaves."""
        leaf = AtomicExpr.__new__(cls)
        leaf.name = name
        leaf.detail = detail
        leaf.content = (name, str(detail))
        return leaf  # type: ignore[no-any-return]

    def __getnewargs__(self) -> tuple[str, Any]:
        return (self.name, self.detail)

    def _hashable_content(self) -> tuple[str, str]:
        return self.content

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and isinstance(other, Named)
                                 and self.content == other.content)

    __hash__ = AtomicExpr.__hash__

    @property
    def free_symbols(self) -> set[Expr]:
        """The leaf itself, in SymPy's sense of the word."""
        return {self}

    def __str__(self) -> str:
        return self.name

    def _sympystr(self, _printer: Any) -> str:
        return self.name

    def _latex(self, _printer: Any) -> str:
        return self.name


class Dim(Named):
    """A dimension such as K: a positive integer of unknown value.

    A name of digits is a length that was given as a number; what holds for every length holds
    for it.
    """

    @property
    def fixed(self) -> int | None:
        """The length, where it was given as a number."""
        return int(self.name) if self.name.isdecimal() else None


class Variable(Named):
    """A declared scalar; `detail` is its Kind. A `label(K)` is also an index over K."""

    @property
    def kind(self) -> Kind:
        """The declared kind."""
        return self.detail  # type: ignore[no-any-return]


class Quantity(Variable):
    """A number that depends on what others stand for, such as the loss of a whole model.

    Its derivatives stay as they are until something is put in their place.
    """


class Tensor(Named):
    """A declared array, never used whole in an expression; `detail` is its Kind."""

    @property
    def kind(self) -> Kind:
        """The declared kind."""
        return self.detail  # type: ignore[no-any-return]


class Index(Named):
    """A free index over a dimension (`detail`): the i of o[i]."""

    @property
    def dim(self) -> Expr:
        """The dimension over which it runs."""
        return self.detail


class BoundIndex(Named):
    """The canonical name of a bound index, given by the height of its binder. Never free."""

    @property
    def level(self) -> int:
        """1 for an innermost binder, more outwards."""
        return int(self.name)

    @property
    def dim(self) -> Expr:
        """The dimension over which it runs."""
        return self.detail


class FunctionName(Named):
    """The name of a function, as the first argument of Apply.

    `detail` is None for a function of `rules/functions.toml`, (name, order) for a function of
    which nothing is known or a derivative of it, and the record of a user's own function.
    """

    @property
    def unknown(self) -> tuple[str, int] | None:
        """Of a function of which nothing is known: its name, and which derivative this is."""
        return self.detail if isinstance(self.detail, tuple) else None
