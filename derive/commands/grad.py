"""`derive grad`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.commands.options import FormulaCommand, derivation_options, read_target, rulebook, show


@click.command("grad", cls=FormulaCommand)
@derivation_options()
@click.option("--through", multiple=True, metavar="NAME",
              help="Intermediates for the chain rule: p, or 'p = softmax(o)'; repeat it.")
@click.option("--route", metavar="NAME",
              help="One of several ways to the same gradient: lse, jacobian, matching.")
def command(target: str, given: tuple[str, ...], wrt: str | None, rule_files: tuple[Path, ...],
            through: tuple[str, ...], route: str | None, **shown: Any) -> None:
    """The gradient of a loss, step by step.

    TARGET is a name from `derive losses`, a formula, a specification of several lines, a .txt
    file with one, or - for standard input.

    \b
    derive grad softmax-nll --through p
    derive grad softmax-nll --route lse
    derive grad "sum((W @ x - t)**2)" -g "W: real[H, D]" -g "x: real[D]" -g "t: real[H]" --wrt W
    """
    from derive.calculus.gradient import grad

    show(grad(read_target(target), given=given, wrt=wrt, through=through, route=route,
              rules=rulebook(rule_files)), **shown)
