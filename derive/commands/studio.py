"""`derive studio`."""

from __future__ import annotations

import os

import click

from derive.commands.help_pages import HelpfulCommand
from derive.errors import DeriveError
from derive.extras import required


@click.command("studio", cls=HelpfulCommand)
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N",
              help="The port; without it, a free one.")
@click.option("--no-browser", is_flag=True, help="Print the link, and open no browser.")
@click.option("--jobs", type=click.IntRange(1), default=None, metavar="N",
              help="Work in so many processes; without it, one for each core.")
def command(port: int, no_browser: bool, jobs: int | None) -> None:
    """Open a page on which one types formulas and asks.

    A server on this machine answers, to this page alone: the link has a token. It ends with
    Ctrl-C.
    """
    required("starlette", "the studio needs")
    required("uvicorn", "the studio needs")
    from derive.studio.serving import serve

    try:
        serve(port, jobs or max(2, os.cpu_count() or 1),
              lambda link: _announce(link, not no_browser))
    except OSError as error:
        raise DeriveError(f"port {port} cannot be used: {error.strerror}; choose another, or none"
                          ) from None


def _announce(link: str, opened: bool) -> None:
    click.echo(f"the studio is at {link}\nCtrl-C ends it", err=True)
    if opened:
        import webbrowser

        webbrowser.open(link)
