"""`derive studio`."""

from __future__ import annotations

import click

from derive.commands.help_pages import HelpfulCommand
from derive.errors import DeriveError
from derive.extras import required


@click.command("studio", cls=HelpfulCommand)
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N",
              help="The port; without it, a free one.")
@click.option("--no-browser", is_flag=True, help="Print the link, and open no browser.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, metavar="N",
              help="Questions that are worked on at once; others wait.")
def command(port: int, no_browser: bool, workers: int) -> None:
    """Open a page on which one types formulas and asks.

    A server on this machine answers, to this page alone: the link has a token. It ends with
    Ctrl-C.
    """
    required("starlette", "the studio needs")
    required("uvicorn", "the studio needs")
    from derive.studio.serving import serve

    try:
        serve(port, workers, lambda link: _announce(link, not no_browser))
    except OSError as error:
        raise DeriveError(f"port {port} cannot be used: {error.strerror}; choose another, or none"
                          ) from None


def _announce(link: str, opened: bool) -> None:
    click.echo(f"the studio is at {link}\nCtrl-C ends it", err=True)
    if opened:
        import webbrowser

        webbrowser.open(link)
