"""Compiled kernels in the user's cache folder: built once, never loaded half written or damaged.

A library's file is named by what it was built from and by a digest of what is in it. Where the
folder cannot be written, or others can write it, libraries live in a private folder for as long
as this process does.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import shutil
import stat
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path

from derive.arrays.targets.c.c_compiler import (
    FLAGS,
    HERE,
    CompilerError,
    compiler,
    library_bytes,
    processor,
)
from derive.file_writing import beside, cache_home

_LOADED: dict[str, ctypes.CDLL] = {}


def cache_folder() -> Path:
    """Where libraries are kept from one run to the next."""
    return cache_home() / "kernels"


def library(text: str) -> ctypes.CDLL:
    """The library of a text of C, compiled unless it has been before.

    Raises CompilerError where it cannot be built, or not be loaded.
    """
    chosen = compiler()
    key = hashlib.sha256("\0".join([text, *FLAGS, *HERE, *chosen.command, chosen.version,
                                    processor()]).encode()).hexdigest()[:32]
    if key not in _LOADED:
        _LOADED[key] = _kept(key) or _built(key, text)
    return _LOADED[key]


def _kept(key: str) -> ctypes.CDLL | None:
    """The library that an earlier run has built; None where there is none that is whole."""
    folder = cache_folder()
    try:
        if unsafe(folder):
            return None
        for path in folder.glob(f"{key}-*{_suffix()}"):
            if path.name == _name(key, path.read_bytes()) and not unsafe(path):
                return ctypes.CDLL(str(path))
            path.unlink(missing_ok=True)
    except (OSError, RuntimeError):
        pass
    return None


def _built(key: str, text: str) -> ctypes.CDLL:
    """The library, built and kept."""
    made = library_bytes(text)
    name = _name(key, made)
    try:
        folder = cache_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        problem = unsafe(folder)
        if not problem:
            return ctypes.CDLL(str(_written(folder / name, made)))
    except (OSError, RuntimeError) as error:
        problem = str(getattr(error, "strerror", None) or error)
    _notice(f"compiled kernels cannot be kept in {folder_text()}: {problem}; they are built anew "
            "in each run")
    try:
        return ctypes.CDLL(str(_written(_private() / name, made)))
    except OSError as error:
        raise CompilerError(f"the compiled kernel cannot be loaded: {error}") from None


def folder_text() -> str:
    """The cache folder for a message."""
    try:
        return str(cache_folder())
    except RuntimeError:  # there is no home folder
        return "the cache folder"


def _written(path: Path, content: bytes) -> Path:
    """A file that is there as a whole or not at all."""
    with beside(path, content) as part:
        os.chmod(part, 0o700)
        os.replace(part, path)
    return path


def unsafe(path: Path) -> str:
    """Why nothing may be loaded from a folder or a file: others can write it. Empty where none."""
    user = getattr(os, "geteuid", None)
    if user is None:  # no users as POSIX has them
        return ""
    own = path.stat()
    if own.st_uid != user():
        return f"{path.name} belongs to another user"
    if own.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others can write {path.name}"
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            return f"everybody can write {parent}"
    return ""


def _name(key: str, content: bytes) -> str:
    return f"{key}-{hashlib.sha256(content).hexdigest()[:32]}{_suffix()}"


def _suffix() -> str:
    return ".dll" if sys.platform == "win32" else ".so"


@cache
def _private() -> Path:
    """A folder of this process alone."""
    folder = tempfile.mkdtemp(prefix="derive-")
    atexit.register(shutil.rmtree, folder, True)
    return Path(folder)


@cache
def _notice(text: str) -> None:
    warnings.warn(text, RuntimeWarning, stacklevel=2)
