"""Functions that SciPy has not, printed into a file that calls them."""

from __future__ import annotations

import re

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


def printed(code: str) -> list[str]:
    """The functions that a piece of code calls, those that they call among them."""
    used: dict[str, str] = {}
    text = code
    for name in reversed(FUNCTIONS):  # each calls those above it alone
        if re.search(rf"\b{name}\(", text):
            used[name] = FUNCTIONS[name]
            text += FUNCTIONS[name]
    return [used[name] for name in FUNCTIONS if name in used]
