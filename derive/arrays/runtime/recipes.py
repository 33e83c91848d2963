"""Small calls like an earlier one, of which nothing has to be worked out again."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from derive.arrays.runtime.arguments import Argument, class_count
from derive.arrays.runtime.row_blocks import Plan, Run, kept, workspace
from derive.arrays.runtime.value_domains import DOMAINS, accuracy, inside


class Options(NamedTuple):
    """What a caller may choose."""

    weight: Any = None
    mask: Any = None
    ignore_label: int | None = None
    reduction: str = "none"
    out: Any = None
    threads: int | None = None
    check: bool = True


class Recipe(NamedTuple):
    """What a call like an earlier one needs no more working out."""

    function: Any
    kind: str
    n: int
    sizes: tuple[int, ...]
    dtype: Any
    labels: tuple[tuple[int, Any], ...]
    shapes: tuple[Any, ...]
    share: float | None
    domains: tuple[tuple[int, str, float], ...]


SMALL = 1 << 12  # elements of a call up to which its own overhead counts


def like(plan: Plan, given: tuple[Any, ...], options: Options) -> Any:
    """What two calls have in common that can share a recipe; None where none can be shared."""
    if options.weight is not None or options.mask is not None or \
            options.ignore_label is not None:
        return None
    for array in given:
        if type(array) is not np.ndarray or not array.flags.c_contiguous:
            return None
    return options.reduction, options.check, *[(a.shape, a.dtype) for a in given]


def again(plan: Plan, given: tuple[Any, ...], options: Options) -> Any:
    """The outputs of a small call like an earlier one; None where all has to be worked out."""
    key = like(plan, given, options)
    recipe: Recipe | None = kept(plan, "recipes").get(key) if key is not None else None
    if recipe is None or not expected(recipe, given):
        return None
    results = [np.empty(shape, recipe.dtype) for shape in recipe.shapes] \
        if options.out is None else fitting(recipe, plan, given, options)
    if results is None:
        return None
    work, own = workspace(plan, recipe.kind, recipe.n, recipe.sizes, recipe.dtype)
    summed = recipe.share is not None and plan.outputs[0][0] == "value"
    blocks = [own, *results[1:]] if summed else results
    scale = recipe.share if options.reduction == "mean" else None
    with np.errstate(all="ignore"):
        recipe.function(given, blocks, work, scale, None, recipe.n, *recipe.sizes)
        if summed:
            total = np.add.reduce(own, dtype=np.float64) * recipe.share
            if not np.isfinite(total):  # it may be the sum alone that overflows
                return None
            if options.out is None:
                results[0] = recipe.dtype.type(total)
            else:
                results[0][...] = total
    return results[0] if len(results) == 1 else tuple(results)


def expected(recipe: Recipe, given: tuple[Any, ...]) -> bool:
    """Whether labels and values are such as they must be, so far as is told quickly."""
    for place, size in recipe.labels:
        if given[place].size and np.maximum.reduce(given[place].view(np.uintp), axis=None) >= size:
            return False
    return all(inside(domain, given[place], slack) for place, domain, slack in recipe.domains)


def fitting(recipe: Recipe, plan: Plan, given: tuple[Any, ...], options: Options) -> Any:
    """The arrays given as `out`, where they surely can take the results; else None."""
    out = options.out
    targets = list(out) if len(plan.outputs) > 1 and isinstance(out, (tuple, list)) else [out]
    if len(targets) != len(recipe.shapes):
        return None
    summed = recipe.share is not None and plan.outputs[0][0] == "value"
    for place, (target, shape) in enumerate(zip(targets, recipe.shapes, strict=True)):
        if type(target) is not np.ndarray or target.dtype != recipe.dtype or \
                target.shape != (() if summed and place == 0 else shape) or \
                not target.flags.carray:
            return None
        if any(np.may_share_memory(target, other) for other in (*given, *targets[:place])):
            return None
    return targets


def simple(run: Run) -> bool:
    """Whether a run is small, in plain floats alone, and has one batch axis."""
    small = run.call.rows * run.shape.width <= SMALL
    plain = run.shape.kind != "wide" and run.plan.again is None and not run.faithful \
        and run.plan.watched is None
    return small and plain and len(run.call.batch) == 1


def same(arrays: list[Any], given: tuple[Any, ...]) -> bool:
    """Whether arguments are used as they were given."""
    return all(array is other for array, other in zip(arrays, given, strict=True))


def watched_domains(arguments: tuple[Argument, ...], dtype: Any,
                    ) -> tuple[tuple[int, str, float], ...]:
    """The arguments whose values are looked at: place, domain, accuracy of the numbers."""
    return tuple((n, a.domain, accuracy(dtype, dtype)) for n, a in enumerate(arguments)
                 if a.domain in DOMAINS)


def remember(plan: Plan, arguments: tuple[Argument, ...], given: tuple[Any, ...],
             options: Options, run: Run) -> None:
    """Keeps a recipe, where the call is small and its arguments are used as they are."""
    call, shape = run.call, run.shape
    key = like(plan, given, options)
    if key is None or not simple(run) or not same(call.arrays, given) or \
            any(a.test is not None for a in arguments):
        return
    labels = {n: class_count(a, call.sizes) for n, a in enumerate(arguments)
              if a.domain == "label"}
    if None in labels.values():
        return
    recipes = kept(plan, "recipes")
    if len(recipes) > 999:
        recipes.clear()
    shapes = tuple((call.rows, *(d if isinstance(d, int) else call.sizes[d] for d in dims))
                   for _, dims in plan.outputs)
    share = {"none": None, "sum": 1.0, "mean": 1.0 / call.rows}[options.reduction]
    domains = watched_domains(arguments, call.dtype) if options.check else ()
    recipes[key] = Recipe(plan.columns if shape.kind == "columns" else plan.rows, shape.kind,
                          call.rows, tuple(call.sizes.values()), call.dtype, tuple(labels.items()),
                          shapes, share, domains)
