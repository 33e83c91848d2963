"""Terms and factors of opaque parts: told apart, turned, and put together again."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, Mul, Pow, S


def turned(node: Expr) -> Expr:
    """The negative of a sum, term by term: b - a for a - b."""
    return Add(*(Mul(S.NegativeOne, term) for term in Add.make_args(node)))


def difference(left: Expr, right: Expr) -> Expr:
    """left - right, the right side as one term."""
    return Add(left, Mul(S.NegativeOne, right))


def base_and_exponent(factor: Expr) -> tuple[Expr, Expr]:
    """The base and the exponent of a factor: u and -1 of 1/u."""
    return factor.args if isinstance(factor, Pow) else (factor, S.One)


def factors_apart(term: Expr, test: Callable[[Expr], bool]) -> tuple[list[Expr], list[Expr]]:
    """The factors of a term that pass a test, and the others."""
    inside: list[Expr] = []
    outside: list[Expr] = []
    for factor in Mul.make_args(term):
        (inside if test(factor) else outside).append(factor)
    return inside, outside
