"""`derive verify`."""

from __future__ import annotations

from pathlib import Path

import click

from derive.commands.destination import to_file_or_output
from derive.commands.help_pages import HelpfulCommand
from derive.commands.options import announce_reading, output_option, patience_option
from derive.commands.progress_line import working
from derive.errors import StoredError
from derive.given_files import content_of, standard_input


@click.command("verify", cls=HelpfulCommand)
@click.argument("file")
@output_option()
@patience_option
def command(file: str, output: Path | None) -> None:
    """Replay and judge a derivation that was stored as JSON.

    FILE is what `--format json` wrote; - is standard input. Every step is computed anew from its
    rule and parameters, every line is judged by numbers, the question is asked again, and every
    text is compared with its formula. A derivation with anything forged is refused with the
    number of the step.
    """
    from derive.audit import audit

    going = to_file_or_output(output)
    try:
        text = _text(file)
        with working("replaying"):
            summary = audit(text).summary
    except StoredError as error:
        raise StoredError(f"{file}: {error}") from None
    going.write(summary)


def _text(file: str) -> str:
    """The text of a file or of standard input. Raises StoredError for what cannot be read."""
    from derive.storing.stored_records import MOST_TEXT

    try:
        if file == "-":
            announce_reading()
            content = standard_input(MOST_TEXT)
        else:
            content = content_of(file, MOST_TEXT)
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise StoredError(f"it cannot be read: {reason}") from None
