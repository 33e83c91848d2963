"""`derive noise`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import derive
from derive.commands.derivation_frame import derivation_command
from derive.commands.options import observed_option, plot_option


@derivation_command("noise", "losses", observed_option, plot_option("The density"))
def command(target: str, plot: Path | None, **options: Any) -> derive.Derivation:
    """Derive the density that a loss assumes of its target.

    The density is exp(-loss)/Z. TARGET is a name from `derive losses`, or a formula with its
    declarations. Where there is no such density, the total is printed, and the exit code is 1.
    """
    derivation = derive.noise(target, **options)
    if plot is not None:
        from derive.rendering.drawing import draw
        from derive.teaching.demonstrations.loss_pictures import noise_picture

        draw(noise_picture(derivation), plot)
    return derivation
