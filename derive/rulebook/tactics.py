"""Rules that a pattern cannot state: Python functions from an expression to an equal one.

Their statement stands in the rule file, and the sampler checks them against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from derive.rulebook.algebra import collected, compared, flattened, negated

TACTICS: Mapping[str, Callable[[Any], Any]] = {
    "collect": collected,
    "flatten": flattened,
    "compare": compared,
    "negate": negated,
}
