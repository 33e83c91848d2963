"""What kinds and forms say of a matrix: whether it is symmetric, and which entries are the same.

A matrix is a family of a family: `Lam(i, Lam(j, a_ij))`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow, true

from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.factors import turned
from derive.core.indexing import occurs
from derive.core.walk import around, enter, is_opened, substitute, transform
from derive.functions.function_records import function_of

SYMMETRIC = ("symmetric", "spd", "diagonal")
_MOST_BOUND = 5  # sums within sums whose orders are compared


class Entry(NamedTuple):
    """A matrix seen at a row and a column."""

    row: Index
    column: Index
    body: Expr


def opened(matrix: Expr, *beside: Expr) -> Entry | None:
    """A matrix at a fresh row and column; None for a family with a filter."""
    row, inner, where, binders = enter(matrix, around(matrix, *beside))
    if not isinstance(inner, heads.Lam) or where is not true:
        return None
    column, body, where, _ = enter(inner, binders)
    return Entry(row, column, body) if where is true else None


def is_matrix_of(tensor: Expr, domains: tuple[str, ...]) -> bool:
    """Whether a tensor is declared as a matrix of such a type."""
    return isinstance(tensor, Tensor) and tensor.kind.domain in domains


@lru_cache(maxsize=4096)
def is_symmetric(matrix: Expr) -> bool:
    """Whether a matrix is known to be its own transpose."""
    seen = opened(matrix)
    if seen is None:
        return False
    row, column, body = seen
    transposed = substitute(body, {row: column, column: row})
    return oriented(body) == oriented(transposed) or spread(body) == spread(transposed)


def is_factor(matrix: Expr) -> bool:
    """Whether a matrix is a triangle with a positive diagonal, or its transpose."""
    seen = opened(matrix)
    if seen is None or not isinstance(seen.body, heads.Apply) or len(seen.body.args) != 4:
        return False
    return bool(function_of(seen.body).gives == "lower") and \
        set(seen.body.args[2:]) == {seen.row, seen.column}


def oriented(node: Expr) -> Expr:
    """The formula with the subscripts of symmetric matrices in a canonical order."""
    return transform(node, _turned)


def _turned(part: Expr) -> Expr | None:
    """An entry of a symmetric matrix with its subscripts in order, and (b - a)² as (a - b)²."""
    if isinstance(part, Pow) and isinstance(part.args[0], Add) and part.args[1].is_even:
        base = transform(part.args[0], _turned)
        return Pow(min(base, turned(base), key=str), part.args[1])
    return turned_entry(part)


def turned_entry(part: Expr) -> Expr | None:
    """An entry of a symmetric matrix with its subscripts in order; None for anything else."""
    if isinstance(part, heads.Element) and is_matrix_of(part.tensor, SYMMETRIC):
        *lead, row, column = part.indices
        if heads.before(column, row):
            return heads.Element(part.tensor, *lead, column, row)
    if isinstance(part, heads.Apply) and len(part.args) == 4 and isinstance(
            part.args[1], heads.Lam) and "symmetric" in function_of(part).keeps:
        name, matrix, row, column = part.args
        if heads.before(column, row) and is_symmetric(matrix):
            return heads.Apply(name, matrix, column, row)
    return None


def plainer(matrix: Expr, drop: Callable[[Expr], bool]) -> Expr:
    """A matrix without factors that may be dropped; A for the transpose of a declared A."""
    seen = opened(matrix)
    if seen is None:
        return matrix
    row, column, body = seen
    left = Mul(*(f for f in Mul.make_args(body)
                 if occurs(row, f) or occurs(column, f) or not drop(f)))
    if isinstance(left, heads.Element) and left.indices[-2:] == (column, row):
        left = heads.Element(left.tensor, *left.indices[:-2], row, column)
    return matrix if left == body else heads.Lam(row, heads.Lam(column, left))


def _untransposed(part: Expr) -> Expr | None:
    """A function of A for one of its transpose: its entries with their subscripts exchanged."""
    function = function_of(part) if isinstance(part, heads.Apply) else None
    if function is None or not function.takes_matrix or function.of:
        return None
    name, matrix, *places = part.args
    plain = plainer(matrix, lambda factor: False)
    return None if plain == matrix else heads.Apply(name, plain, *reversed(places))


def in_order(part: Expr) -> Expr:
    """The same entry of a symmetric matrix with its subscripts in order, one of them a free one.

    Where both are bound the entry stays as it was typed, as in A @ S @ A.T. Functions of a
    transpose become those of the matrix.
    """
    untransposed = _untransposed(part)
    if untransposed is not None:
        return untransposed
    bound = isinstance(part, (heads.Element, heads.Apply)) and all(map(is_opened, part.args[-2:]))
    made = None if bound else turned_entry(part)
    return part if made is None else made


Term = tuple[tuple[Expr, ...], tuple[Expr, ...]]  # factors, and the dimensions summed over


def spread(node: Expr) -> frozenset[tuple[Term, int]]:
    """A formula as a collection of products under sums, whose order and nesting do not matter."""
    counted: dict[Term, int] = {}
    for factors, bound in products_of(node):
        term = _canonical(factors, bound)
        counted[term] = counted.get(term, 0) + 1
    return frozenset(counted.items())


Summand = tuple[list[Expr], list[Index]]  # factors, and the indices that they are summed over


def products_of(node: Expr) -> list[Summand]:
    """The products of a formula, sums in them opened and deltas sifted."""
    return [_sifted(factors, bound) for factors, bound in _opened_products(node)]


def _sifted(factors: list[Expr], bound: list[Index]) -> Summand:
    """A product in which a delta has made its two indices one; one of two free ones stays."""
    for delta in [f for f in factors if isinstance(f, heads.Delta)
                  and all(isinstance(index, Index) for index in f.args)]:
        kept, lost = sorted(delta.args, key=lambda index: index in bound)
        rest = [substitute(f, {lost: kept}) for f in factors if f is not delta]
        if lost in bound:
            return _sifted(rest, [i for i in bound if i != lost])
        factors = [delta, *rest]
    return factors, bound


def _opened_products(node: Expr) -> list[Summand]:
    if isinstance(node, Add):
        return [t for part in node.args for t in products_of(part)]
    if isinstance(node, heads.Sum):
        index, body, where, _ = enter(node.family, around(node))
        if where is true:
            return [(factors, [*bound, index]) for factors, bound in products_of(body)]
    if isinstance(node, Mul):
        return _products(node)
    return [([node], [])]


def _products(node: Expr) -> list[Summand]:
    """The products of a product: at most one of its factors is a sum of several."""
    made: list[Summand] = [([], [])]
    for factor in node.args:
        parts = products_of(factor)
        if len(parts) > 1 and len(made) > 1:
            parts = [([factor], [])]
        made = [([*a, *_fresh(f, b, used)], [*used, *_renamed(b, used)])
                for a, used in made for f, b in parts]
    return made


def _renamed(bound: list[Index], used: list[Index]) -> list[Index]:
    """Indices that are not among those used already."""
    return [Index(f"\u2021{len(used)}{i.name}", i.dim) if i in used else i for i in bound]


def _fresh(factors: list[Expr], bound: list[Index], used: list[Index]) -> list[Expr]:
    new = dict(zip(bound, _renamed(bound, used), strict=True))
    return [substitute(f, new) for f in factors] if any(i in used for i in bound) else factors


def _canonical(factors: list[Expr], bound: list[Index]) -> Term:
    """A product with its bound indices named by the least of all orders, and factors sorted."""
    if len(bound) > _MOST_BOUND:
        return tuple(sorted(map(oriented, factors), key=str)), tuple(bound)
    forms = []
    for order in permutations(range(len(bound))):
        names = {index: Index(f"\u2021{place}", index.dim)
                 for index, place in zip(bound, order, strict=True)}
        made = tuple(sorted((oriented(substitute(f, names)) for f in factors), key=str))
        forms.append((made, tuple(sorted(names.values(), key=str))))
    return min(forms, key=str)
