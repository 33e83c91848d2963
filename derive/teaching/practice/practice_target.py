"""From what a learner wants to practise on to a task: a name, a formula, a sheet, a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from derive.calculus.latex_targets import in_latex
from derive.calculus.problem import problem
from derive.errors import ChoiceError, DeriveError, UnknownNameError
from derive.functions.function_records import FunctionTable
from derive.given_files import content_of
from derive.tables.loss_table import find_entry
from derive.teaching.exercises.exercise_file import read_exercise
from derive.teaching.exercises.exercise_record import Exercise
from derive.teaching.exercises.hand_in import head_of
from derive.teaching.marking.hints import LEVELS
from derive.teaching.practice.practice_list import practice_tasks
from derive.teaching.practice.practice_record import record_of
from derive.teaching.sheets.sheet import Sheet, read_sheet
from derive.teaching.sheets.sheet_rows import decoded
from derive.teaching.sheets.task import Task, worded

ASKED = ("gradient", "hessian", "jacobian", "cost", "simplify")
_SUFFIXES = (".toml", ".txt", ".tex", ".md")  # no formula ends so


@dataclass(frozen=True)
class Posed:
    """A task with its title, the lines that pose it, and what reads the lines written for it."""

    title: str
    head: str
    task: Task
    read: Callable[[str], Sheet]
    highest: int = LEVELS


def posed_by(target: str, asked: str = "gradient", wrt: str = "", given: Sequence[str] = (),
             functions: FunctionTable | None = None, files: bool = True,
             variant: int = 0) -> tuple[Posed, str]:
    """The task of a target, and the text of a sheet, where the target holds lines already.

    A target is a name of the list of tasks, a loss of the catalogue, a formula, a sheet, or the
    path of a file that holds one or an exercise (where `files` are read). `asked`, `given` and
    `wrt` say what is asked of a loss or a formula (by its only variable, where `wrt` is none),
    `variant` which one of an exercise.
    Raises DeriveError.
    """
    if asked not in ASKED:
        raise ChoiceError(f"what is asked is one of {', '.join(ASKED)}, not {asked!r}")
    content, title = _content(target, files), ""
    if content is not None and "\n" not in target and target.endswith(".toml"):
        return posed_exercise(read_exercise(target), variant), ""
    if content is None:
        known = practice_tasks().get(target.strip())
        title, content = (known.title, known.text) if known else \
            _in_words(target, asked, wrt, given, functions)
    return posed_in(content, title, functions)


def posed_in(text: str, title: str = "", functions: FunctionTable | None = None,
             ) -> tuple[Posed, str]:
    """The task that a sheet poses, and the text where it holds lines. Raises DeriveError."""
    sheet = read_sheet(text, functions)
    record = record_of(sheet)
    read = partial(read_sheet, functions=functions, task=sheet.task)
    posed = Posed(title or record.title or head_of(text).exercise, record.head, sheet.task, read,
                  highest_hint(text))
    return posed, text if record.events else ""


def highest_hint(text: str) -> int:
    """The level to which hints go, as the head of a sheet has it."""
    bound = head_of(text).highest
    return LEVELS if bound is None else bound


def posed_exercise(exercise: Exercise, number: int = 0) -> Posed:
    """A variant of a teacher's exercise, counted round: as it is handed out, by its policy."""
    variant = exercise.variant(number % exercise.variants)
    return Posed(variant.title, variant.hand_in(), variant.task, variant.sheet,
                 exercise.hints.most)


def _content(target: str, files: bool) -> str | None:
    """The text of a file of that path, or of a target of several lines; None for another.

    Raises DeriveError for the name of a file that cannot be read.
    """
    if "\n" in target.strip():
        return target
    path, reason = Path(target), "there is no such file"
    try:
        if files and path.is_file():
            return decoded(content_of(path), target)
    except OSError as error:
        reason = error.strerror or reason
    except ValueError:
        return None
    if files and target.lower().endswith(_SUFFIXES):
        raise DeriveError(f"cannot read {target}: {reason}")
    return None


def _in_words(target: str, asked: str, wrt: str, given: Sequence[str],
              functions: FunctionTable | None) -> tuple[str, str]:
    """A title, and the lines that ask for something of a loss or a formula."""
    text = target.strip()
    if not text:
        raise DeriveError("there is nothing to practise on; name a loss, a task or a file")
    if worded(text) is not None:
        return "", "\n".join((*given, text))
    try:
        entry = find_entry(text, bool(given))
    except UnknownNameError as error:
        raise UnknownNameError(
            f"{error}; tasks to practise on are listed by derive practice --list") from None
    variable = wrt or (entry.wrt if entry is not None else "")
    if not variable and asked != "simplify" and not in_latex(text, given):
        variable = problem(text, given, arrays=asked in ("jacobian", "cost"),
                           functions=functions).wrt
    by = f" with respect to {variable}" if variable else ""
    task = f"simplify {text}" if asked == "simplify" else f"{asked} of {text}{by}"
    return "" if entry is None else f"{entry.title}: {asked}", "\n".join((*given, task))
