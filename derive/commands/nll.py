"""`derive nll`."""

from __future__ import annotations

from typing import Any

import derive
from derive.commands.derivation_frame import derivation_command
from derive.commands.options import observed_option, statement_options


@derivation_command("nll", "distributions", statement_options, observed_option)
def command(target: str, **options: Any) -> derive.Derivation:
    """Derive the negative log-likelihood of a distribution.

    TARGET is a name from `derive distributions` or `derive regressions`, a density with its
    declarations, or a regression such as 'y ~ NAME(X @ b, s)'. The result is the
    loss that belongs to it. --wrt says which parameters are in question; what does not depend on
    them is left out.
    """
    return derive.nll(target, **options)
