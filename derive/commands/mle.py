"""`derive mle`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import derive
from derive.commands.derivation_frame import derivation_command
from derive.commands.options import (
    named_values,
    observed_option,
    plot_option,
    statement_options,
    value_option,
)
from derive.errors import DeriveError


def _there(_context: click.Context, _parameter: click.Parameter, data: str | None) -> str | None:
    """The data; a file that is not there is refused before any work is done."""
    if data is not None and data.endswith((".csv", ".txt")) and not Path(data).is_file():
        raise DeriveError(f"cannot read {data}: there is no such file")
    return data


@derivation_command(
    "mle", "distributions", statement_options, observed_option,
    plot_option("The likelihood of --data over a parameter"),
    click.option("--data", metavar="NUMBERS|FILE", callback=_there,
                 help="Observations: 0,0,1; rows as '1 2; 3 4'; or a .csv or .txt file. Of a "
                      "regression: a .csv file whose first line names the columns."),
    click.option("--assign", "columns", multiple=True, metavar="NAME=COLUMNS",
                 help="Which columns of --data a name of a regression takes: 'X = 1, area, rooms', "
                      "1 for a column of ones; several with semicolons, or repeat it. Without it, "
                      "those of the same names, and for the covariates all that are left."),
    value_option("The value of a name that is not estimated, for --data: n=5"))
def command(target: str, data: str | None, values: tuple[str, ...], columns: tuple[str, ...],
            plot: Path | None,
            **options: Any) -> derive.Derivation:
    """Derive the maximum likelihood estimates from N observations.

    TARGET is a name from `derive distributions` or `derive regressions`, a density with its
    declarations, or a regression such as 'y ~ NAME(X @ b, s)'. Where an equation has
    no closed form, it stays as what is to be solved.
    """
    fixed = named_values(values)
    derivation = derive.mle(target, data=data, values=fixed, columns=columns or None, **options)
    if plot is not None:
        from derive.rendering.drawing import draw
        from derive.teaching.demonstrations.loss_pictures import likelihood_picture

        draw(likelihood_picture(derivation, _observations(data), fixed), plot)
    return derivation


def _observations(data: str | None) -> list[float]:
    """Observations written on the command line. Raises UsageError for others."""
    try:
        return [float(part) for part in (data or "").split(",")]
    except ValueError:
        raise click.UsageError("--plot takes --data as numbers: 0,0,0,1,0") from None
