"""Files that a run may write: none that it reads, none of somebody else's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from derive.errors import TrainingError

ENDINGS = ("", ".previous", ".lock")  # what is written beside a checkpoint or a log


def check_apart(written: Mapping[str, Path | None], read: Mapping[str, Path | None]) -> None:
    """Raises TrainingError where a file is to be written that is read, or written twice.

    Files are the same by their real path or, through other names, by what they are on the disk.
    The keys are the options that name them.
    """
    known = [(flag, path) for flag, path in read.items() if path is not None]
    for flag, path in written.items():
        if path is None:
            continue
        for other, mine in known:
            same = next((place for place in beside(path) if _same(place, mine)), None)
            if same is not None:
                what = "is" if same == path else f"writes {same.name} too, which is"
                doing = "reads" if other in read else "writes"
                raise TrainingError(f"{flag} {path} {what} the file that {other} {mine} {doing}; "
                                    "name another file")
        known += [(flag, place) for place in beside(path)]


def beside(path: Path) -> Iterator[Path]:
    """The names that are written for a file: its own, and those of files beside it."""
    yield from (path.with_name(path.name + ending) for ending in ENDINGS)


def _same(first: Path, second: Path) -> bool:
    if os.path.realpath(first) == os.path.realpath(second):
        return True
    with suppress(OSError):
        return first.exists() and second.exists() and os.path.samefile(first, second)
    return False
