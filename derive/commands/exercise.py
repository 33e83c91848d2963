"""`derive exercise`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands import options
from derive.commands.answers import Answer, answer
from derive.commands.derivation_frame import FormulaCommand
from derive.commands.entry_completion import EntryName
from derive.commands.progress_line import working
from derive.errors import DeriveError

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.teaching.exercises.exercise_record import Exercise, Variant

_FORMS = ("text", "html", "markdown", "latex")
ACTIONS = ("new", "show", "check")


@click.command("exercise", cls=FormulaCommand, renamed={"--seed": "--variant"})
@click.argument("action", type=options.Nearest(ACTIONS))
@click.argument("target", type=EntryName("losses"))
@options.given_option()
@click.option("--variant", type=click.IntRange(0), metavar="N",
              help="Show the variant of this number, counted from 0.")
@click.option("--student", metavar="NAME", help="Show the variant of this student.")
@click.option("--sheet", is_flag=True,
              help="Write what a student fills in: the head of a hand-in, with the task.")
@click.option("--copy", is_flag=True,
              help="Write a copy to practise with: without the model, the answers and the seed.")
@click.option("--students", type=options.EXISTING_FILE, metavar="NAMES",
              help="Write such a hand-in for each student of a file, which has a name a line.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="The folder for the hand-ins of --students.")
@options.answer_options(_FORMS)
@options.patience_option
def command(action: str, target: str, given: tuple[str, ...], variant: int | None,
            student: str | None, sheet: bool, copy: bool, students: Path | None,
            into: Path | None, **printed: Any) -> None:
    """Write, show or try an exercise, which a teacher sets.

    ACTION is new, show or check. `new` writes a file to begin with: TARGET is the name of a loss,
    or a task such as 'gradient of (z - y)**2 with respect to z', in a file .txt or on standard
    input (-) with declarations above it. `show` prints what the student sees of the file TARGET,
    `check` tries it: its task, its model and all its variants.
    """
    _check_options(action, given, variant, student, sheet, copy,
                   students is not None or into is not None)
    if students is not None or into is not None:
        _hand_out(target, students, into)
        return
    reply = answer(f"{action}-{Path(target).stem}", **printed, forms=_FORMS)
    if (action != "show" or copy) and reply.destination.form != "text":
        what = "--copy" if copy else f"exercise {action}"
        raise click.UsageError(f"{what} writes text, not {reply.destination.form}")
    work: Callable[[], str] = {
        "new": lambda: _new(target, given),
        "show": lambda: _copied(target) if copy else _shown(target, variant, student, sheet, reply),
        "check": lambda: _tried(target, reply)}[action]
    if reply.destination.path is not None:
        _keep(target, reply.destination.path, action, copy)
    with working("reading"):
        text = work()
    reply.destination.write(text)


def _keep(target: str, output: Path, action: str, copy: bool) -> None:
    """Raises DeriveError, before any work, for an output at which a file that is kept is."""
    from derive.teaching.exercises.kept_files import keep_exercise, keep_hand_in

    keep_exercise(output, Path(target))
    if action == "check":
        keep_hand_in(output)
    if (action == "new" or copy) and output.exists():
        raise DeriveError(f"{output} is there already; nothing was written")


def _check_options(action: str, given: tuple[str, ...], variant: int | None, student: str | None,
                   sheet: bool, copy: bool, class_: bool) -> None:
    """Raises UsageError for options that do not go with the action, or exclude each other."""
    names = {"--variant": variant is not None, "--student": student is not None,
             "--sheet": sheet, "--copy": copy, "--students and --into": class_}
    _refuse(action, [name for name, used in names.items() if used and action != "show"])
    _refuse(action, ["--given"] if given and action != "new" else [])
    if variant is not None and student is not None:
        raise click.UsageError("--variant and --student exclude each other")
    if copy and (sheet or variant is not None or student is not None):
        raise click.UsageError("--copy goes without --sheet, --variant and --student")


def _refuse(action: str, names: list[str]) -> None:
    if names:
        raise click.UsageError(f"{' and '.join(names)} does not go with exercise {action}")


def _new(target: str, given: tuple[str, ...]) -> str:
    from derive.teaching.exercises.exercise_template import exercise_template

    return exercise_template(options.read_target(target), given)


def _shown(target: str, number: int | None, student: str | None, sheet: bool, reply: Answer,
           ) -> str:
    from derive.teaching.exercises.exercise_file import read_exercise
    from derive.teaching.exercises.kept_files import keep_filled_in

    read = read_exercise(Path(target))
    variant = _chosen(read, number, student)
    form, output = reply.destination.form, reply.destination.path
    if output is not None:
        keep_filled_in(output, read, sheet)
    if not sheet:
        return reply.shown(variant.show)
    if form in ("html", "markdown"):
        raise click.UsageError(f"--sheet is text or LaTeX, not {form}")
    return variant.hand_in(latex=form == "latex")


def _copied(target: str) -> str:
    from derive.teaching.exercises.exercise_file import read_exercise
    from derive.teaching.exercises.exercise_template import practice_copy

    return practice_copy(read_exercise(Path(target)))


def _hand_out(target: str, students: Path | None, into: Path | None) -> None:
    """Writes a hand-in for each student."""
    if students is None or into is None:
        raise click.UsageError("--students NAMES and --into DIR go together")
    from derive.teaching.exercises.exercise_file import read_exercise
    from derive.teaching.exercises.handing_out import hand_out, students_in

    with working("reading"):
        files = hand_out(read_exercise(Path(target)), students_in(students), into)
    click.echo(f"{len(files)} hand-ins to be filled in: {into}")


def _chosen(read: Exercise, number: int | None, student: str | None) -> Variant:
    """The variant that is asked for. Raises DeriveError for one that there is not."""
    if student is not None:
        from derive.teaching.exercises.variants import plain_name

        if not plain_name(student):
            raise DeriveError("the name of the student is empty")
        return read.variant_of(student)
    return read.variant(number or 0)


def _tried(target: str, reply: Answer) -> str:
    from derive.teaching.exercises.exercise_file import read_and_try
    from derive.teaching.exercises.exercise_text import trial_text

    return trial_text(read_and_try(Path(target)), **reply.layout)
