"""The heads that a text names: a loss of the catalogue, with numbers for its constants."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from derive.errors import ModelError
from derive.notation.reading.declaration_lines import declared_names
from derive.tables.cell_table import Head, heads
from derive.tables.loss_table import Entry, entry_for

TARGETS = ("y", "t")
_HEAD = re.compile(r"\s*([\w-]+)\s*(?:\((.*)\))?\s*\Z", re.DOTALL)

_ALLOWED: dict[str, Callable[[Fraction], bool]] = {
    "positive": lambda value: value > 0, "nonnegative": lambda value: value >= 0}


def find_head(text: str) -> tuple[Head, Entry, dict[str, str]]:
    """The head that a text names, `LOSS` or `LOSS(name=1)`: its loss, and constants.

    Raises UnknownNameError for what is no loss, ModelError for a text that is no head.
    """
    match = _HEAD.match(text)
    if match is None:
        raise ModelError(f"{text!r} is no head; write a name such as {heads()[0].name}, or "
                         "LOSS(name=1) for a loss with a constant")
    name, written = match.groups()
    numbers = _numbers(written or "", text)
    known = next((h for h in heads() if h.name == name), None)
    entry = entry_for(name) if known is None else _loss_of(known)
    kinds = {n: line.partition(":")[2].strip() for line in entry.given
             for n in declared_names([line])}
    for key, number in numbers.items():
        if key not in kinds:
            raise ModelError(f"the loss {entry.name} has no {key}; it has "
                             f"{', '.join(sorted(kinds))}")
        allowed = _ALLOWED.get(kinds[key])
        if allowed is not None and not allowed(Fraction(number)):
            raise ModelError(f"{key} of the loss {entry.name} is {kinds[key]}, not {number}")
    return (known or Head(entry.name, entry.title, entry.name, (entry.wrt,)), entry,
            {key: f"({number})" for key, number in numbers.items()})


def _loss_of(head: Head) -> Entry:
    """The loss of a step of a head: an entry, or a formula of its own with the names of one."""
    entry = entry_for(head.loss)
    return replace(entry, name=head.name, title=head.title,
                   loss=head.step_loss or head.sequence_loss) \
        if head.equations else entry


def _numbers(written: str, head: str) -> dict[str, str]:
    """The constants of a head, `delta=1, tau=1/3`. Raises ModelError for what is none."""
    numbers = {}
    for part in map(str.strip, written.split(",")):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if part and not equals:
            raise ModelError(f"{part!r} in {head!r} should read name=value")
        if equals:
            numbers[key] = _constant(key, value, head)
    return numbers


def target_type(head: str) -> str:
    """The type of what a head's loss compares with: `label(K)`, `binary`, `real`, ….

    Raises UnknownNameError and ModelError as `find_head`.
    """
    return next((given.partition(":")[2].strip() for given in find_head(head)[1].given
                 if not set(TARGETS).isdisjoint(declared_names([given]))), "")


def _constant(name: str, value: str, head: str) -> str:
    """The number of a constant, `0.1` or `1/3`. Raises ModelError for anything else."""
    try:
        Fraction(value)
    except (ValueError, ZeroDivisionError):
        raise ModelError(f"{name} in {head!r} should be a number, as in {name}=1, not "
                         f"{value!r}") from None
    return value
