"""What a run tells while it runs, on standard error: a bar on a terminal, lines in a pipe."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import IO, Any

from derive.outgoing_text import plain_signs

_BAR_SECONDS = 0.1
_LINE_SECONDS = 5.0
_READER_MAY_LEAVE = suppress(OSError, ValueError)  # a closed terminal or pipe ends no run
_WIDE, _TEXT = 80, 72  # columns that a bar needs, and those of what stands beside it


class Progress:
    """Tells nothing; the others build on it. `now` is a clock in seconds."""

    def __init__(self) -> None:
        self.total, self._first, self._since = 1, 0, time.perf_counter()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def start(self, step: int, total: int) -> None:
        """The run goes from `step` to `total`."""
        self.total, self._first, self._since = total, step, time.perf_counter()

    def step(self, step: int, loss: float) -> None:
        """A step is done."""

    def evaluated(self, step: int, text: str) -> None:
        """An evaluation on held-out data is done."""

    def note(self, text: str) -> None:
        """Something that the user should know."""

    def close(self) -> None:
        """The end."""

    def rate(self, step: int) -> str:
        """Speed and remaining time."""
        seconds = time.perf_counter() - self._since
        done = step - self._first
        if done <= 0 or seconds <= 0:
            return ""
        each = seconds / done
        return f"{speed(each)}  {duration(each * (self.total - step))} left"


class Lines(Progress):
    """Plain lines: one an evaluation, and one every few seconds."""

    def __init__(self, stream: IO[str] | None = None, seconds: float = _LINE_SECONDS) -> None:
        super().__init__()
        self._stream, self._seconds = stream or sys.stderr, seconds
        self._last = time.perf_counter()

    def step(self, step: int, loss: float) -> None:
        now = time.perf_counter()
        if now - self._last >= self._seconds:
            self._tell(step, f"loss {number(loss)}")

    def evaluated(self, step: int, text: str) -> None:
        self._tell(step, text)

    def note(self, text: str) -> None:
        with _READER_MAY_LEAVE:
            print(plain_signs(text), file=self._stream, flush=True)

    def _tell(self, step: int, text: str) -> None:
        self._last = time.perf_counter()
        self.note(f"step {step}/{self.total}  {text}  {self.rate(step)}".rstrip())


class Bar(Progress):
    """A bar with rate, remaining time and loss; it is drawn by the run's own thread."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress
        from rich.table import Column

        super().__init__()
        self._console = Console(file=stream or sys.stderr, highlight=False)
        texts = ("step {task.completed:.0f}/{task.total:.0f}",
                "{task.percentage:3.0f} %  {task.fields[loss]}  {task.fields[rate]}")
        # Where there is no room for a bar, one text is cut at its end.
        columns: list[Any] = [TextColumn("  ".join(texts), markup=False,
                                         table_column=Column(no_wrap=True))]
        if self._console.width >= _WIDE:
            width = min(40, self._console.width - _TEXT)
            columns = [TextColumn(texts[0]), BarColumn(width), TextColumn(texts[1], markup=False)]
        self._bar = RichProgress(
            *columns, console=self._console, auto_refresh=False, transient=True)
        self._task: Any = None
        self._last = 0.0

    def start(self, step: int, total: int) -> None:
        super().start(step, total)
        self._task = self._bar.add_task("", total=total, completed=step, rate="", loss="")
        with _READER_MAY_LEAVE:
            self._bar.start()

    def step(self, step: int, loss: float) -> None:
        now = time.perf_counter()
        if now - self._last >= _BAR_SECONDS and self._task is not None:
            self._last = now
            with _READER_MAY_LEAVE:
                self._bar.update(self._task, completed=step, rate=self.rate(step),
                                 loss=f"loss {number(loss)}")
                self._bar.refresh()

    def evaluated(self, step: int, text: str) -> None:
        self.note(f"step {step}/{self.total}  {text}")

    def note(self, text: str) -> None:
        with _READER_MAY_LEAVE:
            self._console.print(plain_signs(text), markup=False, soft_wrap=True)

    def close(self) -> None:
        with _READER_MAY_LEAVE:
            self._bar.stop()


def progress(stream: IO[str] | None = None) -> Progress:
    """A bar where `stream` (standard error) is a terminal that can draw it, else lines."""
    stream = stream or sys.stderr
    if stream.isatty() and os.environ.get("TERM") != "dumb":
        return Bar(stream)
    return Lines(stream)


def number(value: float) -> str:
    """A loss or a metric for a reader: four decimals, and four significant digits if it is small.

    >>> number(2.5), number(0.000012345), number(-0.0)
    ('2.5000', '1.234e-05', '0.0000')
    """
    small = 0 < abs(value) < 1
    return f"{value:#.4g}" if small else f"{value + 0.0:.4f}"


def many(count: float, unit: str) -> str:
    """A count for a reader: `1 epoch`, `0.0893 epochs`, `2000 epochs`, never `2e+03 epochs`."""
    text = f"{count:.0f}" if count >= 999.5 else f"{count:.3g}"
    return f"{text} {unit}{'' if text == '1' else 's'}"


def duration(seconds: float) -> str:
    """Seconds for a reader: `42 s`, `3 min 05 s`, `2 h 10 min`."""
    rounded = round(seconds)
    if rounded < 60:
        return f"{rounded} s"
    if rounded < 3600:
        return f"{rounded // 60} min {rounded % 60:02d} s"
    return f"{rounded // 3600} h {rounded % 3600 // 60:02d} min"


def speed(seconds: float) -> str:
    """The time of a step for a reader."""
    return f"{seconds * 1e3:.3g} ms/step" if seconds < 1 else f"{seconds:.3g} s/step"
