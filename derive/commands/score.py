"""`derive score`."""

from __future__ import annotations

from typing import Any

import derive
from derive.commands.derivation_frame import derivation_command
from derive.commands.options import observed_option, statement_options


@derivation_command("score", "distributions", statement_options, observed_option)
def command(target: str, **options: Any) -> derive.Derivation:
    """Derive the gradient of a log-likelihood by the parameters.

    This gradient is called the score. TARGET is a name from `derive distributions` or `derive
    regressions`, a density with its declarations, or a regression such as
    'y ~ NAME(X @ b, s)'.
    """
    return derive.score(target, **options)
