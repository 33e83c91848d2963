"""`derive mle`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.commands.options import (
    FormulaCommand,
    derivation_options,
    observed_option,
    plot_option,
    read_target,
    rulebook,
    show,
)


@click.command("mle", cls=FormulaCommand)
@derivation_options()
@observed_option
@plot_option("The likelihood of --data over a parameter")
@click.option("--data", metavar="NUMBERS|FILE",
              help="Observations: 0,0,1; rows as '1 2; 3 4'; or a .csv or .txt file.")
@click.option("--value", "values", multiple=True, metavar="NAME=NUMBER",
              help="The value of a name that is not estimated, for --data: n=5; repeat it.")
def command(target: str, given: tuple[str, ...], wrt: str | None,
            rule_files: tuple[Path, ...], functions: Any,
            observed: str | None, data: str | None, values: tuple[str, ...],
            plot: Path | None, **shown: Any) -> None:
    """The maximum likelihood estimates from N observations.

    TARGET is a name from `derive distributions`, or a density with its declarations. Where an
    equation has no closed form, it stays as what is to be solved.
    """
    from derive.calculus.likelihood.maximum_likelihood import mle

    wrong = next((v for v in values if "=" not in v), None)
    if wrong is not None:
        raise click.UsageError(f"--value reads NAME=NUMBER, not {wrong!r}")
    fixed = {name.strip(): number for name, _, number in (v.partition("=") for v in values)}
    found = mle(read_target(target), given=given, wrt=wrt, observed=observed, data=data,
                values=fixed, rules=rulebook(rule_files, functions), functions=functions)
    if plot is not None:
        from derive.rendering.drawing import draw
        from derive.teaching.loss_pictures import likelihood_picture

        draw(likelihood_picture(found, _listed(data), fixed), plot)
    show(found, **shown)


def _listed(data: str | None) -> list[float]:
    """Observations written on the command line. Raises UsageError for others."""
    try:
        return [float(part) for part in (data or "").split(",")]
    except ValueError:
        raise click.UsageError("--plot takes --data as numbers: 0,0,0,1,0") from None
