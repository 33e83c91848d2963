"""`derive noise`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import derive
from derive.commands.options import derivation_command, observed_option, plot_option


@derivation_command("noise", observed_option, plot_option("The density"))
def command(target: str, plot: Path | None, **options: Any) -> derive.Derivation:
    """The density exp(-loss)/Z that a loss assumes of its target, or why there is none.

    TARGET is a name from `derive losses`, or a formula with its declarations. Where there is no
    such density, the total is printed, and the exit code is 1.
    """
    derivation = derive.noise(target, **options)
    if plot is not None:
        from derive.rendering.drawing import draw
        from derive.teaching.loss_pictures import noise_picture

        draw(noise_picture(derivation), plot)
    return derivation
