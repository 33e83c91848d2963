"""`derive fisher`."""

from __future__ import annotations

from typing import Any

import derive
from derive.commands.derivation_frame import derivation_command
from derive.commands.options import observed_option, statement_options


@derivation_command("fisher", "distributions", statement_options, observed_option)
def command(target: str, **options: Any) -> derive.Derivation:
    """Derive the Fisher information of a distribution.

    TARGET is a name from `derive distributions` or `derive regressions`, a density with its
    declarations, or a regression such as 'y ~ NAME(X @ b, s)'. The second derivatives
    are shown of which the information is the expected value. Every entry is checked against the
    expected product of the scores, by quadrature or summation.
    """
    return derive.fisher(target, **options)
