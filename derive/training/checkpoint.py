"""The file format of checkpoints, written so that a crash at any moment loses nothing.

    magic (8 bytes) · format version (uint32) · length of the header (uint64)
    header: UTF-8 JSON with "arrays": [{"name", "dtype", "shape"}, …]
    the arrays, one after another, little-endian, C order
    SHA-256 (32 bytes) of all that is before it

Nothing in a file is ever executed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from derive.errors import CheckpointError
from derive.file_writing import beside, is_empty, sync_folder, temporary_name
from derive.given_files import MOST_DATA, begins_with, content_of
from derive.same_content import SameContent
from derive.training.network import Array

# The first byte is no text, the line ends show a transfer that changed them (as in PNG).
MAGIC = b"\x89DRV\r\n\x1a\n"
VERSION = 1
_PREFIX = struct.Struct("<8sIQ")
_SUM = hashlib.sha256().digest_size
_DTYPES = ("<f4", "<f8", "<i8", "<i4", "<u8", "|u1", "|i1", "|b1")


@dataclass(frozen=True, eq=False)
class Checkpoint(SameContent):
    """What a file held: JSON data, named arrays (read-only), and where it was read."""

    header: dict[str, Any]
    arrays: dict[str, Array]
    path: Path


def previous_of(path: Path) -> Path:
    """Where the checkpoint before the last one is kept."""
    return path.with_name(path.name + ".previous")


def encode(header: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """The bytes of a checkpoint. `header` is JSON data without the key "arrays"."""
    listed, parts = [], []
    for name, array in arrays.items():
        plain = np.ascontiguousarray(array)
        plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
        if plain.dtype.str not in _DTYPES:
            raise CheckpointError(f"an array of {array.dtype} ({name!r}) cannot be in a checkpoint")
        listed.append({"name": name, "dtype": plain.dtype.str, "shape": list(array.shape)})
        parts.append(plain.tobytes())
    text = json.dumps({**header, "arrays": listed}, ensure_ascii=False).encode(
        "utf-8", "surrogatepass")
    content = b"".join((_PREFIX.pack(MAGIC, VERSION, len(text)), text, *parts))
    return content + hashlib.sha256(content).digest()


def decode(content: bytes, path: Path) -> Checkpoint:
    """The checkpoint in the bytes of a file. Raises CheckpointError, saying what is wrong."""
    if content[:8] != MAGIC[: len(content)] or not content:
        raise CheckpointError(f"{path} is no checkpoint of derive"
                              + (": it is empty" if not content else ""))
    if len(content) < _PREFIX.size + _SUM:
        raise CheckpointError(f"{path} is truncated: it ends within its first bytes")
    _, version, length = _PREFIX.unpack_from(content)
    intact = hashlib.sha256(content[:-_SUM]).digest() == content[-_SUM:]
    if version > VERSION and (intact or version < 1000):  # else a damaged number
        raise CheckpointError(f"{path} has format version {version}, and this derive reads up to "
                              f"{VERSION}; read it with a newer derive")
    if intact and version < 1:
        raise CheckpointError(f"{path} has format version {version}, which no derive has written")
    if not intact:
        raise CheckpointError(f"{path} is {_damage(content, length)}")
    start = _PREFIX.size + length
    try:
        header = json.loads(content[_PREFIX.size : start].decode("utf-8", "surrogatepass"))
        arrays = _arrays(content, start, header.pop("arrays"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CheckpointError(f"{path} was not written by derive: its header is unknown") from None
    return Checkpoint(header, arrays, path)


def read(path: Path) -> Checkpoint:
    """Reads a checkpoint. Raises CheckpointError, naming the file and what is wrong with it."""
    try:
        content = content_of(path, MOST_DATA)
    except OSError as error:
        raise CheckpointError(f"cannot read the checkpoint {path}: {error.strerror}") from None
    return decode(content, path)


def read_good(path: Path) -> tuple[Checkpoint, str]:
    """The checkpoint at `path`, or the previous good one where that is broken or missing.

    The second value says so, and is empty where nothing is wrong. Raises CheckpointError.
    """
    try:
        return read(path), ""
    except CheckpointError as error:
        before = previous_of(path)
        if "newer derive" in str(error) or not before.exists():
            raise
        try:
            checkpoint = read(before)
        except CheckpointError as other:
            raise CheckpointError(f"{error}; and {other}") from None
        step = checkpoint.header.get("step", "?")
        return checkpoint, f"{error}; going on from {before}, step {step}"


def write(path: Path, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Writes a checkpoint whole or not at all; the one before stays at `previous_of(path)`.

    Raises CheckpointError where the disk or the folder does not take it; what was at `path` is
    then as it was.
    """
    content = encode(header, arrays)
    path = Path(os.path.realpath(path))
    try:
        with beside(path, content) as part:
            _keep_previous(path)
            os.replace(part, path)
        sync_folder(path.parent)
    except OSError as error:
        raise CheckpointError(f"cannot save {path}: {error.strerror or error}"
                              f"{_remedy(error)}") from None


