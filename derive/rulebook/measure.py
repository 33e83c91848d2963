"""How long an expression is as a person would write it; the shortest of some."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from sympy import Add, Expr, Integer, Mul, Pow, S, true
from sympy.core.numbers import Rational

from derive.core import heads
from derive.core.atoms import BoundIndex, Named
from derive.core.walk import is_opened


@lru_cache(maxsize=16_384)
def measure(node: Expr) -> float:
    """The length of an expression as a person would write it: names, numbers, signs, brackets."""
    if isinstance(node, Rational):
        return 1 if node.q == 1 else 2.5
    if isinstance(node, Named) or not node.args:
        return 1
    for kind, length in _LENGTHS:
        if isinstance(node, kind):
            return length(node)
    return 1 + sum(measure(a) for a in node.args)


def _measure_sum(node: Expr) -> float:
    signs = sum(1 for a in node.args if is_negative(a))
    lead = 0.5 if signs == len(node.args) else 0
    return sum(measure(without_sign(a)) for a in node.args) + len(node.args) - 1 + lead


def _measure_element(node: Expr) -> float:
    *leading, end = node.indices
    return 1 + sum(map(_measure_place, leading)) + (0 if _bound(end) else _measure_place(end))


def _measure_over_index(node: Expr) -> float:
    body = node.family.args[1]
    if not isinstance(node, heads.Sum) or not _is_product_of_arrays(body):
        return 1 + measure(node.family)
    return 1 + sum(1 + sum(0 if _bound(i) else _measure_place(i) for i in e.indices)
                   for e in body.args)


def _measure_family(node: Expr) -> float:
    _, body, where = node.args
    return measure(body) + (0 if where is true else 2 + measure(where))


def _measure_place(place: Expr) -> float:
    """The length of a subscript, in which no array stands for its elements."""
    if isinstance(place, heads.Element):
        return 1 + sum(map(_measure_place, place.indices))
    return measure(place)


def _is_product_of_arrays(body: Expr) -> bool:
    """Whether a sum is W @ x: the terms are products of two elements."""
    return isinstance(body, Mul) and len(body.args) == 2 and all(
        isinstance(factor, heads.Element) for factor in body.args)


def _bound(place: Expr) -> bool:
    """Whether a subscript is that of a binder around it, which whole arrays do without."""
    return isinstance(place, BoundIndex) or is_opened(place)


def _measure_product(node: Expr) -> float:
    total, places = -2.5 * _is_mean(node), -1
    for factor in node.args:
        if factor is S.NegativeOne:
            total += 0.5
            continue
        total += measure(factor)
        places += 1
    return total + max(0, places)


def _is_mean(node: Expr) -> bool:
    """Whether a product is a sum over an index, divided by the number of its terms."""
    counts = {f.args[0] for f in node.args if isinstance(f, Pow) and f.args[1] is S.NegativeOne}
    return bool(counts) and any(isinstance(f, heads.Sum) and f.family.dim in counts
                                for f in node.args)


def _measure_power(node: Expr) -> float:
    base, exponent = node.args
    brackets = 0.5 if isinstance(base, heads.Apply) else 0
    if exponent is S.NegativeOne:
        return measure(base) + 1 + brackets
    return measure(base) + 1 + brackets + (
        1 if exponent.is_Rational and abs(exponent.p) < 10 else measure(exponent))


_LENGTHS: tuple[tuple[type[Expr], Callable[[Expr], float]], ...] = (
    (Add, _measure_sum), (Mul, _measure_product), (Pow, _measure_power),
    (heads.Element, _measure_element), (heads.Reduction, _measure_over_index),
    (heads.Lam, _measure_family))


def is_negative(node: Expr) -> bool:
    """Whether a term has a negative number before it."""
    coefficient = node.args[0] if isinstance(node, Mul) else node
    return isinstance(coefficient, Rational) and coefficient.p < 0


def without_sign(node: Expr) -> Expr:
    """A term without its minus sign."""
    return Mul(Integer(-1), node) if is_negative(node) else node


def signs_apart(gap: Expr) -> tuple[Expr, Expr]:
    """The two sides of a comparison with 0: the terms with a minus sign, turned, and the others."""
    terms = Add.make_args(gap)
    return (Add(*(without_sign(t) for t in terms if is_negative(t))),
            Add(*(t for t in terms if not is_negative(t))))


def shortest(candidates: Iterable[Expr]) -> Expr:
    """The shortest of some equal expressions; the first of those of equal length."""
    return min(candidates, key=measure)
