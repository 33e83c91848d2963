"""Points of a loss of the catalogue: arrays that meet its declarations and conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mpf

from .formats import Array, Format, mixed, near, positive, probability, real, small

SIZE = 3  # of every dimension
_TRIES = 60
_NESTED = 2e3  # no larger where a function is taken of an exponential


@dataclass(frozen=True)
class Loss:
    """A loss with its exact expressions: value, gradient, Hessian, and the names in them."""

    name: str
    arguments: tuple[Any, ...]
    leaves: dict[str, Any]
    conditions: tuple[Any, ...]
    expressions: tuple[tuple[str, Any, tuple[Any, ...]], ...]
    nested: bool


def loss_named(name: str, kernel: Any) -> Loss:
    """The loss of that name, derived; its Hessian where it has one."""
    import derive
    from derive.core.atoms import Dim
    from derive.core.indexing import free_names

    first = kernel.derivation
    body = first.start.args[0]
    expressions = [("value", body, ()), ("gradient", first.result, first.indices)]
    try:
        second = derive.hessian(name)
        expressions.append(("Hessian", second.result, second.indices))
    except derive.DeriveError:
        pass
    nodes = [e for _, e, _ in expressions] + list(first.assumptions)
    found = set().union(*(free_names(n) for n in nodes))
    leaves = {leaf.name: leaf for leaf in found if not isinstance(leaf, Dim)}
    leaves |= {f"dim {leaf.name}": leaf for leaf in found if isinstance(leaf, Dim)}
    return Loss(name, tuple(kernel.arguments), leaves, tuple(first.assumptions),
                tuple(expressions), any(_nested(e) for _, e, _ in expressions))


def _nested(expression: Any) -> bool:
    """Whether a function other than log is taken of an exponential."""
    from derive.core import heads

    def has_exponential(node: Any) -> bool:
        return any(n.name == "exp" for n in node.atoms(heads.Apply))

    return any(n.name != "log" and any(has_exponential(a) for a in n.args[1:])
               for n in expression.atoms(heads.Apply))


def _number(kind: Any, shape: Any, rng: np.random.Generator, regime: str, form: Format) -> Array:
    domain = kind.domain
    if domain == "label":
        return rng.integers(0, SIZE, shape)
    if domain == "binary":
        return form.cast(rng.integers(0, 2, shape))
    if domain in ("count", "integer"):
        top = {"T": 1.0, "C": 2.0}.get(regime, min(15.0, form.decades / 6))
        return form.cast(np.floor(10.0 ** rng.uniform(-0.5, top, shape)))
    if domain == "onehot":
        return form.cast(np.eye(SIZE)[rng.integers(0, SIZE, shape[:-1])])
    if domain == "simplex":  # multiples of 2**-20 that sum to 1 exactly
        parts = rng.dirichlet(np.full(SIZE, 0.2 if regime != "T" else 1.0), shape[:-1])
        whole = np.maximum(np.floor(parts * 2**20), 1)
        whole[..., int(rng.integers(SIZE))] += 2**20 - whole.sum(-1)
        return form.cast(np.where((whole > 0).all(-1, keepdims=True), whole / 2**20,
                                  [0.5, 0.25, 0.25]))
    if domain == "probability":
        return probability(rng, shape, regime, form)
    if domain == "real":
        return real(rng, shape, regime, form)
    found = positive(rng, shape, regime, form)
    return -found if domain in ("negative", "nonpositive") else found


def _point_arrays(loss: Loss, rng: np.random.Generator, regime: str, form: Format) -> list[Array]:
    """One point; in regime C numbers are often near each other, or near 1 in a ratio."""
    arrays: list[Array] = []
    free = {n for c in loss.conditions for n in _names(c)}
    for argument in loss.arguments:
        shape = tuple(SIZE for _ in argument.kind.shape)
        tame = argument.name in free and rng.random() < 0.5
        drawn = np.asarray(_number(argument.kind, shape, rng, "T" if tame else regime, form))
        if tame and argument.kind.domain in ("positive", "nonnegative"):
            drawn = form.cast(drawn * small(rng, drawn.shape, 1))
        alike = [a for a, b in zip(arrays, loss.arguments, strict=False)
                 if b.kind.domain == argument.kind.domain in ("real", "positive", "probability")
                 and a.shape == drawn.shape]
        if regime == "C" and alike and rng.random() < 0.4:
            drawn = near(rng, alike[int(rng.integers(len(alike)))], form)
            if argument.kind.domain == "probability":
                drawn = np.clip(drawn, *form.cast([1e-30, 1 - form.epsilon / 2]))
        if loss.nested and drawn.dtype.kind == "f" and argument.kind.domain == "real":
            drawn = np.where(np.abs(drawn) > _NESTED, form.cast(mixed(
                rng, drawn.shape, (drawn % 40, np.sign(drawn) * 700.0))), drawn)
        arrays.append(drawn)
    return arrays


def _names(condition: Any) -> set[str]:
    from derive.core.indexing import free_names

    return {leaf.name for leaf in free_names(condition)}


def point_of(loss: Loss, arrays: list[Array]) -> Any:
    """The point of the judge for one entry of each argument."""
    from derive.judge.trees.evaluate import Point

    scalars, tensors = {}, {}
    for argument, array in zip(loss.arguments, arrays, strict=True):
        leaf = loss.leaves.get(argument.name)
        if leaf is None:
            continue
        whole = argument.kind.domain == "label"
        if argument.kind.shape:
            tensors[leaf] = {at: int(array[at]) if whole else mpf(float(array[at]))
                             for at in np.ndindex(array.shape)}
        else:
            scalars[leaf] = int(array) if whole else mpf(float(array))
    sizes = {leaf: SIZE for name, leaf in loss.leaves.items() if name.startswith("dim ")}
    return Point(sizes, scalars, tensors)


def points(loss: Loss, rng: np.random.Generator, count: int, regime: str,
           form: Format) -> list[list[Array]]:
    """Points at which every condition holds; fewer where they are hard to meet."""
    from derive.errors import EvaluationError
    from derive.judge.trees.index_places import holds_everywhere

    found: list[list[Array]] = []
    for _ in range(count):
        for _ in range(_TRIES):
            with np.errstate(all="ignore"):
                arrays = _point_arrays(loss, rng, regime, form)
            if not all(np.isfinite(a).all() for a in arrays):
                continue
            try:
                point = point_of(loss, arrays)
                if all(holds_everywhere(c, point) for c in loss.conditions):
                    found.append(arrays)
                    break
            except EvaluationError:
                continue
    return found
