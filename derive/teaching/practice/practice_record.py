"""A practice as the text of a sheet: its lines, and hints and attempts as comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from derive.teaching.exercises.hand_in import practice_title
from derive.teaching.sheets.sheet import Entry, Passed, Sheet

_COUNT = re.compile(r"#\s*hints:\s*\d+\s*\Z")
_NOTE = re.compile(r"\s*#\s*(hint|not right|asked)(?: (\d))? after (\d+): (.*)")
_COMMENT = re.compile(r"\s*(#.*)?\Z")


@dataclass(frozen=True)
class Event:
    """A line that was taken, a hint of a `grade`, an attempt that was wrong, or what was asked.

    `after` counts the lines before it.
    """

    kind: str
    text: str
    after: int = 0
    grade: int = 0

    def written(self) -> str:
        """The line of a sheet: all but lines are comments."""
        if self.kind == "line":
            return self.text
        grade = f" {self.grade}" if self.grade else ""
        return f"# {self.kind}{grade} after {self.after}: {self.text}"


def record_text(title: str, head: str, events: Iterable[Event], hints: int) -> str:
    """A sheet: what is given and asked, the lines, and what else happened as comments."""
    count = (f"# hints: {hints}",) if hints else ()
    return "\n".join((f"# practice: {title}", *count, head.strip("\n"),
                      *(event.written() for event in events))) + "\n"


@dataclass(frozen=True)
class Record:
    """A sheet taken apart: its title (empty where no practice wrote it), head and events."""

    title: str
    head: str
    events: tuple[Event, ...]


def record_of(sheet: Sheet) -> Record:
    """The title, the head and the events of a sheet that has been read."""
    raw = sheet.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbers = list(dict.fromkeys(entry.number for entry in _below_the_task(sheet.entries)))
    end = _head_end(raw, numbers[0] - 1 if numbers else len(raw))
    starts = [number - 1 for number in numbers]
    events: list[Event] = list(_notes(raw[end:starts[0] if starts else len(raw)]))
    for start, stop in zip(starts, [*starts, len(raw)][1:], strict=True):
        last = start + _head_end(raw[start:stop], stop - start)
        after = sum(event.kind == "line" for event in events)
        events.append(Event("line", "\n".join(raw[start:last]), after))
        events += _notes(raw[last:stop])
    head = (line for line in raw[:end] if practice_title(line) is None and not _COUNT.match(line))
    return Record(practice_title(raw[0]) or "", "\n".join(head), tuple(events))


def _below_the_task(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries below the task; of a task that is pinned, the lines that state it come first."""
    stated = next((n for n, entry in enumerate(entries, 1)
                   if isinstance(entry, Passed) and entry.kind == "task"), 0)
    return entries[stated:] if all(isinstance(e, Passed) for e in entries[:stated]) else entries


def _head_end(raw: list[str], stop: int) -> int:
    """The place behind the last line before `stop` that is no comment and not empty."""
    return next((n for n in range(stop, 0, -1) if not _COMMENT.match(raw[n - 1])), 0)


def _notes(lines: Iterable[str]) -> Iterator[Event]:
    """The events in comments."""
    for line in lines:
        note = _NOTE.match(line)
        if note is not None:
            kind, grade, after, text = note.groups()
            yield Event(kind, text, int(after), int(grade or 0))
