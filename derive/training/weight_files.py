"""Parameters by name in files: NPZ of NumPy, and safetensors.

A safetensors file is the length of a header (uint64), the header as JSON, and the arrays:
    {"name": {"dtype": "F32", "shape": […], "data_offsets": [begin, end]}, …, "__metadata__": {…}}
all little-endian, in C order, without gaps. Nothing in either is ever executed.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from derive.errors import CheckpointError, DataError
from derive.file_writing import write_file
from derive.given_files import content_of
from derive.training.network import Array
from derive.training.npz_arrays import npz_arrays

ENDINGS = (".npz", ".safetensors")
_LENGTH = struct.Struct("<Q")
_MOST = 100_000_000  # bytes of a header
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
           "I8": "|i1", "U8": "|u1", "BOOL": "|b1"}


def write_weights(path: Path, parameters: Mapping[str, Array], about: Mapping[str, str]) -> None:
    """Writes parameters by name; the suffix says in which form. Raises DataError."""
    _check_ending(path)
    if path.suffix.lower() == ".npz":
        stream = io.BytesIO()
        np.savez(stream, **{n: np.array(a, order="C") for n, a in parameters.items()})  # type: ignore[arg-type]
        content = stream.getvalue()
    else:
        content = safetensors(parameters, about)
    write_file(path, content, DataError)


def safetensors(parameters: Mapping[str, Array], about: Mapping[str, str]) -> bytes:
    """Parameters in the form of safetensors; `about` becomes its metadata."""
    codes = {dtype: code for code, dtype in _DTYPES.items()}
    header: dict[str, Any] = {"__metadata__": dict(about)} if about else {}
    parts, start = [], 0
    for name, array in parameters.items():
        plain = np.asarray(array, order="C")
        plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
        content = plain.tobytes()
        header[name] = {"dtype": codes[plain.dtype.str], "shape": list(plain.shape),
                        "data_offsets": [start, start + len(content)]}
        start += len(content)
        parts.append(content)
    text = json.dumps(header, ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 8)  # arrays begin at a multiple of 8
    return b"".join((_LENGTH.pack(len(text)), text, *parts))


def read_weights(path: Path) -> dict[str, Array]:
    """The parameters in a file by name. Raises CheckpointError, saying what is wrong with it."""
    _check_ending(path)
    try:
        if not path.is_file():
            why = "it is no ordinary file" if path.exists() else "no such file"
            raise CheckpointError(f"cannot read the weights {path}: {why}")
        content = content_of(path, None)
    except OSError as error:
        raise CheckpointError(f"cannot read the weights {path}: {error.strerror}") from None
    try:
        return npz_arrays(content) if path.suffix.lower() == ".npz" else _tensors(content)
    except (ValueError, KeyError, TypeError, AttributeError, struct.error, OSError, EOFError,
            MemoryError, RecursionError):
        raise CheckpointError(f"{path} is no file of weights, or it is damaged") from None


def _tensors(content: bytes) -> dict[str, Array]:
    length, = _LENGTH.unpack_from(content)
    start = _LENGTH.size + length
    if length > min(_MOST, len(content)):
        raise ValueError
    header = json.loads(content[_LENGTH.size:start].decode("utf-8"))
    header.pop("__metadata__", None)
    arrays, due = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        (begin, end), dtype = map(int, entry["data_offsets"]), np.dtype(_DTYPES[entry["dtype"]])
        shape = [int(n) for n in entry["shape"]]
        if begin != due or min(shape, default=0) < 0 or end - begin != prod(shape) * dtype.itemsize:
            raise ValueError
        arrays[name] = np.frombuffer(content, dtype, prod(shape), start + begin).reshape(shape)
        due = end
    if start + due != len(content):
        raise ValueError
    return {name: arrays[name] for name in header}


def _check_ending(path: Path) -> None:
    if path.suffix.lower() not in ENDINGS:
        raise DataError(f"weights are written and read as {' or '.join(ENDINGS)}, not as "
                        f"{path.name!r}")
