"""The door through which every call that works on formulas enters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sympy.core.parameters import global_parameters

from derive.errors import DeriveError
from derive.limits import call
from derive.turns import TURN

P = ParamSpec("P")
R = TypeVar("R")


class _Inside(threading.local):
    """Whether this thread is within a call already."""

    yes = False


_inside = _Inside()


def exact(function: Callable[P, R]) -> Callable[P, R]:
    """Runs a function as one call: in its turn, within its bound, formulas left as they are.

    Within it SymPy does not distribute numbers over sums. Raises PatienceError when the bound on
    its work is reached.
    """

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        if _inside.yes:
            return function(*args, **kwargs)
        with TURN, _undistributed(), call():
            _inside.yes = True
            try:
                return function(*args, **kwargs)
            except RecursionError:
                raise DeriveError("the formula nests too deeply for this stack; name its parts "
                                  "in definitions of their own") from None
            finally:
                _inside.yes = False

    return inside


@contextmanager
def _undistributed() -> Iterator[None]:
    """2*(x + 1) stays a product.

    The setting is changed beneath SymPy's own `distribute`, which empties the cache of the whole
    process at every change. The cache does not mix the two modes up as long as all that builds
    our trees goes through `exact`.
    """
    settings = vars(global_parameters)  # of this thread
    before = settings["distribute"]
    settings["distribute"] = False
    try:
        yield
    finally:
        settings["distribute"] = before