def try_place(path: Path, ours: bool = False) -> None:
    """Tries whether a checkpoint can be written at `path`, before any work is done.

    Raises CheckpointError for a folder that is missing or not writable, and for a file there that
    is no checkpoint, unless it is known to be `ours`, broken.
    """
    path = Path(os.path.realpath(path))
    reason = "it is a folder; name a file in it" if path.is_dir() else \
        "it is no ordinary file; name another" if path.exists() and not path.is_file() else \
        f"there is no folder {path.parent}" if not path.parent.is_dir() else ""
    if reason:
        raise CheckpointError(f"cannot save to {path}: {reason}")
    if not (ours or is_empty(path) or begins_with(path, MAGIC)):
        raise CheckpointError(f"{path} exists and is no checkpoint; name another file")
    before = previous_of(path)
    if not (is_empty(before) or begins_with(before, MAGIC)):
        raise CheckpointError(f"{before}, where the checkpoint before the last would go, exists "
                              "and is none; name another file")
    try:
        with beside(path, b"\0" * 4096):
            pass
    except OSError as error:
        raise CheckpointError(f"cannot save to {path}: {error.strerror or error}"
                              f"{_remedy(error)}") from None


def _arrays(content: bytes, start: int, listed: list[dict[str, Any]]) -> dict[str, Array]:
    """Views of the bytes from `start` on, by name."""
    arrays: dict[str, Array] = {}
    for entry in listed:
        dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
        array = np.frombuffer(content, dtype, prod(shape), start).reshape(shape)
        arrays[entry["name"]] = array.astype(dtype.newbyteorder("="), copy=False)
        start += array.nbytes
    return arrays


def _damage(content: bytes, length: int) -> str:
    """Whether a file whose checksum is wrong is too short, too long, or changed within."""
    start = _PREFIX.size + length
    if start + _SUM > len(content):
        return f"truncated or damaged: {len(content)} bytes, less than its header announces"
    try:
        listed = json.loads(content[_PREFIX.size : start].decode("utf-8", "surrogatepass"))
        size = start + _SUM + sum(np.dtype(e["dtype"]).itemsize * prod(e["shape"])
                                  for e in listed["arrays"])
    except (ValueError, KeyError, TypeError):
        return "damaged: its header cannot be read"
    if size > len(content):
        return f"truncated: {len(content)} of {size} bytes"
    if size < len(content):
        return f"damaged: {len(content) - size} bytes follow its end"
    return "damaged: its checksum is wrong"


def _keep_previous(path: Path) -> None:
    """Makes the file at `path`, if it is a good checkpoint, the previous one."""
    try:
        read(path)
    except CheckpointError:
        return  # nothing there, or broken: what is kept as the previous one is worth more
    link = temporary_name(path)
    try:
        os.link(path, link)  # a second name, so that there is a file at `path` all the time
    except OSError:
        os.replace(path, previous_of(path))
        return
    try:
        os.replace(link, previous_of(path))
    finally:
        with suppress(OSError):
            link.unlink()  # still there if both were the same file


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "; free some space, or save to another disk"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "; save to a folder that you may write to"
    return ""
