"""`derive nll`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.commands.options import (
    FormulaCommand,
    derivation_options,
    link_option,
    observed_option,
    read_target,
    rulebook,
    show,
)


@click.command("nll", cls=FormulaCommand)
@derivation_options()
@link_option
@observed_option
def command(target: str, given: tuple[str, ...], wrt: str | None,
            rule_files: tuple[Path, ...], functions: Any, link: str | None,
            observed: str | None, **shown: Any) -> None:
    """From a distribution to its loss, the negative log-likelihood.

    TARGET is a name from `derive distributions`, or a density with its declarations. --wrt says
    which parameters are in question; what does not depend on them is left out.
    """
    from derive.calculus.likelihood.density_to_loss import nll

    show(nll(read_target(target), given=given, wrt=wrt, link=link, observed=observed,
             rules=rulebook(rule_files, functions), functions=functions), **shown)
