"""The functions of the table in mpmath, for the independent judge: by mpmath's own functions, or
by the definition in the function's entry.

Each takes values at the current working precision; a vector arrives as a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from derive.errors import DataFileError, EvaluationError
from derive.functions.function_records import Function, FunctionTable, standard_functions
from derive.functions.function_texts import COMPARE, Target, read
from derive.judge.precision import Float, mp, mpf

Values = Mapping[str, Any]  # arguments and indices by name; a vector is a list
Closure = Callable[[Values], Any]
_OF_MPMATH = frozenset((
    "exp", "expm1", "ln", "log", "log1p", "sqrt", "cbrt", "fabs", "sign", "floor", "ceil",
    "sin", "cos", "tan", "cot", "sec", "csc", "sinc", "asin", "acos", "atan", "acot", "atan2",
    "sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh", "acoth",
    "erf", "erfc", "erfi", "erfinv", "npdf", "ncdf", "gamma", "rgamma", "loggamma", "factorial",
    "psi", "digamma", "harmonic", "beta", "binomial", "gammainc", "betainc", "zeta", "altzeta",
    "polylog", "lerchphi", "clsin", "clcos", "e1", "ei", "li", "expint", "si", "ci", "shi", "chi",
    "besselj", "bessely", "besseli", "besselk", "airyai", "airybi", "struveh", "struvel",
    "lambertw", "ellipk", "ellipe", "ellipf", "hyp0f1", "hyp1f1", "hyp2f1", "hyperu", "pcfd",
    "legendre", "hermite", "laguerre", "chebyt", "agm", "fresnels", "fresnelc"))
_LARGEST_EXPONENT = 10**15


def _exp(u: Any) -> Any:
    """exp, but for exponents so large that reducing them would take all memory."""
    if abs(u) > _LARGEST_EXPONENT:
        if u > 0:
            raise OverflowError("an exponential is too large")
        u = mp.mpf(-_LARGEST_EXPONENT)
    return mp.exp(u)


def power(base: Any, exponent: Any) -> Any:
    """A power of two real numbers, but for one so large that computing it would take all memory.

    Raises EvaluationError for a broken power of a negative number.
    """
    exponent = mp.mpf(exponent)
    if base < 0 and not mp.isint(exponent):
        raise EvaluationError("a broken power of a negative number")
    if base == 0 or abs(exponent) * max(1, abs(mp.mag(base))) < _LARGEST_EXPONENT:
        return mp.power(base, exponent)
    value = _exp(exponent * mp.ln(abs(base)))
    odd = exponent._mpf_[2] == 0  # the mantissa is odd, with no power of 2 beside it
    return -value if base < 0 and odd else value


def evaluator(name: str) -> Callable[..., Any]:
    """The evaluation of a function of the standard table, or else mpmath's of that name."""
    known = standard_functions().get(name)
    return evaluator_of(known) if known is not None else _of_mpmath(name)


@lru_cache(maxsize=1000)
def evaluator_of(function: Function) -> Callable[..., Any]:
    """The evaluation of a function; of one that gives a vector, the last argument is the place.

    Raises DataFileError where its texts are none that can be evaluated.
    """
    if function.name == "exp" and not function.own:
        return _exp
    if function.evaluate.isidentifier():
        return _of_mpmath(function.evaluate)
    names = (*function.parameters, *(["i"] if function.vector_valued else []))
    target = _Closures(None if function.evaluate else function.table, function.dimension)
    arguments = {name: _argument(name) for name in names}
    body = read(function.evaluate or function.definition, target, arguments, function.dimension)
    first = names[0] if function.takes_vector else ""
    if len(names) == 1 and not first:
        (only,) = names
        return lambda u: body({only: u})

    def value(*given: Any) -> Any:
        values = dict(zip(names, given, strict=True))
        if first:
            values["·size"] = len(values[first])
        return body(values)

    return value


def closure_of(text: str, function: Function) -> Closure:
    """An expression or condition on a function's arguments, by their names."""
    arguments = {name: _argument(name) for name in function.parameters}
    return read(text, _Closures(function.table, function.dimension), arguments,
                function.dimension)


def _of_mpmath(name: str) -> Callable[..., Any]:
    if name not in _OF_MPMATH:
        raise DataFileError(f"{name!r} is no function of mpmath that is read here")
    return lambda *values: getattr(mp, name)(*values)  # of the thread that calls


def _argument(name: str) -> Closure:
    return lambda values: values[name]


def real(value: Any) -> Any:
    """A value that is a finite real number. Raises EvaluationError for any other."""
    if not isinstance(value, (Float, int)) or not mp.isfinite(value):
        raise EvaluationError("the value is not a finite real number here")
    return value


_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: mpf(a) / b, "**": lambda a, b: real(power(a, b))}
_REDUCE: dict[str, Callable[[list[Any]], Any]] = {
    "sum": lambda terms: mp.fsum(terms), "prod": lambda terms: mp.fprod(terms),
    "max": max, "min": min}


class _Closures(Target[Closure]):
    """Expressions as Python functions of the arguments; without a table, functions are mpmath's."""

    def __init__(self, table: FunctionTable | None, dim: str) -> None:
        self.table, self.dim = table, dim

    def number(self, value: Fraction) -> Closure:
        if value.denominator == 1:
            whole = value.numerator
            return lambda values: whole
        return lambda values: mpf(value.numerator) / value.denominator

    def constant(self, name: str) -> Closure:
        return lambda values: +(mp.pi if name == "pi" else mp.euler)

    def operation(self, sign: str, left: Closure, right: Closure) -> Closure:
        how = _OPERATIONS[sign]
        return lambda values: how(left(values), right(values))

    def compare(self, sign: str, left: Closure, right: Closure) -> Closure:
        how = COMPARE[sign]
        return lambda values: how(left(values), right(values))

    def join(self, word: str, parts: list[Closure]) -> Closure:
        how = all if word == "and" else any
        return lambda values: how(part(values) for part in parts)

    def choice(self, test: Closure, yes: Callable[[], Closure],
               no: Callable[[], Closure]) -> Closure:
        then, other = yes(), no()
        return lambda values: then(values) if test(values) else other(values)

    def call(self, name: str, arguments: list[Closure]) -> Closure:
        if self.table is None:
            function = _of_mpmath(name)
        elif name in self.table:
            function = evaluator_of(self.table[name])
        else:
            raise DataFileError(f"there is no function {name!r}")
        if self.table is not None and len(self.table[name].arguments) != len(arguments):
            raise DataFileError(f"{name} takes {len(self.table[name].arguments)} arguments")
        return lambda values: real(function(*(a(values) for a in arguments)))

    def element(self, vector: str, at: Closure) -> Closure:
        def value(values: Values) -> Any:
            place = int(at(values))
            if not 0 <= place < len(values[vector]):
                raise EvaluationError("an index is out of its range")
            return values[vector][place]

        return value

    def size(self, dim: str) -> Closure:
        return lambda values: values["·size"]

    def reduce(self, word: str, dim: str, body: Callable[[Closure], Closure],
               where: Callable[[Closure], Closure] | None) -> Closure:
        letter = f"·{id(body)}"
        index = _argument(letter)
        term, test = body(index), None if where is None else where(index)
        how = _REDUCE[word]

        def value(values: Values) -> Any:
            places = ({**values, letter: n} for n in range(values["·size"]))
            terms = [term(here) for here in places if test is None or test(here)]
            if not terms and word in ("max", "min"):
                raise EvaluationError("the largest of nothing")
            return how(terms)

        return value
