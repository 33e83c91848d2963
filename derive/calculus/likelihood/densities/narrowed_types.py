"""Real names whose conditions say that they are positive, negative or probabilities."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from derive.core.kinds import Interval, narrowest
from derive.functions.function_records import FunctionTable
from derive.notation.reading.specification import Specification, specify

_NAME = r"[^\W\d]\w*"
_DECLARED = re.compile(rf"\s*({_NAME}(?:\s*,\s*{_NAME})*)\s*:\s*(\w+)\s*\Z")
_BOUND = re.compile(rf"\s*(?:(?P<left>[01])\s*(?P<a><=?)\s*)?(?P<name>{_NAME})"
                    r"\s*(?:(?P<b><=?)\s*(?P<right>[01])\s*)?\Z")
_TURNED = re.compile(rf"\s*(?:(?P<right>[01])\s*(?P<b>>=?)\s*)?(?P<name>{_NAME})"
                     r"\s*(?:(?P<a>>=?)\s*(?P<left>[01])\s*)?\Z")


def narrowed(lines: Iterable[str]) -> tuple[str, ...]:
    """Declarations in which `t: real` with `0 < t` is `t: positive`, and so on.

    Conditions that the narrower type says are left out; all others stay as they are.
    """
    lines = tuple(lines)
    reals = {name.strip() for line in lines if (parsed := _DECLARED.match(line))
             and parsed[2] == "real" for name in parsed[1].split(",")}
    bounds = {line: bound for line in lines if (bound := _bound_of(line)) and bound[0] in reals}
    domains = {name: _domain([b for n, b in bounds.values() if n == name]) for name in reals}
    return tuple(new for line in lines for new in _renewed(line, bounds, domains))


def narrowly_specified(target: str, lines: Iterable[str], functions: FunctionTable | None,
                       ) -> Specification:
    """The specification of a formula with its narrower types."""
    typed = specify(target, lines, functions=functions)
    declared = (*lines, *typed.assumed)
    new = narrowed(declared)
    if new == declared:
        return typed
    return replace(specify(target, new, functions=functions), assumed=typed.assumed)


def _bound_of(line: str) -> tuple[str, Interval] | None:
    """The name that a condition bounds by 0 or 1, and the values that it leaves."""
    parsed = _BOUND.match(line) or _TURNED.match(line)
    if parsed is None or not (parsed["a"] or parsed["b"]):
        return None
    low = float(parsed["left"]) if parsed["a"] else float("-inf")
    high = float(parsed["right"]) if parsed["b"] else float("inf")
    return parsed["name"], Interval(low, high, parsed["a"] not in ("<=", ">="),
                                   parsed["b"] not in ("<=", ">="))


def _domain(bounds: list[Interval]) -> str:
    """The type that says what the bounds say; `real` where there is none."""
    if not bounds:
        return "real"
    low, high = max(b.low for b in bounds), min(b.high for b in bounds)
    if low > high:
        return "real"
    values = Interval(low, high, any(b.low_open for b in bounds if b.low == low),
                      any(b.high_open for b in bounds if b.high == high))
    domain = narrowest(values)
    ranges = {"positive": (0.0, float("inf")), "nonnegative": (0.0, float("inf")),
            "negative": (float("-inf"), 0.0), "probability": (0.0, 1.0)}
    exact = domain in ranges and ranges[domain] == (low, high)
    open_low = domain == "nonnegative" or low != 0 or values.low_open
    return domain if exact and open_low else "real"


def _renewed(line: str, bounds: dict[str, tuple[str, Interval]], domains: dict[str, str],
             ) -> tuple[str, ...]:
    """A line with narrower types; none where a type now says what it said."""
    if line in bounds and domains[bounds[line][0]] != "real":
        return ()
    parsed = _DECLARED.match(line)
    if parsed is None or parsed[2] != "real":
        return (line,)
    names = [name.strip() for name in parsed[1].split(",")]
    if all(domains[name] == "real" for name in names):
        return (line,)
    return tuple(f"{name}: {domains[name]}" for name in names)
