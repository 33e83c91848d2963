"""`derive score`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from derive.commands.options import (
    FormulaCommand,
    derivation_options,
    observed_option,
    read_target,
    rulebook,
    show,
)


@click.command("score", cls=FormulaCommand)
@derivation_options()
@observed_option
def command(target: str, given: tuple[str, ...], wrt: str | None,
            rule_files: tuple[Path, ...], functions: Any, observed: str | None,
            **shown: Any) -> None:
    """The score: the gradient of the log-likelihood by the parameters.

    TARGET is a name from `derive distributions`, or a density with its declarations.
    """
    from derive.calculus.likelihood.score_function import score

    show(score(read_target(target), given=given, wrt=wrt, observed=observed,
               rules=rulebook(rule_files, functions), functions=functions), **shown)
