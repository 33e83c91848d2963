"""The target auto: NumPy, until a kernel has so much work that compiling pays; then the quicker.

When to compile is counted in elements, not in time, so that equal programs run alike. What is
quicker is measured once for each size of call.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from derive.arrays.targets.c.c_compiler import CompilerError, compiler
from derive.arrays.targets.c.c_target import in_c
from derive.arrays.targets.c.compiled_pairs import ENOUGH_OF_AUTO, with_compiled_pairs
from derive.arrays.targets.numpy.kernel_module import Design
from derive.arrays.targets.numpy.numpy_target import running as in_numpy
from derive.arrays.targets.target_table import Running, Usual
from derive.errors import KernelError

VARIABLE = "DERIVE_TARGET"
ENOUGH = 1 << 24  # elements, some tenths of a second of NumPy's work, before C is compiled
CALL = 1 << 11    # elements that take as long as NumPy's path around a call
ROUNDS = 2        # calls of each target that are timed
STEP = 3          # sizes within a factor of 2**STEP are of one class


def chosen(target: str, targets: tuple[str, ...]) -> str:
    """What `auto` means in this environment. Raises KernelError for a variable with no target."""
    if target != "auto":
        return target
    forced = os.environ.get(VARIABLE, "").strip() or "auto"
    if forced not in targets:
        raise KernelError(f"the environment variable {VARIABLE} is {forced!r}, which is none of "
                          f"{', '.join(targets)}")
    return forced


def running(design: Design) -> Running:
    """The functions of a design, in NumPy at first."""
    made = in_numpy(design)
    try:
        compiler()
    except CompilerError as error:
        made.reason = str(error)
        return made
    made.reason = "auto: C is compiled when there is enough work for it"
    compiled = cache(lambda: in_c(design))
    names = made.module.__dict__
    for plan in design.plans:
        names[plan.upper()] = with_compiled_pairs(design, plan, names[plan.upper()],
                                                  ENOUGH_OF_AUTO)
        made.lean[plan] = partial(AutoCall, plan, made, compiled)
    return made


class AutoCall:
    """One plan, which counts its work and then takes the quicker target for each size of call."""

    def __init__(self, plan: str, made: Running, compiled: Callable[[], Running], usual: Usual,
                 ) -> None:
        self.plan, self.made, self.compiled, self.usual = plan, made, compiled, usual
        self.work: dict[Any, int] = {}
        self.quicker: dict[tuple[Any, int], bool] = {}  # whether C is, by dtype and size
        self.in_c: Callable[..., Any] | None = None

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The plan's results."""
        size, dtype = _size(args), _dtype(args)
        known = self.quicker.get((dtype, size.bit_length() // STEP))
        if known and self.in_c is not None:
            return self.in_c(*args, **options)
        if known is None:
            self.work[dtype] = self.work.get(dtype, 0) + size + CALL
            if self.work[dtype] >= ENOUGH:
                return self.compared(size, dtype, args, options)
        return self.usual(args, options)

    def compared(self, size: int, dtype: Any, args: tuple[Any, ...], options: dict[str, Any],
                 ) -> Any:
        """The results, of NumPy and of C; the quicker is taken from now on."""
        result = self.usual(args, options)  # what is wrong with the arguments comes out here
        key = dtype, size.bit_length() // STEP
        try:
            compiled = self.compiled()
        except KernelError as error:  # an operation that C has no writer for
            self.made.reason, self.quicker[key] = str(error), False
            return result
        if self.in_c is None:
            function = compiled.module.__dict__[self.plan]
            made = compiled.lean[self.plan](lambda a, o: function(*a, **o))
            self.in_c = made or function
        self.in_c(*args, **options)
        if compiled.target != "c":
            self.made.reason, self.quicker[key] = compiled.reason, False
            return result
        plain = _seconds(lambda: self.usual(args, options))
        taken = _seconds(lambda: self.in_c and self.in_c(*args, **options))
        self.quicker[key] = taken < plain
        if self.quicker[key]:
            self.made.target, self.made.reason = "c", ""
            return self.in_c(*args, **options)
        return result


def _size(args: tuple[Any, ...]) -> int:
    """The elements of the largest argument."""
    return max((getattr(a, "size", 1) for a in args), default=1)


def _dtype(args: tuple[Any, ...]) -> Any:
    """The dtype of the largest argument of floats."""
    floats = [a for a in args if getattr(getattr(a, "dtype", None), "kind", "") == "f"]
    return max(floats, key=lambda a: a.size).dtype if floats else None


def _seconds(call: Callable[[], Any]) -> float:
    """The least time of a few calls."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)
