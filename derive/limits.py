"""How long a call may work: counted and checked where the work is done.

Every call that derives, judges or shows a formula has a bound on the processor time of its
thread. `tick` stands wherever a formula can make the work long; it raises PatienceError when the
time is over. Nothing interrupts the code between two ticks.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from derive.argument_kinds import POSITIVE
from derive.errors import PatienceError
from derive.public_arguments import public
from derive.reporting import report_detail
from derive.turns import give_way

# The processor time of this thread; Python in a browser has no threads, and no such clock.
clock = getattr(time, "thread_time", time.process_time)
PATIENCE = 60.0  # seconds that a call may take, where nothing else is asked for
_MASK = 15  # the clock is looked at once in so many ticks, plus one: a power of two less one


class Bound:
    """A piece of work that ends when the processor time of this thread reaches `end`."""

    __slots__ = ("count", "decided", "end", "mask", "outer", "over", "seconds")

    def __init__(self, seconds: float, outer: Bound | None) -> None:
        self.seconds, self.outer = seconds, outer
        self.end = clock() + seconds
        self.count, self.mask, self.over, self.decided = 0, _MASK, "", ""

    @property
    def left(self) -> float:
        """The seconds that are left, at least 0; those of the bounds around it count too."""
        now, bound, end = clock(), self.outer, self.end
        while bound is not None:
            end, bound = min(end, bound.end), bound.outer
        return max(0.0, end - now)

    def check(self, what: str) -> None:
        """Raises PatienceError when the time is over; `what` is being done."""
        give_way()
        report_detail(what)
        now = clock()
        bound: Bound | None = self
        late = None
        while bound is not None:
            if now >= bound.end:
                late = bound
            bound = bound.outer
        if late is not None:
            late.over = late.over or what
            self.mask = 0  # from now on every tick raises
            raise late.error()

    def error(self) -> PatienceError:
        """The error that says what was decided, and what was being done when the time was over."""
        decided = f"; until then {self.decided}" if self.decided else ""
        return PatienceError(
            f"no end within {self.seconds:g} s of work; the time went into {self.over}{decided}. "
            "Allow more with --patience SECONDS (derive.patience(SECONDS) in Python), or take a "
            "smaller formula", self)


_current: ContextVar[Bound | None] = ContextVar("derive_bound", default=None)
_allowed: ContextVar[float] = ContextVar("derive_patience", default=PATIENCE)


def tick(what: str) -> None:
    """One small piece of work, such as `matching rules`. Raises PatienceError."""
    bound = _current.get()
    if bound is not None:
        bound.count += 1
        if not bound.count & bound.mask:
            bound.check(what)


def decided(what: str) -> None:
    """Notes what this work has decided so far: the error says it, if the time is over after it."""
    bound = _current.get()
    while bound is not None:
        bound.decided, bound = what, bound.outer


@contextmanager
def within(seconds: float) -> Iterator[Bound]:
    """Bounds the work of a block.

    Raises PatienceError when the time is over, also where something in the block took the error
    for a DeriveError like any other; its `bound` is the one that this yields.
    """
    bound = Bound(seconds, _current.get())
    token = _current.set(bound)
    try:
        yield bound
    except PatienceError:
        raise
    except Exception:
        if bound.over:
            raise bound.error() from None
        raise
    else:
        if bound.over:
            raise bound.error()
    finally:
        _current.reset(token)


@contextmanager
def call() -> Iterator[Bound]:
    """Bounds the work of one call by what `patience` allows."""
    with within(_allowed.get()) as bound:
        yield bound


def allowed() -> float:
    """The seconds that a call may take."""
    return _allowed.get()


@public(seconds=POSITIVE)
@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Lets every call within the block work for so many seconds of processor time.

    Without it a call may take 60, and raises PatienceError after that. Raises ArgumentError for a
    number that is not positive.

    >>> with derive.patience(5):
    ...     derive.grad("z**2").notation
    '2 * z'
    """
    token = _allowed.set(float(seconds))
    try:
        yield
    finally:
        _allowed.reset(token)
