"""What stands in the header of a checkpoint of a run: each key with what its value must be.

A file may come from anywhere. What it tells is checked here, once, before anything rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, prod
from typing import Any

from derive.errors import CheckpointError
from derive.training.checkpoint import Checkpoint

_MOST = 2**53  # of a whole number
_ARRAY = "array:"
Fits = Callable[[Any], bool]
Shape = Mapping[str, Any]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST


def _size(value: Any) -> bool:
    return _count(value) and value > 0


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _step(value: Any) -> bool:
    return value == -1 or _count(value)  # -1: none so far


def _array(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(_ARRAY)


def _maybe(fits: Fits) -> Fits:
    return lambda value: value is None or fits(value)


def _several(fits: Fits) -> Fits:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _table(fits: Fits) -> Fits:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def _pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_number, value))


def _inputs(value: Any) -> bool:
    return _count(value) or _several(_text)(value)


def _prediction(value: Any) -> bool:
    return isinstance(value, dict) and set(value) <= {"kind", "name", "line", "likelihood"} and \
        all(isinstance(v, (str, bool)) for v in value.values())


def _layout(value: Any) -> bool:
    return isinstance(value, dict) and _text(value.get("kind")) and _count(value.get("ahead")) and \
        all(_several(_text)(value.get(key)) for key in ("columns", "targets")) and \
        _several(_text)(value.get("signs", [])) and _several(_pair)(value.get("scales"))


# A key that ends in "?" may be missing: older runs have it not.
_RUN: Shape = {
    "optimizer": _table(_array), "carried": _maybe(_table(_array)), "feed": _table(lambda _: True),
    "watch": {key + "?": _number for key in ("start", "first", "last")} | {
        "steps?": _count, "beyond?": _count},
    "tally": {key + "?": _number for key in ("loss", "norm", "seconds")} | {
        "steps?": _count, "tokens?": _count},
    "seconds": _number, "held_out_seconds?": _number, "lr": _number, "last_step": _step,
    "best": {"loss": _maybe(_number)},
    "last": _maybe(lambda value: isinstance(value, list) and all(v is None or isinstance(
        v, (int, float)) for v in value)),
}
_ABOUT: Shape = {
    "name?": _text, "title?": _text, "inputs?": _inputs, "classes?": _maybe(_several(_text)),
    "each?": _flag, "head?": _text, "metric?": _text, "source?": _text, "digest?": _text,
    "scale?": _pair, "scales?": _several(_pair), "target_shape?": _several(_count),
    "sequences?": _flag, "layout?": _maybe(_layout),
    "notices?": _several(_text), "form?": _text,
}
_HEADER: Shape = {
    "kind": _text, "derive": _text, "equations": _text, "dtype": _text,
    "places?": _maybe(_table(_several(_count))), "bounded?": _table(_text), "dims?": _table(_size),
    "prediction?": _maybe(_prediction),
    "sizes": _table(_several(_count)), "options": _table(lambda _: True),
    "step": _count, "total?": _maybe(_count), "epoch?": _number, "log?": _maybe(_text),
    "about?": _ABOUT, "run": _RUN,
}


def check_header(checkpoint: Checkpoint) -> None:
    """Raises CheckpointError, naming the key, for a header that is not as a run writes it."""
    _check(checkpoint.header, _HEADER, "", checkpoint)
    theta = checkpoint.arrays.get("theta")
    due = sum(map(prod, checkpoint.header["sizes"].values()))
    if theta is None or theta.ndim != 1 or theta.dtype.kind != "f" or len(theta) != due:
        raise CheckpointError(f"{checkpoint.path} tells of {due} parameters, and its array of them "
                              f"is {'missing' if theta is None else theta.shape}")


def _check(node: Any, shape: Shape, above: str, checkpoint: Checkpoint) -> None:
    path = checkpoint.path
    if not isinstance(node, dict):
        raise CheckpointError(f"{path} was not written by derive: {above.rstrip('.')!r} in its "
                              "header is no table")
    for key, due in shape.items():
        name = key.removesuffix("?")
        where = above + name
        if name not in node:
            if key.endswith("?"):
                continue
            raise CheckpointError(f"{path} was not written by derive: its header lacks {where!r}")
        if isinstance(due, Mapping):
            _check(node[name], due, where + ".", checkpoint)
        elif not due(node[name]) or _missing(node[name], checkpoint):
            raise CheckpointError(f"{path} was not written by derive: {where!r} in its header "
                                  "cannot be")


def _missing(value: Any, checkpoint: Checkpoint) -> bool:
    """Whether a table names arrays that the checkpoint does not have."""
    names = value.values() if isinstance(value, dict) else ()
    return any(isinstance(n, str) and n.startswith(_ARRAY)
               and n.removeprefix(_ARRAY) not in checkpoint.arrays for n in names)
