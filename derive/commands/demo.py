"""`derive demo`."""

from __future__ import annotations

from typing import Any

import click

from derive.commands import options
from derive.commands.answers import answer
from derive.commands.destination import form_of_list, printed_to
from derive.commands.entry_completion import EntryName
from derive.commands.entry_listing import FORMS, Listing, names_first, no_pager_option
from derive.commands.help_pages import HelpfulCommand
from derive.commands.progress_line import working

_FORMS = ("text", "html", "notebook")
_LISTING = Listing(("name", "topic", "question", "title"),
                   record=lambda d: {key: getattr(d, key) for key in (
                       "name", "title", "seed", "topic", "question", "answer")},
                   ask="derive demo")


@click.command("demo", cls=HelpfulCommand)
@click.argument("name", required=False, type=EntryName("demonstrations", files=False))
@options.answer_options((*_FORMS, "json"))
@no_pager_option
@options.patience_option
def command(name: str | None, no_pager: bool, **printed: Any) -> None:
    """Settle a question about losses by deriving the answer.

    Without NAME, all demonstrations are listed; words in its place list those that are about
    them, as JSON too. Each is derived, computed and drawn when it is asked for, and each statement
    is compared with what comes out; one that is wrong ends it.
    """
    from derive.teaching.demonstrations.demonstration_files import demo_for, demos

    words = () if name is None else (name,)
    listed = demos(*words)
    if name is None or not names_first(listed, name):
        form = form_of_list(printed["form"], printed["output"])
        if form not in FORMS or printed["opened"]:
            raise click.UsageError("a list is text or json; name the demonstration that is to be "
                                   "a page or a notebook")
        with printed_to(printed["output"]):
            _LISTING.show(listed, words, form, no_pager)
        return
    if printed["form"] == "json":
        raise click.UsageError("--format json is for the list of demonstrations; one of them is "
                               "text, html or notebook")
    demo = demo_for(listed[0].name)
    reply = answer(demo.name, **printed, forms=_FORMS)
    from derive.teaching.demonstrations.demonstration import run
    from derive.teaching.teaching_forms import show_demo

    with working("demonstrating"):
        shown = reply.shown(show_demo, run(demo))
    reply.destination.write(shown)
