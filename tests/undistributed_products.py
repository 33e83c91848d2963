"""A guard for all tests: the package distributes no number over a sum.

SymPy makes 2*(x + 1) a sum outside of `derive.core.exact`; a tree of ours that was made so would
stay as it is for the rest of the process.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sympy import Mul
from sympy.core.parameters import global_parameters

import derive

PACKAGE = str(Path(derive.__file__).parent)


class DistributedNumberError(AssertionError):
    """A product that the package made outside of `exact`."""


def guard_products() -> None:
    """From now on a product that the package distributes is an error."""
    flatten = Mul.flatten.__func__  # type: ignore[attr-defined]

    def guarded(cls: type, factors: list[Any]) -> Any:
        if len(factors) == 2 and vars(global_parameters)["distribute"] and _opens(*factors):
            frame = sys._getframe(1)
            while "sympy" in Path(frame.f_code.co_filename).parts and frame.f_back is not None:
                frame = frame.f_back
            if frame.f_code.co_filename.startswith(PACKAGE):
                raise DistributedNumberError(
                    f"{factors} is multiplied out in {frame.f_code.co_filename}:{frame.f_lineno}; "
                    "what makes trees runs within derive.core.exact")
        return flatten(cls, factors)

    Mul.flatten = classmethod(guarded)


def _opens(left: Any, right: Any) -> bool:
    """Whether SymPy multiplies a number into a sum of ours."""
    number, total = (left, right) if left.is_Rational else (right, left)
    return bool(number.is_Rational and number != 1 and total.is_Add
                and any(type(n).__module__.startswith("derive.") for n in total.args
                        for n in (n, *n.args)))
