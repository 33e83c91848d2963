"""What a demonstration says of its numbers, which are less, which are equal: compared.

A relation is a text such as `second < first` or `summed = joint`, a chain of names and
plain numbers. `=` is equal to 12 digits, `~` in those that are printed.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from derive.errors import DataFileError, VerificationError

_SIGN = re.compile(r"\s*([<>=~])\s*")
_DIGITS = 1e-12  # relative: what is computed in floats is not compared beyond them
Value = Any


def compare(relations: Sequence[str], values: Mapping[str, Value], places: Mapping[str, int],
            where: str) -> None:
    """Compares numbers as relations say; lists entry by entry.

    `places` are the decimal places with which numbers are printed. Raises VerificationError where
    a relation does not hold, DataFileError for a name that is none of a number.
    """
    for relation in relations:
        names_and_signs = _SIGN.split(relation.strip())
        operands, signs = names_and_signs[::2], names_and_signs[1::2]
        for (left, right), sign in zip(pairwise(operands), signs, strict=True):
            digits = min(places.get(left, 15), places.get(right, 15))
            if not _holds(_value(left, values, where), _value(right, values, where),
                          _tests(digits)[sign]):
                raise VerificationError(f"{where}: {relation} is stated, but it does not hold")


def _value(operand: str, values: Mapping[str, Value], where: str) -> Value:
    if operand in values:
        return values[operand]
    try:
        return float(operand)
    except ValueError:
        raise DataFileError(f"{where}: there is no number {operand!r} to compare") from None


def _tests(digits: int) -> dict[str, Callable[[float, float], bool]]:
    """What each sign asks of two numbers."""
    return {"<": operator.lt, ">": operator.gt,
            "=": lambda a, b: abs(a - b) <= _DIGITS * max(1.0, abs(a)),
            "~": lambda a, b: abs(a - b) <= 0.5000001 * 10.0 ** -digits}


def _holds(left: Value, right: Value, test: Callable[[float, float], bool]) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(
            _holds(a, b, test) for a, b in zip(left, right, strict=True))
    if isinstance(left, list):
        return all(_holds(a, right, test) for a in left)
    if isinstance(right, list):
        return all(_holds(left, b, test) for b in right)
    return test(left, right)
