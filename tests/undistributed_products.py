"""A guard for all tests: the package distributes no number over a sum.

SymPy makes 2*(x + 1) a sum outside of `derive.core.exact`; a tree of ours that was made so would
stay as it is for the rest of the process.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

from sympy import Mul
from sympy.core.parameters import global_parameters

import derive

PACKAGE = Path(derive.__file__).parent
TREE_ROOMS = {"core", "functions", "rulebook", "judge"}  # whose helpers tests call by themselves


class DistributedNumberError(AssertionError):
    """A product that the package made outside of `exact`."""


def guard_products() -> None:
    """From now on a product that the package distributes is an error."""
    flatten = Mul.flatten.__func__  # type: ignore[attr-defined]

    def guarded(cls: type, factors: list[Any]) -> Any:
        if len(factors) == 2 and vars(global_parameters)["distribute"] and _opens(*factors):
            place = _entered(sys._getframe(1))
            if place and place.parts[0] not in TREE_ROOMS:
                raise DistributedNumberError(
                    f"{factors} is multiplied out in what derive/{place} calls; what makes trees "
                    "runs within derive.core.exact")
        return flatten(cls, factors)

    Mul.flatten = classmethod(guarded)


def _entered(frame: FrameType | None) -> Path | None:
    """The file of the package that was called from outside, if a product is made in it."""
    entered = None
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(PACKAGE):
            entered = file.relative_to(PACKAGE)
        elif entered is not None or "sympy" not in file.parts:
            break
        frame = frame.f_back
    return entered


def _opens(left: Any, right: Any) -> bool:
    """Whether SymPy multiplies a number into a sum of ours."""
    number, total = (left, right) if left.is_Rational else (right, left)
    return bool(number.is_Rational and number != 1 and total.is_Add
                and any(type(n).__module__.startswith("derive.") for n in total.args
                        for n in (n, *n.args)))
