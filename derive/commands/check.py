"""`derive check`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from derive.commands import options
from derive.commands.output import emit, form_options
from derive.errors import DeriveError


@click.command("check")
@click.argument("file")
@click.option("--explain", is_flag=True, help="Show the steps between right lines.")
@click.option("--hint", type=click.IntRange(1, 3), metavar="N",
              help="Reveal the next step: 1 the idea, 2 the rule and its place, 3 the line.")
@click.option("--time-limit", "--patience", "seconds", type=click.FloatRange(0.1, 3600),
              default=10.0, show_default=True, metavar="SECONDS",
              help="The time for the whole file.")
@options.format_option(("text", "html", "json"))
@options.ascii_option
@options.width_option
@options.output_option("--output")
@options.font_option()
def command(file: str, explain: bool, hint: int | None, seconds: float, form: str, ascii: bool,
            width: int | None, output: Path | None, embed_font: Path | None) -> None:
    """Check a derivation line by line; exit code 1 where a line is wrong or not decided.

    FILE holds declarations, one task line and a line for each step; - is standard input.
    """
    from derive.teaching.exercise_source import decoded
    from derive.teaching.sheet_check import check

    layout = form_options(form, output, ascii, width, embed_font)
    name, content = _content(file)
    result = check(decoded(content, name), explain=explain, hint=hint or 0, seconds=seconds)
    emit(result.show(form, **layout), output)
    if not result.correct:
        sys.stdout.flush()
        sys.exit(1)


def _content(file: str) -> tuple[str, bytes]:
    """The bytes of a file or of standard input. Raises DeriveError for what cannot be read."""
    if file == "-":
        stream = getattr(sys.stdin, "buffer", None)
        return "standard input", stream.read() if stream is not None else b""
    try:
        return file, Path(file).read_bytes()
    except OSError as error:
        raise DeriveError(f"cannot read {file}: {error.strerror}") from None
    except ValueError as error:
        raise DeriveError(f"cannot read {file!r}: {error}") from None
