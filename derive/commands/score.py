"""`derive score`."""

from __future__ import annotations

from typing import Any

import derive
from derive.commands.options import derivation_command, observed_option


@derivation_command("score", observed_option)
def command(target: str, **options: Any) -> derive.Derivation:
    """The score: the gradient of the log-likelihood by the parameters.

    TARGET is a name from `derive distributions`, or a density with its declarations.
    """
    return derive.score(target, **options)
