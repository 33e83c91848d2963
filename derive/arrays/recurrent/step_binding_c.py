"""Functions of C bound to the arrays of a compiled model, for batches of one size."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
PANEL_BYTES = 128  # as in packed_products.h
_LINE = 64  # bytes of a line of the cache


class Steps:
    """The functions of one library, and the memory that they share."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library

    @property
    def wide(self) -> bool:
        """Whether its products are quicker than those of NumPy's library, however large."""
        return bool(self.library.wide_vectors())

    def bind(self, name: str, arrays: Sequence[Array], timed: str, sizes: Sequence[int],
             ) -> Callable[[], Any]:
        """A function without arguments. Those that it reads are alive as long as it is."""
        function = self.library[name]
        function.restype = None
        pointers = (ctypes.c_void_p * len(arrays))(*(a.ctypes.data for a in arrays))
        steps = [a.strides[0] // a.itemsize if flag == "1" else 0
                 for a, flag in zip(arrays, timed, strict=True)]
        numbers = (ctypes.c_int64 * (len(sizes) + len(steps)))(*sizes, *steps)

        def call(kept: Sequence[Array] = arrays) -> None:
            function(pointers, numbers)

        return call


def panels(inner: int, columns: int, dtype: Any) -> Array:
    """Memory for a packed matrix: panels of 128 bytes of each row, four at a time."""
    size = np.dtype(dtype).itemsize
    count = -(-columns // (4 * PANEL_BYTES // size)) * 4 * PANEL_BYTES * inner
    memory = np.zeros(count + _LINE, np.uint8)
    start = -memory.ctypes.data % _LINE
    return memory[start:start + count].view(dtype)
