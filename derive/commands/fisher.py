"""`derive fisher`."""

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


@click.command("fisher", cls=FormulaCommand)
@derivation_options()
@link_option
@observed_option
def command(target: str, given: tuple[str, ...], wrt: str | None,
            rule_files: tuple[Path, ...], functions: Any, link: str | None,
            observed: str | None, **shown: Any) -> None:
    """The Fisher information, with the second derivatives of which it is the expected value.

    TARGET is a name from `derive distributions`, or a density with its declarations. Every entry
    is checked against the expected product of the scores, by quadrature or summation.
    """
    from derive.calculus.likelihood.fisher_information import fisher

    show(fisher(read_target(target), given=given, wrt=wrt, link=link, observed=observed,
                rules=rulebook(rule_files, functions), functions=functions), **shown)
