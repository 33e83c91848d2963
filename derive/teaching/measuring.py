"""The numbers of a demonstration, computed now: by the judge, a kernel, or from a derivation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from derive.core.atoms import Tensor
from derive.errors import DataFileError, NotAGradient, VerificationError
from derive.judge.precision import mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import declare_or_assume, specify
from derive.rendering.derivation_json import declarations
from derive.teaching.deriving import derived

_DIGITS = 30
Values = Mapping[str, Any]


def measured(spec: Mapping[str, Any], block: Mapping[str, Any], where: str) -> Any:
    """The value of one number (a float, or a list of them), compared with what is stated.

    `spec` is the entry of the number, `block` the one that it stands in, whose `given` and `at`
    hold where the entry has none. Raises VerificationError where the statement is wrong.
    """
    whole = {"given": block.get("given", []), **spec,
             "at": {**block.get("at", {}), **spec.get("at", {})}}
    value = _computed(whole)
    digits = whole.get("digits", 3)
    if not _agrees(value, whole["expect"], digits):
        raise VerificationError(f"{where}: {whole['expect']} is stated, but it is "
                                f"{shown(value, digits + 3)}")
    return value


def shown(value: Any, digits: int) -> str:
    """A number, or numbers in brackets, with so many decimal places."""
    if isinstance(value, (list, tuple)):
        return f"({', '.join(shown(v, digits) for v in value)})"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}f}"
    return (text[1:] if text.startswith("-") and not float(text) else text).replace("-", "−")


def _agrees(value: Any, stated: Any, digits: int) -> bool:
    """Whether a value, rounded to so many places, is what is stated."""
    if isinstance(stated, list) or isinstance(value, list):
        return isinstance(stated, list) and isinstance(value, list) and \
            len(stated) == len(value) and \
            all(_agrees(v, s, digits) for v, s in zip(value, stated, strict=True))
    if value == stated:
        return True
    return float(abs(value - stated)) <= 0.5000001 * 10.0 ** -digits


def _computed(spec: Mapping[str, Any]) -> Any:
    if "kernel" in spec and "reduction" in spec:
        return _reduced(spec)
    for key, compute in (("kernel", _by_kernel), ("derive", _by_derivation),
                         ("formula", _by_formula)):
        if key in spec:
            return compute(spec)
    raise DataFileError("a number says neither formula, kernel nor derive")


def _by_formula(spec: Mapping[str, Any]) -> Any:
    """The value of a formula in the notation; a list where it is a whole array."""
    posed = specify(spec["formula"], spec["given"], True)
    return _over(posed.loss, posed.rows, point_of(posed.scope, spec["at"]))


def _over(formula: Any, indices: Sequence[Any], point: Point) -> Any:
    """A formula at a point, for every value of its free indices."""
    values = [_plain(evaluate(formula, _with_indices(point, indices, at), _DIGITS))
              for at in product(*(range(point.size(i.dim)) for i in indices))]
    return values if indices else values[0]


def _by_kernel(spec: Mapping[str, Any]) -> Any:
    """A value or gradient from the generated NumPy code."""
    import numpy as np

    from derive.arrays import kernel

    made = kernel(spec["kernel"], given=spec["given"], wrt=spec.get("wrt"))
    at = spec["at"]
    arrays = [np.asarray(at[a.name]) for a in made.arguments]
    function = getattr(made, spec.get("output", "value"))
    return _listed(np.asarray(function(*arrays, **spec.get("options", {}))).tolist())


def _reduced(spec: Mapping[str, Any]) -> Any:
    """The losses of a kernel for every step, made one by a reduction of the table."""
    from derive.tables.cell_table import find_reduction

    entry = find_reduction(spec["reduction"])
    losses = _by_kernel({"kernel": spec["kernel"], "given": [], "at": spec["at"]})
    return _by_formula({"formula": entry.loss, "given": entry.given,
                        "at": {"l": losses, "m": spec["at"]["m"]}})


def _by_derivation(spec: Mapping[str, Any]) -> Any:
    """Something of a derivation: its result at a point, an estimate, the work along a path."""
    pick = spec.get("pick", "result")
    try:
        found = derived(spec)
    except NotAGradient as refusal:
        proof = refusal.proof
        word, _, which = pick.partition(" ")
        works = [p.work for p in proof.paths]
        numbers = {"work": works, "loop": [works[0] - works[1]]}.get(word) or \
            proof.witness.numbers
        return _plain(numbers[int(which or 0)])
    if pick.startswith("estimate "):
        return _plain(dict(found.estimates)[pick.removeprefix("estimate ")])
    one = found if pick in ("result", "value") else found.others[int(pick.partition(" ")[2] or 0)]
    scope = Scope()
    for line in declarations(found):
        if "index(" not in line:
            declare_or_assume(line, scope)
    point = point_of(scope, spec["at"])
    indices = () if pick == "value" else one.indices
    return _over(one.result, indices, point)


def _with_indices(point: Point, indices: Sequence[Any], at: Sequence[int]) -> Point:
    return Point(point.sizes, {**point.scalars, **dict(zip(indices, at, strict=True))},
                 point.tensors)


def point_of(scope: Scope, at: Values) -> Point:
    """The point with these values: numbers, lists for arrays; sizes follow from the lists."""
    return point_at(scope.names, scope.dims, at)


def point_at(names: Values, dims: Values, at: Values) -> Point:
    """The point with these values of names; see `point_of`."""
    point = Point()
    for name, value in at.items():
        if name in dims:
            point.sizes[dims[name]] = int(value)
    for name, leaf in names.items():
        if name not in at:
            continue
        value = at[name]
        if not isinstance(leaf, Tensor):
            point.scalars[leaf] = _exact(value)
            continue
        entries: dict[tuple[int, ...], Any] = {}
        _fill(entries, (), value)
        lengths = _lengths(value)
        for dim, length in zip(leaf.kind.shape, lengths, strict=True):
            point.sizes.setdefault(dim, length)
        point.tensors[leaf] = entries
    return point


def _fill(entries: dict[tuple[int, ...], Any], place: tuple[int, ...], value: Any) -> None:
    if not isinstance(value, list):
        entries[place] = _exact(value)
        return
    for n, inner in enumerate(value):
        _fill(entries, (*place, n), inner)


def _lengths(value: Any) -> list[int]:
    return [len(value), *_lengths(value[0])] if isinstance(value, list) else []


def _exact(value: Any) -> Any:
    """0.1 as the decimal that is meant, not as the nearest binary fraction."""
    return value if isinstance(value, int) else mpf(str(value))


def _plain(value: Any) -> float:
    return float(value)


def _listed(value: Any) -> Any:
    return [_listed(v) for v in value] if isinstance(value, list) else float(value)
