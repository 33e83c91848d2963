"""What a sheet states of a task that was set: it is compared with that task, and never used."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sympy.core.basic import Basic

from derive.core.atoms import Index
from derive.core.walk import substitute
from derive.errors import DeriveError, NotationError
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import is_definition
from derive.teaching.sheets.field_task import definition_lines
from derive.teaching.sheets.header_lines import rows_of, task_and_rows
from derive.teaching.sheets.left_sides import left_side
from derive.teaching.sheets.numeric_agreement import agree
from derive.teaching.sheets.passages import Passage
from derive.teaching.sheets.posing import pose
from derive.teaching.sheets.prose_words import fragments, speech
from derive.teaching.sheets.sheet_header import Header
from derive.teaching.sheets.sheet_names import Names, declare, is_declaration
from derive.teaching.sheets.sheet_rows import Row, sides
from derive.teaching.sheets.task import Task, worded

_OPERATOR = re.compile(r"[-+*/^−·]|\\[A-Za-z]|\(")


def compare_stated(names: Names, above: Iterable[Passage], line: Passage) -> None:
    """Compares the lines up to a task; definitions among them are the learner's own.

    Raises SheetError for a declaration or a task that is not the one that was set.
    """
    asked, behind = task_and_rows(line.row)
    for row in (*(row for passage in above for row in rows_of(passage.row)), *behind):
        _take_in(names, row)
    _compare(names, asked)


def _take_in(names: Names, row: Row) -> None:
    """What a row above a task says. Raises SheetError."""
    if is_declaration(row.text):
        try:
            declare(names, row.text.strip())
        except NotationError as error:
            raise row.error(f"this is another task than the one that was set: {error.message} "
                            "there") from None
        return
    left, equals, right = row.text.partition("=")
    named = equals and (is_definition(row.text) or "\\" in left or "_" in left)
    if named and left.partition("[")[0].strip() not in names.scope.names:
        names.define(left.strip(), right.strip(), "\\" in row.text)


def _compare(names: Names, row: Row) -> None:
    """Raises SheetError for another task; free letters may be other ones, which lines then use.

    One in words, such as `the loss`, says nothing else than the one that was set.
    """
    task, spec = names.task, names.extended.posed.specification
    header = Header(Scope(functions=names.scope.functions))
    for text in (*spec.declared, *definition_lines(spec)):
        header.read_what_is_known(Row(text, row.pieces))
    try:
        stated = pose(header, row)
    except DeriveError as error:
        wording = worded(row.text)
        if wording is None or _is_in_words(names, wording.formula):
            return
        reason = error.message if isinstance(error, NotationError) else error.first_line
        raise row.error("this is another task than the one that was set, "
                        f"{task.text}: {reason}") from None
    letters = _letters(stated, task)
    same = letters is not None and stated.kind == task.kind and tuple(
        substitute(v, letters) for v in stated.at) == task.at
    if not same or letters is None or not _equal(names, substitute(stated.truth, letters)):
        raise row.error(f"this is another task than the one that was set: {task.text}")
    names.scope.names |= {i.name: other for i, other in letters.items()
                          if i.name not in names.scope.names}


def _is_in_words(names: Names, formula: str) -> bool:
    """Whether a formula is words, `the loss`, and what stands between them is the task's own."""
    if not [*speech(formula, names.scope)]:
        return False
    for fragment in fragments(formula, names.scope):
        text = sides(formula[fragment.start:fragment.end])[-1][1].strip(" $")
        if not _OPERATOR.search(text) or left_side(text).kind == "name":
            continue  # a name, such as that of the loss
        try:
            node = names.reader.formula(text).node
        except (DeriveError, ValueError):
            return False
        if not (names.is_loss(node) or names.is_asked(node)):
            return False
    return True


def _letters(stated: Task, task: Task) -> dict[Index, Index] | None:
    """The free letters of the task that was set for those of another; None where they differ."""
    ours, theirs = task.indices, stated.indices
    if [i.dim for i in ours] != [i.dim for i in theirs]:
        return None
    return dict(zip(theirs, ours, strict=True))


def _equal(names: Names, truth: Basic) -> bool:
    return truth == names.task.truth or agree(
        truth, names.task.truth, names.task.conditions, names.grounding)
