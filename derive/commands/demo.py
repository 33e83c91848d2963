"""`derive demo`."""

from __future__ import annotations

from typing import Any

import click

from derive.commands import options
from derive.commands.answers import answer
from derive.commands.entry_completion import EntryName
from derive.commands.help_pages import HelpfulCommand
from derive.commands.output import print_table
from derive.commands.progress_line import working

_FORMS = ("text", "html", "notebook")


@click.command("demo", cls=HelpfulCommand)
@click.argument("name", required=False, type=EntryName("demonstrations", files=False))
@options.answer_options(_FORMS)
@options.patience_option
def command(name: str | None, **printed: Any) -> None:
    """Settle a question about losses by deriving the answer.

    Without NAME, all demonstrations are listed. Each is derived, computed and drawn when it is
    asked for, and each statement is compared with what comes out; one that is wrong ends it.
    """
    from derive.teaching.demonstration_files import demo_for, demos

    if name is None:
        print_table(("name", "text and topic", "question"),
                    [(d.name, f"{d.seed:03d} {d.topic}", d.question) for d in demos()])
        return
    demo = demo_for(name)
    reply = answer(demo.name, **printed, forms=_FORMS)
    from derive.teaching.demonstration import run
    from derive.teaching.teaching_forms import show_demo

    with working("demonstrating"):
        shown = reply.shown(show_demo, run(demo))
    reply.destination.write(shown)
