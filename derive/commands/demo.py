"""`derive demo`."""

from __future__ import annotations

from pathlib import Path

import click

from derive.commands.options import emit, form_options, patience_option
from derive.commands.tables import print_table


@click.command("demo")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "html", "notebook"]), default="text",
              show_default=True, help="The form of the output.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path),
              help="Write to a file instead of standard output.")
@click.option("--ascii", is_flag=True, help="Plain ASCII, in the notation.")
@click.option("--width", type=click.IntRange(40), help="Columns of the output.")
@click.option("--embed-font", type=click.Path(dir_okay=False, exists=True, path_type=Path),
              help="A mathematics font to put into the page.")
@patience_option
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
    options = form_options(form, output, ascii, width, embed_font)
    from derive.teaching.demonstration import run
    from derive.teaching.showing import show_demo

    emit(show_demo(run(demo), form, **options), output)
