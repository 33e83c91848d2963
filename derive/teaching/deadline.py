"""A bound on the time of work that cannot be divided: one formula may take for ever."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class OutOfTime(BaseException):  # not an Exception: nothing on the way may take it for one
    """The time for a piece of work is over."""


class Deadline:
    """The moment, `seconds` from now, at which work ends."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left, at least 0."""
        return max(0.0, self.end - time.monotonic())

    def check(self) -> None:
        """Raises OutOfTime when the time is over."""
        if not self.left:
            raise OutOfTime

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Ends the work within by OutOfTime.

        In the main thread of a Unix process an alarm does it wherever the work is; elsewhere
        only `check` does.
        """
        self.check()
        alarm = hasattr(signal, "setitimer") and \
            threading.current_thread() is threading.main_thread()
        if not alarm:
            yield
            return
        # The handler may run once more while the alarm is being put off: then it is no longer on.
        on = True

        def ring(_signal: int, _frame: Any) -> None:
            if on:
                raise OutOfTime

        before = signal.signal(signal.SIGALRM, ring)
        others, _ = signal.setitimer(signal.ITIMER_REAL, max(self.left, 1e-3), 0.2)
        started = time.monotonic()
        try:
            yield
        finally:
            on = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            if others:  # an alarm of someone else goes on
                rest = others - (time.monotonic() - started)
                signal.setitimer(signal.ITIMER_REAL, max(rest, 1e-3))
