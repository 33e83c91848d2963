"""Steps of a derivation of which some share the line of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.derivation import Step


def joined(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps of which those that follow by themselves share the line of the one before."""
    lines: list[Step] = []
    for place, step in enumerate(steps):
        if not lines:
            lines.append(replace(step, round=1))
            continue
        before, old = lines[-1], steps[place - 1]
        same = step.round == old.round
        along = step.rule.name.startswith("name-") or step.rule.label == "equal indices" or (
            step.rule.label == old.rule.label == "sum rule") or (
            step.rule.name == old.rule.name == "insert")
        lines.append(replace(step, round=before.round + (0 if same or along else 1),
                             stage=before.stage if along and not same else step.stage))
    return tuple(lines)
