"""Values of a loss's parameters: read, compared with their types, and put into the formula."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sympy import Expr, Rational

from derive.adapters.request import Request
from derive.calculus.problem import Problem, problem, variable
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import free_names, root
from derive.core.kinds import DISCRETE, Kind
from derive.core.walk import substitute
from derive.errors import ArgumentError
from derive.functions.decisions import decide
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import is_definition, text_lines

_LIST = re.compile(r"\[?([^\[\]]*,[^\[\]]*)\]?\Z")


def numbers_in(name: str, text: str) -> tuple[Fraction, ...] | Fraction:
    """A number (2, 0.5, 1/3), or several between commas. Raises ArgumentError."""
    match = _LIST.match(text.strip())
    parts = match.group(1).split(",") if match else [text]
    read = tuple(_number(name, part) for part in parts if part.strip() or not match)
    return read if match else read[0]


def _number(name: str, text: str) -> Fraction:
    try:
        if len(text) > 40 or abs(float(Fraction(text.strip()))) > 1e300:
            raise ValueError
        return Fraction(text.strip())
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ArgumentError(f"{name} is set to {text.strip()!r}, which is no number; type "
                            f"{name}=2, {name}=0.5 or {name}=1/3") from None


def with_values(request: Request) -> tuple[str, tuple[str, ...], dict[str, tuple[Fraction, ...]]]:
    """A specification and its declarations with the values put in, and the vectors among them.

    A number becomes a definition of its name; a vector stays a name whose values the file holds.
    Raises ArgumentError for a name that is none, and a value that it cannot have.
    """
    posed = problem(request.target, list(request.given), request.wrt, functions=request.functions)
    read = {name: numbers_in(name, text) for name, text in request.values.items()}
    _check(request, posed, read)
    scalars = {n: v for n, v in read.items() if isinstance(v, Fraction)}
    vectors = {n: v for n, v in read.items() if not isinstance(v, Fraction)}
    entry = request.entry
    given = (*(entry.given if entry else ()), *request.given)
    body = (*entry.define, entry.loss) if entry else tuple(text_lines(request.target))
    lines = [line for text in given for line in without_names(text, scalars)]
    body = tuple(line for text in body[:-1] for line in without_names(text, scalars)) + body[-1:]
    target = "\n".join((*(f"{n} = {v}" for n, v in scalars.items()), *body))
    return target, tuple(lines), vectors


def without_names(line: str, names: Mapping[str, Any]) -> list[str]:
    """A declaration without some of its names; a condition with their values, if any are left."""
    left, colon, kind = line.partition(":")
    if not colon:
        words = set(re.findall(r"[^\W\d]\w*", line))
        if is_definition(line):
            return [line]
        return [] if words and words <= set(names) else [re.sub(
            r"[^\W\d]\w*", lambda m: f"({names[m.group()]})" if m.group() in names
            else m.group(), line)]
    kept = [n.strip() for n in left.split(",") if n.strip() not in names]
    return [f"{', '.join(kept)}:{kind}"] if kept else []


def _check(request: Request, posed: Problem,
           read: Mapping[str, Fraction | tuple[Fraction, ...]]) -> None:
    """Raises ArgumentError for a value of a name that takes none, or not that value."""
    names = posed.scope.names
    label = request.observed[0] if request.observed else "y"
    place = root(variable(posed.wrt, posed.scope)[0])
    known = [n for n, leaf in names.items() if isinstance(leaf, (Variable, Tensor))
             and leaf != place and posed.specification.definition(n) is None]
    for name, value in read.items():
        if name == place.name:
            raise ArgumentError(f"{name} is what the model predicts; it has no value to set")
        if name == label:
            raise ArgumentError(f"{name} is the label, which each row of the data has; it has no "
                                "value to set")
        if name not in known:
            raise ArgumentError(f"the loss has no parameter {name!r}; it has "
                                f"{', '.join(known) or 'none'}")
        _check_kind(name, names[name].kind, value)
    _check_conditions(posed, read)


def _check_conditions(posed: Problem,
                      read: Mapping[str, Fraction | tuple[Fraction, ...]]) -> None:
    """Raises ArgumentError for values that break a condition of the loss."""
    names = posed.scope.names
    numbers: dict[Expr, Expr] = {names[n]: Rational(v.numerator, v.denominator)
                                 for n, v in read.items() if isinstance(v, Fraction)}
    for condition in posed.specification.conditions:
        if free_names(condition) & set(numbers) and \
                decide(substitute(condition, numbers)) is False:
            shown = ", ".join(f"{n}={request_text(v)}" for n, v in read.items())
            raise ArgumentError(f"{shown} breaks the condition {plain(condition)}")


def request_text(value: Fraction | Sequence[Fraction]) -> str:
    """A value as it is typed."""
    return str(value) if isinstance(value, Fraction) else ",".join(map(str, value))


def _check_kind(name: str, kind: Kind, value: Fraction | tuple[Fraction, ...]) -> None:
    """Raises ArgumentError for a value that the type does not have."""
    numbers = (value,) if isinstance(value, Fraction) else value
    if bool(kind.shape) != (not isinstance(value, Fraction)) or len(kind.shape) > 1:
        wants = "one number" if not kind.shape else "a number for each output, such as 1,2,5"
        raise ArgumentError(f"{name} is {kind}; it takes {wants}")
    for number in numbers:
        fits = (kind.interval.low < number or (kind.interval.low == number
                                               and not kind.interval.low_open)) and \
            (number < kind.interval.high or (number == kind.interval.high
                                             and not kind.interval.high_open))
        integral = kind.domain not in DISCRETE or number.denominator == 1
        if not (fits and integral):
            raise ArgumentError(f"{name}={number} does not fit its type, which is {kind.domain}")
