"""Calls of compiled kernels with as little around them as can be: well-formed arrays go to C."""

from __future__ import annotations

import ctypes
import os
import sys
import sysconfig
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from derive.arrays.runtime.row_blocks import THREAD_WORK, pool
from derive.arrays.targets.c.array_calls import looks
from derive.arrays.targets.numpy.kernel_module import Argument, Design
from derive.core.kinds import MATRICES

_SINGLE, _DOUBLE, _LABEL = np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.int64)


@cache
def arrays_are_known(library: ctypes.CDLL) -> bool:
    """Whether arrays lie in memory as the C code reads them: sample arrays tell."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED") \
            or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    library.described.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    library.described.restype = None
    for array in (np.zeros((3, 2)), np.zeros((5, 1, 4), np.float32), np.arange(7)):
        seen = np.zeros(7, np.int64)
        library.described(id(array), seen.ctypes.data)
        flags = 0x1 * array.flags.c_contiguous + 0x100 * array.flags.aligned + \
            0x400 * array.flags.writeable
        if seen.tolist() != [id(type(array)), array.ctypes.data, array.ndim, array.shape[0],
                             array.strides[-1], id(array.dtype), flags]:
            return False
    return True


def array_function(library: ctypes.CDLL, name: str, dtype: str, arguments: int, results: int,
                   ) -> Any:
    """The function of a library that takes arrays; None where these are not as it reads them."""
    if not arrays_are_known(library):
        return None
    pointer, size = ctypes.c_void_p, ctypes.c_ssize_t
    library.prepare.argtypes = [pointer] * 3
    library.prepare(id(np.ndarray), id(np.dtype(dtype)), id(_LABEL))
    function = getattr(library, f"{name}_arrays")
    function.argtypes = [size, size, ctypes.c_int] + [pointer] * (arguments + results + 1)
    function.restype = ctypes.c_int
    return function


def lean_call(design: Design, plan: str, function: Callable[[Any], Any], usual: Callable[..., Any],
              ) -> Callable[..., Any] | None:
    """A function of the plan's arguments and options that gives all but plain calls to `usual`.

    `function` gives the function of arrays for a dtype, or None. None where no argument tells the
    dtype, or one is a matrix with a test of its own.
    """
    taken = design.taken(plan)
    if all(a.integral for a in taken) or any(a.kind.domain in MATRICES for a in taken):
        return None
    names: dict[str, Any] = {
        "empty": np.empty, "ndarray": np.ndarray, "SINGLE": _SINGLE, "DOUBLE": _DOUBLE,
        "function_of": function, "in_threads": _in_threads, "usual": usual, "MISSING": object(),
        "Any": Any, "array": np.array, "MUCH": 2 * THREAD_WORK}
    exec(lean_source(design, plan), names)
    made: Callable[..., Any] = names[plan]
    return made


def lean_source(design: Design, plan: str) -> str:
    """The text of that function: as few steps as there can be before and behind the call."""
    taken, results = design.taken(plan), design.plans[plan]
    leader = max(range(len(taken)), key=lambda n: (not taken[n].integral,
                                                   len(taken[n].kind.shape)))
    a, r = [f"a{n}" for n in range(len(taken))], [f"r{n}" for n in range(len(results))]
    first, rank = a[leader], len(taken[leader].kind.shape)
    few = f" and len({first}) <= MUCH" if design.guards.get(plan) else ""
    numbers = [line for n, name in enumerate(a) if n != leader and not taken[n].integral
               for line in (f"if type({name}) is float or type({name}) is int:",
                            f"    {name} = array({name}, dtype)")]
    body = [
        f"if type({first}) is ndarray and not others and not rest and check is MISSING:",
        f"    dtype = {first}.dtype",
        "    call = function_of(dtype) if dtype is SINGLE or dtype is DOUBLE else None",
        f"    if call is not None and len({first}.shape) == {rank + 1}{few}:",
        "        mean = reduction == 'mean'",
        f"        reduced = {'mean or reduction == ' + repr('sum') if _valued(results) else False}",
        *(f"        {line}" for line in (*numbers, *_targets(design, plan, leader, r))),
        "        if mean or reduction == 'none' or reduction == 'sum':",
        *(f"            {line}" for line in _called(taken, results, leader, a, r)),
        f"args = (*[a for a in ({', '.join(a)},) if a is not MISSING], *rest)",
        "if check is not MISSING:", "    others['check'] = check",
        "return usual(args, {'reduction': reduction, 'out': out, 'threads': threads, **others})"]
    head = f"def {plan}({', '.join(f'{name}=MISSING' for name in a)}, *rest, reduction='none', " \
           "out=None, threads=None, check=MISSING, **others):"
    return "\n".join([head, *(f"    {line}" for line in body), ""])


def _valued(results: tuple[str, ...]) -> bool:
    """Whether the first result is a value, which may be summed."""
    return results[0] == "value"


def _targets(design: Design, plan: str, leader: int, r: list[str]) -> list[str]:
    """The statements that make arrays for the results, or take those that are given."""
    results = design.plans[plan]
    shapes = [_shape(design.results[name][1], design.taken(plan), leader) for name in results]
    made = [f"    {name} = empty({shape}, dtype)" for name, shape in zip(r, shapes, strict=True)]
    if _valued(results):
        made[0] = f"    r0 = empty(() if reduced else {shapes[0]}, dtype)"
    lines = ["if out is None:", *made]
    if len(r) == 1:
        lines += ["else:", "    r0 = out"]
    else:
        lines += [f"elif type(out) is tuple and len(out) == {len(r)}:", f"    {', '.join(r)} = out",
                  "else:", "    call = None"]
    if _valued(results):
        lines += ["if out is not None and call is not None and "
                  "getattr(r0, 'ndim', 9) != (0 if reduced else 1):", "    call = None"]
    return lines


def _called(taken: tuple[Argument, ...], results: tuple[str, ...], leader: int, a: list[str],
            r: list[str]) -> list[str]:
    """The statements that call C and return the results, if all is well."""
    ids = ", ".join(f"id({name})" for name in (*a, *r))
    how = "mean if out is None else mean | 4" if any(map(looks, taken)) else "mean"
    value = "(r0[()] if reduced and out is None else r0)" if _valued(results) else "r0"
    answer = f"return {', '.join([value, *r[1:]])}"
    return [f"if call is not None and ({a[leader]}.size <= MUCH or threads == 1):",
            "    if threads is None or threads == 1:",
            f"        if not call(0, -1, {how}, {ids}, None):", f"            {answer}",
            "elif call is not None:",
            f"    if not in_threads(call, ({', '.join(a)},), [{', '.join(r)}], mean, reduced, "
            f"len({a[leader]}), {a[leader]}.size, threads):", f"        {answer}"]


def _shape(dims: tuple[Any, ...], taken: tuple[Argument, ...], leader: int) -> str:
    """A result's shape as an expression of the arguments."""
    if tuple(dims) == tuple(taken[leader].kind.shape):
        return f"a{leader}.shape"
    lengths = [f"a{leader}.shape[0]"]
    for dim in dims:
        fixed = getattr(dim, "fixed", None) or (dim if isinstance(dim, int) else None)
        lengths.append(str(int(fixed)) if fixed else next(
            f"getattr(a{n}, 'shape', ())[{a.kind.shape.index(dim) - len(a.kind.shape)}]"
            for n, a in enumerate(taken) if dim in a.kind.shape))
    return f"({', '.join(lengths)},)"


def _in_threads(call: Any, given: Any, results: list[Any], mean: bool, reduced: bool, rows: int,
                work: int, threads: Any) -> int:
    """All rows, shared among threads; the status."""
    if threads is None:
        threads = min(os.cpu_count() or 1, work // THREAD_WORK)
    if type(threads) is not int or threads < 1:
        return 1
    threads = min(threads, rows)
    step = -(-rows // threads)
    starts = range(0, rows, step)
    parts = np.zeros(len(starts))
    if call(0, rows, 2, *map(id, given), *map(id, results), None):
        return 1
    targets = [None if reduced else id(results[0]), *map(id, results[1:])]

    def part(place: int) -> int:
        start = starts[place]
        code: int = call(start, min(start + step, rows), mean, *map(id, given), *targets,
                         parts.ctypes.data + 8 * place)
        return code

    futures = [pool(threads).submit(part, place) for place in range(1, len(starts))]
    codes = [part(0), *(future.result() for future in futures)]
    if not any(codes) and reduced:
        results[0][...] = parts.sum()
    return int(max(codes))
