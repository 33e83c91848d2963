"""The proof that no cost exists: its claim and its numbers in sentences."""

from __future__ import annotations

from collections.abc import Callable

from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty, subscript
from derive.proof import Path, Refusal, listed, named_slope, number, place


def claim(proof: Refusal, ascii: bool = False) -> str:
    """What is proved, in one line of text."""
    printer = plain if ascii else pretty
    fields = [f for f in (proof.field, proof.second_field) if f is not None]
    shown = "; ".join(printer(f, proof.jacobian.reserved) for f in fields)
    by = f" by {proof.variable} and {proof.second_variable}" if proof.second_variable else ""
    return f"No cost has the gradient {shown}{by}"


def proof_facts(proof: Refusal, ascii: bool = False) -> list[str]:
    """The numbers: two derivatives that differ, two paths, and what follows."""
    point = ", ".join(f"{name} = {listed(value)}" for name, value in proof.values.items())
    if proof.witness is not None:
        slopes = [named_slope(proof, first, _written(ascii)) for first in (True, False)]
        left, right = map(number, proof.witness.numbers)
        facts = [f"At {point}: {slopes[0]} = {left}, but {slopes[1]} = {right}."]
    else:
        facts = [f"The field jumps, so that its Jacobian does not tell all. At {point}:"]
    if proof.paths is None:
        return [*facts,
                "The second derivatives of a cost would be equal: there is no such cost."]
    corners = proof.paths[0].corners
    return [*facts, f"Two paths from {listed(corners[0])} to {listed(corners[-1])}:",
            *map(_path, proof.paths),
            "The work of a gradient depends on the ends alone: there is no such cost."]


def _written(ascii: bool) -> Callable[[tuple[int, ...]], str]:
    """How a place is written: _0,1 or below the line."""
    return lambda at: f"_{place(at)}" if ascii else subscript(place(at))


def _path(path: Path) -> str:
    return f"{' → '.join(map(listed, path.corners))}: work {number(path.work)}"
