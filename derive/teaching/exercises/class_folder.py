"""The folder of a class: which of its files are hand-ins, and what is wrong with them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from derive.errors import DeriveError
from derive.teaching.exercises.sheet_marking import HandIn
from derive.teaching.sheets.sheet_rows import MAX_SIGNS, decoded

SUFFIXES = (".txt", ".md", ".tex")
MOST_FILES = 5000
_MOST_BYTES = 4 * MAX_SIGNS


def hand_ins(folder: Path, but: Path | None = None) -> tuple[list[HandIn], list[str]]:
    """The hand-ins of a folder and of those in it, by path; and what was passed over, and why.

    A file that cannot be read is a hand-in that says so. `but` is a file that is none. Raises
    DeriveError for what is no folder, and for a folder without any.
    """
    shown_folder = printable(str(folder))
    if not folder.is_dir():
        state = "is no folder" if folder.exists() else "there is no such folder"
        raise DeriveError(f"cannot mark {shown_folder}: {state}")
    passed: list[str] = []
    taken: list[HandIn] = []
    alike: Counter[str] = Counter()
    for path in _files(folder, passed):
        if but is not None and same_file(path, but):
            continue
        shown = printable(path.relative_to(folder).as_posix())
        if path.suffix.lower() not in SUFFIXES:
            passed.append(f"{shown}: not a {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} file")
            continue
        alike[shown] += 1
        taken.append(hand_in_of(path, f"{shown} ({alike[shown]})" if alike[shown] > 1 else shown))
        if len(taken) > MOST_FILES:
            raise DeriveError(f"{shown_folder} holds more than {MOST_FILES} hand-ins; mark a "
                              "folder of it at a time")
    if not taken:
        beside = f"; passed over: {passed[0]}" if passed else ""
        raise DeriveError(f"there is no hand-in in {shown_folder}: none of its files ends in "
                          f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}{beside}")
    return taken, passed


def hand_in_of(path: Path, name: str) -> HandIn:
    """A file as a hand-in of that name, with its text, or with the reason why there is none."""
    try:
        if not path.is_file():
            path.stat()  # which says of a link what is wrong with it
            return HandIn(name, failure="it is no plain file")
        with path.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        text = decoded(content, "it") if len(content) <= _MOST_BYTES else ""
    except OSError as error:
        return HandIn(name, failure=f"it cannot be read: {error.strerror}")
    except DeriveError as error:
        return HandIn(name, failure=error.first_line)
    if len(content) > _MOST_BYTES:
        return HandIn(name, failure=f"it is longer than {MAX_SIGNS:,} signs")
    return HandIn(name, text, "" if text.strip() else "it is empty")


def printable(name: str) -> str:
    """A path without signs that a terminal obeys, or that no text can hold."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def _files(folder: Path, passed: list[str]) -> Iterator[Path]:
    """The files below a folder by path; hidden ones and folders behind links are left out."""
    def unread(error: OSError) -> None:
        name = os.path.relpath(error.filename or folder, folder)
        passed.append(f"{printable(name)}: it cannot be read: {error.strerror}")

    for place, folders, files in os.walk(folder, onerror=unread):
        here = Path(place)
        for name in [f for f in folders if (here / f).is_symlink()]:
            shown = (here / name).relative_to(folder).as_posix()
            passed.append(f"{printable(shown)}: a link to a folder is not followed")
            folders.remove(name)
        folders[:] = sorted((f for f in folders if not f.startswith((".", "__MACOSX"))),
                            key=_letters)
        yield from (here / name for name in sorted(files, key=_letters) if not name.startswith("."))


def _letters(name: str) -> tuple[str, str]:
    """What names are sorted by: their letters, whatever the case."""
    return name.casefold(), name


def same_file(path: Path, other: Path) -> bool:
    """Whether two paths lead to the same file; not where one of them leads to none."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False
