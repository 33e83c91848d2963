"""One thread at a time works on formulas; the others wait their turn, and none waits long.

SymPy determines what it assumes of an expression in several steps, on objects that all threads
share, and mpmath renews its constants in two. A thread that looked between the steps would see a
wrong answer. Python runs one thread at a time anyway, so taking turns costs nothing.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque

_AT_LEAST = 0.02  # seconds that a turn lasts before another thread is let in


class Turns:
    """A lock that is handed over in the order in which it was asked for; its owner may nest it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._owner = 0  # the thread whose turn it is; 0 for none
        self._nested, self._since = 0, 0.0

    def take(self) -> None:
        """Waits for this thread's turn."""
        me = threading.get_ident()
        if self._owner == me:
            self._nested += 1
            return
        with self._guard:
            if not self._owner:
                self._owner, self._since = me, time.monotonic()
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            mine.acquire()
        except BaseException:  # as by Ctrl-C: the turn goes to the next, if it has come already
            with self._guard:
                waits = mine in self._waiting
                if waits:
                    self._waiting.remove(mine)
            if not waits:
                self._pass_on()
            raise
        self._owner, self._since = me, time.monotonic()

    def leave(self) -> None:
        """Ends what `take` began; of a thread that does not have the turn, nothing."""
        if self._owner != threading.get_ident():
            return
        if self._nested:
            self._nested -= 1
        else:
            self._pass_on()

    def give_way(self) -> None:
        """Lets the threads that wait work before this one goes on, if it is its turn."""
        if self._waiting and self._owner == threading.get_ident() and \
                time.monotonic() - self._since > _AT_LEAST:
            nested, self._nested = self._nested, 0
            self._pass_on()
            self.take()
            self._nested = nested

    def _pass_on(self) -> None:
        with self._guard:
            self._owner = -1 if self._waiting else 0  # -1: on its way to the next
            if self._waiting:
                self._waiting.popleft().release()


_turns = Turns()


class _Turn:
    """A turn at working on formulas, as a context."""

    def __enter__(self) -> None:
        _turns.take()

    def __exit__(self, *_error: object) -> None:
        _turns.leave()


TURN = _Turn()


def give_way() -> None:
    """Lets other threads have their turn; for a place where nothing is half done."""
    _turns.give_way()


def _afresh() -> None:
    """In a child process the threads that waited or worked do not exist."""
    global _turns
    _turns = Turns()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_afresh)
