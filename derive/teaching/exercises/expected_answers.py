"""Wrong answers that a teacher expects: worth some points, and a sentence to the student."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.errors import DataFileError, DeriveError
from derive.resources import check_entry
from derive.short_reprs import Brief
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.equivalence import Judge
from derive.teaching.sheets.sheet import read_sheet
from derive.teaching.sheets.task import Task

_KEYS: Mapping[str, Any] = {"answer": str, "points": int | float, "says": str}


@dataclass(frozen=True)
class Expected(Brief, by=("answer", "points")):
    """A wrong answer, the points that it is worth at the end, and what it is told."""

    answer: str
    points: float
    says: str


def read_expected(entries: object, most: float, where: str) -> tuple[Expected, ...]:
    """The entries [[expected]]. Raises DataFileError, in one line, for what is none."""
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not all(
            isinstance(entry, dict) for entry in entries):
        raise DataFileError(f"{where}: expected answers stand under [[expected]], each with "
                            f"{', '.join(_KEYS)}")
    return tuple(_expected(entry, most, where) for entry in entries)


def _expected(entry: Mapping[str, Any], most: float, where: str) -> Expected:
    check_entry(where, "expected", entry, _KEYS, tuple(_KEYS))
    points = entry["points"]
    if isinstance(points, bool) or not 0 <= points <= most:
        raise DataFileError(f"{where}: expected: points is a number from 0 to those of a right "
                            f"result, {most:g}, not {points!r}")
    if not entry["says"].strip() or len(entry["answer"].strip().splitlines()) != 1:
        raise DataFileError(f"{where}: expected: answer is one line, and says a sentence")
    return Expected(entry["answer"].strip(), float(points), " ".join(entry["says"].split()))


def answer_node(task: Task, answer: str) -> Basic:
    """What an answer says, as a line of a task. Raises DeriveError for what is no line."""
    sheet = read_sheet(answer, task=task)
    if sheet.unread:
        raise DeriveError(sheet.unread[0].error.message)
    if len(sheet.lines) != 1 or sheet.lines[0].ground is None:
        raise DeriveError("it is no formula")
    return sheet.lines[0].ground


@exact
def answer_given(engine: Engine, node: Basic, answers: Sequence[str], deadline: Deadline,
                 ) -> int | None:
    """The place of the answer that a line equals; None where it equals none."""
    nodes = [answer_node(engine.task, answer) for answer in answers]
    if node in nodes:
        return nodes.index(node)
    judge = Judge(engine, [node, *nodes], deadline)
    with deadline.bound():
        return next((n for n, other in enumerate(nodes) if judge.same(node, other)), None)
