"""The target c: the functions of a kernel compiled by the system's compiler, NumPy around them."""

from __future__ import annotations

import warnings
from typing import Any

from derive.arrays.runtime.compiled_blocks import compiled_plan, typed
from derive.arrays.targets.c.c_compiler import CompilerError, compiler
from derive.arrays.targets.c.c_source import c_text, entry_name
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
    if design.faithful:
        raise KernelError("the target c computes in plain floats; accuracy='faithful' is computed "
                          "in wide numbers, which the target numpy has")
    c_text(design, design.plans, ("float64", "float32"))
    made = in_numpy(design)
    try:
        compiler()
    except CompilerError as error:
        fall_back(made, str(error))
        return made
    made.target = "c"
    names = made.module.__dict__
    for plan in design.plans:
        library_of = CompiledFunctions(design, plan, made)
        names[plan.upper()] = compiled_plan(names[plan.upper()], len(design.taken(plan)),
                                            library_of.function)
    return made


def text(design: Design) -> str:
    """The text of C of a design."""
    return c_text(design, design.plans, (design.dtype,) if design.dtype else
                  ("float64", "float32"))


def fall_back(made: Running, reason: str) -> None:
    """NumPy goes on, and says why."""
    made.target, made.reason = "numpy", reason
    warnings.warn(f"the target c is not there, NumPy goes on: {reason}", RuntimeWarning,
                  stacklevel=2)


class CompiledFunctions:
    """The compiled function of one plan in each dtype, built when it is first asked for."""

    def __init__(self, design: Design, plan: str, made: Running) -> None:
        self.design, self.plan, self.made = design, plan, made
        self.known: dict[str, Any] = {}

    def function(self, dtype: Any) -> Any:
        """The function of a dtype; None where it cannot be built."""
        name = dtype.name
        if name not in self.known:
            self.known[name] = self.build(name)
        return self.known[name]

    def build(self, dtype: str) -> Any:
        """The function, compiled and loaded."""
        design, plan = self.design, self.plan
        try:
            built = library(c_text(design, (plan,), (dtype,)))
            return typed(getattr(built, entry_name(plan, dtype)), len(design.sizes(plan)),
                         len(design.taken(plan)), len(design.plans[plan]))
        except (CompilerError, AttributeError) as error:
            fall_back(self.made, str(error))
            return None
