"""`derive demo`."""

from __future__ import annotations

from pathlib import Path

import click

from derive.commands import options
from derive.commands.output import emit, form_options, print_table


@click.command("demo")
@click.argument("name", required=False)
@options.format_option(("text", "html", "notebook"))
@options.output_option("--output", "-o")
@options.ascii_option
@options.width_option
@options.font_option("A mathematics font to put into the page.")
@options.patience_option
def command(name: str | None, form: str, output: Path | None, ascii: bool, width: int | None,
            embed_font: Path | None) -> None:
    """A question about losses settled: derived, computed and drawn when it is asked for.

    Without NAME, all demonstrations are listed. Each statement is compared with what comes out;
    one that is wrong ends the demonstration.
    """
    from derive.teaching.demonstration_files import demo_for, demos

    if name is None:
        print_table(("name", "text and topic", "question"),
                    [(d.name, f"{d.seed:03d} {d.topic}", d.question) for d in demos()])
        return
    demo = demo_for(name)
    layout = form_options(form, output, ascii, width, embed_font)
    from derive.teaching.demonstration import run
    from derive.teaching.teaching_forms import show_demo

    emit(show_demo(run(demo), form, **layout), output)
