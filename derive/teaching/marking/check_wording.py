"""The words on a check that the terminal, pages and notebooks share."""

from __future__ import annotations

import re
from dataclasses import replace

from sympy.core.basic import Basic

from derive.core import heads
from derive.derivation import Line
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.point_demands import SIZES
from derive.notation.reading.specification import Specification
from derive.proof import number
from derive.rendering.derivation_json import defined
from derive.rulebook.measure import measure
from derive.teaching.marking.check_records import Check, CheckedLine
from derive.teaching.marking.counterexample import Counterexample
from derive.teaching.sheets.sheet import Unread

KNOWN = {"rules": "rules and numbers", "numbers": "numbers alone", "substitution": "substitution"}
_DIGITS = 6
_MOST_DIGITS = 40  # in which two values may first differ when printed
_PRECISE = 3000  # digits to which a difference is computed
_LONGEST = 14  # conditions of a task that are longer stand in its derivation


def known(value: Float) -> str:
    """A value as a person reads it: a short fraction, else six digits."""
    return number(value) if abs(value) < 10**6 else str(mp.nstr(value, _DIGITS))


def apart(first: Float, second: Float) -> tuple[str, str]:
    """Two values that differ, with as many digits as show it."""
    texts = known(first), known(second)
    with mp.workdps(_PRECISE):
        values = mpf(first), mpf(second)
        for digits in range(_DIGITS, _MOST_DIGITS + 1):
            if texts[0] != texts[1]:
                return texts
            texts = _rounded(values[0], digits), _rounded(values[1], digits)
        gap = mp.nstr(abs(values[0] - values[1]), 2)
    more = "more" if values[0] > values[1] else "less"
    return f"{known(second)} and {gap} {more}", known(second)


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


def _rounded(value: Float, digits: int) -> str:
    return str(mp.nstr(value, digits)).removesuffix(".0")


def conditions(check: Check) -> tuple[Basic, ...]:
    """The conditions under which the task has a value, as far as they are short."""
    return tuple(c for c in check.conditions if measure(c) <= _LONGEST)


def how_wrong(check: Check, wrong: CheckedLine) -> str:
    """What kind of fault a wrong line has."""
    line = wrong.judged
    fault = ": the field has a cost" if line and line.denies else \
        ": it has no value where the task has one" if wrong.how == "no value" else \
        ": put in, it does not make the derivative 0" if wrong.how == "substitution" else \
        ": it makes the derivative 0, but is not the extremum that is asked for" \
        if wrong.how == "turn" else \
        ": it makes the derivative 0, but is no value that is allowed" \
        if wrong.how == "outside" else ""
    if wrong is check.first_wrong:
        return f"Line {wrong.number} is the first that is wrong{fault}."
    return f"Line {wrong.number} has a mistake of its own{fault}."


def remarks(line: CheckedLine, where: str) -> tuple[str, ...]:
    """What stands below a line, beside its mark; `where` are its conditions, as they are shown."""
    words = [f"right only where {where}" if where else "",
             f"follows from line {line.follows}, without a new mistake" if line.follows else "",
             f"the formula has {line.note} there" if line.note else ""]
    if isinstance(line.written, Unread):
        error = line.written.error
        place = f"column {error.column}: " if error.column else ""
        words.append(f"not understood: {place}{error.message}")
    return tuple(filter(None, words))


def sides(check: Check, line: CheckedLine, shown: Counterexample, at: str,
          ) -> tuple[tuple[str, str], ...]:
    """What has which value at the counterexample of a line: the line, and the task."""
    what, other = "the line", "the task"
    if check.sheet.task.is_cost:
        what, other = f"the derivative of the line by {at}", "the field"
    if line.how == "substitution":
        what, other = "the derivative there", "at a solution it"
    if line.how == "outside":
        what, other = "the line", "a solution that is allowed"
    if shown.line is None:
        return (what, ""), (other, known(shown.truth))
    values = apart(shown.line, shown.truth)
    return (what, values[0]), (other, values[1])


def standing(check: Check) -> str:
    """How far a right derivation has come; empty where a line is wrong or not decided."""
    if not check.correct:
        return ""
    narrow = [line for line in check.lines if line.where]
    if check.complete:
        but = f", line {narrow[0].number} only where {narrow[0].where}" if narrow else ""
        ends = "the last is a result" if not _is_turned(check) else \
            "they lead from the result to what was asked"
        return f"Every line is right{but}, and {ends}."
    return f"Right so far, not finished: {check.missing}." if check.missing else ""


def _is_turned(check: Check) -> bool:
    """Whether a derivation ends with what the task sets out from."""
    steps = [line for line in (x.judged for x in check.lines) if line is not None]
    return bool(steps) and steps[-1].ground == check.sheet.task.truth and \
        bool(check.sheet.task.at)


def decided(check: Check) -> str:
    """How the lines were decided."""
    ways = {"rules": "by rules and numbers", "numbers": _by_numbers(check),
            "substitution": "by substitution"}
    counts = {how: sum(bool(line.right) and line.how == how for line in check.lines)
              for how in ways}
    words = ", ".join(f"{count} {ways[how]}" for how, count in counts.items() if count)
    return words or ("none" if check.lines else "nothing yet")


def _by_numbers(check: Check) -> str:
    """That numbers agree and no rule shows why, and where they were looked at."""
    sizes = f", sizes {', '.join(map(str, SIZES))} and those in the lines" \
        if check.sheet.task.scope.dims else ""
    return f"by numbers alone, not proved: 50 digits{sizes}"


def rules_of(line: Line) -> list[str]:
    """The names of the rules that led to a line; nothing stands above it."""
    return [label.removesuffix(" from above") for label in line.labels]


def spoken(name: str) -> str:
    """The name of a misconception in words; a sentence of a teacher's as it is."""
    return name if " " in name else name.replace("-", " ")
