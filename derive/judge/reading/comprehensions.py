"""Comprehensions in the judge's reading, and what is made of their terms."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from derive.errors import EvaluationError, NotationError
from derive.judge.reading.array_operations import (
    ARRAY,
    Call,
    Code,
    Letter,
    Numbers,
    kept,
)
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run


@dataclass(frozen=True)
class Family:
    """`body for k in K if …`: the bound indices with their dimensions and conditions."""

    binders: tuple[tuple[Letter, Dim, tuple[Call, ...]], ...]
    body: Code
    free: frozenset[int]

    def terms(self, run: Run) -> list[tuple[int, Any]]:
        """The terms let through, each with the value of the last index."""
        terms: list[tuple[int, Any]] = []
        self._walk(run, 0, terms)
        return terms

    def _walk(self, run: Run, level: int, terms: list[tuple[int, Any]]) -> None:
        letter, dim, tests = self.binders[level]
        env, slot, body = run.env, letter.slot, self.body.call
        last = level == len(self.binders) - 1
        size = run.point.size(dim)
        run.count(size)
        outer = env.get(slot)  # a law in a sum may bind the very index of the sum
        try:
            for n in range(size):
                env[slot] = n
                if all(t(run) for t in tests):
                    if last:
                        terms.append((n, body(run)))
                    else:
                        self._walk(run, level + 1, terms)
        finally:
            if outer is not None:
                env[slot] = outer

    def array(self) -> Code:
        """The family as a whole array."""
        if any(tests for _, _, tests in self.binders):
            raise NotationError("a filter is read only in a reduction")
        shape = tuple(dim for _, dim, _ in self.binders)
        slots, body = [letter.slot for letter, _, _ in self.binders], self.body.call

        def array(run: Run) -> Array:
            def entry(place: Place) -> Any:
                run.env.update(zip(slots, place, strict=True))
                return body(run)

            return Array(run.point.shape(shape), entry)

        return Code(ARRAY, kept(array, self.free), self.free, shape)


Terms = list[tuple[int, Any]]  # each with the value of the last index


def reduction(name: str, numbers: Numbers) -> Callable[[Run, Terms], Any]:
    """What is made of the terms of a family, with the arithmetic of a number system."""
    return partial(_REDUCE[name], numbers)


def _gathered(operator: type, start: int, numbers: Numbers, run: Run, terms: Terms) -> Any:
    """All terms, with an operation between them."""
    gathered, operation = start, numbers.arithmetic[operator]
    for _, value in terms:
        gathered = operation(run, gathered, value)
    return gathered


def _furthest(test: Callable[[Any, Any], bool], numbers: Numbers, run: Run, terms: Terms,
              ) -> tuple[int, Any]:
    """The first of the largest terms, or of the smallest. Raises EvaluationError for none."""
    if not terms:
        raise EvaluationError("an extremum over nothing")
    best = terms[0]
    for term in terms[1:]:
        if numbers.compare(run, test, best[1], term[1]):
            best = term
    return best


def _mean(numbers: Numbers, run: Run, terms: Terms) -> Any:
    if not terms:
        raise EvaluationError("a mean over nothing")
    return numbers.arithmetic[ast.Div](run, _SUM(numbers, run, terms), len(terms))


def _variance(numbers: Numbers, run: Run, terms: Terms) -> Any:
    """The mean of the squared deviations from the mean."""
    apply, mean = numbers.arithmetic, _mean(numbers, run, terms)
    gaps = [(n, apply[ast.Sub](run, value, mean)) for n, value in terms]
    return _mean(numbers, run, [(n, apply[ast.Mult](run, gap, gap)) for n, gap in gaps])


def _deviation(numbers: Numbers, run: Run, terms: Terms) -> Any:
    half = numbers.rational(run, Fraction(1, 2))
    return numbers.arithmetic[ast.Pow](run, _variance(numbers, run, terms), half)


def _unique(numbers: Numbers, run: Run, terms: Terms) -> bool:
    if not terms:
        return False
    _, best = _LARGEST(numbers, run, terms)
    return sum(numbers.compare(run, operator.eq, v, best) for _, v in terms) == 1


_SUM, _LARGEST = partial(_gathered, ast.Add, 0), partial(_furthest, operator.lt)
_SMALLEST = partial(_furthest, operator.gt)
_REDUCE: dict[str, Callable[[Numbers, Run, Terms], Any]] = {
    "sum": _SUM, "prod": partial(_gathered, ast.Mult, 1), "mean": _mean,
    "max": lambda numbers, run, terms: _LARGEST(numbers, run, terms)[1],
    "min": lambda numbers, run, terms: _SMALLEST(numbers, run, terms)[1],
    "argmax": lambda numbers, run, terms: _LARGEST(numbers, run, terms)[0],
    "argmin": lambda numbers, run, terms: _SMALLEST(numbers, run, terms)[0],
    "var": _variance, "std": _deviation,
    "unique_maximum": _unique, "all": lambda numbers, run, terms: all(v for _, v in terms),
}
REDUCTIONS = frozenset(_REDUCE)
