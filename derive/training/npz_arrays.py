"""The arrays of an NPZ file, by a reading of its own: their headers are matched, never evaluated.

NumPy reads the header of an array as Python's syntax, and fails in many ways on one that is none.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from math import prod

import numpy as np

from derive.training.network import Array

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    r"\{'descr': '([<>|=]?[a-zA-Z]\d*)', 'fortran_order': (True|False), "
    r"'shape': \(((?:\d{1,18}, ?)*(?:\d{1,18},?)?)\),? ?\}\s*\Z")
_LENGTHS = {1: 2, 2: 4, 3: 4}  # bytes of the header's length, by version
_MOST_HEADER = 10_000
_MOST = 4 << 30  # bytes of one array, packed as it may be


class NpzError(ValueError):
    """Bytes that are no NPZ file, or one with arrays that hold more than numbers."""


class ObjectArrayError(NpzError):
    """An array of Python objects, which would have to be unpickled."""


def npz_arrays(content: bytes) -> dict[str, Array]:
    """The arrays by name. Raises NpzError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {entry.filename.removesuffix(".npy"): _array(_unpacked(archive, entry))
                    for entry in archive.infolist()}
    except NpzError:
        raise
    except (ValueError, OSError, EOFError, KeyError, MemoryError, NotImplementedError,
            RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise NpzError(str(error)) from None


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as file:
        content = file.read(_MOST + 1)
    if len(content) > _MOST:
        raise NpzError(f"{entry.filename} is larger than {_MOST >> 30} GiB")
    return content


def _array(content: bytes) -> Array:
    width = _LENGTHS.get(content[6] if len(content) > 8 else 0, 0)
    if not content.startswith(_MAGIC) or not width:
        raise NpzError("no array")
    start = 8 + width
    length = int.from_bytes(content[8:start], "little")
    if length > min(_MOST_HEADER, len(content) - start):
        raise NpzError("the header of an array is cut off")
    match = _HEADER.match(content[start:start + length].decode("latin-1"))
    if match is None:
        raise NpzError("the header of an array is none that NumPy writes for numbers")
    descr, turned, axes = match.groups()
    if descr.lstrip("<>|=")[0] == "O":
        raise ObjectArrayError("an array of Python objects")
    dtype = np.dtype(descr)
    shape = [int(n) for n in axes.replace(" ", "").split(",") if n]
    data = content[start + length:]
    if len(shape) > 32 or not dtype.itemsize or len(data) != prod(shape) * dtype.itemsize:
        raise NpzError("an array is cut off, or longer than its header tells")
    flat = np.frombuffer(data, dtype)
    return flat.reshape(shape, order="F" if turned == "True" else "C").copy()
