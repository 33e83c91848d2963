"""Sums, products, means, variances and extrema over an index, or over all of an array."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from sympy import Expr, Integer, Mul, Rational

from derive.core import heads
from derive.errors import KindError
from derive.notation.operator_table import BIG_OPERATORS
from derive.notation.reading import array_values
from derive.notation.reading.array_words import operation
from derive.notation.reading.reader_place import Place
from derive.notation.reading.scope import Array, Value
from derive.notation.reading.values import Family, count_of, mapped_terms

REDUCTIONS: dict[str, type[heads.Head]] = {
    **{o.word: o.head for o in BIG_OPERATORS}, "unique_maximum": heads.UniqueMaximum}


def _reduced(at: Place, node: ast.Call, head: type[heads.Head], value: Value) -> Expr:
    if isinstance(value, Array):
        return array_values.reduce(head, value)
    if not isinstance(value, Family):
        raise at.error(node, "this takes a whole array, or 'f(k) for k in K'", KindError)
    if head in (heads.ArgMax, heads.UniqueMaximum) and len(value.binders) > 1:
        raise at.error(node, "one index was expected here")
    return value.bound(head)


def _plain_reduction(name: str) -> Reduce:
    return lambda at, node, value: _reduced(at, node, REDUCTIONS[name], value)


def _mean(at: Place, node: ast.Call, value: Value) -> Expr:
    """The sum over the number of terms."""
    total, count = _reduced(at, node, heads.Sum, value), count_of(value)
    if isinstance(count, Family):
        count = count.bound(heads.Sum)
    return operation(at, ast.Div)(total, count)


def _variance(at: Place, node: ast.Call, value: Value) -> Expr:
    """The mean of the squared deviations from the mean."""
    mean = _mean(at, node, value)
    return _mean(at, node, mapped_terms(
        lambda term: operation(at, ast.Pow)(operation(at, ast.Sub)(term, mean), Integer(2)), value))


def _deviation(at: Place, node: ast.Call, value: Value) -> Expr:
    return operation(at, ast.Pow)(_variance(at, node, value), Rational(1, 2))


def _least(at: Place, node: ast.Call, value: Value) -> Expr:
    """The index of the smallest term is that of its largest negative."""
    return _reduced(at, node, heads.ArgMax, mapped_terms(lambda term: Mul(-1, term), value))


Reduce = Callable[[Place, ast.Call, Value], Expr]
REDUCE: dict[str, Reduce] = {
    **{name: _plain_reduction(name) for name in REDUCTIONS}, "mean": _mean, "var": _variance,
    "std": _deviation, "argmin": _least}
BY_ENTRIES = ("sum", "prod", "mean", "max", "min", "var", "std")  # of vectors: entry by entry


def reduced(at: Place, node: ast.Call, name: str, value: Value) -> Value:
    """A reduction; of vectors, `sum(a[s]*h[s] for s in T)`, entry by entry."""
    vectors = value.body if isinstance(value, Family) else None
    if not isinstance(vectors, Array):
        return REDUCE[name](at, node, value)
    return Array(vectors.shape, lambda places: REDUCE[name](
        at, node, replace(value, body=vectors.at(places))))
