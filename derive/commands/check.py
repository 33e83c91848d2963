"""`derive check`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands import options
from derive.commands.answers import Answer, answer
from derive.commands.destination import STANDARD_OUTPUT, Destination, check_place, write_file
from derive.commands.help_pages import HelpfulCommand
from derive.commands.progress_line import working
from derive.errors import DeriveError
from derive.given_files import content_of, standard_input

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable
    from derive.teaching.exercises.class_record import ClassMarks

_FORMS = ("text", "html", "json")
_OF_A_CLASS = ("--csv", "--pages", "--jobs")


@click.command("check", cls=HelpfulCommand, renamed={"--time-limit": "--patience"},
               sections={"A class": ("--exercise", *_OF_A_CLASS)})
@click.argument("file")
@click.option("--explain", is_flag=True, help="Show the steps between right lines.")
@click.option("--hint", type=click.IntRange(1, 4), metavar="N",
              help="Reveal the next step: 1 its strategy, 2 the rule, 3 the place, 4 the line.")
@click.option("--exercise", type=options.EXISTING_FILE, metavar="EX",
              help="Mark hand-ins for the exercise of this file; FILE may be a folder of them.")
@click.option("--csv", "table", type=options.FILE, metavar="CSV",
              help="Write the marks as a table for spreadsheets; - prints it.")
@click.option("--pages", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write a page for each sheet, and an index, into a folder.")
@click.option("--jobs", type=click.IntRange(1), default=None, metavar="N",
              help="Work in so many processes; without it, one for each core.")
@options.answer_options(_FORMS)
@options.functions_option
@click.option("--patience", "seconds", type=click.FloatRange(0.1, 3600),
              default=10.0, show_default=True, metavar="SECONDS",
              help="Processor time for each file.")
def command(file: str, explain: bool, hint: int | None, exercise: Path | None,
            table: Path | None, pages: Path | None, jobs: int | None, seconds: float,
            functions: FunctionTable | None, **printed: Any) -> None:
    """Check a derivation of yours, line by line.

    FILE holds declarations, one task line and a line for each step; - is standard input. The exit
    code is 1 where a line is wrong or not decided. With --exercise FILE is a hand-in, or a folder
    of hand-ins, which are marked; then the exit code is 0 when all is marked.
    """
    if exercise is not None:
        if explain or hint or functions:
            raise click.UsageError("--explain, --hint and --functions do not go with --exercise")
        _mark(exercise, Path(file), table, pages, jobs, seconds, printed)
        return
    asked = dict(zip(_OF_A_CLASS, (table, pages, jobs), strict=True))
    if any(asked.values()):
        name = next(name for name, value in asked.items() if value)
        raise click.UsageError(f"{name} goes with --exercise EX, by which a class is marked")
    _check(file, explain, hint, seconds, functions, printed)


def _check(file: str, explain: bool, hint: int | None, seconds: float,
           functions: FunctionTable | None, printed: dict[str, Any]) -> None:
    """Checks one sheet, and exits with 1 where it is not right."""
    from derive.teaching.exercises.kept_files import keep_sheet
    from derive.teaching.marking.sheet_check import check
    from derive.teaching.sheets.sheet_rows import decoded

    reply = answer(file, **printed, forms=_FORMS)
    name, content = _content(file)
    if reply.destination.path is not None:
        keep_sheet(reply.destination.path, Path(file))
    with working("reading"):
        result = check(decoded(content, name), explain=explain, hint=hint or 0, seconds=seconds,
                       functions=functions)
        shown = reply.shown(result.show)
    reply.destination.write(shown)
    if not result.correct:
        sys.stdout.flush()
        sys.exit(1)


def _mark(exercise: Path, folder: Path, table: Path | None, pages: Path | None, jobs: int | None,
          seconds: float, printed: dict[str, Any]) -> None:
    """Marks a class, or one hand-in."""
    from derive.teaching.exercises.class_marking import mark_class
    from derive.teaching.exercises.class_pages import claim_pages
    from derive.teaching.exercises.exercise_file import read_exercise
    from derive.teaching.exercises.kept_files import keep_class

    reply = answer(folder.name, **printed, forms=_FORMS)
    check_place(table)
    kept = None if table == STANDARD_OUTPUT else table
    if table == STANDARD_OUTPUT and reply.destination.path is None and printed["form"]:
        raise click.UsageError("--csv - prints the table; it does not go with --format, unless "
                               "--output names a file for that")
    keep_class(reply.destination.path, kept, exercise, folder)
    claim = None if pages is None else partial(claim_pages, pages)
    with working("reading the exercise", threaded=False, bar=True):  # processes are forked here
        marks = mark_class(read_exercise(exercise), folder, seconds, jobs or 0, pages is not None,
                           claim)
        if kept is not None:
            write_file(kept, marks.show("csv"))
        if pages is not None:
            marks.save_pages(pages)
        shown = reply.shown(marks.show)
    _report(reply, marks, shown, table, pages)


def _report(reply: Answer, marks: ClassMarks, shown: str, table: Path | None, pages: Path | None,
            ) -> None:
    """Prints the answer, or the table in its place, and where files are."""
    if table == STANDARD_OUTPUT:
        Destination("csv").write(marks.show("csv"))
    if table != STANDARD_OUTPUT or reply.destination.path is not None:
        reply.destination.write(shown)
    if table is not None and table != STANDARD_OUTPUT:
        click.echo(f"table: {table}", err=True)
    if pages is not None:
        click.echo(f"pages: {pages / 'index.html'}", err=True)


def _content(file: str) -> tuple[str, bytes]:
    """The bytes of a file or of standard input. Raises DeriveError for what cannot be read."""
    if file == "-":
        options.announce_reading()
    try:
        if file == "-":
            return "standard input", standard_input()
        return file, content_of(file)
    except IsADirectoryError:
        raise DeriveError(f"{file} is a folder; its hand-ins are marked by the file of an "
                          f"exercise: derive check --exercise EX {file}") from None
    except OSError as error:
        raise DeriveError(f"cannot read {file}: {error.strerror}") from None
    except ValueError as error:
        raise DeriveError(f"cannot read {file!r}: {error}") from None
