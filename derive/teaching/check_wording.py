"""What is said of a check, in words that the terminal, pages and notebooks share."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from derive.core import heads
from derive.judge.precision import mp
from derive.proof import number
from derive.rendering.derivation_json import defined
from derive.teaching.counterexample import Counterexample
from derive.teaching.sheet_check import Check, CheckedLine

KNOWN = {"rules": "rules and numbers", "numbers": "numbers alone"}
_DIGITS = 6


def known(value: Any) -> str:
    """A value as a person reads it: a short fraction, else six digits."""
    return number(value) if abs(value) < 10**6 else str(mp.nstr(value, _DIGITS))


def given(check: Check) -> tuple[str, ...]:
    """What is given and defined, and the indices that the task line leaves to be named."""
    task = check.exercise.task
    made = [i for i in task.indices if not re.search(rf"(?<![^\W_]){i.name}(?![^\W_])", task.text)]
    names = defined(replace(task.derivation(), definitions=task.ground.definitions))
    return (*task.posed.specification.declared, *names,
            *(f"{i.name}: index({i.dim})" for i in made))


def aim(check: Check) -> tuple[Any, Any]:
    """What every line has to equal, as (left, right); of a cost, the derivative of a line.

    The left side is None where the right one says it all.
    """
    task = check.exercise.task
    left = heads.Partial(task.quantity, task.at[0]) if task.is_cost else None
    return left, task.truth


def how_wrong(wrong: CheckedLine) -> str:
    """What kind of fault the first wrong line has."""
    told = f"Line {wrong.number} is the first that is wrong"
    if wrong.written.denies:
        return f"{told}: the field has a cost."
    return f"{told}: it has no value where the task has one." if wrong.how == "no value" \
        else f"{told}."


def sides(check: Check, shown: Counterexample, at: str) -> tuple[tuple[str, str], ...]:
    """What has which value at the counterexample: the line, and the task."""
    what, aim = "the line", "the task"
    if check.exercise.task.is_cost:
        what, aim = f"the derivative of the line by {at}", "the field"
    return (what, "" if shown.line is None else known(shown.line)), (aim, known(shown.truth))


def standing(check: Check) -> str:
    """How far a right derivation has come; empty where a line is wrong or not decided."""
    if not check.correct:
        return ""
    if check.complete:
        return "Every line is right, and the last is a result."
    return f"Right so far, not finished: {check.missing}." if check.missing else ""


def decided(check: Check) -> str:
    """How the lines were decided."""
    counts = {how: sum(line.how == how for line in check.lines) for how in ("rules", "numbers")}
    told = []
    if counts["rules"]:
        told.append(f"{counts['rules']} by rules and numbers")
    if counts["numbers"]:
        told.append(f"{counts['numbers']} by numbers alone, 50 digits")
    return ", ".join(told) or ("none" if check.lines else "nothing yet")


def spoken(name: str) -> str:
    """The name of a misconception in words."""
    return name.replace("-", " ")
