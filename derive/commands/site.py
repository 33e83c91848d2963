"""`derive site`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from derive.commands.options import patience_option
from derive.errors import DeriveError

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.teaching.site_pages import Made


@click.command("site")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--only", default="", metavar="PATTERN",
              help="Pages whose name fits: 'NAME', '*softmax*', 'distributions/*'.")
@click.option("--jobs", type=click.IntRange(1), default=None,
              help="Processes; without it, one for each core.")
@click.option("--no-verify", is_flag=True, help="Do not check the lines numerically.")
@patience_option
def command(folder: Path, only: str, jobs: int | None, no_verify: bool) -> None:
    """The whole catalogue as pages in DIR, with an index and search.

    Losses with gradient and Hessian, distributions with likelihood and estimates, activations
    with their costs, recurrent cells, and the rules. Each page is one file that needs no network.
    Files that an earlier run wrote are replaced; others are left alone.
    """
    from derive.teaching.site_writer import write_site

    done = write_site(folder, only, jobs or 0, not no_verify, _report)
    if sys.stderr.isatty():
        click.echo(err=True)
    click.echo(f"{done.pages} pages, {done.size / 1e6:.1f} MB, in {done.seconds:.0f} s: "
               f"{done.folder / 'index.html'}")
    for made in done.failed:
        click.echo(f"no page for {made.entry.file}: {made.error}", err=True)
    if done.failed:
        raise DeriveError(f"{len(done.failed)} pages could not be made")


def _report(done: int, of: int, made: Made) -> None:
    """One line that is written over on a terminal, and lines in a log."""
    line = f"{done}/{of} {made.entry.kind}/{made.entry.name} {made.seconds:.1f} s"
    if sys.stderr.isatty():
        click.echo(f"\r{line[:76]:<76}", nl=False, err=True)
    else:
        click.echo(line, err=True)
