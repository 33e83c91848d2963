"""A .json file: a list of sequences as in JSON lines, or arrays as in an NPZ file."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from derive.errors import DataError
from derive.training.tasks.npz_files import NAMES

_FORMS = '[{"x": …, "y": …}, …], a list of numbers, or {"x": […], "y": […]}'


def unpacked(where: str, text: str) -> tuple[str, bytes]:
    """The kind of file that holds the same, jsonl or npz, and its content.

    Raises DataError for what is no JSON, or of another form.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"not JSON: {error.msg}", where, error.lineno, error.colno) from None
    except (RecursionError, ValueError) as error:
        raise DataError(f"not JSON that can be read: {error}", where) from None
    if isinstance(content, list) and content and all(isinstance(part, dict) for part in content):
        return "jsonl", "\n".join(map(json.dumps, content)).encode()
    if isinstance(content, list):
        content = {"x": content}
    if not isinstance(content, dict) or "x" not in content:
        raise DataError(f"the file should hold {_FORMS}", where)
    packed = io.BytesIO()
    arrays: dict[str, Any] = {n: _array(where, n, values) for n, values in content.items()}
    np.savez(packed, **arrays)
    return "npz", packed.getvalue()


def _array(where: str, name: str, values: Any) -> np.ndarray[Any, Any]:
    """The numbers of one array; those of x are no labels."""
    try:
        array = np.array(values)
    except ValueError:
        raise DataError("the lists in it have different lengths", where, column=name) from None
    if name not in NAMES or array.dtype.kind not in "iufb" or not array.ndim:
        raise DataError(f"it is no list of numbers; the file should hold {_FORMS}", where,
                        column=name)
    return array.astype(np.float64) if name == "x" else array
