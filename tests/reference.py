"""Independent formulas of the catalogue, evaluated with mpmath alone.

The data file holds the formulas as they stand in the reference catalogue; nothing here uses the
engine but its names.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from mpmath import mp, mpf

_FILE = Path(__file__).parent / "data" / "catalogue_reference.json"


def _piecewise(*cases: tuple[Any, bool]) -> Any:
    return next(value for value, holds in cases if holds)


FUNCTIONS: dict[str, Any] = {
    "exp": mp.exp, "log": mp.log, "sqrt": mp.sqrt, "tanh": mp.tanh, "cosh": mp.cosh,
    "sin": mp.sin, "cos": mp.cos, "atan": mp.atan, "Abs": abs, "sign": mp.sign,
    "Max": max, "Min": min, "sig": lambda z: 1 / (1 + mp.exp(-z)), "lg": mp.loggamma,
    "psi": mp.digamma, "Phi": mp.ncdf, "phi": mp.npdf, "Ind": lambda c: mpf(1 if c else 0),
    "psi1": lambda z: mp.psi(1, z), "besseli": mp.besseli,
    "lbeta": lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
    "splus": lambda z: mp.log(1 + mp.exp(z)), "Piecewise": _piecewise, "True": True,
}


@cache
def reference() -> dict[str, Any]:
    return json.loads(_FILE.read_text(encoding="utf-8"))


def value(formula: str, point: dict[str, str]) -> Any:
    """The value of a reference formula; trusted text of the test data."""
    names = {**FUNCTIONS, "pi": mp.pi, **{n: mpf(v) for n, v in point.items()}}
    code = compile(_exact_numbers(formula.replace("^", "**")), "reference", "eval")
    return mpf(eval(code, {"__builtins__": {}}, {**names, "mpf": mpf}))


def _exact_numbers(text: str) -> str:
    """Integers as mpf, so that 1/3 is not rounded to a float."""
    import re

    return re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"mpf(\1)", text)
