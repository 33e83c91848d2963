"""`derive fisher`."""

from __future__ import annotations

from typing import Any

import derive
from derive.commands.options import derivation_command, link_option, observed_option


@derivation_command("fisher", link_option, observed_option)
def command(target: str, **options: Any) -> derive.Derivation:
    """The Fisher information, with the second derivatives of which it is the expected value.

    TARGET is a name from `derive distributions`, or a density with its declarations. Every entry
    is checked against the expected product of the scores, by quadrature or summation.
    """
    return derive.fisher(target, **options)
