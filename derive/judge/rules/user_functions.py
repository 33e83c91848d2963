"""A user's own functions: read from their file, and compared with their definition before use."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from derive.errors import DataFileError, EvaluationError, NotationError, VerificationError
from derive.functions.function_records import (
    Function,
    FunctionTable,
    load_functions,
    standard_functions,
)
from derive.functions.sympy_forms import sympy_of
from derive.judge.precision import Float, Number, mp, mpf
from derive.judge.trees.float_numbers import condition_of, evaluator_of
from derive.rulebook.function_rules import rules_of, unfolding_rules

Functions = str | Path | Iterable[str | Path] | FunctionTable
_DIGITS, _POINTS = 40, 400
_ENDS = [sign + size for size in ("0", "1e-9", "1e-4", ".25", "1", "2", "5", "20", "90")
         for sign in ("", "-")]


def function_table(functions: Functions | None) -> FunctionTable | None:
    """The standard functions with those of a user's files, each checked first; None for none.

    Raises DataFileError for a broken file, VerificationError for an entry that is wrong.
    """
    if functions is None or isinstance(functions, Mapping):
        return functions or None
    paths = [functions] if isinstance(functions, (str, Path)) else list(functions)
    table: dict[str, Function] = dict(standard_functions())
    for path in map(Path, paths):
        own = load_functions(path, table)
        for function in own.values():
            check_function(function, f"{path}: entry [{function.name}]")
        table |= own
    return table if paths else None


def check_function(function: Function, where: str) -> None:
    """Compares all that an entry says with the function's values.

    Raises DataFileError for texts that cannot be read, VerificationError with a counterexample.
    """
    from derive.judge.rules.rule_trials import (
        check_rule,  # few have functions of their own: start-up time
    )

    try:
        evaluator_of(function)
        for rule in (*rules_of([function]), *unfolding_rules([function])):
            _ = rule.left, rule.right, rule.conditions
        if not function.kept:
            return  # written out when it is read, so that nothing is left to check
        if not function.takes_vector:
            _check_values(function)
        for rule in (*rules_of([function]), *unfolding_rules([function])):
            check_rule(rule)
        if function.sympy and not function.takes_vector:
            _check_sympy(function)
    except (NotationError, DataFileError) as error:
        raise DataFileError(f"{where}: {error}") from None
    except VerificationError as error:
        raise VerificationError(f"{where}: {error}") from None


def _points(function: Function) -> Iterator[dict[str, Any]]:
    """Arguments inside the domain, near 0, far from it and between."""
    inside = _condition(function, function.domain)
    draw = random.Random(1)
    tries = 0
    for tries in range(_POINTS):
        values = {p: mpf(_ENDS[tries]) if tries < len(_ENDS) and len(function.parameters) == 1
                  else _number(draw) for p in function.parameters}
        try:
            if inside(values):
                yield values
        except EvaluationError:
            continue


def _number(draw: random.Random) -> Any:
    """A number of any size and either sign."""
    size = mpf(draw.randrange(1, 2**40)) / 2**38
    return draw.choice((1, -1)) * size * mpf(10) ** draw.choice((-3, -1, -1, 0, 0, 0, 1))


def _condition(function: Function, text: str) -> Callable[[Mapping[str, Any]], Any]:
    return condition_of(text, function) if text else lambda values: True


def _check_values(function: Function) -> None:
    """Whether there is a real value in the domain, within the range, rising where it says so."""
    function_at = evaluator_of(function)
    seen: list[tuple[Any, Any]] = []
    with mp.workdps(_DIGITS):
        for values in _points(function):
            arguments = ", ".join(f"{n} = {mp.nstr(v, 10)}" for n, v in values.items())
            try:
                value = function_at(*values.values())
            except (EvaluationError, ArithmeticError, ValueError) as error:
                raise VerificationError(
                    f"no value at {arguments}, inside its domain: {error}") from None
            if not isinstance(value, (Float, int)) or not mp.isfinite(value):
                raise VerificationError(f"the value at {arguments}, inside its domain, is "
                                        f"{mp.nstr(value, 10)}, no finite real number")
            if not _within(value, function):
                raise VerificationError(f"the value at {arguments} is {mp.nstr(value, 20)}, "
                                        "outside the range that its entry states")
            seen.append((next(iter(values.values())), value))
        if len(seen) < 8:
            raise VerificationError("its domain is hardly ever met: too few points to check it")
        if function.rises is not None:
            _check_rising(function, function_at, seen)


def _within(value: Number, function: Function) -> bool:
    """Whether a value is in the range, the ends counted where rounding may have reached them."""
    near = mpf(10) ** (8 - _DIGITS) * max(1, abs(value))
    low, high = (end if isinstance(end, float) else mpf(end.numerator) / end.denominator
                 for end in (function.interval.low, function.interval.high))
    return bool(low - near <= value <= high + near)


def _check_rising(function: Function, function_at: Any, seen: list[tuple[Number, Number]]) -> None:
    rises = function.rises
    assert rises is not None
    start = function_at(mpf(0))
    if abs(start - mpf(rises.numerator) / rises.denominator) > mpf(10) ** -30:
        raise VerificationError(f"its value at u = 0 is {mp.nstr(start, 10)}, not {rises}")
    for (x, low), (y, high) in pairwise(sorted(seen)):
        if high < low:
            raise VerificationError(f"it does not rise: {mp.nstr(low, 10)} at u = "
                                    f"{mp.nstr(x, 10)}, {mp.nstr(high, 10)} at {mp.nstr(y, 10)}")


def _check_sympy(function: Function) -> None:
    """Whether the form in SymPy has the same values."""
    import sympy

    for number, values in enumerate(_points(function)):
        if number > 2 * len(_ENDS):
            break
        with mp.workdps(30):
            truth = evaluator_of(function)(*values.values())
            given = [sympy.Float(v, 30) for v in values.values()]
            value = sympy.N(sympy_of(function, given), 25)
            if (not value.is_Float and not value.is_Rational) or \
                    abs(mpf(str(value)) - truth) > mpf(10) ** -12 * max(1, abs(truth)):
                arguments = ", ".join(f"{n} = {mp.nstr(v, 10)}" for n, v in values.items())
                raise VerificationError(f"its form in SymPy at {arguments} is {value}, not "
                                        f"{mp.nstr(truth, 12)}")

