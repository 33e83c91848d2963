"""`derive grad`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import derive
from derive.commands.options import derivation_command, keep_options, plot_option


@derivation_command(
    "grad",
    click.option("--through", multiple=True, metavar="NAME",
                 help="Intermediates for the chain rule: p, or 'p = softmax(o)'; repeat it."),
    keep_options,
    click.option("--route", metavar="NAME",
                 help="One of several ways to the same gradient: lse, jacobian, matching."),
    click.option("--latex", is_flag=True,
                 help="TARGET is LaTeX as in a textbook; what was read is echoed."),
    click.option("--first-index", type=click.IntRange(0, 1), metavar="0|1",
                 help="With --latex: what the first index is, where the formula does not tell."),
    plot_option("Loss and gradient"))
def command(target: str, given: tuple[str, ...], wrt: str | None, latex: bool,
            first_index: int | None, plot: Path | None, **options: Any) -> derive.Derivation:
    """The gradient of a loss, step by step.

    TARGET is a name from `derive losses`, a formula, a specification of several lines, a .txt
    file with one, or - for standard input.
    """
    if latex:
        from derive.notation.latex_in import read_latex_problem

        read = read_latex_problem(target, given, first=first_index,
                                  functions=options["functions"])
        click.echo(str(read), err=True)
        target, given = read.formula, read.given
        wrt = wrt and _variables(wrt, given)
    elif first_index is not None:
        raise click.UsageError("--first-index goes with --latex")
    derivation = derive.grad(target, given=given, wrt=wrt, **options)
    if plot is not None:
        from derive.rendering.drawing import draw
        from derive.teaching.loss_pictures import loss_picture

        draw(loss_picture(derivation), plot)
    return derivation


def _variables(text: str, given: tuple[str, ...]) -> str:
    """The variables in the notation, where they were typed in LaTeX too."""
    from derive.calculus.asked_variables import separated
    from derive.notation.reading.scope import Scope
    from derive.notation.reading.specification import declare_or_assume
    from derive.teaching.latex_lines import variable_text

    scope = Scope()
    for line in given:
        declare_or_assume(line, scope)
    return ", ".join(variable_text(name, scope) for name in separated(text))
