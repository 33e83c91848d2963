"""What is being done, reported to whoever shows it; to nobody, unless somebody listens.

The stages of long work call `report`, each tick of the clock `report_detail` (see
`derive.limits`). A listener hears those of the context in which it listens.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Listener(Protocol):
    """Somebody who shows what is being done."""

    def stage(self, what: str, done: int, of: int) -> None:
        """Work such as `checking lines` begins, on number `done` `of` several, or 0 of 0."""

    def detail(self, what: str) -> None:
        """Within the stage, such small work is being done."""


_listener: ContextVar[Listener | None] = ContextVar("derive_listener", default=None)


def _afresh() -> None:
    """The listener stays with the process that it shows; a child of it has none."""
    _listener.set(None)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_afresh)


def report(what: str, done: int = 0, of: int = 0) -> None:
    """Reports that a stage begins."""
    listener = _listener.get()
    if listener is not None:
        listener.stage(what, done, of)


def report_detail(what: str) -> None:
    """Reports the small work within a stage."""
    listener = _listener.get()
    if listener is not None:
        listener.detail(what)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Lets a listener hear what is done within the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
