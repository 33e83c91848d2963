"""Files as they are written: whole or not at all, through no link, over nobody else's.

A file is written beside its place under a name that nobody can foresee, and put in its place when
the disk has it. Whoever dies between leaves a file `.NAME.….part`, which the next writer of NAME
clears away: a lock on it shows whether its writer lives.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from derive.errors import DeriveError
from derive.given_files import content_of

_LONGEST = 150  # signs of a name that the name of its temporary file repeats
_KEPT = 20_000  # digests in the record
_ATTEMPTS = 3
_FRESH = 2  # seconds in which a file may wait for its lock


def write_file(path: Path, content: bytes | str, error: type[DeriveError] = DeriveError, *,
               recorded: bool = True) -> None:
    """Writes a file whole or not at all; the mode of a file that is replaced is kept.

    A link that is named leads to the file that is written; a device or a pipe takes what it is
    given. Raises `error`, naming the file and the reason. With `recorded`, `is_recorded` knows
    the file again.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            _write_straight(path, data)
            return
        if recorded:
            _record(data)  # before: a file that is there is known
        place_file(Path(os.path.realpath(path)), data)
    except (OSError, ValueError) as failure:  # ValueError: a zero byte in the path
        raise error(f"cannot write {str(path)!r}: {failure}" if isinstance(failure, ValueError) else
                    f"cannot write {path}: {failure.strerror or failure}") from None


def place_file(path: Path, content: bytes) -> None:
    """Writes a file at this very name: a link there is replaced, not followed. Raises OSError."""
    with beside(path, content) as part:
        os.replace(part, path)
    sync_folder(path.parent)


@contextmanager
def beside(path: Path, content: bytes) -> Iterator[Path]:
    """A file with this content beside `path`, on the disk, which the block puts in its place.

    Raises OSError where it cannot be written; it is gone after the block.
    """
    _clear(path)
    part = temporary_name(path)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
                     | getattr(os, "O_BINARY", 0), 0o666)
    try:
        try:
            lock(handle)
            _keep_mode(path, handle)
            write_all(handle, content)
            os.fsync(handle)
            if sys.platform != "win32":  # which moves no open file
                yield part
        finally:
            os.close(handle)
        if sys.platform == "win32":
            yield part
    finally:
        with suppress(OSError):
            part.unlink()


def temporary_name(path: Path) -> Path:
    """A name beside `path` that nobody can foresee, for a file that does not stay."""
    return path.with_name(f".{path.name[:_LONGEST]}.{secrets.token_hex(8)}.part")


def write_all(handle: int, content: bytes) -> None:
    """Writes all of the bytes to an open file."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def sync_folder(folder: Path) -> None:
    """Waits until the disk has the names in a folder, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems cannot
            raise
    finally:
        os.close(handle)


def lock(handle: int) -> bool:
    """Locks an open file for as long as it is open; False where somebody else has locked it.

    The system lets go of it when a process dies. Where it knows no locks, nobody is kept out.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # a Python without system calls, in a browser
        return True
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


class Lock:
    """A file `NAME.lock` beside a file, locked by a run that writes it, and gone afterwards.

    What a dead process has left locks nobody out.
    """

    def __init__(self, path: Path) -> None:
        path = Path(os.path.realpath(path))
        self.path = path.with_name(path.name + ".lock")
        self._handle: int | None = None

    def take(self) -> bool:
        """Takes the lock; False where another process or run has it. Raises OSError."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        for _ in range(_ATTEMPTS):
            handle = os.open(self.path, flags, 0o666)
            if not lock(handle):
                os.close(handle)
                return False
            if self._is_there(handle):
                self._handle = handle
                return True
            os.close(handle)  # who had it has just removed it
        return False

    def __del__(self) -> None:
        self.release()

    def release(self) -> None:
        """Lets go of the lock, and removes its file."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        with suppress(OSError):
            if sys.platform != "win32" and self._is_there(handle):
                self.path.unlink()
        os.close(handle)
        if sys.platform == "win32":
            with suppress(OSError):
                self.path.unlink()

    def _is_there(self, handle: int) -> bool:
        """Whether the locked file is still the one of that name."""
        try:
            return os.path.samestat(os.fstat(handle), os.stat(self.path))
        except OSError:
            return False


# Whose a file is


def is_recorded(path: Path) -> bool:
    """Whether this user's derive has written the file, and nobody has changed it since."""
    try:
        digest = _digest(content_of(path))
        return digest in _record_file().read_text(encoding="ascii").splitlines()
    except (OSError, ValueError, RuntimeError):
        return False


def is_empty(path: Path) -> bool:
    """Whether there is nothing at a place that could be lost: no file, none with content."""
    try:
        return not path.stat().st_size and path.is_file()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False


def cache_home() -> Path:
    """The folder in which derive may keep what it can do without. Raises RuntimeError."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):  # a relative one is to be ignored, says the XDG specification
            base = str(Path.home() / ".cache")
    return Path(base) / "derive"


def _record_file() -> Path:
    return cache_home() / "written-files"


def _record(content: bytes) -> None:
    """Notes the digest of a file; where that cannot be, the file counts as somebody else's."""
    with suppress(OSError, ValueError, RuntimeError):
        place, line = _record_file(), f"{_digest(content)}\n"
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0),
                         0o600)
        with open(handle, "r+", encoding="ascii", newline="\n") as file:
            known = file.readlines()
            if line not in known:
                file.write(line)
        if len(known) > 2 * _KEPT:
            place_file(place, "".join([*known[1 - _KEPT:], line]).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# What is beside a file


def _clear(path: Path) -> None:
    """Removes what writers of `path` have left who are no more."""
    pattern = re.compile(re.escape(f".{path.name[:_LONGEST]}.") + r"[0-9a-f]{16}\.part")
    with suppress(OSError):
        names = [n for n in os.listdir(path.parent) if pattern.fullmatch(n)]
        for part in map(path.with_name, names):
            with suppress(OSError):
                handle = os.open(part, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
                                 | getattr(os, "O_NONBLOCK", 0))
                try:
                    there = os.fstat(handle)
                    left = stat.S_ISREG(there.st_mode) and lock(handle) \
                        and time.time() - there.st_mtime > _FRESH
                finally:
                    os.close(handle)
                if left:
                    part.unlink()


def _keep_mode(path: Path, handle: int) -> None:
    """Gives an open file the mode of the one at `path`, and its group where that can be."""
    with suppress(FileNotFoundError):
        there = os.lstat(path)
        if stat.S_ISREG(there.st_mode) and hasattr(os, "fchmod"):
            with suppress(OSError):
                os.fchown(handle, -1, there.st_gid)
            os.fchmod(handle, stat.S_IMODE(there.st_mode))


def _write_straight(path: Path, content: bytes) -> None:
    """Writes to a device or a pipe, which cannot be replaced."""
    handle = os.open(path, os.O_WRONLY)
    try:
        write_all(handle, content)
    finally:
        os.close(handle)
