"""Numbers, powers and subscripts within bounds: what is wrong with one, in words."""

from __future__ import annotations

import ast
import re
from fractions import Fraction

from sympy import Add, Expr, Integer, Rational, false, true

from derive.core.atoms import Dim
from derive.core.indexing import index_dimension
from derive.notation.reading.scope import Array, Value
from derive.notation.reading.syntax import MAX_DIGITS
from derive.notation.reading.values import CONDITIONS, what_is

_EXPONENT = re.compile(r"[\d.]e[-+]?(\d[\d_]*)\s*\Z", re.IGNORECASE)


def constant(value: object, written: str) -> Expr:
    """A number or truth value as typed, exactly. Raises ValueError, which says what is wrong."""
    if isinstance(value, bool):
        return true if value else false
    if not isinstance(value, (int, float)):
        raise ValueError("only numbers and names are read here")
    if len(written) > MAX_DIGITS:
        raise ValueError(f"a number has at most {MAX_DIGITS} digits")
    if isinstance(value, int):
        return Integer(value)
    try:
        return Rational(*bounded_fraction(written.replace("_", "")).as_integer_ratio())
    except OverflowError as error:
        raise ValueError(str(error)) from None


def bounded_fraction(written: str) -> Fraction:
    """A number or a quotient of two, as typed, exactly: 1e-3, 0.5, 1/3.

    Raises OverflowError for a decimal exponent that is too large, before so many digits are
    written out; ValueError and ZeroDivisionError for what is no number.
    """
    exponent = _EXPONENT.search(written)
    if exponent is not None and (len(exponent[1]) > MAX_DIGITS or
                                 int(exponent[1]) > MAX_DIGITS):
        raise OverflowError(f"a decimal exponent is at most {MAX_DIGITS}")
    return Fraction(written)


def digits(value: Value) -> int:
    """About how many digits the number before an expression has."""
    if isinstance(value, (Array, *CONDITIONS)):
        return 0
    coefficient = value.as_coeff_Mul()[0]
    if not coefficient.is_Rational:
        return 0
    return int(max(int(coefficient.p).bit_length(), int(coefficient.q).bit_length()) * 0.30103)


def fault_of_operation(operator: ast.operator, left: Value, right: Value) -> tuple[str, bool]:
    """What is wrong with an operation on numbers, or "", and whether it is its right side."""
    if isinstance(operator, ast.Div) and right == 0:
        return "this divides by zero", True
    if not isinstance(operator, ast.Pow) or not getattr(right, "is_Rational", False):
        return "", False
    if abs(right) > 1000:
        return "an exponent is at most 1000 in size", True
    if digits(left) * abs(right) > MAX_DIGITS:
        return f"this number would have more than {MAX_DIGITS} digits", False
    if left == 0 and right < 0:
        return "this divides by zero", False
    broken = getattr(left, "is_Rational", False) and left < 0 and not right.is_Integer
    return "a broken power of a negative number is not real" if broken else "", False


def _is_end(place: Expr, dim: Expr, in_time: bool) -> bool:
    """Whether a subscript is T - 1 or, in a model, before the first step or after the last."""
    if in_time and place in (-1, dim):
        return True
    return isinstance(place, Add) and len(place.args) == 2 and place.args[1] == dim and \
        bool(place.args[0].is_Integer and place.args[0] < 0)


def fault_of_index(place: Value, dim: Expr, text: str, in_time: bool) -> str:
    """What is wrong with a subscript at an axis of dimension `dim`, or nothing."""
    if isinstance(place, (Array, *CONDITIONS)):
        return "a subscript is an index, not an array or a condition"
    if _is_end(place, dim, in_time):
        return ""
    if place.is_Integer:
        length = dim.fixed if isinstance(dim, Dim) else int(dim)
        outside = place < 0 or (length is not None and place >= length)
        return f"subscript {place} is outside 0 … {dim} - 1" if outside else ""
    over = index_dimension(place)
    if over is None:
        return f"a subscript must be an index over {dim}; {text} is {what_is(place)}"
    return f"{text} ranges over {over}, this axis is {dim}" if over != dim else ""
