"""`derive practice`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands import options
from derive.commands.answers import text_options
from derive.commands.entry_completion import EntryName
from derive.commands.help_pages import HelpfulCommand
from derive.commands.output import print_table
from derive.commands.progress_line import working
from derive.errors import DeriveError

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.teaching.practice.practice_session import Practice

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
def command(target: str | None, asked: str, given: tuple[str, ...], wrt: str | None, topic: str | None, seed: int | None,
            shown: bool, save: Path | None, ascii: bool, width: int | None, **bounds: Any) -> None:
    """Practise a derivation, line by line, with hints.

    TARGET is a task of the list, a loss, a formula, or a file with a sheet; without one, tasks
    are drawn, the easy ones first. Lines are read from the terminal or a pipe. The exit code is 0
    where the task is finished, else 1.
    """
    from derive.teaching.practice.practice_list import course, listed

    if shown:
        print_table(("name", "topic", "level", "task"),
                    [(t.name, t.topic, str(t.level), t.title) for t in listed(topic)])
        return
    from derive.commands.practice_prompt import Prompt, check_ours, line_editing
    from derive.rendering.text_page import TextPage
    from derive.teaching.practice.practising import practice_on

    if save is not None:
        check_ours(save)
    drawn = () if target else course(topic, seed)
    resumed = save is not None and save.exists()
    with working("posing the task"):
        question = {"asked": asked, "wrt": wrt or "", "given": given}
        practice = practice_on(str(save), **bounds) if resumed else \
            practice_on(target or drawn[0].name, **question, **bounds)
        _ = practice.engine.result  # so that the first verdict is there at once
    if resumed and target:
        _check_same(practice, practice_on(target, **question, **bounds), save)
    prompt = Prompt(practice, TextPage(**text_options(None, ascii, width)), save,
                    () if resumed else drawn[1:], partial(practice_on, **bounds))
    with line_editing([*practice.task.reserved, "softmax", "sigmoid", "delta", "exp", "log", "sum"]):
        finished = prompt.run()
    if not finished:
        sys.stdout.flush()
        sys.exit(1)


def _check_same(saved: Practice, asked: Practice, path: Path | None) -> None:
    """Raises DeriveError where a file holds another task than the one that is named."""
    task, other = saved.task, asked.task
    if (task.kind, task.truth, task.at) != (other.kind, other.truth, other.at):
        raise DeriveError(f"{path} holds another task ({task.text}); name another file, or go on "
                          f"with it by derive practice {path}")
