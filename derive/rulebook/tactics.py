"""Rules that a pattern cannot state: Python functions from an expression to an equal one.

Their statement stands in the rule file, and the sampler checks them against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from derive.rulebook.algebra import (
    collected,
    flattened,
    multiplied_out,
    negated,
)
from derive.rulebook.comparing import compared, settled
from derive.rulebook.equations import cleared
from derive.rulebook.logarithms import logarithm_apart
from derive.rulebook.places import at_equal_places, sign_into_divisor, with_signs_in_front

TACTICS: Mapping[str, Callable[[Any], Any]] = {
    "collect": collected,
    "flatten": flattened,
    "compare": compared,
    "settle": settled,
    "negate": negated,
    "signs": with_signs_in_front,
    "equal-places": at_equal_places,
    "multiply-out": multiplied_out,
    "logarithm": logarithm_apart,
    "clear": cleared,
    "turn": sign_into_divisor,
}
