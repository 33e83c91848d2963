"""Files as they are read: plain ones only, and no more of one than its reader can use."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_TEXT = 64_000_000  # bytes of a file that a person has written
MOST_DATA = 8_000_000_000  # bytes of a file of data or weights
_KINDS = ((stat.S_ISFIFO, "it is a pipe, and no file"), (stat.S_ISSOCK, "it is a socket, no file"),
          (stat.S_ISCHR, "it is a device, and no file"), (stat.S_ISBLK, "it is a device, no file"))


def file_bytes(path: str | os.PathLike[str], most: int = MOST_TEXT) -> bytes:
    """The content of a plain file of up to `most` bytes.

    Raises OSError with a `strerror` in words: also for a device, a pipe, a folder, and for a file
    that is larger. A pipe is not waited for.
    """
    # A pipe that nobody writes to would hold up `open` for ever, a device may have no end.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
                     | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        reason = next((words for is_kind, words in _KINDS if is_kind(mode)), "")
        if reason:
            raise OSError(errno.EINVAL, reason)
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most // 1_000_000:,} MB")
    return content


def file_text(path: str | os.PathLike[str], encoding: str = "utf-8-sig") -> str:
    """The text of a plain file, lines ending in a newline.

    Raises OSError as `file_bytes`, UnicodeDecodeError for what is no such text.
    """
    return file_bytes(path).decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def begins_with(path: Path, mark: bytes) -> bool:
    """Whether a plain file begins with these bytes; no file, and one that is none, does not."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(mark)) == mark
    except (OSError, ValueError):
        return False
