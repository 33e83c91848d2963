"""A request to the studio's engine: plain data that is checked before anything is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from derive.errors import ArgumentError, ChoiceError
from derive.short_reprs import Brief
from derive.studio.studio_questions import CHOICES, Question, question

MOST_SIGNS = 100_000  # of all texts of a request
MOST_GIVEN = 200  # lines
DETAILS = ("brief", "normal", "full")
SECONDS = 20.0  # of processor time, where the request asks for no other bound
MOST_SECONDS = 300.0
_KEYS = ("ask", "formula", "given", "options", "detail", "patience")
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Request(Brief, by=("ask", "formula")):
    """What is asked: the question's name, the formula as typed, the given lines, the options.

    `options` are texts by the name of an input of the question; empty ones are left out.
    `patience` bounds the processor time in seconds.
    """

    ask: str
    formula: str
    given: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=lambda: _NONE)
    detail: str = "normal"
    patience: float = SECONDS

    @property
    def question(self) -> Question:
        """The kind of question."""
        return question(self.ask)

    @staticmethod
    def of_data(data: object) -> Request:
        """The request of JSON data. Raises ArgumentError or ChoiceError, in one line."""
        if not isinstance(data, Mapping):
            raise ArgumentError("a request is an object with 'ask' and 'formula'")
        unknown = [str(key)[:40] for key in data if key not in _KEYS]
        if unknown:
            raise ArgumentError(f"unknown key {unknown[0]!r} in a request; known are "
                                f"{', '.join(_KEYS)}")
        asked = question(_text(data, "ask"))
        given = _texts(data.get("given", []))
        request = Request(asked.name, _text(data, "formula"), given, _options(data, asked),
                          _detail(data), bound_of(data.get("patience", SECONDS)))
        if request.signs > MOST_SIGNS:
            raise ArgumentError(f"the texts have {request.signs:,} signs; at most {MOST_SIGNS:,} "
                                "are read here; the command line takes longer ones from a file")
        return request

    @property
    def signs(self) -> int:
        """The length of all texts."""
        return sum(map(len, (self.formula, *self.given, *self.options.values())))


def seconds_of(text: bytes) -> float:
    """The bound on its work that the JSON text of a request asks for; the usual one otherwise."""
    try:
        data = json.loads(text)
        data = data.get("practice", data)
        return bound_of(data.get("patience", SECONDS))
    except (ValueError, RecursionError, AttributeError, ArgumentError):
        return SECONDS  # it is refused in words


def _text(data: Mapping[str, object], key: str) -> str:
    text = data.get(key, "")
    if not isinstance(text, str):
        raise ArgumentError(f"{key!r} of a request is a text")
    return text


def _texts(lines: object) -> tuple[str, ...]:
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ArgumentError("'given' of a request is a list of texts")
    if len(lines) > MOST_GIVEN:
        raise ArgumentError(f"'given' has {len(lines)} lines; at most {MOST_GIVEN} are read")
    return tuple(line for line in lines if line.strip())


def _options(data: Mapping[str, object], asked: Question) -> Mapping[str, str]:
    options = data.get("options", {})
    if not isinstance(options, Mapping) or not all(
            isinstance(part, str) for pair in options.items() for part in pair):
        raise ArgumentError("'options' of a request is an object of texts")
    unknown = [name for name in options if name not in asked.inputs]
    if unknown:
        raise ArgumentError(f"{asked.label} takes no {unknown[0][:40]!r}; it takes "
                            f"{', '.join(asked.inputs) or 'a formula alone'}")
    typed = {name: text for name, text in options.items() if text.strip()}
    for name, text in typed.items():
        choices = list(filter(None, CHOICES.get(name, ())))
        if not choices:
            continue
        typed[name] = text.strip()
        if typed[name] not in choices:
            raise ChoiceError(f"{name} is one of {', '.join(choices)}, not {typed[name][:40]!r}")
    return MappingProxyType(typed)


def _detail(data: Mapping[str, object]) -> str:
    detail = data.get("detail", "normal")
    if detail not in DETAILS:
        raise ChoiceError(f"'detail' is one of {', '.join(DETAILS)}")
    return str(detail)


def bound_of(value: object) -> float:
    """A bound on work in seconds. Raises ArgumentError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or \
            not 0 < value <= MOST_SECONDS:
        raise ArgumentError(f"'patience' is a number of seconds, at most {MOST_SECONDS:g}")
    return float(value)
