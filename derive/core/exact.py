"""The door through which every call that works on formulas enters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from sympy.core.operations import AssocOp
from sympy.core.parameters import global_parameters

from derive.errors import DeriveError
from derive.lazy import cached_property
from derive.limits import call
from derive.turns import TURN

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


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
        with TURN, _undistributed(), _sums_of_this_mode(), call():
            _inside.yes = True
            try:
                return function(*args, **kwargs)
            except RecursionError:
                raise DeriveError("the formula nests too deeply for this stack; name its parts "
                                  "in definitions of their own") from None
            finally:
                _inside.yes = False

    return inside


def exact_property(compute: Callable[[S], R]) -> cached_property[R]:
    """A value that is computed when it is first asked for, and as within a call."""
    return cached_property(exact(compute))


@contextmanager
def _undistributed() -> Iterator[None]:
    """2*(x + 1) stays a product.

    The setting is changed beneath SymPy's own `distribute`, which empties the cache of the whole
    process at every change.
    """
    settings = vars(global_parameters)  # of this thread
    before = settings["distribute"]
    settings["distribute"] = False
    try:
        yield
    finally:
        settings["distribute"] = before


class _Cached:
    """How many sums and products SymPy had cached at the end of the last call."""

    misses = 0


@contextmanager
def _sums_of_this_mode() -> Iterator[None]:
    """Sums and products that others built since the last call are not taken from SymPy's cache.

    There 1/2*(x + 1) may have been distributed, and SymPy does not keep the two modes apart.
    """
    info = getattr(AssocOp.__new__, "cache_info", None)  # none where SYMPY_USE_CACHE=no
    if info is not None and info().misses != _Cached.misses:
        AssocOp.__new__.cache_clear()
    try:
        yield
    finally:
        if info is not None:
            _Cached.misses = info().misses
