"""mpmath with a working precision that belongs to this thread, apart from the host's.

`mpmath.mp` is one context for the whole process: whoever sets its precision sets it for every
thread. Here `mp` is a context of its own in each thread, at 15 digits until `mp.workdps` raises
it; `mpf` makes its numbers. A number keeps the precision of the context that made it, so none is
kept in a module: constants there are numbers of Python.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import mpmath
from mpmath.ctx_mp import MPContext
from mpmath.ctx_mp_python import _mpc, _mpf
from mpmath.libmp import mpf_cosh_sinh

Float, Complex = _mpf, _mpc  # the numbers of all contexts, for isinstance
Number: TypeAlias = _mpf | int  # a real number of any context


class _ThreadContext(threading.local, MPContext):  # type: ignore[misc]
    """A context whose state is made anew in every thread that uses it."""

    def __init__(self) -> None:
        MPContext.__init__(self)
        # The classes of numbers belong to the context; pickle would not find them by their name.
        self.mpf.__reduce__ = lambda number: (_real, (number._mpf_,))
        self.mpc.__reduce__ = lambda number: (_complex, (number._mpc_,))


mp: Any = _ThreadContext()


def mpf(value: Any) -> Any:
    """A real number of this thread's context."""
    return mp.mpf(value)


def cosh_sinh(t: Number) -> tuple[Any, Any]:
    """cosh(t) and sinh(t), in the digits of this thread."""
    cosh, sinh = _known_cosh_sinh(mpf(t)._mpf_, mp.prec)
    return mp.make_mpf(cosh), mp.make_mpf(sinh)


@lru_cache(maxsize=1 << 14)
def _known_cosh_sinh(t: tuple[int, int, int, int], precision: int) -> tuple[Any, Any]:
    """The same of a number's parts: integrals are taken at the same places again and again."""
    cosh, sinh = mpf_cosh_sinh(t, precision, "n")
    return cosh, sinh


def own(value: Any) -> Any:
    """A float, or a number that another context made, as one of this; any other as it is."""
    if type(value) is float:
        return mp.mpf(value)
    if isinstance(value, Float) and type(value) is not mp.mpf:
        return mp.make_mpf(value._mpf_)
    return value


def handed_over(value: Any) -> Any:
    """The numbers in a value, in tuples and mappings too, as mpmath's own.

    What a host gets must compute at the host's precision, not at the one of this thread.
    """
    if isinstance(value, Float):
        return mpmath.mp.make_mpf(value._mpf_)
    if isinstance(value, tuple):
        return tuple(handed_over(v) for v in value)
    if isinstance(value, Mapping):
        return {name: handed_over(v) for name, v in value.items()}
    return value


def _real(parts: tuple[int, int, int, int]) -> Any:
    return mp.make_mpf(parts)


def _complex(parts: tuple[Any, Any]) -> Any:
    return mp.make_mpc(parts)
