"""Functions that SciPy and NumPy have not, printed into a file that calls them."""

from __future__ import annotations

import re
from functools import cache

from derive.arrays.targets.functional.plain_module import printed_parts
from derive.arrays.targets.functional.short_code import HELPERS

FUNCTIONS = {"logPhi_between": '''def logPhi_between(u: Any, v: Any, d: Any) -> Any:
    """log(Phi(u) - Phi(v)) for v < u, in the tail where nothing cancels."""
    right = u + v > 0.0
    far = special.log_ndtr(np.where(right, -v, u))
    return far + np.log(-np.expm1(special.log_ndtr(np.where(right, -u, v)) - far))''',
             "mills_between": '''def mills_between(u: Any, v: Any, d: Any) -> Any:
    """The standard normal density at u over the probability between v and u."""
    return np.exp(-0.5 * u**2 - 0.5 * np.log(2.0 * np.pi) - logPhi_between(u, v, d))''',
             "mean_between": '''def mean_between(u: Any, v: Any, d: Any) -> Any:
    """The mean of the standard normal distribution between v and u."""
    return mills_between(-v, -u, d) - mills_between(u, v, d)'''}


@cache
def functions() -> dict[str, str]:
    """All of them by name; each calls those above it alone."""
    plain = {name: part.text.replace("Array", "Any") for part in printed_parts()
             for name in part.defines if name in HELPERS}
    return plain | FUNCTIONS


def printed(code: str) -> list[str]:
    """The functions that a piece of code calls and has not, those that they call among them."""
    used: dict[str, str] = {}
    text = code
    for name, function in reversed(functions().items()):
        if re.search(rf"\b{name}\(", text) and f"def {name}(" not in code:
            used[name] = function
            text += function
    return [*reversed(used.values())]
