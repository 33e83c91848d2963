"""The inner nodes that SymPy lacks or would rewrite behind our back.

None evaluates by itself. Only `Lam` binds an index; sums, products, maxima and functions of
a whole vector take a `Lam` as their argument, so that there is one binder to get right.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sympy import true
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from derive.core.atoms import BoundIndex, FunctionName, Index, Tensor
from derive.core.replacing import replaced


class Head(Expr):  # type: ignore[misc]
    """A node of ours: commutative, never evaluated by itself."""

    __slots__ = ()
    is_commutative = True

    def __new__(cls, *args: Basic) -> Any:
        """Makes the node from its arguments, unevaluated."""
        return Expr.__new__(cls, *args)

    def _sympystr(self, _printer: Any) -> str:
        return f"{type(self).__name__}({', '.join(str(a) for a in self.args)})"


def before(left: Expr, right: Expr) -> bool:
    """Whether `left` precedes `right` in the canonical order: indices first, then by name."""
    ranks = tuple(0 if isinstance(n, (Index, BoundIndex)) else 1 for n in (left, right))
    if ranks[0] != ranks[1]:
        return ranks[0] < ranks[1]
    return bool(left.compare(right) < 0)


class Symmetric(Head):
    """A head of two arguments that may be exchanged; they are kept in canonical order."""

    __slots__ = ()

    def __new__(cls, left: Expr, right: Expr) -> Any:
        """Makes the node with its two arguments in canonical order."""
        if before(right, left):
            left, right = right, left
        return Expr.__new__(cls, left, right)


class Delta(Symmetric):
    """The Kronecker delta: 1 where the two indices are equal, else 0."""

    __slots__ = ()


class Equal(Symmetric):
    """The condition a == b."""

    __slots__ = ()


class NotEqual(Symmetric):
    """The condition a != b."""

    __slots__ = ()


class Less(Head):
    """The condition a < b."""

    __slots__ = ()


class LessEqual(Head):
    """The condition a <= b."""

    __slots__ = ()


class Both(Symmetric):
    """The condition `a and b`; `True and b` is b."""

    __slots__ = ()

    def __new__(cls, left: Expr, right: Expr) -> Any:
        """Makes the node, or the one side that says something."""
        if left is true or right is true or left == right:
            return right if left is true else left
        return Symmetric.__new__(cls, left, right)


class Either(Symmetric):
    """The condition `a or b`."""

    __slots__ = ()


class Not(Head):
    """The condition `not a`."""

    __slots__ = ()


class UniqueMaximum(Head):
    """The condition that the maximum over an index is attained once."""

    __slots__ = ()


class Cond(Head):
    """`a if condition else b`, with arguments (condition, a, b)."""

    __slots__ = ()


class Element(Head):
    """An element of a tensor, `W[i, j]`, with arguments (tensor, i, j)."""

    __slots__ = ()

    @property
    def tensor(self) -> Tensor:
        """The tensor."""
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def indices(self) -> tuple[Expr, ...]:
        """The subscripts."""
        return tuple(self.args[1:])


class Operator(Head):
    """What is done to an expression with respect to a variable: arguments (expression, variable).

    None is evaluated by itself.
    """

    __slots__ = ()


class Partial(Operator):
    """The partial derivative of an expression."""

    __slots__ = ()


class Antiderivative(Operator):
    """An antiderivative of an expression."""

    __slots__ = ()


class Total(Operator):
    """The integral (or sum) of an expression over all values that the variable's kind allows."""

    __slots__ = ()


class Expect(Operator):
    """The expected value of an expression in a random variable, whose law the context holds."""

    __slots__ = ()


class Root(Operator):
    """The value of the variable at which an expression is 0."""

    __slots__ = ()


OPERATORS: dict[str, type[Operator]] = {"d": Partial, "integral": Antiderivative, "total": Total,
                                         "expect": Expect, "root": Root}


class Apply(Head):
    """A function of the function table: arguments (name, argument, …)."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The function's name in the notation."""
        return str(self.args[0].name)


class Lam(Head):
    """The family of `body` over an index, for those values for which `where` holds.

    Arguments (bound index, body, where). The bound index is renamed to a name that depends on
    the height of the body alone: equality of trees is equality up to renaming, and an outer
    binder's index can never be captured, since its name is always higher.
    """

    __slots__ = ()

    def __new__(cls, index: Expr, body: Expr, where: Expr = true) -> Any:
        """Binds `index` (free or already bound) in `body` and `where`."""
        level = 1 + max(height(body), height(where))
        bound = BoundIndex(str(level), index.detail)
        if bound != index:
            if bound in dangling(body) or bound in dangling(where):
                raise ValueError("a bound index would be captured; use walk.substitute")
            body, where = replaced(body, {index: bound}), replaced(where, {index: bound})
        return Expr.__new__(cls, bound, body, where)

    @property
    def dim(self) -> Expr:
        """The dimension over which the index runs."""
        return self.args[0].detail


class Reduction(Head):
    """A sum, product, maximum, … over an index: one argument, a Lam."""

    __slots__ = ()

    @classmethod
    def over(cls, body: Expr, index: Expr, where: Expr = true) -> Any:
        """The reduction of `body` over `index`."""
        return cls(Lam(index, body, where))

    @property
    def family(self) -> Lam:
        """The family of terms."""
        return self.args[0]  # type: ignore[no-any-return]


class Sum(Reduction):
    """Σ over an index."""

    __slots__ = ()


class Product(Reduction):
    """Π over an index."""

    __slots__ = ()


class Maximum(Reduction):
    """The largest term over an index."""

    __slots__ = ()


class Minimum(Reduction):
    """The smallest term over an index."""

    __slots__ = ()


class ArgMax(Reduction):
    """The index of the (first) largest term."""

    __slots__ = ()


def at(symbol: Expr, indices: Sequence[Basic]) -> Expr:
    """A name at some indices; the name itself where there are none."""
    return Element(symbol, *indices) if indices else symbol


def apply(name: str, *args: Basic) -> Apply:
    """The function `name` of the function table, applied to arguments."""
    return Apply(FunctionName(name), *args)  # type: ignore[no-any-return]


def height(node: Basic) -> int:
    """The number of nested binders below a node."""
    return _height_within(node) if node.args else 0


@lru_cache(maxsize=16_384)
def _height_within(node: Basic) -> int:
    if isinstance(node, Lam):
        return node.args[0].level  # type: ignore[no-any-return]
    return max(height(a) for a in node.args)


def dangling(node: Basic) -> frozenset[BoundIndex]:
    """The bound indices of a node whose binder is outside it."""
    if node.args:
        return _dangling(node)
    return frozenset((node,)) if isinstance(node, BoundIndex) else frozenset()


@lru_cache(maxsize=16_384)
def _dangling(node: Basic) -> frozenset[BoundIndex]:
    inside = frozenset[BoundIndex]().union(*(dangling(a) for a in node.args))
    return inside - {node.args[0]} if isinstance(node, Lam) else inside
