"""`derive score`."""

from __future__ import annotations

from typing import Any

import derive
from derive.commands.derivation_frame import derivation_command
from derive.commands.options import observed_option


@derivation_command("score", "distributions", observed_option)
def command(target: str, **options: Any) -> derive.Derivation:
    """Derive the gradient of a log-likelihood by the parameters.

    This gradient is called the score. TARGET is a name from `derive distributions`, or a density
    with its declarations.
    """
    return derive.score(target, **options)
