"""Errors in lines of the notation, pointed at in the lines as they were typed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from derive.errors import NotationError
from derive.notation.reading.scope import Scope
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


class Reading(Protocol):
    """A line that is read from a place on, in a scope."""

    @property
    def text(self) -> str:
        """The line."""

    @property
    def start(self) -> int:
        """Where its formula begins."""

    @property
    def scope(self) -> Scope:
        """Its names, and lines as they were typed."""


def typed_sign(at: Reading, node: ast.BinOp | ast.Call) -> str:
    """What was typed between the sides of an operation, or first of a call, such as a bar."""
    form, start = surface(at.text, at.start), 0
    of_call = isinstance(node, ast.Call)
    first = extent(form.text, node if isinstance(node, ast.Call) else node.left)[not of_call]
    last = first if isinstance(node, ast.Call) else extent(form.text, node.right)[0]
    if form.typed == form.text and at.text in at.scope.forms:
        form, start = at.scope.forms[at.text], at.start
    place = form.place(first + start)
    return form.typed[place] if of_call else form.typed[place:form.place(last + start)]
