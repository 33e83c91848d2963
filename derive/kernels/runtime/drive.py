"""What a call of a kernel does: checks, weights, reduction, outputs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.kernels.runtime.arguments import Argument, Call, checked, joined, real_array
from derive.kernels.runtime.recipes import Options, again, remember
from derive.kernels.runtime.run import Plan, Run, shape_of

REDUCTIONS = ("none", "sum", "mean")


def evaluate(plan: Plan, arguments: tuple[Argument, ...], faithful: bool,
             given: tuple[Any, ...], options: Options, dtype: Any = None) -> Any:
    """The outputs of a plan: one array, or a tuple of them, in `dtype` if one is given.

    Raises TypeError and ValueError as the checks say, before anything is written.
    """
    threads = options.threads
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ValueError(f"threads must be a positive integer, not {threads!r}")
    found = again(plan, given, options)
    if found is not None:
        return found
    if options.reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}, "
                         f"not {options.reduction!r}")
    call = checked(arguments, given, options.mask, options.ignore_label, options.check,
                   dtype)
    weight = weights(options.weight, call)
    scale, share = factors(weight, call, options.reduction)
    results, total = outputs(plan, call, options, given)
    if call.rows:
        run = Run(plan, call, shape_of(plan, call, faithful), results, total is not None, weight,
                  scale, faithful)
        remember(plan, arguments, given, options, run)
        parts = run.all(threads)
        if total is not None:
            total[...] = math.fsum(parts) * share
    elif total is not None:
        total[...] = 0
    found = [shaped(array, call, dims, plan.name) for array, (_, dims) in
             zip(results, plan.outputs, strict=True)]
    if total is not None:
        found[0] = total[()]
    given_out = options.out if isinstance(options.out, tuple) else (options.out,)
    for place, target in enumerate(given_out):
        if target is not None:
            found[place] = target
    return found[0] if len(found) == 1 else tuple(found)


def shaped(array: Any, call: Call, dims: tuple[Any, ...], name: str) -> Any:
    """A result with the batch axes of the call."""
    if array is None:
        return None
    full = (*call.batch, *(d if isinstance(d, int) else call.sizes[d] for d in dims))
    return array if array.shape == full else array.reshape(full)


def weights(weight: Any, call: Call) -> Any:
    """The weight of each example. Raises ValueError for one that is negative."""
    if weight is None:
        return None
    array = real_array("weight", weight)
    if joined(call.batch, array.shape, "weight") != call.batch:
        raise ValueError(f"weight has the shape {array.shape}, the examples {call.batch}")
    if array.size and not array.min() >= 0:
        raise ValueError("weight must not be negative")
    return np.broadcast_to(array.astype(call.dtype, copy=False), call.batch).reshape(call.rows)


def factors(weight: Any, call: Call, reduction: str) -> tuple[Any, float]:
    """The factor of each example's derivative, and that of the total of the values.

    A mean is over the examples that count; over none of them it is 0.
    """
    if reduction != "mean":
        return weight, 1.0
    count = call.rows if call.kept is None else int(np.count_nonzero(call.kept))
    share = 1.0 / count if count else 0.0
    return (share if weight is None else weight * call.dtype.type(share)), share


def outputs(plan: Plan, call: Call, options: Options, given: tuple[Any, ...],
            ) -> tuple[list[Any], Any]:
    """Arrays for the results, and one number for the reduced value.

    Raises ValueError and TypeError where an array given as `out` cannot take its result.
    """
    wanted = options.out if isinstance(options.out, tuple) else (options.out,)
    if options.out is not None and len(wanted) != len(plan.outputs):
        raise ValueError(f"out must be {len(plan.outputs)} arrays, not {len(wanted)}")
    if options.out is None:
        wanted = (None,) * len(plan.outputs)
    results: list[Any] = []
    total = None
    for (name, dims), target in zip(plan.outputs, wanted, strict=True):
        shape = tuple(d if isinstance(d, int) else call.sizes[d] for d in dims)
        reduced = name == "value" and options.reduction != "none"
        full = () if reduced else (*call.batch, *shape)
        if target is None:
            target = np.empty(full, call.dtype)
        else:
            fits(name, target, full, call.dtype, [*given, options.weight, options.mask])
        if reduced:
            total = target
            results.append(None)
        else:
            results.append(rows_of(target, call.rows, shape))
    return results, total


def fits(name: str, target: Any, shape: tuple[int, ...], dtype: Any, inputs: list[Any]) -> None:
    """Raises where an array given as `out` cannot take a result."""
    if not isinstance(target, np.ndarray):
        raise TypeError(f"out for {name} must be an array, not {type(target).__name__}")
    if target.dtype != dtype:
        raise TypeError(f"out for {name} must be {dtype}, not {target.dtype}")
    if target.shape != shape:
        raise ValueError(f"out for {name} must have the shape {shape}, not {target.shape}")
    if not target.flags.writeable:
        raise ValueError(f"out for {name} is read-only")
    if any(isinstance(a, np.ndarray) and np.may_share_memory(a, target) for a in inputs):
        raise ValueError(f"out for {name} shares memory with an argument")


def rows_of(target: Any, rows: int, shape: tuple[int, ...]) -> Any:
    """A result with one batch axis, or itself where its axes cannot be joined without a copy."""
    if target.flags.c_contiguous:
        return target.reshape((rows, *shape))
    if target.ndim == len(shape) + 1:
        return target
    raise ValueError("an out with several batch axes must be contiguous")
