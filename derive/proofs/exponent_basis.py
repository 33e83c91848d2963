"""Exponents as whole multiples of few: exp(2 u - v) is exp(u) exp(u) / exp(v)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sympy import Add, Expr, Integer, Mul, Pow, Rational

from derive.core.typed_nodes import evaluated

Monomial = frozenset[tuple[Expr, int]]
Vector = dict[Monomial, Fraction]
_LARGEST = 6  # the power of a sum that is multiplied out


@dataclass
class Exponent:
    """An exponent of the basis: a text divided by a whole number, and its monomials."""

    text: str
    vector: Vector
    divisor: int = 1

    @property
    def divided(self) -> str:
        """The text of the exponent."""
        return self.text if self.divisor == 1 else f"({self.text}) / {self.divisor}"


def split_exponents(exponents: Mapping[str, Expr], first: Sequence[str] = (),
                    ) -> list[tuple[str, list[tuple[str, int]]]]:
    """Each exponent, by its text, as multiples of those of a basis; the longest text first.

    Those named `first` are in the basis. Exponents of the basis themselves are left out.
    """
    vectors = {text: monomials(evaluated(node)) for text, node in exponents.items()}
    basis: list[Exponent] = []
    for text in sorted(vectors, key=lambda text: (text not in first, len(text))):
        vector = vectors[text]
        shares = _solved(vector, basis)
        if shares is None:
            basis.append(Exponent(text, vector))
            continue
        for exponent, share in zip(basis, shares, strict=True):
            exponent.divisor *= share.denominator
            exponent.vector = {m: c / share.denominator for m, c in exponent.vector.items()}
    split = []
    for text in sorted(vectors, key=len, reverse=True):
        shares = _solved(vectors[text], basis)
        assert shares is not None
        parts = [(e.divided, int(share)) for e, share in zip(basis, shares, strict=True) if share]
        if parts != [(text, 1)]:
            split.append((text, parts))
    return split


def monomials(node: Expr) -> Vector:
    """An expression as a sum of rational multiples of monomials."""
    if isinstance(node, Rational):
        return {frozenset(): Fraction(int(node.p), int(node.q))} if node else {}
    if isinstance(node, Add):
        total: Vector = {}
        for part in node.args:
            total = _plus(total, monomials(part))
        return total
    if isinstance(node, Mul):
        product: Vector = {frozenset(): Fraction(1)}
        for part in node.args:
            product = _times(product, monomials(part))
        return product
    if isinstance(node, Pow) and isinstance(node.args[1], Integer):
        base, exponent = node.args[0], int(node.args[1])
        if isinstance(base, (Add, Mul)) and 0 < exponent <= _LARGEST:
            return monomials(Mul._from_args((base,) * exponent))
        if isinstance(base, Mul):
            return monomials(Mul._from_args([Pow(f, exponent) for f in base.args]))
        return {frozenset({(base, exponent)}): Fraction(1)}
    return {frozenset({(node, 1)}): Fraction(1)}


def _plus(left: Vector, right: Vector) -> Vector:
    total = dict(left)
    for monomial, share in right.items():
        total[monomial] = total.get(monomial, Fraction(0)) + share
    return {m: c for m, c in total.items() if c}


def _times(left: Vector, right: Vector) -> Vector:
    total: Vector = {}
    for a, x in left.items():
        for b, y in right.items():
            powers = dict(a)
            for atom, power in b:
                powers[atom] = powers.get(atom, 0) + power
            monomial = frozenset((atom, power) for atom, power in powers.items() if power)
            total = _plus(total, {monomial: x * y})
    return total


def _solved(vector: Vector, basis: Sequence[Exponent]) -> list[Fraction] | None:
    """The shares of the basis in a vector; None where it is not among their sums."""
    rows = list(dict.fromkeys(m for v in (vector, *(e.vector for e in basis)) for m in v))
    matrix = [[*(e.vector.get(m, Fraction(0)) for e in basis), vector.get(m, Fraction(0))]
              for m in rows]
    for column in range(len(basis)):
        if not _cleared(matrix, column):
            return None
    if any(row[-1] for row in matrix[len(basis):]):
        return None
    return [matrix[n][-1] for n in range(len(basis))]


def _cleared(matrix: list[list[Fraction]], column: int) -> bool:
    """Brings a 1 to the diagonal of a column, and 0 to all other rows; False if it cannot."""
    at = next((r for r in range(column, len(matrix)) if matrix[r][column]), None)
    if at is None:
        return False
    matrix[column], matrix[at] = matrix[at], matrix[column]
    pivot = [x / matrix[column][column] for x in matrix[column]]
    for r, row in enumerate(matrix):
        matrix[r] = pivot if r == column else [
            x - row[column] * y for x, y in zip(row, pivot, strict=True)]
    return True
