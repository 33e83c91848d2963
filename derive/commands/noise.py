"""`derive noise`."""

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
from derive.errors import NoNoise


@click.command("noise", cls=FormulaCommand)
@derivation_options()
@observed_option
@plot_option("The density")
def command(target: str, given: tuple[str, ...], wrt: str | None,
            rule_files: tuple[Path, ...], functions: Any,
            observed: str | None, plot: Path | None, **shown: Any) -> None:
    """The density exp(-loss)/Z that a loss assumes of its target, or why there is none.

    TARGET is a name from `derive losses`, or a formula with its declarations. Where there is no
    such density, the total is printed, and the exit code is 1.
    """
    from derive.calculus.likelihood.assumed_noise import noise

    try:
        found = noise(read_target(target), given=given, wrt=wrt, observed=observed,
                      rules=rulebook(rule_files, functions), functions=functions)
    except NoNoise as refusal:
        if refusal.derivation is not None:
            show(refusal.derivation, **{**shown, "no_verify": True})
        raise
    if plot is not None:
        from derive.rendering.drawing import draw
        from derive.teaching.loss_pictures import noise_picture

        draw(noise_picture(found), plot)
    show(found, **shown)
