"""Whether an integral or a sum converges, decided by how its terms fall off.

Near an end the integrand is a function h of the logarithm u of the distance to it (to infinity, of
the distance from the middle), times du. If log h falls by a fixed slope, the integral converges; if
it rises, it diverges; if the slope goes to 0 as 1/u, a further logarithm decides, as in the tests
of Bertrand. Slopes are taken between doubled values of u and extrapolated; where they do not
settle, the answer is that nothing is known.

Source: Hardy (1910), Orders of infinity; Knopp (1951), section 37.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from derive.errors import EvaluationError
from derive.judge.precision import Number, mp, mpf
from derive.limits import tick

_DOUBLINGS = 10       # u = 2, 4, …, 1024
_FURTHER = 44         # doublings after which a slope as small as 1/u is taken as 0
_FAST = 10**4         # a logarithm that has fallen so far, ever faster, belongs to no power
_SETTLED = 1e-7       # two extrapolated slopes that agree so well need no third
_CLEAR = 20           # a slope counts if it is so many times as large as its uncertainty
_STEADY = 1e-3        # slopes far out differ from those nearer by less
_ROUGH = 0.05         # slopes that are less certain than this are not looked at far out
_RELIABLE = 0         # of the slopes by v, the last that no cancellation can have spoiled
_LEAST = 1e-18        # no smaller slope is told from 0
_GROWS = "the integrand grows without end"
_ONE_OVER = "the integrand falls off no faster than one over the distance"
Logarithm = Callable[[Any], Any]  # log |integrand| at u; -inf for 0, None where it has no value


class Tail(NamedTuple):
    """How an integrand falls off at an end; `converges` is None where that is not known.

    `depth` is 0 for a fall faster than any power, 1 for a power, 2 for a power of the logarithm;
    `slope` is that of the logarithm in the variable of that depth.
    """

    converges: bool | None
    depth: int = 0
    slope: float = 0.0
    why: str = ""


def tail_of(logarithm: Logarithm, least: float = 1e300) -> Tail:
    """The tail of an integrand, du included, whose logarithm is a function of u.

    Values of u beyond `least` are not tried: the end is not known well enough.
    """
    values: list[Any] = []
    for n in range(1, _DOUBLINGS + 1):
        tick("looking at the tail of an integral")
        if mpf(2) ** n > least:
            break
        value = _at(logarithm, mpf(2) ** n, 2 ** n)
        if value is None:
            break
        values.append(value)
        early = _early(values)
        if early is not None:
            return early
    return _by_slopes(logarithm, values, least)


def _at(logarithm: Logarithm, u: Number, digits: int) -> Any:
    """The logarithm at u with so many digits more; None where it has no value."""
    try:
        with mp.workdps(40 + digits):
            return logarithm(u)
    except (EvaluationError, ZeroDivisionError, ValueError, OverflowError):
        return None


def _early(values: Sequence[Any]) -> Tail | None:
    """The answer where nothing is left, or where it grows or falls faster than any power."""
    last = values[-1]
    if mp.isinf(last):
        if last > 0:
            return Tail(False, why=_GROWS)
        return Tail(True) if len(values) > 2 and mp.isinf(values[-2]) else None
    if len(values) < 4 or any(map(mp.isinf, values)):
        return None
    slopes = _slopes(values)
    if abs(last) > _FAST and last * slopes[-1] > 0 and \
            slopes[-1] / last > mpf(3) / 2 * slopes[-2] / last:
        return Tail(True) if last < 0 else Tail(False, why=_GROWS)
    if len(slopes) < 4:
        return None
    ends = _extrapolated(slopes)
    gaps = [abs(b - a) for a, b in pairwise(ends)]
    if abs(ends[-1]) > mpf(1) / 100 and max(gaps[-2:]) < _SETTLED * abs(ends[-1]):
        return _of_power(ends[-1])
    return None


def _slopes(values: Sequence[Any]) -> list[Any]:
    """The slopes between values at 2, 4, 8, …"""
    return [(b - a) / mpf(2) ** (n + 1) for n, (a, b) in enumerate(pairwise(values))]


def _extrapolated(slopes: Sequence[Any]) -> list[Any]:
    """Limits of slopes whose error is halved from one to the next."""
    return [2 * b - a for a, b in pairwise(slopes)]


def _of_power(slope: Number) -> Tail:
    return Tail(bool(slope < 0), 1, float(slope), "" if slope < 0 else
                _ONE_OVER)


def _limit(slopes: Sequence[Any]) -> tuple[Any, Any]:
    """The limit of slopes, and how uncertain it is."""
    ends = _extrapolated(slopes)
    if len(ends) < 3:
        return mpf(0), mp.inf
    gaps = [abs(b - a) for a, b in zip(ends[-3:], ends[-2:], strict=False)]
    return ends[-1], max(gaps[-1], gaps[-2] / 4)


def _steepening(slopes: Sequence[Any], depth: int) -> Tail | None:
    """The answer where slopes of one sign grow from one to the next."""
    last = slopes[-4:]
    if all(b < a < 0 for a, b in pairwise(last)):
        return Tail(True, depth)
    if all(b > a > 0 for a, b in pairwise(last)):
        return Tail(False, why=_GROWS)
    return None


def _by_slopes(logarithm: Logarithm, values: list[Any], least: float) -> Tail:
    """The answer by the limit of the slopes; where that is 0, by a further logarithm."""
    finite = [v for v in values if not mp.isinf(v)]
    if len(finite) < 5 or len(finite) < len(values):
        return Tail(None)
    slope, error = _limit(_slopes(values))
    if abs(slope) > _CLEAR * error:
        return _of_power(slope)
    if max(map(abs, _slopes(values)[-3:])) < mpf(_LEAST):
        return Tail(False, 2, 1.0, _ONE_OVER)  # not even a logarithm beside the power
    steep = _steepening(_slopes(values), 1)
    if steep is not None or error > _ROUGH:
        return steep or Tail(None)
    if least < 2.0 ** _FURTHER:
        return _by_doublings(values)
    far = [_at(logarithm, mpf(2) ** n, 40) for n in range(len(values) + 1, _FURTHER + 1)]
    if any(v is None or mp.isinf(v) for v in far):
        return Tail(None)
    near, doubt = slope, max(_CLEAR * error, mpf(_STEADY))
    slope, error = _limit(_slopes([*values, *far]))
    if abs(slope - near) > doubt:
        return Tail(None)  # far out, terms that cancel are lost
    if abs(slope) > max(_CLEAR * error, mpf(_LEAST)):
        return _of_power(slope)
    return _by_logarithm(logarithm)


def _by_doublings(values: Sequence[Any]) -> Tail:
    """The power of u, where no values further out can be had; far from 1 it is seen."""
    powers = [(b - a) / mp.ln(2) for a, b in pairwise(values)]
    slope, error = _limit(powers)
    if abs(slope + 1) <= max(_CLEAR * error, mpf(_ROUGH)):
        return Tail(None)
    return Tail(bool(slope < -1), 2, float(slope + 1), "" if slope < -1 else _ONE_OVER)


def _by_logarithm(logarithm: Logarithm) -> Tail:
    """The answer where the integrand, in u, falls as a power of u: u = exp(v)."""
    values = []
    for n in range(1, _DOUBLINGS + 1):
        v = mpf(2) ** n
        value = _at(logarithm, mp.exp(v), 2 ** n)
        if value is None or mp.isinf(value):
            return Tail(None)
        values.append(value + v)
    slopes = _slopes(values)
    steep = _steepening(slopes, 2)
    if steep is not None and abs(slopes[-1]) > 1 + abs(slopes[0]):
        return steep
    slope, error = _limit(slopes)
    if abs(slope) <= max(_CLEAR * error, mpf(_LEAST)):
        return _by_third_logarithm(values)
    if abs(_extrapolated(slopes)[_RELIABLE] - slope) > max(abs(slope), 1) / 4:
        return Tail(None)
    return Tail(bool(slope < 0), 2, float(slope), "" if slope < 0 else _ONE_OVER)


def _by_third_logarithm(values: Sequence[Any]) -> Tail:
    """The answer where the logarithm of the logarithm falls as a power: far from 1 it is seen."""
    powers = [(b - a) / mp.ln(2) for a, b in pairwise(values)]
    slope, error = _limit(powers)
    if abs(slope + 1) <= max(_CLEAR * error, mpf(1) / 10) or \
            abs(powers[_RELIABLE] - slope) > 1:
        return Tail(None)
    return Tail(bool(slope < -1), 3, float(slope + 1), "" if slope < -1 else _ONE_OVER)
