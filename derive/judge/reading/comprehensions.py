"""Comprehensions in the judge's reading, and what is made of their terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from derive.errors import EvaluationError, NotationError
from derive.judge.reading.array_operations import ARRAY, Call, Code, Letter, kept
from derive.judge.reading.lazy_arrays import Array, Dim, Place, Run


@dataclass(frozen=True)
class Family:
    """`body for k in K if …`: the bound indices with their dimensions and conditions."""

    binders: tuple[tuple[Letter, Dim, tuple[Call, ...]], ...]
    body: Code
    free: frozenset[int]

    def terms(self, run: Run) -> list[tuple[int, Any]]:
        """The terms let through, each with the value of the last index."""
        found: list[tuple[int, Any]] = []
        self._walk(run, 0, found)
        return found

    def _walk(self, run: Run, level: int, found: list[tuple[int, Any]]) -> None:
        letter, dim, tests = self.binders[level]
        env, slot, body = run.env, letter.slot, self.body.call
        last = level == len(self.binders) - 1
        size = run.point.size(dim)
        run.count(size)
        for n in range(size):
            env[slot] = n
            if all(t(run) for t in tests):
                if last:
                    found.append((n, body(run)))
                else:
                    self._walk(run, level + 1, found)

    def array(self) -> Code:
        """The family as a whole array."""
        if any(tests for _, _, tests in self.binders):
            raise NotationError("a filter is read only in a reduction")
        shape = tuple(dim for _, dim, _ in self.binders)
        slots, body = [letter.slot for letter, _, _ in self.binders], self.body.call

        def whole(run: Run) -> Array:
            def entry(place: Place) -> Any:
                run.env.update(zip(slots, place, strict=True))
                return body(run)

            return Array(run.point.shape(shape), entry)

        return Code(ARRAY, kept(whole, self.free), self.free, shape)


def _checked(values: list[tuple[int, Any]]) -> list[Any]:
    if not values:
        raise EvaluationError("an extremum over nothing")
    return [v for _, v in values]


def _mean(run: Run, terms: list[tuple[int, Any]]) -> Any:
    if not terms:
        raise EvaluationError("a mean over nothing")
    return run.ctx.mpf(sum(v for _, v in terms)) / len(terms)


def _unique(run: Run, terms: list[tuple[int, Any]]) -> bool:
    values = [v for _, v in terms]
    return bool(values) and values.count(max(values)) == 1


def _argmax(run: Run, terms: list[tuple[int, Any]]) -> int:
    values = _checked(terms)
    return terms[values.index(max(values))][0]


REDUCE: dict[str, Callable[[Run, list[tuple[int, Any]]], Any]] = {
    "sum": lambda run, terms: sum(v for _, v in terms),
    "prod": lambda run, terms: prod(v for _, v in terms),
    "mean": _mean,
    "max": lambda run, terms: max(_checked(terms)),
    "min": lambda run, terms: min(_checked(terms)),
    "argmax": _argmax, "unique_maximum": _unique,
    "all": lambda run, terms: all(v for _, v in terms),
}
