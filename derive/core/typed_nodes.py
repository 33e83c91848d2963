"""Formulas as typed: sums, products and powers in which nothing cancels.

SymPy makes `log(z) - log(z)` 0 while it is read. These nodes keep what was written, so that the
places where the typed formula has no value can be seen.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core.heads import Head
from derive.core.replacing import once_each
from derive.core.walk import mapped


class Typed(Head):
    """An operation as it was written."""

    __slots__ = ()


class TypedSum(Typed):
    """a + b, as written."""

    __slots__ = ()


class TypedProduct(Typed):
    """a * b, as written."""

    __slots__ = ()


class TypedPower(Typed):
    """a ** b, as written; a division is a power of -1."""

    __slots__ = ()


_EVALUATED: dict[type, Callable[..., Expr]] = {TypedSum: Add, TypedProduct: Mul, TypedPower: Pow}


def typed(head: type[Typed], *parts: Expr) -> Expr:
    """An operation as written; numbers among themselves are computed.

    A sum whose first part is a sum goes on with it: a long one is no deep one.
    """
    if all(part.is_Rational for part in parts):
        return _EVALUATED[head](*parts)
    if head is not TypedPower and isinstance(parts[0], head):
        return head(*parts[0].args, *parts[1:])
    return head(*parts)


def add(left: Expr, right: Expr) -> Expr:
    """left + right, as written."""
    return typed(TypedSum, left, right)


def subtract(left: Expr, right: Expr) -> Expr:
    """left - right, as written."""
    return typed(TypedSum, left, Mul(Integer(-1), right))


def multiply(left: Expr, right: Expr) -> Expr:
    """left * right, as written."""
    return typed(TypedProduct, left, right)


def divide(left: Expr, right: Expr) -> Expr:
    """left / right, as written."""
    return typed(TypedProduct, left, typed(TypedPower, right, Integer(-1)))


def power(left: Expr, right: Expr) -> Expr:
    """left ** right, as written."""
    return typed(TypedPower, left, right)


@once_each
def evaluated(node: Expr) -> Expr:
    """The formula with SymPy's sums, products and powers in place of those as written."""
    if not node.args:
        return node
    new = mapped(node, evaluated)
    return _EVALUATED[type(new)](*new.args) if isinstance(new, Typed) else new
