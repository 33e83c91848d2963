"""`derive grad`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import derive
from derive.commands.derivation_frame import derivation_command
from derive.commands.entry_completion import EntryName
from derive.commands.options import (
    in_latex_quickly,
    keep_options,
    plot_option,
)
from derive.commands.progress_line import remark


@derivation_command(
    "grad", "losses",
    click.option("--through", multiple=True, metavar="NAME",
                 help="Intermediates for the chain rule: p, or 'p = softmax(o)'; repeat it."),
    keep_options,
    click.option("--route", metavar="NAME", type=EntryName("routes", files=False),
                 help="One of several ways to the same gradient: lse, jacobian, matching."),
    click.option("--latex", is_flag=True,
                 help="Read TARGET as LaTeX where nothing in it tells that it is."),
    click.option("--first-index", type=click.IntRange(0, 1), metavar="0|1",
                 help="Of LaTeX: what the first index is, where the formula does not tell."),
    plot_option("Loss and gradient"))
def command(target: str, given: tuple[str, ...], wrt: str | None, latex: bool,
            first_index: int | None, plot: Path | None, **options: Any) -> derive.Derivation:
    """Derive the gradient of a loss, step by step.

    TARGET is a name from `derive losses`, a formula, a specification of several lines, a .txt
    file with one, or - for standard input.
    """
    if first_index is not None and not (latex or in_latex_quickly(target)):
        raise click.UsageError("--first-index goes with a formula in LaTeX")
    if latex or first_index is not None:
        derivation = _from_latex(target, given, wrt, first_index, options)
    else:
        derivation = derive.grad(target, given=given, wrt=wrt, **options)
    if plot is not None:
        from derive.rendering.drawing import draw
        from derive.teaching.demonstrations.loss_pictures import loss_picture

        draw(loss_picture(derivation), plot)
    return derivation


def _from_latex(target: str, given: tuple[str, ...], wrt: str | None, first: int | None,
                options: dict[str, Any]) -> derive.Derivation:
    """The gradient of a formula in LaTeX, whose reading is echoed."""
    from derive.calculus.latex_targets import read_latex_target

    made = read_latex_target(target, given, options["functions"], {**options, "wrt": wrt}, first)
    remark(made.read.echo())
    answer = derive.grad(**{**options, "wrt": wrt, **made.arguments("target")})
    return made.annotated(answer)
