"""Terms and factors of opaque parts: taken apart, turned, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sympy import Add, Expr, Mul, Pow, S

_MOST_COPIES = 4  # b**-2 is taken as two factors b**-1, up to this power


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


def copies(term: Expr) -> list[Expr]:
    """b**-2 as [1/b, 1/b], of which a pattern may take one."""
    if not isinstance(term, Pow) or not term.args[1].is_Integer:
        return [term]
    base, power = term.args[0], int(term.args[1])
    if not 2 <= abs(power) <= _MOST_COPIES:
        return [term]
    return [Pow(base, 1 if power > 0 else -1)] * abs(power)


def pieces(head: type[Expr], terms: Iterable[Expr]) -> list[Expr]:
    """Terms of a sum, or factors of a product with the copies in their powers apart."""
    return [c for t in terms for c in copies(t)] if head is Mul else list(terms)


def without(terms: list[Expr], parts: list[Expr]) -> list[Expr] | None:
    """The terms that are left without some, or None if those are not all there."""
    rest = list(terms)
    for part in parts:
        if part not in rest:
            return None
        rest.remove(part)
    return rest
