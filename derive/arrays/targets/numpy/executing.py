"""Generated code made into functions: on the runtime of this package, with what it may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.arrays.runtime.row_blocks import buffers
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.kernel_module import Design, block_function

Array = NDArray[Any]
Computed = dict[str, Any]  # the values of a program by their names, t0, t1, …


@cache
def runtime_names() -> Mapping[str, Any]:
    """Everything that generated code may call."""
    names: dict[str, Any] = {"np": np, "Any": Any}
    for folder in ("wide", "runtime"):
        package = import_module(f"derive.arrays.{folder}")
        for path in sorted(Path(str(package.__file__)).parent.glob("*.py")):
            if path.stem != "__init__":
                names.update(vars(import_module(f"{package.__name__}.{path.stem}")))
    return names


def executed(lines: list[str]) -> dict[str, Any]:
    """The names that some code defines, and those that it may call."""
    names = dict(runtime_names())
    exec(compile("\n".join(lines), "<certificate>", "exec"), names)
    return names


def block_values(design: Design, plan: str) -> Callable[..., Computed]:
    """A function that computes all values of a plan's program, in plain floats.

    It takes blocks of the arguments, a dtype, and the sizes of the symbolic dimensions, which
    are those of the design if none are given. The condition numbers of an example's matrices are
    there as `flagged`.
    """
    lines = block_function(design, plan, Layout(), "block", kept=True)
    names = executed(lines)
    usual = (design.size,) * len(design.sizes(plan))

    def values(arrays: list[Array], dtype: np.dtype[Any], sizes: tuple[int, ...] = usual,
               ) -> Computed:
        rows = len(arrays[0])
        work = buffers(names["block_work"](rows, *sizes), dtype)
        computed: Computed = names["block"](
            arrays, [np.empty(0, dtype)] * len(design.plans[plan]), [*work, np.arange(rows)],
            None, np.ones(rows), rows, *sizes)
        return computed

    return values
