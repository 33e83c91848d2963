"""The target c: the functions of a kernel compiled by the system's compiler, NumPy around them."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

from derive.arrays.runtime.compiled_blocks import compiled_plan, typed_function
from derive.arrays.targets.c.c_compiler import CompilerError, compiler
from derive.arrays.targets.c.c_source import c_text, entry_name
from derive.arrays.targets.c.compiled_pairs import with_compiled_pairs
from derive.arrays.targets.c.lean_calls import array_function, lean_call
from derive.arrays.targets.c.library_cache import library
from derive.arrays.targets.numpy.kernel_module import Design
from derive.arrays.targets.numpy.numpy_target import running as in_numpy
from derive.arrays.targets.target_table import Running
from derive.errors import KernelError


def running(design: Design) -> Running:
    """The functions of a design in C; in NumPy, with a warning, where there is no compiler.

    Each is compiled when it is first called in a dtype. Raises KernelError for an operation that C
    has no writer for.
    """
    made = in_c(design)
    try:
        compiler()
    except CompilerError as error:
        unchanged = in_numpy(design)
        fall_back(unchanged, str(error))
        return unchanged
    return made


def in_c(design: Design) -> Running:
    """The functions of a design, which are compiled when they are called.

    Raises KernelError for an operation that C has no writer for.
    """
    if design.faithful:
        raise KernelError("the target c computes in plain floats; accuracy='faithful' is computed "
                          "in wide numbers, which the target numpy has")
    c_text(design, design.plans, ("float64", "float32"))
    made = in_numpy(design)
    made.target = "c"
    names = made.module.__dict__
    for plan in design.plans:
        own = CompiledFunctions(design, plan, made)
        names[plan.upper()] = with_compiled_pairs(design, plan, compiled_plan(
            names[plan.upper()], len(design.taken(plan)), own.function))
        made.lean[plan] = partial(lean_call, design, plan, own.array_function)
    return made


def fall_back(made: Running, reason: str) -> None:
    """NumPy goes on, and says why."""
    made.target, made.reason = "numpy", reason
    warnings.warn(f"the target c is not there, NumPy goes on: {reason}", RuntimeWarning,
                  stacklevel=2)


class CompiledFunctions:
    """The compiled functions of one plan in each dtype, built when they are first asked for."""

    def __init__(self, design: Design, plan: str, made: Running) -> None:
        self.design, self.plan, self.made = design, plan, made
        self.known: dict[Any, tuple[Any, Any]] = {}

    def function(self, dtype: Any) -> Any:
        """The function that takes pointers; None where it cannot be built."""
        return (self.known.get(dtype) or self.build(dtype))[0]

    def array_function(self, dtype: Any) -> Any:
        """The function that takes arrays; None where there is none."""
        known = self.known.get(dtype)
        return known[1] if known is not None else self.build(dtype)[1]

    def build(self, dtype: Any) -> tuple[Any, Any]:
        """Both functions, compiled and loaded."""
        design, plan, name = self.design, self.plan, entry_name(self.plan, dtype.name)
        arguments, results = len(design.taken(plan)), len(design.plans[plan])
        try:
            built = library(c_text(design, (plan,), (dtype.name,), arrays=True))
            plain = typed_function(getattr(built, name), len(design.sizes(plan)), arguments,
                                   results)
            made = plain, array_function(built, name, dtype.name, arguments, results)
        except (CompilerError, AttributeError) as error:
            fall_back(self.made, str(error))
            made = (None, None)
        self.known[dtype] = made
        return made
