"""`derive grad`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.commands.options import (
    FormulaCommand,
    derivation_options,
    plot_option,
    read_target,
    rulebook,
    show,
)


@click.command("grad", cls=FormulaCommand)
@derivation_options()
@click.option("--through", multiple=True, metavar="NAME",
              help="Intermediates for the chain rule: p, or 'p = softmax(o)'; repeat it.")
@click.option("--route", metavar="NAME",
              help="One of several ways to the same gradient: lse, jacobian, matching.")
@click.option("--latex", is_flag=True,
              help="TARGET is LaTeX as in a textbook; what was read is echoed.")
@click.option("--first-index", type=click.IntRange(0, 1), metavar="0|1",
              help="With --latex: what the first index is, where the formula does not tell.")
@plot_option("Loss and gradient")
def command(target: str, given: tuple[str, ...], wrt: str | None,
            rule_files: tuple[Path, ...], functions: Any,
            through: tuple[str, ...], route: str | None, latex: bool, first_index: int | None,
            plot: Path | None, **shown: Any) -> None:
    """The gradient of a loss, step by step.

    TARGET is a name from `derive losses`, a formula, a specification of several lines, a .txt
    file with one, or - for standard input.
    """
    from derive.calculus.gradient.gradient import grad

    formula = read_target(target)
    if latex:
        from derive.notation.latex_in import read_latex_problem

        read = read_latex_problem(formula, given, first=first_index, functions=functions)
        click.echo(str(read), err=True)
        formula, given = read.formula, read.given
        wrt = wrt and _variable(wrt, given)
    elif first_index is not None:
        raise click.UsageError("--first-index goes with --latex")
    found = grad(formula, given=given, wrt=wrt, through=through, route=route,
                 rules=rulebook(rule_files, functions), functions=functions)
    if plot is not None:
        from derive.rendering.drawing import draw
        from derive.teaching.loss_pictures import loss_picture

        draw(loss_picture(found), plot)
    show(found, **shown)


def _variable(text: str, given: tuple[str, ...]) -> str:
    """The variable in the notation, where it was typed in LaTeX too."""
    from derive.notation.reading.scope import Scope
    from derive.notation.reading.specification import declare_or_assume
    from derive.teaching.latex_lines import variable_text

    scope = Scope()
    for line in given:
        declare_or_assume(line, scope)
    return variable_text(text, scope)
