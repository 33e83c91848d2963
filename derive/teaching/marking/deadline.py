"""The time for a sheet, which is spent in several pieces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from derive.limits import clock, tick, within


class Deadline:
    """The moment, after `seconds` of this thread's processor time, at which work ends."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.end = clock() + seconds

    def check(self) -> None:
        """A place at which work may end: raises PatienceError when the time is over."""
        tick("judging lines")

    @contextmanager
    def bound(self, share: float = 1) -> Iterator[None]:
        """Bounds a piece of the work by a share of what is left. Raises PatienceError."""
        with within(max(0.0, share * (self.end - clock()))) as bound:
            bound.check("judging lines")
            yield
