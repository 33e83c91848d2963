"""Compiled functions in the place of a plan's block functions."""

from __future__ import annotations

import ctypes
import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from derive.arrays.runtime.row_blocks import Plan, buffers

Compiled = Callable[..., int]


def no_work(n: int, *sizes: int) -> list[Any]:
    """A compiled function has its own memory."""
    return []


def compiled_plan(plan: Plan, arguments: int, function: Callable[[Any], Any]) -> Plan:
    """A plan whose blocks are computed by a compiled function.

    `function` gives that of a dtype, or None where NumPy has to go on.
    """
    def rows(arrays: list[Any], blocks: list[Any], work: list[Any], scale: Any, flagged: Any,
             n: int, *sizes: int) -> None:
        call = function(blocks[0].dtype)
        if call is None:
            space = [*buffers(plan.work(n, *sizes), blocks[0].dtype), np.arange(n)]
            plan.rows(arrays, blocks, space, scale, flagged, n, *sizes)
            return
        kept = [lined_up(array) for array in arrays]
        inputs = [part for array in kept for part in (array.ctypes.data, row_step(array))]
        weight = None if scale is None else np.asarray(scale, blocks[0].dtype)
        weights = (None, 0) if weight is None else (weight.ctypes.data, 1 if weight.ndim else 0)
        if weight is not None and weight.ndim and not weight.flags.c_contiguous:
            weight = np.ascontiguousarray(weight)
            weights = weight.ctypes.data, 1
        flags = None if flagged is None else flagged.ctypes.data
        if call(n, *sizes, *inputs, *weights, *(b.ctypes.data for b in blocks), None, flags):
            raise MemoryError("there is no memory for this kernel's arrays")

    return plan._replace(rows=rows, work=no_work, columns=None, work_columns=None)


def lined_up(array: Any) -> Any:
    """An array whose examples are contiguous; they may lie anywhere, or be one and the same."""
    if array.dtype.kind in "iu" and array.dtype.itemsize != 8:
        array = array.astype(np.int64)
    inner = array.itemsize
    for length, step in zip(array.shape[:0:-1], array.strides[:0:-1], strict=True):
        if step != inner and length > 1:
            return np.ascontiguousarray(array)
        inner *= length
    if array.strides[0] % array.itemsize or not array.flags.aligned:
        return np.ascontiguousarray(array)
    return array


def row_step(array: Any) -> int:
    """How many elements one example is from the next."""
    return int(array.strides[0]) // int(array.itemsize)


def typed_function(function: Any, sizes: int, arguments: int, results: int) -> Any:
    """A function of a library with the types of its parameters."""
    size, pointer = ctypes.c_ssize_t, ctypes.c_void_p
    function.argtypes = [size] * (1 + sizes) + [pointer, size] * (arguments + 1) + \
        [pointer] * (results + 2)
    function.restype = ctypes.c_int
    return function




def shared_library(file: str, name: str) -> Any:
    """The library of a name beside a file; None, with a warning, where it does not load.

    It is called libNAME, since Python would take NAME.so for a module, before NAME.py.
    """
    folder = os.path.dirname(os.path.abspath(file))
    paths = [os.path.join(folder, f"lib{name}{ending}") for ending in (".so", ".dylib", ".dll")]
    path = next((p for p in paths if os.path.exists(p)), None)
    try:
        if path is not None:
            return ctypes.CDLL(path)
        problem = f"{paths[0]} is not there; {name}.c says how it is built"
    except OSError as error:
        problem = str(error)
    warnings.warn(f"NumPy computes what C should: {problem}", RuntimeWarning, stacklevel=2)
    return None


def bound_to_library(plan: Plan, library: Any, names: dict[str, str],
                     counts: tuple[int, int, int]) -> Plan:
    """A plan computed by the functions of a library, by dtype; as it is where there is none."""
    if library is None:
        return plan
    made = {dtype: typed_function(getattr(library, name), *counts) for dtype, name in names.items()}
    return compiled_plan(plan, counts[1], lambda dtype: made.get(dtype.name))
