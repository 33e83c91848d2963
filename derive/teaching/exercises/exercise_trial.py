"""An exercise tried before it is set: its task is posed, its model is right, its variants work."""

from __future__ import annotations

from dataclasses import dataclass

from derive.core.indexing import exact
from derive.errors import DeriveError
from derive.notation.printing.plain import plain
from derive.reporting import report
from derive.short_reprs import Brief
from derive.teaching.exercises.exercise_points import BY_HAND
from derive.teaching.exercises.exercise_record import Exercise, Variant, engine_of
from derive.teaching.exercises.expected_answers import answer_node
from derive.teaching.marking.check_records import Check
from derive.teaching.marking.check_wording import known, spoken
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.sheet_check import check_sheet
from derive.teaching.sheets.sheet_rows import SheetError

MOST_VARIANTS = 60  # that are tried
SECONDS = 20.0  # for the model of one variant


class LineFault(DeriveError):
    """A line of an exercise that is wrong: the line as the file has it, and why."""

    def __init__(self, line: str, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Trial(Brief, by=("exercise", "answers")):
    """What was seen of an exercise: the answer of each variant that was tried, and remarks."""

    exercise: Exercise
    answers: tuple[tuple[Variant, str], ...]
    remarks: tuple[str, ...]


def try_exercise(exercise: Exercise) -> Trial:
    """Tries all variants, or as many as time allows. Raises LineFault for what is wrong."""
    number = min(exercise.variants, MOST_VARIANTS)
    answers = []
    for place in range(number):
        report("trying variants", place + 1, number)
        variant = exercise.variant(place)
        check_variant(variant)
        answers.append((variant, answer_of(variant)))
    return Trial(exercise, tuple(answers), tuple(_remarks(exercise, [a for _, a in answers])))


def check_variant(variant: Variant) -> None:
    """Raises LineFault where the task is not posed, or a line of the model is not right."""
    exercise = variant.exercise
    which = f" in variant {variant.number}" if exercise.variants > 1 else ""
    source = (*exercise.given, *exercise.define, exercise.task)
    try:
        _ = variant.task
    except SheetError as error:
        raise LineFault(source[min(error.line, len(source)) - 1],
                        f"{error.message}{which}") from None
    except DeriveError as error:
        raise LineFault(exercise.task, f"{error.first_line}{which}") from None
    if exercise.model:
        check_model(variant, which)
    for expected, answer in zip(exercise.expected, variant.expected, strict=True):
        _check_expected(variant, expected.answer, answer, which)


def check_model(variant: Variant, which: str = "") -> None:
    """Raises LineFault for the first line of the model that is not right, or not understood."""
    model = variant.exercise.model
    check = check_lines(variant, "\n".join(variant.model))
    unread = check.sheet.unread
    if unread:
        raise LineFault(model[unread[0].number - 1], f"the model is not understood{which}: "
                                                     f"{unread[0].error.message}")
    wrong = check.first_wrong
    if wrong is not None:
        raise LineFault(model[wrong.number - 1], f"the model is wrong{which}{_why(check)}")
    if not check.sheet.lines:
        raise LineFault(model[0], f"the model has no line that could be judged{which}")
    if not check.correct:
        late = next(line for line in check.lines if line.mark in BY_HAND)
        raise LineFault(model[late.number - 1], f"the model could not be judged{which}: "
                                                f"{check.undecided}")
    if check.missing:
        raise LineFault(model[-1], f"the model does not reach a result{which}: {check.missing}")


def _check_expected(variant: Variant, line: str, answer: str, which: str) -> None:
    """Raises LineFault where an answer that is expected to be wrong is right, or no line."""
    try:
        answer_node(variant.task, answer)
    except DeriveError as error:
        raise LineFault(line, f"the expected answer is not understood{which}: "
                              f"{error.first_line}") from None
    if check_lines(variant, answer).correct:
        raise LineFault(line, f"the expected answer is right{which}; the result has the points of "
                              "a right one")


def check_lines(variant: Variant, text: str, seconds: float = SECONDS) -> Check:
    """Lines, checked as an answer to a variant."""
    deadline = Deadline(seconds)
    with deadline.bound():
        sheet = variant.sheet(text)
    return check_sheet(sheet, deadline, engine=engine_of(variant))


@exact
def answer_of(variant: Variant) -> str:
    """The engine's own answer in the notation; empty where it finds none."""
    engine = engine_of(variant)
    if engine.no_cost is not None:
        return "no cost"
    return "" if engine.result is None else plain(engine.result, variant.task.reserved)


def _why(check: Check) -> str:
    point = check.counterexample
    at = "" if point is None or point.line is None else \
        f": for {point.where} it is {known(point.line)}, the task is {known(point.truth)}"
    return f"{f' ({spoken(check.misconception)})' if check.misconception else ''}{at}"


def _remarks(exercise: Exercise, answers: list[str]) -> list[str]:
    """What a teacher may want to know, though it is no fault."""
    remarks = []
    if not all(answers):
        remarks.append("the engine finds no answer of its own: lines are judged, and whether the "
                       "last is a result is told by its form alone")
    if exercise.variants > 1 and len(set(answers)) == 1:
        remarks.append("all variants have the same answer")
    if exercise.variants > 1 and exercise.seed in ("", exercise.title):
        remarks.append("it has no seed that students do not know: no head proves whose variant it "
                       "is")
    if exercise.variants > len(answers):
        remarks.append(f"{len(answers)} of {exercise.variants} variants were tried")
    if exercise.model and len(exercise.model) < exercise.least_lines:
        remarks.append(f"the model has {len(exercise.model)} lines, and full points take "
                       f"{exercise.least_lines}")
    return remarks
