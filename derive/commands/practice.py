"""`derive practice`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from derive.commands import options
from derive.commands.answers import text_options
from derive.commands.destination import check_place
from derive.commands.entry_completion import EntryName
from derive.commands.help_pages import HelpfulCommand
from derive.commands.output import print_table
from derive.commands.progress_line import working
from derive.given_files import content_of

_ASKED = ("gradient", "hessian", "jacobian", "cost", "simplify")


@click.command("practice", cls=HelpfulCommand)
@click.argument("target", required=False, type=EntryName("practice"))
@click.option("--ask", "asked", type=click.Choice(_ASKED), default="gradient", show_default=True,
              help="What is asked of a loss or a formula.")
@options.given_option()
@options.wrt_option("The variable, with its free indices, as in o[i].")
@click.option("--topic", metavar="TOPIC", help="Draw tasks of this topic; --list shows them.")
@click.option("--seed", type=int, metavar="N", help="Draw the same tasks again.")
@click.option("--list", "shown", is_flag=True, help="List the tasks by topic and level.")
@click.option("--hints", type=click.IntRange(0, 4), default=4, show_default=True, metavar="N",
              help="The highest grade of hints; 0 for none.")
@click.option("--save", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Keep the sheet in a file, or go on with the one that is there.")
@options.functions_option
@options.ascii_option
@options.width_option
@click.option("--patience", "seconds", type=click.FloatRange(0.1, 3600), default=10.0,
              show_default=True, metavar="SECONDS", help="Processor time for a line.")
def command(target: str | None, asked: str, given: tuple[str, ...], wrt: str | None,
            topic: str | None, seed: int | None, shown: bool, save: Path | None, ascii: bool,
            width: int | None, **bounds: Any) -> None:
    """Practise a derivation, line by line, with hints.

    TARGET is a task of the list, a loss, a formula, or a file with a sheet or a teacher's
    exercise; without one, tasks are drawn, the easy ones first. Lines are read from the terminal
    or a pipe. The exit code is 0 where the task is finished, else 1.
    """
    from derive.teaching.practice.practice_list import course, listed

    if shown:
        print_table(("name", "topic", "level", "task"),
                    [(t.name, t.topic, str(t.level), t.title) for t in listed(topic)])
        return
    from derive.commands.practice_prompt import Prompt, check_ours, edit_lines
    from derive.rendering.text_page import TextPage
    from derive.teaching.practice.practising import practice_on
    from derive.teaching.sheets.sheet_rows import decoded

    if save is not None:
        check_place(save)
        check_ours(save)
    goes_on = save is not None and save.exists()
    drawn = () if target or goes_on else course(topic, seed)
    with working("posing the task"):
        practice = practice_on(target or (drawn[0].name if drawn else str(save)), asked,
                               wrt or "", given, variant=seed or 0, **bounds)
        if target and save is not None and goes_on:
            practice.resume(decoded(content_of(save), str(save)))
        practice.warm()
    prompt = Prompt(practice, TextPage(**text_options(None, ascii, width)), save,
                    drawn[1:], partial(practice_on, **bounds))
    edit_lines([*practice.task.reserved, *practice.task.scope.functions])
    if not prompt.run():
        sys.stdout.flush()
        sys.exit(1)
