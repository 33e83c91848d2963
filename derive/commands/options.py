"""Options and output that the commands share."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.errors import DeriveError

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LONG_OPTION = re.compile(r"--[a-z][a-z-]*(=.*)?\Z", re.DOTALL)


class FormulaCommand(click.Command):
    """A command whose argument may be a formula that starts with a minus sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options, formulas, rest = self._sorted(ctx, args)
        if formulas:
            rest = [*(rest or ["--"]), *formulas]
        return super().parse_args(ctx, [*options, *rest])

    def _sorted(self, ctx: click.Context, args: list[str],
                ) -> tuple[list[str], list[str], list[str]]:
        """Options and plain arguments, formulas with a minus sign, and what stands from -- on."""
        takes_value = {name for p in self.params if isinstance(p, click.Option) and not p.is_flag
                       for name in p.opts}
        short = {name for p in self.params for name in p.opts if not name.startswith("--")}
        short |= set(ctx.help_option_names)
        options: list[str] = []
        formulas: list[str] = []
        for place, (before, arg) in enumerate(zip(("", *args), args, strict=False)):
            if arg == "--":
                return options, formulas, args[place:]
            formula = (arg.startswith("-") and len(arg) > 1 and before not in takes_value
                       and arg not in short and not _LONG_OPTION.match(arg))
            (formulas if formula else options).append(arg)
        return options, formulas, []


def with_options(*options: Decorator) -> Decorator:
    """All these options as one decorator, in the order in which the help lists them."""
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def format_option(forms: Sequence[str]) -> Decorator:
    """Adds --format."""
    return click.option("--format", "form", type=click.Choice(forms), default="text",
                        show_default=True, help="The form of the output.")


def output_option(*names: str, text: str = "Write to a file instead of standard output.",
                  ) -> Decorator:
    """Adds --output."""
    return click.option(*names, type=FILE, help=text)


def font_option(text: str = "A mathematics font to put into a page (--format html).") -> Decorator:
    """Adds --embed-font."""
    return click.option("--embed-font", metavar="FILE", type=EXISTING_FILE, help=text)


def given_option(example: str = "o: real[K]") -> Decorator:
    """Adds --given."""
    return click.option(
        "--given", "-g", multiple=True, metavar="DECLARATION",
        help=f"A declaration such as '{example}', or a condition; repeat it.")


def wrt_option(text: str) -> Decorator:
    """Adds --wrt."""
    return click.option("--wrt", metavar="VARIABLE", help=text)


def value_option(text: str) -> Decorator:
    """Adds --value."""
    return click.option("--value", "values", multiple=True, metavar="NAME=NUMBER",
                        help=f"{text}; repeat it.")


ascii_option = click.option("--ascii", is_flag=True, help="Plain ASCII, in the notation.")
width_option = click.option("--width", type=click.IntRange(40), help="Columns of the output.")


def _allow(context: click.Context, _parameter: click.Parameter, seconds: float | None) -> None:
    if seconds is not None:
        from derive.limits import patience

        context.with_resource(patience(seconds))


# It holds for all that the command calls.
patience_option = click.option(
    "--patience", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
    expose_value=False, callback=_allow,
    help="Processor time for each derivation and each verification; without it, 60.")


def _table(_context: click.Context, _parameter: click.Parameter, files: tuple[Path, ...],
           ) -> FunctionTable | None:
    if not files:
        return None
    from derive.judge.rules.user_functions import function_table

    return function_table(files)


functions_option = click.option(
    "--functions", multiple=True, metavar="FILE", callback=_table, type=EXISTING_FILE,
    help="Further functions; what a file says of each is checked before its first use.")


def named_values(values: Sequence[str]) -> dict[str, str]:
    """`NAME=NUMBER` of --value as a name and its text. Raises UsageError."""
    for text in values:
        if "=" not in text:
            raise click.UsageError(f"--value reads NAME=NUMBER, not {text!r}")
    return {name.strip(): number.strip() for name, _, number in (v.partition("=") for v in values)}


def read_target(target: str) -> str:
    """The target itself, or the text of a file or of standard input (`-`).

    Raises DeriveError for a file that cannot be read.
    """
    if target == "-":
        try:
            text = sys.stdin.read() if sys.stdin else ""
            text.encode()
        except UnicodeError:
            raise DeriveError("standard input is not UTF-8 text") from None
        return text
    if len(target) < 200 and target.endswith((".txt", ".loss")) and "\n" not in target:
        try:
            return Path(target).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise DeriveError(f"cannot read {target}: {reason}") from None
    return target


def form_options(form: str, output: Path | None, ascii: bool, width: int | None,
                 embed_font: Path | None) -> dict[str, Any]:
    """The options that the form takes. Raises UsageError for a font without a page."""
    if embed_font is not None and form != "html":
        raise click.UsageError("--embed-font goes with --format html")
    if form == "html":
        return {"embed_font": embed_font}
    return text_options(output, ascii, width) if form == "text" else {}


def text_options(output: Path | None, ascii: bool, width: int | None) -> dict[str, Any]:
    """Width, signs and colour, as the terminal or the file takes them."""
    terminal = output is None and sys.stdout.isatty()
    return {"width": width or columns(), "ascii": ascii or not encodes_unicode(output),
            "color": terminal and "NO_COLOR" not in os.environ
            and os.environ.get("TERM") != "dumb"}


def emit(text: str, output: Path | None) -> None:
    """Prints text, or writes it to a file. Raises DeriveError for a file that cannot be written."""
    if output is None:
        click.echo(text, color=True)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise DeriveError(f"cannot write {output}: {error.strerror}") from None


def columns() -> int:
    """The width of the terminal; 100 where there is none."""
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


def encodes_unicode(output: Path | None = None) -> bool:
    """Whether the output can show mathematical signs."""
    if output is not None:
        return True
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    return encoding.startswith("utf") and os.environ.get("TERM") != "dumb"
