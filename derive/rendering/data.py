"""A derivation as data: the contract for other tools."""

from __future__ import annotations

from typing import Any

from derive.derivation import Derivation, Step
from derive.notation.latex import latex
from derive.notation.plain import plain
from derive.notation.pretty import pretty


def to_json(derivation: Derivation) -> dict[str, Any]:
    """The derivation as plain dictionaries; every `notation` parses back to its expression."""
    reserved = tuple(i.name for i in derivation.indices)
    found = quantity(derivation)
    check = derivation.verification
    return {
        "title": derivation.title,
        "given": list(derivation.given),
        "goal": derivation.goal,
        "quantity": plain(derivation.quantity, reserved),
        "start": plain(derivation.start, reserved),
        "steps": [_step(step, reserved) for step in derivation.steps],
        "result": found,
        "results": [found],
        "obligations": [plain(o) for o in derivation.obligations],
        "parts": [to_json(part) for part in derivation.parts],
        "source": derivation.source,
        "verification": None if check is None else {
            "points": check.points, "lines": check.lines, "digits": check.digits,
            "worst_relative_error": check.worst, "seed": check.seed,
            "sizes": {name: list(sizes) for name, sizes in check.sizes},
            "cases": list(check.cases), "summary": check.summary},
    }


def quantity(derivation: Derivation) -> dict[str, Any]:
    """The result, with the indices that are free in it."""
    reserved = tuple(i.name for i in derivation.indices)
    result = derivation.result
    return {"indices": list(reserved), "notation": plain(result, reserved),
            "text": pretty(result, reserved), "latex": latex(result, reserved)}


def _step(step: Step, reserved: tuple[str, ...]) -> dict[str, Any]:
    return {"rule": step.rule.name, "says": step.rule.says, "before": plain(step.before, reserved),
            "after": plain(step.after, reserved), "line": plain(step.line, reserved),
            "latex": latex(step.line, reserved), "stage": step.stage,
            "obligations": [plain(o) for o in step.obligations]}
