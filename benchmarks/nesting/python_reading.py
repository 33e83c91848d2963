"""Formulas of the notation evaluated by Python itself: the notation is Python's own syntax.

A dimension is a whole number that can be iterated over, an array nested lists, `sum` Python's
`sum`. Nothing of the engine is used; texts come from the tests, never from outside.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any


class Dim(int):
    """A dimension: usable as a number, and in `for k in K`."""

    def __iter__(self) -> Any:
        return iter(range(int(self)))


class Vector(list):
    """A row of numbers; a subscript outside of it is an error, negative ones too."""

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, tuple):
            first, *rest = at
            inner = self[first]
            return inner[tuple(rest)] if len(rest) > 1 else inner[rest[0]]
        if not 0 <= at < len(self):
            raise IndexError(at)
        return list.__getitem__(self, int(at))


    def _with(self, other: Any, how: Any) -> Vector:
        pairs = zip(self, other, strict=True) if isinstance(other, list) else (
            (v, other) for v in self)
        return Vector(how(u, v) for u, v in pairs)

    def __add__(self, other: Any) -> Vector:
        return self._with(other, lambda u, v: u + v)

    def __sub__(self, other: Any) -> Vector:
        return self._with(other, lambda u, v: u - v)

    def __mul__(self, other: Any) -> Vector:
        return self._with(other, lambda u, v: u * v)

    def __truediv__(self, other: Any) -> Vector:
        return self._with(other, lambda u, v: u / v)

    def __pow__(self, other: Any) -> Vector:
        return self._with(other, lambda u, v: u**v)

    def __neg__(self) -> Vector:
        return Vector(-v for v in self)

    def __rsub__(self, other: Any) -> Vector:
        return self._with(other, lambda u, v: v - u)

    def __rtruediv__(self, other: Any) -> Vector:
        return self._with(other, lambda u, v: v / u)

    __radd__, __rmul__ = __add__, __mul__

    def __matmul__(self, other: Vector) -> Any:
        if self and isinstance(self[0], Vector):
            return Vector(row @ other for row in self)
        return sum((v * row for v, row in zip(self, other, strict=True)),
                   Vector([0] * len(other[0])) if isinstance(other[0], Vector) else 0)


def _exps(values: Iterable[float]) -> list[float]:
    return [math.exp(v) for v in values]


def _softmax(values: Vector) -> Vector:
    parts = _exps(values)
    return Vector(p / math.fsum(parts) for p in parts)


def _argmax(values: Iterable[float]) -> int:
    every = list(values)
    return every.index(max(every))


def elementwise(function: Any) -> Any:
    """A function of numbers, also of arrays element by element."""
    def apply(*values: Any) -> Any:
        array = next((v for v in values if isinstance(v, Vector)), None)
        if array is None:
            return function(*values)
        return Vector(apply(*(v[k] if isinstance(v, Vector) else v for v in values))
                      for k in range(len(array)))

    return apply


def of_terms_or_two(function: Any) -> Any:
    """max and min: of the terms of one argument, or of two element by element."""
    return lambda *values: function(*values) if len(values) == 1 else elementwise(
        function)(*values)


def _sum(terms: Iterable[Any]) -> Any:
    """The sum of numbers, or of all elements of an array."""
    return sum(_sum(t) if isinstance(t, Vector) else t for t in terms)


def _mean(values: Iterable[float]) -> float:
    every = list(values)
    return sum(every) / len(every)


_OF_NUMBERS: dict[str, Any] = {
    "exp": math.exp, "log": math.log, "log1p": math.log1p, "expm1": math.expm1,
    "sqrt": math.sqrt, "tanh": math.tanh, "sin": math.sin, "cos": math.cos,
    "sinh": math.sinh, "cosh": math.cosh, "loggamma": math.lgamma,
    "sigmoid": lambda u: 1 / (1 + math.exp(-u)), "softplus": lambda u: math.log1p(math.exp(u)),
    "relu": lambda u: max(u, 0), "sign": lambda u: (u > 0) - (u < 0), "abs": abs}

FUNCTIONS: dict[str, Any] = {
    **{name: elementwise(function) for name, function in _OF_NUMBERS.items()},
    "dot": lambda u, v: u @ v, "argmax": _argmax, "mean": _mean,
    "norm": lambda u: math.sqrt(u @ u),
    "delta": lambda i, j: 1 if i == j else 0, "prod": lambda terms: math.prod(terms),
    "softmax": _softmax, "logsumexp": lambda v: math.log(math.fsum(_exps(v))),
    "pi": math.pi, "sum": _sum, "max": of_terms_or_two(max), "min": of_terms_or_two(min),
}


def value(text: str, names: Mapping[str, Any]) -> Any:
    """The value of a formula where names have values; what Python raises where it has none."""
    return eval(text, {"__builtins__": {}, **FUNCTIONS, **names})  # text of the tests' own
