"""Options that commands share: the same names with the same meaning everywhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands.entry_completion import EntryName
from derive.commands.overwrite_option import overwrite_option
from derive.errors import DeriveError
from derive.given_files import decoded_lines, standard_input, text_of
from derive.rendering.forms import FORMATS

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.functions.function_records import FunctionTable
    from derive.rulebook.loading import Rulebook

if TYPE_CHECKING:
    _Choice = click.Choice[str]
else:
    _Choice = click.Choice  # not generic in older versions of click
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NO_NAMES = f"{__name__}.no_names"


def with_options(*options: Decorator) -> Decorator:
    """All these options as one decorator, in the order in which the help lists them."""
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return add


class Nearest(_Choice):
    """One of some words; for another, the nearest is named."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value in self.choices:
            return value
        from derive.commands.usage_lines import did_you_mean

        words = [str(c) for c in self.choices]
        near = did_you_mean(str(value), words)
        return self.fail(f"{value!r} is none of {listed(words)}{near and '; ' + near}", param, ctx)


def listed(words: Sequence[str]) -> str:
    """Words as one writes them: `text, latex or json`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def format_option(forms: Sequence[str], default: str | None = "text") -> Decorator:
    """Adds --format; a default of None leaves it to the suffix of --output."""
    by_suffix = "" if default else "; without it, as the suffix of --output has it, else text"
    return click.option("--format", "form", type=Nearest(forms), default=default, metavar="FORM",
                        help=f"The form of the output: {listed(forms)}{by_suffix}.")


def output_option(text: str = "Write to a file; - is standard output.",
                  overwrite: Decorator | None = None) -> Decorator:
    """Adds --output and --overwrite."""
    return with_options(
        click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE",
                     callback=_placed, help=text), overwrite or overwrite_option())


def _placed(_context: click.Context, _parameter: click.Parameter, path: Path | None,
            ) -> Path | None:
    if path is not None and not str(path).strip(". "):
        raise click.BadParameter("it names no file" if str(path) == "." else f"no file: {path}")
    return path


def open_option(text: str = "Show the page in the browser; without --output, a temporary one.",
                ) -> Decorator:
    """Adds --open."""
    return click.option("--open", "opened", is_flag=True, help=text)


def font_option(text: str = "A mathematics font to put into a page (--format html).") -> Decorator:
    """Adds --embed-font."""
    return click.option("--embed-font", metavar="FILE", type=EXISTING_FILE, help=text)


def given_option(example: str = "o: real[K]") -> Decorator:
    """Adds --given."""
    return click.option(
        "--given", "-g", multiple=True, metavar="DECLARATION",
        help=f"A declaration such as '{example}', or a condition; repeat it.")


def wrt_option(text: str) -> Decorator:
    """Adds --wrt; given several times, the variables stand behind commas."""
    return click.option("--wrt", multiple=True, metavar="VARIABLE", help=text,
                        callback=lambda _context, _option, texts: ", ".join(texts) or None)


def value_option(text: str) -> Decorator:
    """Adds --value."""
    return click.option("--value", "values", multiple=True, metavar="NAME=NUMBER",
                        help=f"{text}; repeat it.")


ascii_option = click.option("--ascii", is_flag=True, help="Write plain ASCII, in the notation.")
width_option = click.option("--width", type=click.IntRange(40), metavar="COLUMNS",
                            help="Columns of text; without it, those of the terminal.")


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
    help="Take further functions; what a file says of each is checked before its first use.")


def named_values(values: Sequence[str]) -> dict[str, str]:
    """`NAME=NUMBER` of --value as a name and its text. Raises UsageError."""
    for text in values:
        if "=" not in text:
            raise click.UsageError(f"--value reads NAME=NUMBER, not {text!r}")
    return once_each("--value", values)


def once_each(option: str, texts: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` as names and values. Raises UsageError for a name that has two values."""
    values: dict[str, str] = {}
    for name, _, value in (text.partition("=") for text in texts):
        if values.setdefault(name.strip(), value.strip()) != value.strip():
            raise click.UsageError(f"{option} gives {name.strip()} two values, "
                                   f"{values[name.strip()]} and {value.strip()}")
    return values


def announce_reading() -> None:
    """Says on a terminal that somebody is waited for."""
    if sys.stdin and sys.stdin.isatty():
        end = "Ctrl-Z and Enter" if sys.platform == "win32" else "Ctrl-D"
        click.echo(f"reading from the terminal; {end} ends the text", err=True)


