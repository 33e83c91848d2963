"""The test file that `derive kernel --with-test` writes beside a module."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.certificate.reference_values import drawn, truth
from derive.arrays.kernels import Kernel
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.numpy.kernel_module import short_lines
from derive.core.indexing import root
from derive.errors import KernelError

COUNT = 6  # examples of each regime in the table

_HEAD = '''"""Tests of {module}: a table of exact values, finite differences, special values.

Generated. Run it with pytest, or by itself.
"""

import importlib.util
import pathlib

import numpy as np

PATH = pathlib.Path(__file__).with_name("{module}.py")
SPEC = importlib.util.spec_from_file_location("{module}", PATH)
kernel = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(kernel)

ULP = {ulp}  # what the accuracy of the module allows

# Arguments, value, gradient{more}; the numbers are the nearest floats.
TABLE = [
{table}
]
TYPICAL = {typical}


def arguments(row):
    return [np.asarray(a) for a in row[0]]


def close(found, expected):
    """Within the promised ULP; relative, with no absolute part."""
    found, expected = np.asarray(found), np.asarray(expected, dtype=float)
    unit = np.spacing(np.abs(expected).astype(found.dtype)).astype(float)
    with np.errstate(invalid="ignore"):
        near = np.abs(found.astype(float) - expected) <= ULP * unit
    return bool(np.all(near | (found == expected)))


def test_value():
    for row in TABLE:
        assert close(kernel.{value}(*arguments(row)){first}, row[1]), row


def test_gradient():
    for row in TABLE:
        assert close(kernel.{grad}(*arguments(row)){last}, row[2]), row
'''

_HESSIAN = '''

def test_hessian():
    for row in TABLE:
        if row[3] is not None:
            assert close(kernel.hessian(*arguments(row)), row[3]), row
'''

_TAIL = '''

def test_gradient_against_finite_differences():
    for row in TYPICAL:
        given = arguments(TABLE[row])
        at = given[{at}].astype(float)
        slope = np.asarray(kernel.{grad}(*given){last})
        for place in np.ndindex(at.shape):
            step = {step} * max(1.0, abs(at[place]))
            sides = []
            for sign in (1, -1):
                moved = at.copy()
                moved[place] += sign * step
                sides.append(kernel.{value}(*given[:{at}], moved, *given[{at} + 1:]){first})
            found = (sides[0] - sides[1]) / (2 * step)
            scale = max(1.0, float(np.abs(slope).max()), float(abs(sides[0])))
            assert abs(found - slope[place]) <= {tolerance} * scale, (row, place)


def test_batches_agree_with_single_examples():
    stacked = [np.stack([arguments(TABLE[r])[n] for r in TYPICAL]) for n in range({count})]
    together = kernel.{value}(*stacked){first}
    for place, row in enumerate(TYPICAL):
        assert together[place] == kernel.{value}(*arguments(TABLE[row])){first}


def test_nan_gives_nan():
    given = arguments(TABLE[0])
    given[{at}] = np.full_like(given[{at}], np.nan, dtype=float)
    assert np.isnan(kernel.{value}(*given){first})


def test_no_examples():
    given = [np.zeros((0, *a.shape), a.dtype) for a in arguments(TABLE[0])]
    assert kernel.{value}(*given){first}.shape == (0,)


if __name__ == "__main__":
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("passed", name)
'''


def self_test(kernel: Kernel, module: str, plans: tuple[str, ...], dtype: str) -> str:
    """The text of the test file for a module with some of the functions.

    Raises KernelError where they do not give both value and gradient.
    """
    if "value_and_grad" not in plans and not {"value", "grad"} <= set(plans):
        raise KernelError("--with-test needs value and gradient among the outputs")
    formula = kernel.formula
    hessian = "hessian" in plans
    rows = {regime: _rows(formula, regime, dtype, hessian) for regime in ("typical", "transition")}
    step, tolerance = ("1e-3", "1e-2") if dtype == "float32" else ("1e-6", "1e-6")
    names = {
        "module": module, "table": "\n".join(row for part in rows.values() for row in part),
        "count": len(formula.arguments), "typical": list(range(len(rows["typical"]))),
        "at": [a.name for a in formula.arguments].index(_variable(formula)),
        "value": "value" if "value" in plans else "value_and_grad",
        "grad": "grad" if "grad" in plans else "value_and_grad",
        "first": "" if "value" in plans else "[0]", "last": "" if "grad" in plans else "[1]",
        "ulp": 4 if kernel.accuracy == "faithful" else 1024,
        "step": step, "tolerance": tolerance,
        "more": " and Hessian" if hessian else "",
    }
    return _HEAD.format(**names) + (_HESSIAN if hessian else "") + _TAIL.format(**names)


def _rows(formula: Formula, regime: str, dtype: str, hessian: bool) -> list[str]:
    """The lines of the table for one regime: arguments, and what they should give."""
    holds = formula.holds({leaf: (leaf.name, leaf.kind) for leaf in
                           (*formula.leaves, formula.vector)})
    blocks = drawn(formula.arguments, regime, COUNT, 11, holds, formula.size)
    if dtype == "float32":
        blocks = [b.astype(np.float32) if b.dtype.kind == "f" else b for b in blocks]
    rows = []
    for row in range(len(blocks[0])):
        values = [truth(formula, result, blocks, row) for result in ("value", "gradient")]
        if None not in values:
            if hessian:
                values.append(truth(formula, "hessian", blocks, row))
            given = ", ".join(_literal(b[row].tolist(), b.dtype) for b in blocks)
            line = f"    (({given},), {', '.join(map(_literal, values))}),"
            rows.append("\n".join(short_lines(line)))
    return rows


def _variable(formula: Formula) -> str:
    return str(root(formula.derivation.quantity.args[1]).name)


def _literal(value: Any, dtype: Any = None) -> str:
    """A nested list of floats as Python text; an argument as an array of its dtype."""
    if value is None:
        return "None"
    if dtype is not None and dtype == np.float32:
        return f"np.float32({_literal(value)})"
    if isinstance(value, list):
        return f"[{', '.join(_literal(v) for v in value)}]"
    if isinstance(value, int):
        return repr(value)
    number = float(value)
    return repr(number) if np.isfinite(number) else f"float('{number}')"
