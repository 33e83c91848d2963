"""`derive check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands import options
from derive.commands.answers import answer
from derive.commands.help_pages import HelpfulCommand
from derive.commands.progress_line import working
from derive.errors import DeriveError

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable

_FORMS = ("text", "html", "json")


@click.command("check", cls=HelpfulCommand, renamed={"--time-limit": "--patience"})
@click.argument("file")
@click.option("--explain", is_flag=True, help="Show the steps between right lines.")
@click.option("--hint", type=click.IntRange(1, 4), metavar="N",
              help="Reveal the next step: 1 its strategy, 2 the rule, 3 the place, 4 the line.")
@options.answer_options(_FORMS)
@options.functions_option
@click.option("--patience", "seconds", type=click.FloatRange(0.1, 3600),
              default=10.0, show_default=True, metavar="SECONDS",
              help="Processor time for the whole file.")
def command(file: str, explain: bool, hint: int | None, seconds: float,
            functions: FunctionTable | None, **printed: Any) -> None:
    """Check a derivation of yours, line by line.

    FILE holds declarations, one task line and a line for each step; - is standard input. The exit
    code is 1 where a line is wrong or not decided.
    """
    from derive.teaching.marking.sheet_check import check
    from derive.teaching.sheets.sheet_rows import decoded

    reply = answer(file, **printed, forms=_FORMS)
    name, content = _content(file)
    with working("reading"):
        result = check(decoded(content, name), explain=explain, hint=hint or 0, seconds=seconds,
                       functions=functions)
        shown = reply.shown(result.show)
    reply.destination.write(shown)
    if not result.correct:
        sys.stdout.flush()
        sys.exit(1)


def _content(file: str) -> tuple[str, bytes]:
    """The bytes of a file or of standard input. Raises DeriveError for what cannot be read."""
    if file == "-":
        options.announce_reading()
        stream = getattr(sys.stdin, "buffer", None)
        return "standard input", stream.read() if stream is not None else b""
    try:
        return file, Path(file).read_bytes()
    except OSError as error:
        raise DeriveError(f"cannot read {file}: {error.strerror}") from None
    except ValueError as error:
        raise DeriveError(f"cannot read {file!r}: {error}") from None
