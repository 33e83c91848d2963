"""The proof that no cost exists, as data."""

from __future__ import annotations

from typing import Any

from derive.notation.printing.plain import plain
from derive.outgoing_text import as_json
from derive.proof import Refusal, number
from derive.rendering.derivation_json import proof_record, to_json
from derive.rendering.no_cost_facts import claim, proof_facts


def refusal_json(proof: Refusal, _detail: str = "normal") -> str:
    """The proof as the text of a file."""
    return as_json(data(proof), indent=2)


def data(proof: Refusal) -> dict[str, Any]:
    """The proof as plain dictionaries."""
    witness, paths = proof.witness, proof.paths
    return {
        "title": claim(proof, ascii=True), "exists": False,
        "field": plain(proof.field, proof.jacobian.reserved), "given": list(proof.given),
        "assumed": list(proof.assumed),
        "variable": proof.variable, **_second(proof), "facts": proof_facts(proof),
        "jacobian": to_json(proof.jacobian), "difference": to_json(proof.difference),
        "point": {name: _numbers(value) for name, value in proof.values.items()},
        "witness": None if witness is None else {
            "first": list(witness.first), "second": list(witness.second),
            "derivatives": [float(n) for n in witness.numbers],
            "exact": [number(n) for n in witness.numbers]},
        "paths": None if paths is None else [
            {"corners": [_numbers(c) for c in path.corners], "work": float(path.work)}
            for path in paths],
        "proof": proof_record(proof.proof),
    }


def _second(proof: Refusal) -> dict[str, Any]:
    """The field by a second variable, where there is one."""
    return {} if not proof.second_variable else {
        "second_variable": proof.second_variable,
        "second_derivative": to_json(proof.difference.parts[1]),
        "second_field": plain(proof.second_field, proof.jacobian.reserved)}


def _numbers(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_numbers(v) for v in value]
    return value if isinstance(value, int) else float(value)
