"""The derivatives of the term of one observation, derived, and as functions of whole arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Add, Expr, Integer, Mul

from derive.calculus.gradient.partial_derivative import check_differentiated
from derive.calculus.likelihood.regression.observation_terms import ObservationTerms
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.factors import factors_apart
from derive.core.indexing import depends, free_names
from derive.core.walk import substitute
from derive.functions.decisions import assuming
from derive.judge.precision import mp
from derive.judge.trees.evaluate import Point, evaluate
from derive.provided import provided
from derive.rulebook.loading import Rulebook

Array = NDArray[Any]
Pair = tuple[Variable, Variable]
_MOST_TERMS = 500


@dataclass(frozen=True)
class Formulas:
    """Value, slopes and second derivatives of a term by its variables, in trees.

    `expected` are the expected values of minus the second derivatives, None where they are not
    known to the rules.
    """

    variables: tuple[Variable, ...]
    value: Expr
    slopes: tuple[Expr, ...]
    curvatures: dict[Pair, Expr]
    expected: dict[Pair, Expr] | None

    @property
    def canonical(self) -> bool:
        """Whether minus the second derivatives are their own expected values."""
        return self.expected is not None and all(
            self.expected[pair] == _negative(c) for pair, c in self.curvatures.items())


def formulas_of(terms: ObservationTerms, observed: Sequence[Variable], rulebook: Rulebook,
                ) -> Formulas:
    """The derivatives of the term of one observation."""
    variables = terms.variables
    slopes = {v: _slope(terms.body, v, rulebook) for v in variables}
    curvatures = {(v, w): _slope(slopes[v], w, rulebook)
                  for v, w in combinations_with_replacement(variables, 2)}
    means = known_means(tuple(slopes.values()), observed, rulebook)
    expected = dict[Pair, Expr]()
    for pair, curved in curvatures.items():
        mean = expected_value(_negative(curved), observed, means, rulebook)
        if mean is None:
            return Formulas(variables, terms.body, tuple(slopes.values()), curvatures, None)
        expected[pair] = mean
    return Formulas(variables, terms.body, tuple(slopes.values()), curvatures, expected)


def _slope(body: Expr, variable: Variable, rulebook: Rulebook) -> Expr:
    line = Work(heads.Partial(body, variable), rulebook).run("again").line
    check_differentiated(line, rulebook)
    return line


def _negative(node: Expr) -> Expr:
    return Add(*(Mul(-1, t) for t in Add.make_args(node)))


def _multiplied(node: Expr) -> list[Expr]:
    """The terms of a formula that is multiplied out."""
    if node.is_Add:
        return [term for part in node.args for term in _multiplied(part)]
    if node.is_Pow and node.args[0].is_Add and node.args[1].is_Integer and 0 < node.args[1] <= 4:
        return _products([_multiplied(node.args[0])] * int(node.args[1]))
    return _products([_multiplied(f) for f in node.args]) if node.is_Mul else [node]


def _products(factors: Sequence[list[Expr]]) -> list[Expr]:
    if prod(map(len, factors)) > _MOST_TERMS:
        return [Mul(*(Add(*f) for f in factors))]
    return [Mul(*chosen) for chosen in product(*factors)]


def _statistics(node: Expr, observed: Sequence[Variable]) -> dict[Expr, Expr]:
    """A sum by the factors of its terms that depend on the observation: y, y**2, log(y)."""
    parts = dict[Expr, Expr]()
    for term in _multiplied(node):
        own, others = factors_apart(term, lambda f: any(depends(f, y) for y in observed))
        statistic = Mul(*own)
        parts[statistic] = Add(parts.get(statistic, Integer(0)), Mul(*others))
    return parts


def known_means(slopes: Sequence[Expr], observed: Sequence[Variable], rulebook: Rulebook,
                ) -> dict[Expr, Expr]:
    """The expected values of statistics that follow from those of the scores, which are 0."""
    means = {Integer(1): Integer(1)}
    lines = [_statistics(s, observed) for s in slopes]
    for _ in lines:
        for parts in lines:
            unknown = [s for s in parts if s not in means]
            if len(unknown) == 1:
                rest = Add(*(Mul(c, means[s]) for s, c in parts.items() if s in means))
                mean = Mul(-1, rest, parts[unknown[0]]**-1)
                means[unknown[0]] = Add(*_multiplied(Work(mean, rulebook).run("finish").line))
    return means


def expected_value(node: Expr, observed: Sequence[Variable], means: Mapping[Expr, Expr],
                   rulebook: Rulebook) -> Expr | None:
    """The expected value of a formula in known statistics; None where others are in it."""
    if not any(depends(node, y) for y in observed):
        return node
    parts = _statistics(node, observed)
    if any(s not in means for s in parts):
        return None
    mean = Add(*_multiplied(Add(*(Mul(c, means[s]) for s, c in parts.items()))))
    return Work(mean, rulebook).run("finish").line


class ArrayFormulas:
    """The formulas at all observations; `fixed` are values of names that are not estimated."""

    def __init__(self, formulas: Formulas, fixed: Mapping[Variable, float],
                 conditions: Sequence[Expr], rulebook: Rulebook) -> None:
        self.formulas, self.fixed = formulas, fixed
        self.pairs = tuple(formulas.curvatures)
        weights = formulas.expected or {}
        trees = [formulas.value, *formulas.slopes, *formulas.curvatures.values(),
                 *weights.values()]
        with assuming(conditions):
            folded = [_by_cases(t, rulebook) for t in trees]
        self.leaves = sorted((n for n in set().union(*map(free_names, folded))
                              if isinstance(n, Variable)), key=str)
        self._first, self._call = (_computed(some, self.leaves, rulebook)
                                   for some in (folded[:1], folded))

    def value(self, moving: Mapping[Variable, Array], rows: int) -> Array:
        """The term of each observation."""
        return self._values(self._first, moving, rows)[0]

    def all(self, moving: Mapping[Variable, Array], rows: int,
            ) -> tuple[Array, Array, dict[Pair, Array], dict[Pair, Array] | None]:
        """Terms, slopes, minus the second derivatives, and their expected values."""
        count, size = len(self.formulas.variables), len(self.pairs)
        values = self._values(self._call, moving, rows)
        slopes = np.array(values[1:1 + count])
        curved = {p: -r for p, r in zip(self.pairs, values[1 + count:], strict=False)}
        rest = values[1 + count + size:]
        return values[0], slopes, curved, dict(zip(self.pairs, rest, strict=True)) if rest else None

    def _values(self, call: Callable[..., list[Array]], moving: Mapping[Variable, Array],
                rows: int) -> list[Array]:
        fixed = {**self.fixed, **{v: x for v, x in moving.items() if np.ndim(x) == 0}}
        arrays = {v: x for v, x in moving.items() if np.ndim(x) and v in self.leaves}
        return [np.broadcast_to(r, (rows,)) for r in call(fixed, arrays)]


def _computed(formulas: Sequence[Expr], leaves: Sequence[Variable], rulebook: Rulebook,
              ) -> Callable[..., list[Array]]:
    """What computes formulas at arrays; those without names are numbers."""
    if leaves:
        made: Callable[..., list[Array]] = provided("batched_formulas")(formulas, leaves, rulebook)
        return made
    with mp.workdps(20):
        numbers = [np.array(float(evaluate(f, Point()))) for f in formulas]
    return lambda fixed, moving: numbers


def _by_cases(formula: Expr, rulebook: Rulebook) -> Expr:
    """A formula folded, as two cases where it has a number that is 0 or 1."""
    binary = sorted((n for n in free_names(formula)
                     if isinstance(n, Variable) and n.kind.domain == "binary"), key=str)
    if len(binary) != 1:
        return Work(formula, rulebook).run("finish").line
    cases = (Work(substitute(formula, {binary[0]: Integer(n)}), rulebook).run("finish").line
             for n in (1, 0))
    return heads.Cond(heads.Equal(binary[0], Integer(1)), *cases)
