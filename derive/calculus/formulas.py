"""What several directions do with formulas: sums over free indices, brackets, names."""

from __future__ import annotations

from collections.abc import Container, Iterable

from sympy import Add, Expr, Mul

from derive.core import heads
from derive.core.atoms import Index, Named
from derive.core.factors import factors_apart
from derive.core.walk import substitute
from derive.errors import EvaluationError
from derive.judge.trees.evaluate import Point
from derive.judge.trees.index_places import holds_everywhere
from derive.notation.reading.specification import Definition


def summed(term: Expr, indices: Iterable[Index]) -> Expr:
    """A term summed over free indices, the last one innermost."""
    for index in reversed(tuple(indices)):
        term = heads.Sum.over(term, index)
    return term


def bracket_terms(product: Expr) -> tuple[Expr, ...]:
    """The terms of the one sum among some factors, each with the others; () unless there is one."""
    sums, others = factors_apart(product, lambda f: isinstance(f, Add))
    return tuple(Mul(*others, term) for term in sums[0].args) if len(sums) == 1 else ()


def free_name(taken: Container[str], *letters: str) -> str:
    """The first of some names that is not taken; the first of them with a number, if all are."""
    numbered = (f"{letters[0]}{n}" for n in range(1, 100))
    return next(name for name in (*letters, *numbered) if name not in taken)


def defined(leaf: Named, indices: Iterable[Index], body: Expr) -> Definition:
    """A name defined by a formula at free indices, with indices of its own in their place."""
    free = tuple(indices)
    own = tuple(Index(f"\u00b7{leaf.name}{n}", i.dim) for n, i in enumerate(free))
    return Definition(leaf, own, substitute(body, dict(zip(free, own, strict=True))))


def hold(conditions: Iterable[Expr], point: Point) -> bool:
    """Whether conditions hold at a point; one that has no value there does not."""
    try:
        return all(holds_everywhere(c, point) for c in conditions)
    except EvaluationError:
        return False
