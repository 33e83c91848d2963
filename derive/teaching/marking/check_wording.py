"""The words on a check that the terminal, pages and notebooks share."""

from __future__ import annotations

import re
from dataclasses import replace

from sympy.core.basic import Basic

from derive.core import heads
from derive.derivation import Line
from derive.judge.precision import Float, mp
from derive.notation.reading.specification import Specification
from derive.proof import number
from derive.rendering.derivation_json import defined
from derive.teaching.marking.counterexample import Counterexample
from derive.teaching.marking.sheet_check import Check, CheckedLine

KNOWN = {"rules": "rules and numbers", "numbers": "numbers alone"}
_DIGITS = 6


def known(value: Float) -> str:
    """A value as a person reads it: a short fraction, else six digits."""
    return number(value) if abs(value) < 10**6 else str(mp.nstr(value, _DIGITS))


def assumed(check: Check) -> tuple[str, ...]:
    """The declarations that the use of names told."""
    specification: Specification = check.sheet.task.posed.specification
    return specification.assumed


def given(check: Check) -> tuple[str, ...]:
    """What is given and defined, and the indices that the task line leaves to be named."""
    task = check.sheet.task
    made = [i for i in task.indices if not re.search(rf"(?<![^\W_]){i.name}(?![^\W_])", task.text)]
    names = defined(replace(task.derivation(), definitions=task.ground.definitions))
    stated = [line for line in task.posed.specification.declared if line not in assumed(check)]
    return (*stated, *names,
            *(f"{i.name}: index({i.dim})" for i in made))


def aim(check: Check) -> tuple[Basic | None, Basic]:
    """What every line has to equal, as (left, right); of a cost, the derivative of a line.

    The left side is None where the right one says it all.
    """
    task = check.sheet.task
    left = heads.Partial(task.quantity, task.at[0]) if task.is_cost else None
    return left, task.truth


def how_wrong(wrong: CheckedLine) -> str:
    """What kind of fault the first wrong line has."""
    fault = ": the field has a cost" if wrong.written.denies else \
        ": it has no value where the task has one" if wrong.how == "no value" else ""
    return f"Line {wrong.number} is the first that is wrong{fault}."


def sides(check: Check, shown: Counterexample, at: str) -> tuple[tuple[str, str], ...]:
    """What has which value at the counterexample: the line, and the task."""
    what, other = "the line", "the task"
    if check.sheet.task.is_cost:
        what, other = f"the derivative of the line by {at}", "the field"
    return (what, "" if shown.line is None else known(shown.line)), (other, known(shown.truth))


def standing(check: Check) -> str:
    """How far a right derivation has come; empty where a line is wrong or not decided."""
    if not check.correct:
        return ""
    if check.complete:
        return "Every line is right, and the last is a result."
    return f"Right so far, not finished: {check.missing}." if check.missing else ""


def decided(check: Check) -> str:
    """How the lines were decided."""
    ways = {"rules": "by rules and numbers", "numbers": "by numbers alone, 50 digits"}
    counts = {how: sum(line.how == how for line in check.lines) for how in ways}
    words = ", ".join(f"{count} {ways[how]}" for how, count in counts.items() if count)
    return words or ("none" if check.lines else "nothing yet")


def rules_of(line: Line) -> list[str]:
    """The names of the rules that led to a line; nothing stands above it."""
    return [label.removesuffix(" from above") for label in line.labels]


def spoken(name: str) -> str:
    """The name of a misconception in words."""
    return name.replace("-", " ")
