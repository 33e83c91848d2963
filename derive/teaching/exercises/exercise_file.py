"""The teacher's file: an exercise in TOML, read and tried."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from derive.argument_kinds import PATH
from derive.errors import DataFileError, DeriveError
from derive.given_files import content_of
from derive.public_arguments import public
from derive.resources import check_entry
from derive.teaching.exercises.exercise_points import Scheme, read_scheme
from derive.teaching.exercises.exercise_record import Exercise as Exercise
from derive.teaching.exercises.exercise_record import Hints
from derive.teaching.exercises.exercise_trial import (
    LineFault,
    Trial,
    check_variant,
    try_exercise,
)
from derive.teaching.exercises.expected_answers import read_expected
from derive.teaching.exercises.other_spellings import read_spellings
from derive.teaching.exercises.variants import read_choices
from derive.teaching.marking.hints import LEVELS
from derive.teaching.sheets.sheet_rows import decoded

KEYS: dict[str, Any] = {
    "title": str, "text": str, "given": list, "define": list, "task": str,
    "points": int | float | dict, "least_lines": int, "hints": dict, "accept": dict,
    "model": list | str, "expected": list, "seed": str | int, "vary": dict}


@public(path=PATH._replace(takes="the path of a teacher's file"))
def exercise(path: str | os.PathLike[str]) -> Exercise:
    """An exercise from a teacher's file in TOML; its task is posed and its model checked.

    Raises DataFileError, in one line with the line of the file, for what is wrong in it.

    >>> derive.exercise("softmax.toml").points.total
    10.0
    """
    return read_exercise(Path(path))


def read_exercise(source: str | os.PathLike[str]) -> Exercise:
    """An exercise from a file, or from its text where `source` holds several lines.

    Its task is posed and its model checked, in the first variant. Raises DataFileError.
    """
    text, name = _text_of(source)
    read = parsed_exercise(text, name)
    try:
        check_variant(read.variant())
    except LineFault as fault:
        raise _fault_in(text, name, fault) from None
    return read


def read_and_try(source: str | os.PathLike[str]) -> Trial:
    """An exercise from a file or a text, with all its variants tried. Raises DataFileError."""
    text, name = _text_of(source)
    try:
        return try_exercise(parsed_exercise(text, name))
    except LineFault as fault:
        raise _fault_in(text, name, fault) from None


def _text_of(source: str | os.PathLike[str]) -> tuple[str, str]:
    """The text of an exercise, and its name. Raises DataFileError for what cannot be read."""
    if isinstance(source, str) and "\n" in source:
        return source, "the exercise"
    name = str(source)
    try:
        return decoded(content_of(source), name), name
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataFileError(f"{name}: cannot be read: {reason}") from None
    except DeriveError as error:
        raise DataFileError(str(error)) from None


def _fault_in(text: str, name: str, fault: LineFault) -> DataFileError:
    """A fault, with the line of the file at which it stands."""
    at = line_of(text, fault.line)
    shown = " ".join(fault.line.split())
    return DataFileError(f"{name}{f', line {at}' if at else ''}: {shown!r}: "
                         f"{' '.join(str(fault).split())}")


def parsed_exercise(text: str, name: str) -> Exercise:
    """The exercise of a text; nothing of it is tried yet. Raises DataFileError in one line."""
    try:
        return _parsed(tomllib.loads(text), name)
    except RecursionError:
        raise DataFileError(f"{name}: not valid TOML: brackets within brackets, too deep") from None
    except OverflowError:
        raise DataFileError(f"{name}: a number in it is too large") from None
    except ValueError as error:  # of TOML; or of an integer with more digits than are printed
        raise DataFileError(f"{name}: not valid TOML: {' '.join(str(error).split())}") from None


def _parsed(content: dict[str, Any], name: str) -> Exercise:
    model = content.get("model", [])
    listed = content.pop("expected", [])
    entry = {**content, "model": model.splitlines() if isinstance(model, str) else model}
    check_entry(name, "", entry, KEYS, ("title", "task"))
    given, define = tuple(entry.get("given", ())), tuple(entry.get("define", ()))
    steps = tuple(line for line in map(str.strip, entry["model"]) if line)
    task = _single_line(entry["task"], "task", name)
    points = read_scheme(entry["points"], name) if "points" in entry else Scheme()
    expected = read_expected(listed, points.result, name)
    lines = (*given, *define, task, *steps, *(e.answer for e in expected))
    title = _single_line(entry["title"], "title", name)
    choices = read_choices(entry.get("vary", {}), lines, name)
    accept = read_spellings(entry.get("accept", {}), lines, name)
    drawn = {value for choice in choices for value in choice.names}
    for other, _ in accept:
        if other in drawn:
            raise DataFileError(f"{name}: accept: {other!r} is a name that [vary] puts in")
    return Exercise(
        title, task, given, define, str(entry.get("text", "")).strip(),
        points, _hints(entry.get("hints", {}), name), _least(entry.get("least_lines", 0), name),
        expected, accept, steps, choices, str(entry.get("seed", "")), name)


def line_of(text: str, line: str) -> int:
    """The number of the first line of the file that holds a text; 0 where none does."""
    typed = (line, json.dumps(line, ensure_ascii=False)[1:-1])
    return next((number for number, row in enumerate(text.splitlines(), 1)
                 if any(form in row for form in typed)), 0)


def _single_line(value: str, key: str, name: str) -> str:
    """A text of one line. Raises DataFileError for an empty one, and for several lines."""
    stripped = value.strip()
    if not stripped or len(stripped.splitlines()) > 1:
        raise DataFileError(f"{name}: {key} is one line of text; an exercise has one {key}")
    return stripped


def _least(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 100:
        raise DataFileError(f"{name}: least_lines is a whole number from 0 to 100, not {value!r}")
    return value


def _hints(table: Mapping[str, object], name: str) -> Hints:
    """The policy of hints. Raises DataFileError."""
    check_entry(name, "hints", table, {"most": int, "cost": int | float}, ())
    most, cost = table.get("most", LEVELS), table.get("cost", 0)
    if not isinstance(most, int) or isinstance(most, bool) or not 0 <= most <= LEVELS:
        raise DataFileError(f"{name}: hints: most is a level from 0 to {LEVELS}, not {most!r}")
    if not isinstance(cost, int | float) or isinstance(cost, bool) or not 0 <= cost <= 10_000:
        raise DataFileError(f"{name}: hints: cost is a number of points from 0 on, not {cost!r}")
    return Hints(most, float(cost))
