"""`derive nll`."""

from __future__ import annotations

from typing import Any

import derive
from derive.commands.options import derivation_command, link_option, observed_option


@derivation_command("nll", link_option, observed_option)
def command(target: str, **options: Any) -> derive.Derivation:
    """From a distribution to its loss, the negative log-likelihood.

    TARGET is a name from `derive distributions`, or a density with its declarations. --wrt says
    which parameters are in question; what does not depend on them is left out.
    """
    return derive.nll(target, **options)
