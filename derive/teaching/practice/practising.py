"""`derive.practice`: a practice on a task, and the practice that a saved sheet goes on with."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath

from derive.argument_kinds import INTEGER, POSITIVE, Argument, or_none, text_of
from derive.core.indexing import exact
from derive.errors import DeriveError
from derive.functions.function_records import FunctionTable
from derive.judge.rules.user_functions import Functions, function_table
from derive.notation.reading.declaration_lines import Given, lines_of
from derive.public_arguments import public
from derive.teaching.exercises.exercise_file import read_exercise
from derive.teaching.marking.hints import LEVELS
from derive.teaching.marking.sheet_check import SECONDS
from derive.teaching.practice.practice_list import course
from derive.teaching.practice.practice_session import Practice
from derive.teaching.practice.practice_target import posed_by, posed_exercise, posed_in


@public(target=Argument("a loss, a task to practise on, a formula, a sheet, or the path of a file",
                        lambda value: isinstance(value, (str, PathLike)), read=fspath),
        asked=text_of("gradient, hessian, jacobian, cost or simplify"),
        wrt=text_of("a variable"), topic=or_none(text_of("a topic of the tasks to practise on")),
        seed=or_none(INTEGER), hints=INTEGER, seconds=POSITIVE)
def practice(target: str | PathLike[str] = "", *, asked: str = "gradient", given: Given = (),
             wrt: str = "", topic: str | None = None, seed: int | None = None,
             hints: int = LEVELS, seconds: float = SECONDS, functions: Functions | None = None,
             ) -> Practice:
    """A derivation to be entered line by line, each judged at once, with hints on demand.

    `target` is a loss of the catalogue or a formula (`asked`, `given` and `wrt` say what of it), a
    task of the list, a sheet, or the path of a file with a sheet or a teacher's exercise (`.toml`,
    of which `seed` chooses the variant); a sheet with lines is gone on with. Without one, an easy
    task is drawn (of a `topic`, by a `seed`). `hints` bounds their grade (0 to 4), `seconds` the
    processor time for a line, `functions` are a user's own. Raises NotationError for what cannot
    be read, and other DeriveErrors.

    >>> session = derive.practice("(z - y)**2", wrt="z")
    >>> session.enter("= 2*(z + y)").mark, session.enter("= 2*(z - y)").mark
    ('wrong', 'finished')
    """
    if hints not in range(LEVELS + 1):
        raise DeriveError(f"hints go to a grade of 0 to {LEVELS}, not {hints}")
    table = function_table(functions)
    return practice_on(fspath(target) or course(topic, seed)[0].name, asked, wrt, lines_of(given),
                       hints, seconds, table, variant=seed or 0)


@exact
def practice_on(target: str, asked: str = "gradient", wrt: str = "", given: Sequence[str] = (),
                hints: int = LEVELS, seconds: float = SECONDS,
                functions: FunctionTable | None = None, files: bool = True,
                variant: int = 0) -> Practice:
    """A practice on what a text names, or a file where `files` are read; see `practice`."""
    posed, text = posed_by(target, asked, wrt, given, functions, files, variant)
    session = Practice(posed, hints, seconds)
    return session.resume(text) if text else session


@exact
def practice_of(text: str, hints: int = LEVELS, seconds: float = SECONDS,
                functions: FunctionTable | None = None) -> Practice:
    """The practice that a sheet goes on with. Raises DeriveError."""
    posed, lines = posed_in(text, functions=functions)
    session = Practice(posed, hints, seconds)
    return session.resume(lines) if lines else session


@exact
def exercise_practice(text: str, variant: int = 0, hints: int = LEVELS) -> Practice:
    """A practice on a variant of an exercise, from the text of the teacher's file.

    Raises DataFileError for what is wrong in it.
    """
    return Practice(posed_exercise(read_exercise(f"{text}\n"), variant), hints)
