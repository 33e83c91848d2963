"""Options and output that the commands share."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from derive.errors import DeriveError
from derive.rendering.forms import FORMATS

_LONG_OPTION = re.compile(r"--[a-z][a-z-]*(=.*)?\Z", re.DOTALL)


class FormulaCommand(click.Command):
    """A command whose argument may be a formula that starts with a minus sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = {name for p in self.params if isinstance(p, click.Option) and not p.is_flag
                       for name in p.opts}
        short = {name for p in self.params for name in p.opts if not name.startswith("--")}
        short |= set(ctx.help_option_names)
        kept, formulas, before = [], [], ""
        for place, arg in enumerate(args):
            if arg == "--":
                kept += args[place:]
                break
            if arg.startswith("-") and len(arg) > 1 and before not in takes_value and \
                    arg not in short and not _LONG_OPTION.match(arg):
                formulas.append(arg)
            else:
                kept.append(arg)
            before = arg
        if formulas:
            kept = [*kept, "--", *formulas] if "--" not in kept else [*kept, *formulas]
        return super().parse_args(ctx, kept)


def plot_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds --plot, whose picture is `what`; the file is tried before any work is done."""
    def tried(_context: Any, _parameter: Any, path: Path | None) -> Path | None:
        if path is not None:
            from derive.rendering.drawing import check_drawing

            check_drawing(path)
        return path

    return click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
                        callback=tried, help=f"{what} as .png or .svg (needs matplotlib).")


def link_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --link."""
    return click.option(
        "--link", metavar="LINK",
        help="Put a network's output through a link; 'sigma=log' for a certain parameter, "
             "'canonical' for the canonical one. A wrong name lists what there is.")(function)


def patience_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --patience, which holds for all that the command calls."""
    def allow(context: click.Context, _parameter: Any, seconds: float | None) -> None:
        if seconds is not None:
            from derive.limits import patience

            context.with_resource(patience(seconds))

    return click.option(
        "--patience", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
        expose_value=False, callback=allow,
        help="Processor time for each derivation and each verification; without it, 60.")(function)


def observed_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --observed."""
    return click.option("--observed", metavar="NAME",
                        help="What is observed; without it, y.")(function)


def derivation_options(target: bool = True, output: bool = True, declarations: bool = True,
                       ) -> Callable[..., Any]:
    """Adds the options of every command that prints a derivation."""
    options: list[Callable[[Callable[..., Any]], Callable[..., Any]]] = [
        click.option("--given", "-g", multiple=True, metavar="DECLARATION",
                     help="A declaration such as 'o: real[K]', or a condition; repeat it."),
        click.option("--wrt", metavar="VARIABLE", help="The variable: z, o, o[i], W[i, j]."),
        click.option("--detail", type=click.Choice(["brief", "normal", "full"]), default="normal",
                     show_default=True, help="How many of the steps are shown."),
        click.option("--format", "form", type=click.Choice(FORMATS), default="text",
                     show_default=True, help="The form of the output."),
        click.option("--rules", "rule_files", multiple=True, metavar="FILE",
                     type=click.Path(exists=True, dir_okay=False, path_type=Path),
                     help="Further rules; each is checked before its first use."),
        functions_option,
        click.option("--no-verify", is_flag=True, help="Do not check the lines numerically."),
        click.option("--ascii", is_flag=True, help="Plain ASCII, in the notation."),
        click.option("--width", type=click.IntRange(40), help="Columns of the output."),
        click.option("--embed-font", metavar="FILE", type=click.Path(
            exists=True, dir_okay=False, path_type=Path),
            help="A mathematics font to put into a page (--format html)."),
    ]
    if not declarations:
        del options[:2]
    if target:
        options.insert(0, click.argument("target"))
    if output:
        options.append(click.option(
            "--output", type=click.Path(dir_okay=False, path_type=Path),
            help="Write to a file instead of standard output."))

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return patience_option(function)

    return add


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


def functions_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --functions; its value is the table of functions, or None."""
    def table(_context: Any, _parameter: Any, files: tuple[Path, ...]) -> Any:
        if not files:
            return None
        from derive.judge.rules.user_functions import function_table

        return function_table(files)

    return click.option(
        "--functions", multiple=True, metavar="FILE", callback=table,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Further functions; what a file says of each is checked before its first use.",
    )(function)


def rulebook(files: tuple[Path, ...], functions: Any = None) -> Any:
    """The standard rules, joined with the user's after these have been checked; None for none."""
    if not files:
        return None
    from derive.judge.rules.rule_trials import checked_rules

    return checked_rules(files, functions)


def show(derivation: Any, form: str, detail: str, output: Path | None, no_verify: bool,
         ascii: bool, width: int | None, embed_font: Path | None = None) -> None:
    """Verifies a derivation and prints it, or writes it to a file."""
    options = form_options(form, output, ascii, width, embed_font)
    if not no_verify:
        derivation = derivation.verify()
    emit(derivation.show(form, detail=detail, **options), output)


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
