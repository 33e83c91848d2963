"""A request as the arguments of a function, and as the command that asks the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from derive.premises import Asked
from derive.rendering.asked_command import asked_command
from derive.studio.studio_request import Request

_OPTIONS = {"language": "target"}  # those that the command line calls otherwise


def request_command(request: Request) -> str:
    """The command that answers a request: what is typed where the page cannot answer."""
    made = arguments(request)
    given = tuple(made.pop("given", ()))
    options = tuple((_OPTIONS.get(name, name), value) for name, value in made.items())
    return asked_command(Asked(request.question.function, request.formula, given, options))


def arguments(request: Request) -> dict[str, Any]:
    """The arguments of the question's function beside the formula."""
    made: dict[str, Any] = {} if request.question.kind == "model" else {
        "given": list(request.given)}
    for name, text in request.options.items():
        made[name] = _READERS.get(name, str.strip)(text)
    return made


def _as_text(text: str) -> str:
    """Numbers or a table: a line that ends cannot name a file of this machine."""
    return f"{text.strip()}\n"


def _kept(text: str) -> object:
    """Which names stay in the result: none, or those that are listed."""
    return False if text.strip() == "none" else text.strip()


def _listed(text: str) -> list[str]:
    """Texts between semicolons or on lines of their own."""
    return [part.strip() for part in text.replace(";", "\n").split("\n") if part.strip()]


_READERS: Mapping[str, Callable[[str], object]] = {"keep": _kept, "through": _listed,
                                                   "data": _as_text}