def read_target(target: str) -> str:
    """The target itself, or the text of a file or of standard input (`-`).

    Raises DeriveError for a file that cannot be read.
    """
    if target == "-":
        announce_reading()
        try:
            return decoded_lines(standard_input())
        except UnicodeError:
            raise DeriveError("standard input is not UTF-8 text") from None
        except OSError as error:
            raise DeriveError(f"cannot read standard input: {error.strerror}") from None
    if len(target) < 200 and target.endswith((".txt", ".loss")) and "\n" not in target:
        try:
            return text_of(target)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise DeriveError(f"cannot read {target}: {reason}") from None
    return target


def in_latex_quickly(target: str) -> bool:
    """Whether a target may be LaTeX, as far as its signs tell."""
    return any(sign in target for sign in "\\${")


def echo_latex(target: str, given: Sequence[str], functions: FunctionTable | None) -> None:
    """Says on standard error how a formula in LaTeX is read."""
    if not in_latex_quickly(target):
        return
    from derive.calculus.latex_targets import in_latex, read_latex_target

    if in_latex(target, given):
        click.echo(read_latex_target(target, given, functions, {}).read.echo(), err=True)


declaration_options = with_options(
    given_option(), wrt_option(
        "The variable: z, o, o[i], W[i, j]; repeat it, or 'w, b', or all."))
rules_option = click.option(
    "--rules", "rule_files", multiple=True, metavar="FILE", type=EXISTING_FILE,
    help="Take further rules; each is checked before its first use. Repeat it.")


def answer_options(forms: Sequence[str]) -> Decorator:
    """Adds what every command has whose answer can be text or a page."""
    return with_options(format_option(forms, None), width_option, ascii_option, output_option(),
                        open_option(), font_option())


print_options = with_options(
    click.option("--detail", type=Nearest(["brief", "normal", "full"]), default="normal",
                 metavar="LEVEL", show_default=True,
                 help="How many of the steps are shown: brief, normal or full."),
    answer_options(FORMATS), rules_option, functions_option, patience_option,
    click.option("--no-verify", is_flag=True, help="Do not check the lines numerically."))
PRINTED = ("form", "detail", "output", "opened", "no_verify", "ascii", "width", "embed_font")

link_option = click.option(
    "--link", metavar="LINK", type=EntryName("links", files=False),
    help="Put a network's output through a link; 'sigma=log' for a certain parameter, "
         "'canonical' for the canonical one. A wrong name lists what there is.")
_prior_option = click.option(
    "--prior", multiple=True, metavar="STATEMENT",
    help="The law of a parameter of a regression, 'b ~ NAME(0, t)'; may be repeated.")
_weights_option = click.option(
    "--weights", metavar="NAME", help="How often each observation of a regression counts.")


def statement_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What stands beside a statement such as y ~ NAME(X @ b, s)."""
    return link_option(_prior_option(_weights_option(command)))


observed_option = click.option("--observed", metavar="NAME",
                               help="What is observed; without it, y.")


def _names_to_keep(context: click.Context, _parameter: click.Parameter, names: tuple[str, ...],
                   ) -> bool | tuple[str, ...]:
    """What `keep` is: the names of --keep, nothing with --no-keep, else all that are shorter."""
    if names and context.meta[_NO_NAMES]:
        raise click.UsageError("--keep and --no-keep exclude each other")
    return names or not context.meta[_NO_NAMES]


def _no_names(context: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    context.meta[_NO_NAMES] = asked


keep_options = with_options(
    click.option("--no-keep", is_flag=True, is_eager=True, expose_value=False, callback=_no_names,
                 help="Write out every name that the formula defines."),
    click.option("--keep", multiple=True, metavar="NAME", callback=_names_to_keep,
                 help="A name that stays in the result in any case; repeat it. Without it, names "
                      "stay where the result is shorter with them."))


def plot_option(picture: str) -> Decorator:
    """Adds --plot, which draws a `picture`; the file is tried before any work is done."""
    def tried(_context: click.Context, _parameter: click.Parameter, path: Path | None,
              ) -> Path | None:
        if path is not None:
            from derive.rendering.drawing import check_drawing

            check_drawing(path)
        return path

    return click.option("--plot", type=FILE, metavar="FILE", callback=tried,
                        help=f"{picture} as .png or .svg (needs matplotlib).")


def rulebook(files: tuple[Path, ...], functions: FunctionTable | None = None) -> Rulebook | None:
    """The standard rules, joined with the user's after these have been checked; None for none."""
    if not files:
        return None
    from derive.judge.rules.rule_trials import checked_rules

    return checked_rules(files, functions)
