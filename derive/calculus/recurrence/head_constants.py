"""The constants of a head, as in `LOSS(delta=0.1)`."""

from __future__ import annotations

from fractions import Fraction

from derive.errors import ModelError


def constants_in(written: str, head: str) -> dict[str, str]:
    """The constants of a head, `delta=1, tau=1/3`. Raises ModelError for what is none."""
    numbers = {}
    for part in map(str.strip, written.split(",")):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if part and not equals:
            raise ModelError(f"{part!r} in {head!r} should read name=value")
        if equals:
            numbers[key] = _constant(key, value, head)
    return numbers


def _constant(name: str, value: str, head: str) -> str:
    """The number of a constant, `0.1` or `1/3`. Raises ModelError for anything else."""
    try:
        Fraction(value)
    except (ValueError, ZeroDivisionError):
        raise ModelError(f"{name} in {head!r} should be a number, as in {name}=1, not "
                         f"{value!r}") from None
    return value
