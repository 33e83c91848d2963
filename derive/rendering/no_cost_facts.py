"""The proof that no cost exists: its claim and its numbers in sentences."""

from __future__ import annotations

from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty, subscript
from derive.proof import Path, Refusal, listed, number, place


def claim(proof: Refusal, ascii: bool = False) -> str:
    """What is proved, in one line of text."""
    printer = plain if ascii else pretty
    return f"No cost has the gradient {printer(proof.field, proof.jacobian.reserved)}"


def proof_facts(proof: Refusal, ascii: bool = False) -> list[str]:
    """The numbers: two derivatives that differ, two paths, and what follows."""
    name, variable = proof.field_name, proof.variable
    point = ", ".join(f"{name} = {listed(value)}" for name, value in proof.values.items())
    if proof.witness is not None:
        first, second = (f"_{place(at)}" if ascii else subscript(place(at))
                         for at in (proof.witness.first, proof.witness.second))
        left, right = map(number, proof.witness.numbers)
        facts = [f"At {point}: ∂{name}{first}/∂{variable}{second} = {left}, but "
                 f"∂{name}{second}/∂{variable}{first} = {right}."]
    else:
        facts = [f"The field jumps, so that its Jacobian does not tell all. At {point}:"]
    if proof.paths is None:
        return [*facts,
                "The second derivatives of a cost would be equal: there is no such cost."]
    corners = proof.paths[0].corners
    return [*facts, f"Two paths from {listed(corners[0])} to {listed(corners[-1])}:",
            *map(_path, proof.paths),
            "The work of a gradient depends on the ends alone: there is no such cost."]


def _path(path: Path) -> str:
    return f"{' → '.join(map(listed, path.corners))}: work {number(path.work)}"
