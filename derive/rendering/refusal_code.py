"""The check cell of a proof that no cost exists: the two derivatives as difference quotients."""

from __future__ import annotations

from typing import Any

from derive.functions.function_records import functions_in
from derive.notation.printing.plain import plain
from derive.proof import Refusal
from derive.rendering.check_code import SLOPE, function_code
from derive.rendering.numpy_code import NotRunnable, declared_names, prelude, runnable, sizes_of


def refusal_check(proof: Refusal) -> str:
    """Code for the two mixed derivatives that differ; "" where there is nothing to compare."""
    witness = proof.witness
    if witness is None or proof.second_variable:
        return ""
    field, indices = plain(proof.field, proof.jacobian.reserved), proof.jacobian.indices
    letters = sizes_of(proof.given)
    known = functions_in(proof.field)
    own = [*proof.values, *(i.name for i in indices),
           *declared_names(proof.given)]
    try:
        runnable(field, known)
        lines = prelude([field], own, letters, known)
    except NotRunnable:
        return ""
    lines += [f"{name} = {_value(value, name in letters)}" for name, value in proof.values.items()]
    rows = [i.name for i in indices[:len(witness.first)]]
    x, first, second = proof.variable, witness.first, witness.second
    return "\n".join([
        *lines, "", SLOPE, "", *function_code("field", [x, *rows], field), "",
        f"one = slope(lambda _x: field(_x, {', '.join(map(str, first))}), {x}, {second})",
        f"two = slope(lambda _x: field(_x, {', '.join(map(str, second))}), {x}, {first})",
        'print(f"{one:.9f}, but {two:.9f}")', "assert abs(one - two) > 1e-6"])


def _value(value: Any, is_size: bool) -> str:
    """A size, an array or a number as code."""
    number = _literal(value)
    if is_size:
        return f"Size({number})"
    return f"np.array({number})" if "[" in number else number


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value) if isinstance(value, int) else repr(float(value))
