"""The frame of the commands that print a derivation: their options, and how it is printed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.commands.options import (
    EXISTING_FILE,
    FILE,
    Decorator,
    FormulaCommand,
    ascii_option,
    emit,
    font_option,
    form_options,
    format_option,
    functions_option,
    given_option,
    output_option,
    patience_option,
    read_target,
    width_option,
    with_options,
    wrt_option,
)
from derive.errors import NoNoise
from derive.rendering.forms import FORMATS

if TYPE_CHECKING:  # `--help` starts without SymPy
    from derive.derivation import Derivation
    from derive.functions.function_records import FunctionTable
    from derive.rulebook.loading import Rulebook

declaration_options = with_options(
    given_option(), wrt_option("The variable: z, o, o[i], W[i, j]."))
print_options = with_options(
    click.option("--detail", type=click.Choice(["brief", "normal", "full"]), default="normal",
                 show_default=True, help="How many of the steps are shown."),
    format_option(FORMATS),
    click.option("--rules", "rule_files", multiple=True, metavar="FILE", type=EXISTING_FILE,
                 help="Further rules; each is checked before its first use."),
    functions_option,
    click.option("--no-verify", is_flag=True, help="Do not check the lines numerically."),
    ascii_option, width_option, font_option())
_PRINTED = ("form", "detail", "output", "no_verify", "ascii", "width", "embed_font")

link_option = click.option(
    "--link", metavar="LINK",
    help="Put a network's output through a link: logit, log, softplus, probit, cloglog, "
         "identity, canonical; 'sigma=log' for a certain parameter.")
observed_option = click.option("--observed", metavar="NAME",
                               help="What is observed; without it, y.")


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


def derivation_command(name: str, *options: Decorator,
                       ) -> Callable[[Callable[..., Derivation]], click.Command]:
    """Makes a command of a function that gives a derivation, which is verified and printed.

    The function gets `target` (its text), `given`, `wrt`, `rules`, `functions`, and the further
    `options`. Where it raises NoNoise, the derivation that shows why is printed before.
    """
    def make(function: Callable[..., Derivation]) -> click.Command:
        @wraps(function)
        def command(target: str, rule_files: tuple[Path, ...], functions: FunctionTable | None,
                    **given: Any) -> None:
            printed = {option: given.pop(option) for option in _PRINTED}
            try:
                derivation = function(read_target(target), rules=rulebook(rule_files, functions),
                                      functions=functions, **given)
            except NoNoise as refusal:
                if refusal.derivation is not None:
                    show(refusal.derivation, **{**printed, "no_verify": True})
                raise
            show(derivation, **printed)

        decorated = with_options(patience_option, click.argument("target"), declaration_options,
                                 print_options, output_option("--output"), *options)(command)
        return click.command(name, cls=FormulaCommand)(decorated)

    return make


def rulebook(files: tuple[Path, ...], functions: FunctionTable | None = None) -> Rulebook | None:
    """The standard rules, joined with the user's after these have been checked; None for none."""
    if not files:
        return None
    from derive.judge.rules.rule_trials import checked_rules

    return checked_rules(files, functions)


def show(derivation: Derivation, form: str, detail: str, output: Path | None, no_verify: bool,
         ascii: bool, width: int | None, embed_font: Path | None = None) -> None:
    """Verifies a derivation and prints it, or writes it to a file."""
    options = form_options(form, output, ascii, width, embed_font)
    if not no_verify:
        derivation = derivation.verify()
    emit(derivation.show(form, detail=detail, **options), output)
