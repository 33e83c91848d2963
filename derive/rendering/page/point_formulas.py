"""Numbers of a page as mathematics: a point by its names, derivatives at a place, vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from derive.notation.printing.markup import digits, fenced, fraction, listed, operator, scripts
from derive.notation.printing.markup_names import markup_name


def point(values: Mapping[str, Any]) -> str:
    """A point: `K = 2, o = (0, 1)`; the values are numbers as text, or tuples of such."""
    return ", ".join(f"<math>{markup_name(name)}{operator('=')}{_value(value)}</math>"
                     for name, value in values.items())


def value(number: Any) -> str:
    """One number, as text, or a tuple of numbers."""
    return f"<math>{_value(number)}</math>"


def slope_at(field: str, component: str, variable: str, by: str, number: str) -> str:
    """The derivative of a component of a field by a component of its variable: its value."""
    above = operator("∂", _TIGHT) + scripts(markup_name(field), _index(component))
    below = operator("∂", _TIGHT) + scripts(markup_name(variable), _index(by))
    return f"<math>{fraction(above, below)}{operator('=')}{_value(number)}</math>"


_TIGHT = ' form="prefix" lspace="0" rspace="0"'


def _value(number: Any) -> str:
    if isinstance(number, tuple):
        return fenced("(", listed([_value(part) for part in number]), ")")
    text = str(number)
    sign = operator("−", ' form="prefix"') if text.startswith("-") else ""
    return sign + digits(text.removeprefix("-"))


def _index(text: str) -> str:
    """Subscripts of numbers, with commas between them."""
    return listed([digits(part) for part in text.split(",")])
