"""What a call of a kernel does: checks, weights, reduction, outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.arguments import Argument, Call, checked, joined, real_array
from derive.arrays.runtime.recipes import Options, again, remember
from derive.arrays.runtime.row_blocks import Plan, Run, exact_sum, shape_of

WORK: Any = 1000  # steps spent on whether two arrays overlap
REDUCTIONS = ("none", "sum", "mean")


def evaluate(plan: Plan, arguments: tuple[Argument, ...], faithful: bool,
             given: tuple[Any, ...], options: Options, dtype: Any = None) -> Any:
    """The outputs of a plan: one array, or a tuple of them, in `dtype` if one is given.

    Raises TypeError and ValueError as the checks say, before anything is written.
    """
    allowed(options)
    known = again(plan, given, options)
    if known is not None:
        return known
    call = checked(arguments, given, options.mask, options.ignore_label, options.check,
                   dtype, options.out is None, plan.watched is not None)
    weight = weights(options.weight, call)
    scale, share = factors(weight, call, options.reduction)
    given_out = tuple(options.out) if isinstance(options.out, (tuple, list)) and len(
        plan.outputs) > 1 else (options.out,)
    results, total = outputs(plan, call, options.reduction, weight, given_out)
    if call.rows:
        run = Run(plan, call, shape_of(plan, call, faithful), results, total is not None, share,
                  weight, scale, faithful)
        remember(plan, arguments, given, options, run)
        parts = run.all(options.threads)
        if total is not None:
            total[...] = exact_sum(parts)
    elif total is not None:
        total[...] = 0
    shaped: list[Any] = [None if array is None else in_shape(array, call, dims)
                         for array, (_, dims) in zip(results, plan.outputs, strict=True)]
    if total is not None:
        shaped[0] = total[()]
    for place, target in enumerate(given_out):
        if target is not None:
            if results[place] is not None and not np.may_share_memory(results[place], target):
                np.copyto(target, shaped[place])
            shaped[place] = target
    return shaped[0] if len(shaped) == 1 else tuple(shaped)


def allowed(options: Options) -> None:
    """Raises ValueError for a number of threads or a reduction that there is not."""
    threads = options.threads
    if threads is not None and (not isinstance(threads, (int, np.integer)) or threads < 1):
        raise ValueError(f"threads must be a positive integer, not {threads!r}")
    if options.reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be one of {', '.join(REDUCTIONS)}, "
                         f"not {options.reduction!r}")


def in_shape(array: Any, call: Call, dims: tuple[Any, ...]) -> Any:
    """A result with the batch axes of the call."""
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
        raise ValueError("weight must not be negative, nor NaN")
    with np.errstate(all="ignore"):
        array = array.astype(call.dtype, copy=False)
    return np.broadcast_to(array, call.batch).reshape(call.rows)


def factors(weight: Any, call: Call, reduction: str) -> tuple[Any, float]:
    """The factor of each example's derivative, and that of the total of the values.

    A mean is over the examples that count; over none of them it is 0.
    """
    if reduction != "mean":
        return weight, 1.0
    count = call.rows if call.kept is None else int(np.count_nonzero(call.kept))
    share = 1.0 / count if count else 0.0
    return (share if weight is None else weight * call.dtype.type(share)), share


def outputs(plan: Plan, call: Call, reduction: str, weight: Any, targets: tuple[Any, ...],
            ) -> tuple[list[Any], Any]:
    """Arrays for the results, and one number for the reduced value.

    Raises ValueError and TypeError where an array given as `out` cannot take its result.
    """
    if len(targets) == 1 and targets[0] is None:
        targets = (None,) * len(plan.outputs)
    if len(targets) != len(plan.outputs):
        raise ValueError(f"out must be {len(plan.outputs)} arrays, not {len(targets)}")
    results: list[Any] = []
    total = None
    for place, ((name, dims), target) in enumerate(zip(plan.outputs, targets, strict=True)):
        shape = tuple(d if isinstance(d, int) else call.sizes[d] for d in dims)
        reduced = name == "value" and reduction != "none"
        full = () if reduced else (*call.batch, *shape)
        if target is None:
            target = np.empty(full, call.dtype)
        else:
            fits(name, target, full, call.dtype, [*call.arrays, weight, call.kept])
            if any(shared(target, other) for other in targets[:place]):
                raise ValueError(f"out for {name} shares memory with another out")
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
    if any(step == 0 and n > 1 for step, n in zip(target.strides, target.shape, strict=True)):
        raise ValueError(f"out for {name} has elements that share memory")
    if any(shared(target, a) for a in inputs):
        raise ValueError(f"out for {name} shares memory with an argument")


def shared(left: Any, right: Any) -> bool:
    """Whether two arrays have memory in common."""
    if not isinstance(left, np.ndarray) or not isinstance(right, np.ndarray):
        return False
    try:
        return bool(np.shares_memory(left, right, max_work=WORK))
    except RuntimeError:  # too hard to tell
        return True


def rows_of(target: Any, rows: int, shape: tuple[int, ...]) -> Any:
    """A result with one batch axis; a new array where the axes cannot be joined in place."""
    if target.flags.c_contiguous:
        return target.reshape((rows, *shape))
    return target if target.ndim == len(shape) + 1 else np.empty((rows, *shape), target.dtype)
