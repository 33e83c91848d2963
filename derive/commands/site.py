"""`derive site`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from derive.commands.destination import open_page
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import open_option, patience_option
from derive.commands.progress_line import working
from derive.errors import DeriveError
from derive.reporting import report

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.teaching.sites.site_pages import Made


@click.command("site", cls=HelpfulCommand)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--only", default="", metavar="PATTERN",
              help="Write only pages whose name fits: 'NAME', '*softmax*', 'distributions/*'; "
                   "'studio' with --playground writes that alone.")
@click.option("--jobs", type=click.IntRange(1), default=None, metavar="N",
              help="Work in so many processes; without it, one for each core.")
@open_option("Show the index in the browser when all is written.")
@click.option("--playground", is_flag=True,
              help="Write the studio into DIR/studio, too: a page that runs by itself.")
@click.option("--pyodide", type=click.Path(file_okay=False, path_type=Path), metavar="PACKAGE",
              help="The folder of the npm package pyodide, for --playground.")
@patience_option
@click.option("--no-verify", is_flag=True, help="Do not check the lines numerically.")
def command(folder: Path, only: str, jobs: int | None, opened: bool, playground: bool,
            pyodide: Path | None, no_verify: bool) -> None:
    """Write the whole catalogue as pages, with an index and search.

    The pages go to the folder DIR: losses with gradient and Hessian, distributions with
    likelihood and estimates, activations with their costs, recurrent cells, and the rules. Each
    page is one file that needs no network. Files that an earlier
    run wrote are replaced; others are left alone.
    """
    from derive.teaching.sites.site_writer import write_site

    if playground:
        _write_playground(folder / "studio", pyodide)
    if playground and only == "studio":
        return
    with working("writing pages", threaded=False):  # processes are forked here
        done = write_site(folder, only, jobs or 0, not no_verify, _report)
    click.echo(f"{done.pages} pages, {done.size / 1e6:.1f} MB, in {done.seconds:.0f} s: "
               f"{done.folder / 'index.html'}")
    for made in done.failed:
        click.echo(f"no page for {made.entry.file}: {made.error}", err=True)
    if done.failed:
        raise DeriveError(f"{len(done.failed)} pages could not be made")
    if opened:
        open_page(done.folder / "index.html")


def _write_playground(folder: Path, pyodide: Path | None) -> None:
    """The studio for a static host."""
    from derive.studio.playground import write_playground

    if pyodide is None:
        raise click.UsageError("--playground needs --pyodide PACKAGE, the folder of the npm "
                               "package: npm pack pyodide, then unpack it")
    with working("writing the playground", threaded=False):
        size = write_playground(folder, pyodide)
    click.echo(f"the studio, {size / 1e6:.1f} MB: {folder / 'index.html'}")


def _report(done: int, of: int, made: Made) -> None:
    report(f"{made.entry.kind}/{made.entry.name}, page", done, of)
