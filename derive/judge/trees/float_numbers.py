"""The number system in which trees are evaluated, and functions of the table at numbers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from derive.errors import EvaluationError, TooLargeError
from derive.functions.function_records import Function, entry_of
from derive.judge.precision import Number, mp, mpf, own
from derive.judge.reading.array_operations import ARITHMETIC, Letter, Names
from derive.judge.reading.call_reading import along_axis, compiler_of, of_numbers
from derive.judge.reading.formula_compiler import Compiler
from derive.judge.reading.lazy_arrays import Point, Run, finite
from derive.judge.reading.mpmath_numbers import FLOATS, numerics

_LARGEST_EXPONENT = 10**15  # to reduce a larger one would take all memory

_PERIODIC = ("sin", "cos", "tan")
_MOST_BITS = 5000  # of an argument from which a multiple of pi is taken


def exponential(u: Number) -> Any:
    """exp; one that is smaller than anything that could be computed is nearly 0.

    Raises TooLargeError for one that is too large.
    """
    if abs(u) > _LARGEST_EXPONENT:
        if u > 0:
            raise TooLargeError("an exponential is too large")
        u = mpf(-_LARGEST_EXPONENT)
    return mp.exp(u)


def power(base: Number, exponent: Number) -> Any:
    """A power of two real numbers, but for one so large that computing it would take all memory.

    Raises EvaluationError for a broken power of a negative number.
    """
    exponent = mpf(exponent)
    if base < 0 and not mp.isint(exponent):
        raise EvaluationError("a broken power of a negative number")
    if base == 0 or abs(exponent) * max(1, abs(mp.mag(base))) < _LARGEST_EXPONENT:
        return mp.power(base, exponent)
    value = exponential(exponent * mp.ln(abs(base)))
    odd = exponent._mpf_[2] == 0  # the mantissa is odd, with no power of 2 beside it
    return -value if base < 0 and odd else value


def _function(run: Run, name: str, *values: Any) -> Any:
    if run.branches is not None and name in ("fabs", "sign"):
        run.branch(values[0])
    if name in _PERIODIC and mp.mag(values[0]) > _MOST_BITS:
        raise EvaluationError("the argument of a periodic function is too large")
    value = exponential(*values) if name == "exp" else numerics(run)[name](*values)
    return finite(run.ctx, value)


def limited(run: Run, name: str, value: Any) -> Any:
    """The value of a function. Raises TooLargeError beyond what the run allows."""
    if run.largest is not None and abs(value) > run.largest:
        raise TooLargeError(f"{name} is larger than {run.largest} here")
    return value


TREES = replace(
    FLOATS, function=_function, strict=False,
    arithmetic={**ARITHMETIC, ast.Pow: lambda run, a, b: finite(run.ctx, power(a, b))})


def compiler_for(function: Function) -> Compiler:
    """A compiler of the texts of a function's entry, with the functions that these may name."""
    own_ones = (*function.uses, function) if function.own else ()
    return compiler_of(Names(own={f.name: entry_of(f) for f in own_ones}), TREES)


@lru_cache(maxsize=1000)
def evaluator_of(function: Function) -> Callable[..., Any]:
    """The evaluation of a function; of one that gives a vector, the last argument is the place.

    A vector is a list. Raises NotationError where its texts are none that can be evaluated.
    """
    compiler = compiler_for(function)
    if not function.takes_vector:
        at_numbers = of_numbers(compiler, function.name)
        return lambda *values: at_numbers(Run(mp, Point()), *map(own, values))
    along = along_axis(compiler, function.name, function.dimension)

    def at_vectors(*values: Any) -> Any:
        vectors = values[:len(function.arguments)]
        run = Run(mp, Point({function.dimension: len(vectors[0])}))
        value = along(run, [[own(v) for v in vector] for vector in vectors])
        return value[values[-1]] if function.vector_valued else value

    return at_vectors


def condition_of(text: str, function: Function) -> Callable[[Mapping[str, Any]], Any]:
    """An expression or condition on a function's arguments, by their names."""
    letters = {name: Letter() for name in function.parameters}
    compiler = compiler_for(function)
    code = compiler.within(compiler.names.inner(letters)).parsed(text)

    def value(values: Mapping[str, Any]) -> Any:
        run = Run(mp, Point())
        run.env.update({letters[name].slot: own(v) for name, v in values.items()})
        return code.call(run)

    return value
