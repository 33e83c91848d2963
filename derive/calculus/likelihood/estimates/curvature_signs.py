"""What is known of the signs of second derivatives: where a likelihood falls on all sides."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

from sympy import Add, Expr, Integer, Mul

from derive.calculus.likelihood.estimates.likelihood_equations import Solved
from derive.core import heads
from derive.core.factors import factors_apart, turned
from derive.core.heads import apply
from derive.core.indexing import occurs
from derive.derivation import Derivation
from derive.functions.decisions import decide
from derive.functions.definite_matrices import is_definite, is_semidefinite
from derive.functions.intervals import interval

Pair = tuple[Expr, Expr]  # of unknowns


class Signs(NamedTuple):
    """What is known of the second derivatives.

    At the estimate: those by one unknown are negative (`falling`), a mixed one is not 0, the
    determinant is positive (`definite`). For every value of the only unknown: it is negative
    (`strictly`), or not positive (`everywhere`).
    """

    falling: bool
    mixed: bool
    definite: bool
    strictly: bool
    everywhere: bool


def signs_of(inner: list[Solved], entries: dict[Pair, Derivation]) -> Signs:
    """The signs of the second derivatives by all pairs of unknowns."""
    unknowns = [s.unknown for s in inner]
    diagonal = [entries[x, x] for x in unknowns]
    falling = all(falls(d) for d in diagonal)
    mixed = any(entries[p].result != 0 for p in combinations(unknowns, 2))
    first = diagonal[0]
    general = [replace(first, start=line, steps=()) for line in (
        *(part.result for part in first.parts[:1]), first.start)]
    strictly, everywhere = (len(inner) == 1 and any(falls(line, strict) for line in general)
                            for strict in (True, False))
    definite = falling and mixed and len(inner) == 2 and _positive_determinant(inner, entries)
    return Signs(falling, mixed, definite, strictly, everywhere)


def _positive_determinant(inner: list[Solved], entries: dict[Pair, Derivation]) -> bool:
    """Whether the determinant of the second derivatives by two unknowns is known to be positive."""
    x, z = (s.unknown for s in inner)
    first, second, cross = (entries[pair].result for pair in ((x, x), (z, z), (x, z)))
    gap = Add(Mul(first, second), Mul(-1, cross, cross))
    return decide(heads.Less(Integer(0), gap)) is True


def falls(second: Derivation, strictly: bool = True) -> bool:
    """Whether a second derivative is known to be negative (not positive), that by an array as a
    matrix.
    """
    if _negative(second.result, strictly):
        return True
    if len(second.indices) != 2:
        return False
    row, column = second.indices
    entries, numbers = factors_apart(
        second.result, lambda f: occurs(row, f) or occurs(column, f))
    sign = interval(Mul(*numbers))
    body = Mul(*entries) if sign.negative else turned(Mul(*entries))
    matrix = heads.Lam(row, heads.Lam(column, body))
    if not sign.positive and not sign.negative:
        return False
    if is_definite(matrix, interval):
        return True
    return is_semidefinite(matrix, interval) and (not strictly or decide(
        heads.NotEqual(apply("det", matrix), Integer(0))) is True)


def _negative(node: Expr, strictly: bool = True) -> bool:
    """Whether a formula is known to be negative (not positive); a matrix, if it is diagonal."""
    node = Mul(*(f for f in Mul.make_args(node) if not isinstance(f, heads.Delta)))
    zero = Integer(0)
    condition = heads.Less(node, zero) if strictly else heads.LessEqual(node, zero)
    return decide(condition) is True or interval(node).negative or (
        not strictly and interval(node).high <= 0)
