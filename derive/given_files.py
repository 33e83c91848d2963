"""Files that a user names, read within bounds: a device has no end, and a pipe may have no writer.

What is wrong with a file is an OSError like those of the system, its words in `strerror`.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import sys
from pathlib import Path

MOST_BYTES = 64 << 20  # of a text
MOST_DATA = 8 << 30  # of data or weights
_PATIENCE = 5  # seconds without a byte after which a pipe is given up
_CHUNK = 1 << 20


def content_of(path: str | os.PathLike[str], most: int | None = MOST_BYTES) -> bytes:
    """What is in a file, or comes through a pipe: at most so many bytes.

    Raises OSError: for a device, for a pipe to which nobody writes, for more than `most`.
    """
    mode = mode_of(path)
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise OSError(errno.EINVAL, "it is a device, and no file of data", str(path))
    if stat.S_ISFIFO(mode):
        content = _from_pipe(path, most)
    else:
        with Path(path).open("rb") as file:
            content = file.read() if most is None else file.read(most + 1)
    if most is not None and len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MiB", str(path))
    return content


def mode_of(path: str | os.PathLike[str]) -> int:
    """What kind of file it is, and who may do what. Raises OSError, also for what is no name."""
    try:
        return Path(path).stat().st_mode
    except ValueError:  # it holds a zero byte, or half a sign
        raise OSError(errno.EINVAL, "no file has such a name", str(path)) from None


def text_of(path: str | os.PathLike[str]) -> str:
    """The text in a file, in UTF-8 with or without its mark; lines end in a newline.

    Raises OSError as `content_of`, and UnicodeDecodeError.
    """
    return decoded_lines(content_of(path))


def decoded_lines(content: bytes) -> str:
    """UTF-8 as text; lines end in a newline. Raises UnicodeDecodeError."""
    text = content.decode("utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def begins_with(path: Path, mark: bytes) -> bool:
    """Whether a plain file begins with these bytes; no file, and one that is none, does not."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(mark)) == mark
    except (OSError, ValueError):
        return False


def standard_input(most: int = MOST_BYTES) -> bytes:
    """What is typed or piped into this process. Raises OSError for more than `most` bytes."""
    stream = getattr(sys.stdin, "buffer", None)
    content: bytes = stream.read(most + 1) if stream is not None else b""
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MiB", "standard input")
    return content


def _from_pipe(path: str | os.PathLike[str], most: int | None) -> bytes:
    # Where this flag is not there, no path is a pipe.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    content = bytearray()
    with open(handle, "rb", buffering=0) as pipe:
        while most is None or len(content) <= most:
            if not select.select([pipe], [], [], _PATIENCE)[0]:
                raise OSError(errno.ETIMEDOUT, "nobody has written to this pipe for "
                              f"{_PATIENCE} s", str(path))
            part = pipe.read(_CHUNK)
            if not part:
                break
            content += part
    return bytes(content)
