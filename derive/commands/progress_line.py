"""What a command is doing, on one line of a terminal, after a second of work.

The line is written to standard error, over itself, and wiped before anything else is written.
There is none in a pipe, in a file, or on a terminal that cannot move back.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from derive.outgoing_text import plain_signs
from derive.reporting import listening

_AFTER = 1.0  # seconds of work before a line is shown
_REDRAWN = 0.25
_BAR = 24  # signs of a bar


class ProgressLine:
    """The line; a thread of its own writes it, for the work may be long between two reports.

    Without that thread, which a process that is forked should not have, reports write it. With a
    `bar` a stage of several pieces is drawn as one.
    """

    def __init__(self, what: str, threaded: bool = True, bar: bool = False) -> None:
        self._stage, self._detail, self._bar = what, "", bar
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._shown = 0  # columns that are written
        self._thread = threading.Thread(target=self._run, daemon=True) if threaded else None

    def stage(self, what: str, done: int, of: int) -> None:
        self._stage = f"{what}, {done} of {of}" if of > 1 else what
        if self._bar and of > 1:
            full = _BAR * done // of
            self._stage += f" [{'=' * full}{' ' * (_BAR - full)}] {100 * done // of} %"
        self._detail = ""
        if self._thread is None and time.monotonic() - self._began > _AFTER:
            self._draw()

    def detail(self, what: str) -> None:
        self._detail = what

    def start(self) -> None:
        """Shows the line when a second is over."""
        if self._thread is not None:
            self._thread.start()

    def write(self, text: str, err: bool = False) -> None:
        """Writes something else in the line's place."""
        with self._lock:
            self._wipe()
            click.echo(text, err=err)

    def end(self) -> None:
        """Wipes the line."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._wipe()

    def _run(self) -> None:
        wait = _AFTER
        while not self._over.wait(wait):
            wait = _REDRAWN
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        seconds = time.monotonic() - self._began
        width = shutil.get_terminal_size().columns - 1
        end = f", {seconds:.0f} s"
        both = f"{self._stage}: {self._detail}" if self._detail else self._stage
        room = max(0, width - len(end))
        both = plain_signs(both).replace("\n", " ")
        line = (both if len(both) <= room else self._stage[:room]) + end
        self._put(f"\r{line:<{min(self._shown, width)}}")
        self._shown = len(line)

    def _wipe(self) -> None:
        if self._shown:
            self._put(f"\r{'':<{self._shown}}\r")
            self._shown = 0

    def _put(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (OSError, ValueError):  # the terminal has gone
            self._over.set()


class _NoLine(ProgressLine):
    """Where there is no terminal: what the command writes is written, and nothing else."""

    def start(self) -> None:
        pass

    def end(self) -> None:
        pass


def can_be_shown() -> bool:
    """Whether standard error is a terminal that can write over a line."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


_lines: list[ProgressLine] = []  # those of the work that is going on, the innermost last


def remark(text: str) -> None:
    """Writes to standard error, in the place of a line that is shown."""
    text = plain_signs(text)
    if _lines:
        _lines[-1].write(text, err=True)
    else:
        click.echo(text, err=True)


@contextmanager
def working(what: str, threaded: bool = True, bar: bool = False) -> Iterator[ProgressLine]:
    """Shows what the block is doing, if it takes more than a second; with a `bar`, how far."""
    if not can_be_shown():
        yield _NoLine(what)
        return
    line = ProgressLine(what, threaded, bar)
    _lines.append(line)
    line.start()
    try:
        with listening(line):
            yield line
    finally:
        line.end()
        _lines.remove(line)
