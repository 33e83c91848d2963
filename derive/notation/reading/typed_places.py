"""Errors in lines of the notation, pointed at in the lines as they were typed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from derive.errors import NotationError
from derive.notation.reading.surface_forms import surface
from derive.notation.reading.surface_text import Surface
from derive.notation.reading.syntax import extent

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def in_typed_places(*forms: Surface) -> Iterator[None]:
    """Errors in the texts of forms come out as errors in what was typed."""
    try:
        yield
    except NotationError as error:
        for form in forms:
            error = form.blamed(error)
        raise error from None


def as_typed(read: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[str, P], T]:
    """A reader of lines of the notation, for lines as typed."""
    @wraps(read)
    def reading(line: str, /, *args: P.args, **options: P.kwargs) -> T:
        form = surface(line)
        with in_typed_places(form):
            return read(form.text, *args, **options)

    return reading


def between(line: str, node: ast.BinOp, start: int, forms: Mapping[str, Surface]) -> str:
    """What was typed between the sides of an operation; `forms` are lines as they were typed."""
    form = surface(line, start)
    first, last = extent(form.text, node.left)[1], extent(form.text, node.right)[0]
    if line in forms and form.typed == form.text:
        form, first, last = forms[line], first + start, last + start
    return form.typed[form.place(first):form.place(last)]
