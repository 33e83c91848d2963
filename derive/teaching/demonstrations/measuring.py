"""The numbers of a demonstration, computed now: by the judge, a kernel, or from a derivation.

A number that another library gave is recorded, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sympy.core.basic import Basic

from derive.core.atoms import Index, Tensor
from derive.core.indexing import leaves
from derive.derivation import Derivation
from derive.errors import DataFileError, NotAGradient, VerificationError
from derive.judge.precision import Float, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import declare_or_assume, specify
from derive.proof import Refusal
from derive.rendering.derivation_json import declarations
from derive.rendering.derivation_rows import printed_lines
from derive.tables.cell_table import find_reduction
from derive.teaching.demonstrations.deriving import derived

_DIGITS = 30
Value = Any  # a number, or lists of numbers
Spec = Mapping[str, Any]


def measured(spec: Spec, block: Spec, where: str, known: Mapping[str, Value] | None = None,
             ) -> Value:
    """The value of one number (a float, or lists of them), compared with what is stated.

    `spec` is the entry of the number, `block` the one that it stands in, whose `given` and `at`
    hold where the entry has none; what has a name in a table brings its own declarations. A text
    among the values of `at` is the name of a number that is `known`. Raises VerificationError where
    the statement is wrong.
    """
    at = {name: _looked_up(value, known or {}, where)
          for name, value in {**block.get("at", {}), **spec.get("at", {})}.items()}
    named = re.fullmatch(r"[\w-]*", spec.get("kernel", spec.get("target", " ")))
    spec = {"given": [] if named else block.get("given", []), **spec, "at": at}
    value = _computed(spec)
    digits = spec.get("digits", 3)
    if not _agrees(value, stated(spec), digits):
        raise VerificationError(f"{where}: {stated(spec)} is stated, but it is "
                                f"{shown(value, digits + 3)}")
    return value


def stated(spec: Spec) -> Value:
    """What is stated of a number; one that is recorded states itself."""
    return spec["expect"] if "expect" in spec else spec["recorded"]


def _looked_up(value: Value, known: Mapping[str, Value], where: str) -> Value:
    """A value of `at`, or the number that it names. Raises DataFileError where there is none."""
    if not isinstance(value, str):
        return value
    if value not in known:
        raise DataFileError(f"{where}: there is no number {value!r} above it")
    return known[value]


def shown(value: Value, digits: int) -> str:
    """A number, or numbers in brackets, with so many decimal places."""
    if isinstance(value, (list, tuple)):
        return f"({', '.join(shown(v, digits) for v in value)})"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}f}"
    return (text[1:] if text.startswith("-") and not float(text) else text).replace("-", "−")


def typed(value: Value) -> str:
    """Data as a person types them: a number, or numbers in brackets."""
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(typed, value))})"
    return f"{value:.12g}".replace("-", "−")


def _agrees(value: Value, stated: Value, digits: int) -> bool:
    """Whether a value, rounded to so many places, is what is stated."""
    if isinstance(stated, list) and isinstance(value, list):
        return len(stated) == len(value) and \
            all(_agrees(v, s, digits) for v, s in zip(value, stated, strict=True))
    if isinstance(stated, list) or isinstance(value, list):
        return False
    return bool(value == stated or abs(value - stated) <= 0.5000001 * 10.0 ** -digits)


def _computed(spec: Spec) -> Value:
    for key, compute in (("reduction", _reduced), ("kernel", _by_kernel),
                         ("derive", _by_derivation), ("formula", _by_formula),
                         ("recorded", lambda spec: spec["recorded"])):
        if key in spec:
            return compute(spec)
    raise DataFileError("a number says neither formula, kernel, derive nor recorded")


def _by_formula(spec: Spec) -> Value:
    """The value of a formula in the notation; a list where it is a whole array.

    It is one for every value of an index that is declared and has no value.
    """
    posed = specify(spec["formula"], spec["given"], True)
    free = [leaf for name, leaf in posed.scope.names.items()
            if isinstance(leaf, Index) and leaf in leaves(posed.loss) and name not in spec["at"]]
    return _over(posed.loss, (*free, *posed.rows), point_at(posed.scope, spec["at"]))


def _over(formula: Basic, indices: Sequence[Index], point: Point) -> Value:
    """A formula at a point, for every value of its free indices: lists within lists."""
    if not indices:
        return float(evaluate(formula, point, _DIGITS))
    first, *others = indices
    return [_over(formula, others, _with_index(point, first, at))
            for at in range(point.size(first.dim))]


def _with_index(point: Point, index: Index, at: int) -> Point:
    return Point(point.sizes, {**point.scalars, index: at}, point.tensors)


def _by_kernel(spec: Spec) -> Value:
    """A value or gradient from the generated NumPy code."""
    import numpy as np  # here, since most numbers and pictures need no arrays to start

    from derive.arrays import kernel

    code = kernel(spec["kernel"], given=spec["given"], wrt=spec.get("wrt"))
    arrays = [np.asarray(spec["at"][a.name]) for a in code.arguments]
    function = getattr(code, spec.get("output", "value"))
    return np.asarray(function(*arrays, **spec.get("options", {})), float).tolist()


def _reduced(spec: Spec) -> Value:
    """The losses of a kernel for every step, made one by a reduction of the table."""
    entry = find_reduction(spec["reduction"])
    losses = _by_kernel({"kernel": spec["kernel"], "given": [], "at": spec["at"]})
    return _by_formula({"formula": entry.loss, "given": entry.given,
                        "at": {"l": losses, "m": spec["at"]["m"]}})


def _by_derivation(spec: Spec) -> Value:
    """Something of a derivation: its result at a point, an estimate, the work along a path.

    Or how many lines it has.
    """
    pick, _, which = spec.get("pick", "result").partition(" ")
    try:
        derivation = derived(spec)
    except NotAGradient as refusal:
        return float(_numbers_of(refusal.proof, pick)[int(which or 0)])
    if pick == "lines":
        return printed_lines(derivation, spec.get("detail", "brief"))
    if pick == "estimate":
        return float(dict(derivation.estimates)[which])
    picked = derivation if pick in ("result", "value") else derivation.others[int(which or 0)]
    return _over((picked.written_out or picked).result, () if pick == "value" else picked.indices,
                 point_at(_names_of(derivation), spec["at"]))


def _numbers_of(proof: Refusal, pick: str) -> Sequence[Float]:
    """The work along both paths, round the loop that they make, or both mixed derivatives."""
    if pick in ("work", "loop"):
        assert proof.paths is not None
        first, second = (path.work for path in proof.paths)
        return [first, second] if pick == "work" else [first - second]
    assert proof.witness is not None
    return proof.witness.numbers


def _names_of(derivation: Derivation) -> Scope:
    """The names of a derivation."""
    scope = Scope()
    for line in declarations(derivation):
        if "index(" not in line:
            declare_or_assume(line, scope)
    return scope


def point_at(scope: Scope, at: Mapping[str, Value]) -> Point:
    """The point with these values: numbers, lists for arrays; sizes follow from the lists."""
    point = Point(sizes={scope.dims[n]: int(v) for n, v in at.items() if n in scope.dims})
    for name, leaf in scope.names.items():
        if name in at:
            put(point, leaf, at[name])
    return point


def put(point: Point, leaf: Basic, value: Value) -> None:
    """Puts the value of a name into a point: a number, or lists of numbers for an array."""
    if not isinstance(leaf, Tensor):
        point.scalars[leaf] = _exact(value)
        return
    entries: dict[tuple[int, ...], Any] = {(): value}
    for dim in leaf.kind.shape:
        point.sizes.setdefault(dim, len(next(iter(entries.values()))))
        entries = {(*at, n): inner for at, row in entries.items() for n, inner in enumerate(row)}
    point.tensors[leaf] = {at: _exact(entry) for at, entry in entries.items()}


def _exact(value: float) -> int | Float:
    """0.1 as the decimal that is meant, not as the nearest binary fraction."""
    return value if isinstance(value, int) else mpf(str(value))
