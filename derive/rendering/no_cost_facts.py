"""The proof that no cost exists: its claim and its numbers in sentences, and as data."""

from __future__ import annotations

import json
from typing import Any

from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty, subscript
from derive.proof import Path, Refusal, listed, number, place
from derive.rendering.derivation_json import to_json


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


def refusal_json(proof: Refusal, _detail: str = "normal") -> str:
    """The proof as the text of a file."""
    return json.dumps(data(proof), ensure_ascii=False, indent=2)


def data(proof: Refusal) -> dict[str, Any]:
    """The proof as plain dictionaries."""
    witness, paths = proof.witness, proof.paths
    return {
        "title": claim(proof, ascii=True), "exists": False,
        "field": plain(proof.field, proof.jacobian.reserved), "given": list(proof.given),
        "variable": proof.variable,
        "jacobian": to_json(proof.jacobian), "difference": to_json(proof.difference),
        "point": {name: _numbers(value) for name, value in proof.values.items()},
        "witness": None if witness is None else {
            "first": list(witness.first), "second": list(witness.second),
            "derivatives": [float(n) for n in witness.numbers],
            "exact": [number(n) for n in witness.numbers]},
        "paths": None if paths is None else [
            {"corners": [_numbers(c) for c in path.corners], "work": float(path.work)}
            for path in paths],
    }


def _numbers(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_numbers(v) for v in value]
    return value if isinstance(value, int) else float(value)
