"""The test file that `derive kernel --with-test` writes beside a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from derive.arrays.certificate.guarded_examples import guarded_examples
from derive.arrays.certificate.matrix_samples import Array, well_formed
from derive.arrays.certificate.reference_values import drawn, truth
from derive.arrays.certificate.trial import Functions, Trial
from derive.arrays.kernels import Kernel
from derive.arrays.runtime.matrix_functions import ILL_CONDITIONED
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.functional.module_runtimes import is_minimal
from derive.arrays.targets.numpy.executing import block_values, executed
from derive.arrays.targets.numpy.kernel_module import wide_function
from derive.arrays.targets.numpy.module_lines import short_lines
from derive.core.indexing import root
from derive.core.kinds import MATRICES
from derive.errors import KernelError

COUNT = 6  # examples of each regime in the table
PER_CONDITION = 2.0**14  # ULP that a solution may be off, for a condition number of 1

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


{close}


def test_value():
    for row in TABLE:
        assert close(kernel.{value}(*arguments(row)){first}, row[1]{slack}), row


def test_gradient():
    for row in TABLE:
        assert close(kernel.{grad}(*arguments(row)){last}, row[2]{slack}), row
'''

_CLOSE = '''def close(found, expected):
    """Within the promised ULP; relative, with no absolute part."""
    found, expected = np.asarray(found), np.asarray(expected, dtype=float)
    with np.errstate(invalid="ignore", over="ignore"):
        unit = np.spacing(np.abs(expected).astype(found.dtype)).astype(float)
        near = np.abs(found.astype(float) - expected) <= ULP * unit
        return bool(np.all(near | (found == expected.astype(found.dtype))))
'''

_CLOSE_MATRICES = '''def close(found, expected, ulp):
    """Within so many ULP of the largest element: ULP, and more for ill-conditioned matrices."""
    found, expected = np.asarray(found), np.asarray(expected, dtype=float)
    with np.errstate(invalid="ignore", over="ignore"):
        nearest = expected.astype(found.dtype)
        unit = np.spacing(np.abs(nearest[np.isfinite(nearest)]).max(initial=0)).astype(float)
        near = np.abs(found.astype(float) - expected) <= max(ulp, ULP) * unit
        return bool(np.all(near | (found == nearest)))
'''

_HESSIAN = '''

def test_hessian():
    for row in TABLE:
        if row[3] is not None:
            assert close(kernel.hessian(*arguments(row)), row[3]{slack}), row
'''

_TAIL = '''

def test_gradient_against_finite_differences():
    for row in TYPICAL:
        given = arguments(TABLE[row])
        at = given[{at}].astype(float)
        slope = np.asarray(kernel.{grad}(*given){last})
        for place in {places}:
            step = {step} * max(1.0, abs(at[place]))
            sides = []
            for sign in (1, -1):
                moved = at.copy()
                moved[place] += sign * step{mirrored}
                sides.append(kernel.{value}(*given[:{at}], moved, *given[{at} + 1:]){first})
            found = (sides[0] - sides[1]) / (2 * step)
            scale = max(1.0, float(np.abs(slope).max()), float(abs(sides[0])))
            assert abs(found - {slope}) <= {tolerance} * scale, (row, place)


def test_batches_agree_with_single_examples():
    stacked = [np.stack([arguments(TABLE[r])[n] for r in TYPICAL]) for n in range({count})]
    together = kernel.{value}(*stacked){first}
    for place, row in enumerate(TYPICAL):
        assert together[place] == kernel.{value}(*arguments(TABLE[row])){first}


def test_nan_{named}():
    given = arguments(TABLE[0])
    given[{at}] = np.full_like(given[{at}], np.nan, dtype=float)
{nan}


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
    linear = kernel.design(plans).program.linear
    rows = {regime: _rows(kernel, regime, dtype, hessian, linear)
            for regime in ("typical", "transition")}
    names = _names(kernel, module, plans, dtype, linear)
    names["table"] = "\n".join(row for part in rows.values() for row in part)
    names["typical"] = list(range(len(rows["typical"])))
    names |= _of_kind(formula.arguments[names["at"]].kind.domain, names)
    return "".join(text.format(**names) for text in (_HEAD, _HESSIAN if hessian else "", _TAIL))


def _names(kernel: Kernel, module: str, plans: tuple[str, ...], dtype: str, linear: bool,
           ) -> dict[str, Any]:
    """What is put into the text, but for the table."""
    formula, single = kernel.formula, dtype == "float32"
    return {
        "module": module, "count": len(formula.arguments),
        "at": [a.name for a in formula.arguments].index(_variable(formula)),
        "value": "value" if "value" in plans else "value_and_grad",
        "grad": "grad" if "grad" in plans else "value_and_grad",
        "first": "" if "value" in plans else "[0]", "last": "" if "grad" in plans else "[1]",
        "ulp": 4 if kernel.accuracy == "faithful" else 1024,
        "close": (_CLOSE_MATRICES if linear else _CLOSE).rstrip(),
        "slack": ", row[-1]" if linear else "",
        "step": "1e-3" if single else "1e-6", "tolerance": "1e-2" if single else "1e-6",
        "more": " and Hessian" if "hessian" in plans else "",
    }


_MIRRORED = """
                moved[(*place[:-2], place[-1], place[-2])] = moved[place]"""
_PLACES = {"symmetric": "[p for p in np.ndindex(at.shape) if p[-2] <= p[-1]]",
           "lower": "[p for p in np.ndindex(at.shape) if p[-2] >= p[-1]]",
           "diagonal": "[p for p in np.ndindex(at.shape) if p[-2] == p[-1]]"}
_BOTH = """(slope[place] + (
                slope[(*place[:-2], place[-1], place[-2])] if place[-2] < place[-1] else 0))"""
_REFUSED = """    try:
        kernel.{value}(*given)
    except ValueError as error:
        assert "finite" in str(error)
    else:
        raise AssertionError("a matrix of NaN was taken")"""


def _of_kind(domain: str, names: Mapping[str, Any]) -> dict[str, str]:
    """What the tests do with a variable: a matrix stays what it is declared to be."""
    symmetric = domain in ("symmetric", "spd")
    refused = domain in MATRICES
    nan = _REFUSED if refused else "    assert np.isnan(kernel.{value}(*given){first})"
    return {"places": _PLACES.get("symmetric" if symmetric else domain, "np.ndindex(at.shape)"),
            "mirrored": _MIRRORED if symmetric else "",
            "slope": _BOTH if symmetric else "slope[place]",
            "nan": nan.format(**names), "named": "is_refused" if refused else "gives_nan"}


def _rows(kernel: Kernel, regime: str, dtype: str, hessian: bool, linear: bool) -> list[str]:
    """The lines of the table for one regime: arguments, what they should give, ULP allowed."""
    formula, blocks = kernel.formula, _blocks(kernel, regime, dtype)
    rows, allowed = [], _allowed(kernel, blocks, dtype) if linear else []
    unsure = _unsure(kernel, ("hessian",), blocks, dtype) if hessian and is_minimal(kernel) else \
        np.zeros(len(blocks[0]), bool)
    left_out = _beyond_wide(kernel, blocks) if linear else _on_edges(kernel, blocks, dtype)
    for row in map(int, np.flatnonzero(~left_out)):
        values = [truth(formula, result, blocks, row) for result in ("value", "gradient")]
        if None not in values:
            if hessian:
                values.append(None if unsure[row] else truth(formula, "hessian", blocks, row))
            given = ", ".join(_literal(b[row].tolist(), b.dtype) for b in blocks)
            texts = [*map(_literal, values), *([f"{allowed[row]:.3g}"] if linear else [])]
            line = f"    (({given},), {', '.join(texts)}),"
            rows.append("\n".join(short_lines(line)))
    return rows


def _blocks(kernel: Kernel, regime: str, dtype: str) -> list[Array]:
    """Examples of one regime; where nothing is computed again, those that plain floats can."""
    formula, minimal = kernel.formula, is_minimal(kernel)
    holds = formula.holds({leaf: (leaf.name, leaf.kind) for leaf in
                           (*formula.leaves, formula.vector)})
    blocks = drawn(formula.arguments, regime, 8 * COUNT if minimal else COUNT, 11, holds,
                   formula.size)
    if dtype == "float32":
        blocks = [b.astype(np.float32) if b.dtype.kind == "f" else b for b in blocks]
    if minimal:
        sure = np.flatnonzero(~_unsure(kernel, ("value", "gradient"), blocks, dtype))[:COUNT]
        blocks = [b[sure] for b in blocks]
    return well_formed(formula.arguments, blocks)


def _unsure(kernel: Kernel, results: tuple[str, ...], blocks: list[Array], dtype: str) -> Array:
    """The examples of which plain floats may get a result wrong, and nothing computes it again."""
    plans = tuple("value_and_grad" if r != "hessian" else r for r in results)
    return guarded_examples(kernel.design(tuple(dict.fromkeys(plans))), results, blocks,
                            np.dtype(dtype or "float64"))


def _beyond_wide(kernel: Kernel, blocks: Sequence[Array]) -> Array:
    """The examples in which wide numbers cancel: with matrices nothing deeper is there."""
    rows, design = len(blocks[0]), kernel.design(("value_and_grad",))
    lines = wide_function(replace(design, again=None), "value_and_grad", "watched", watched=True)
    if not lines or not rows:
        return np.zeros(rows, bool)
    double = [b.astype(float) if b.dtype.kind == "f" else b for b in blocks]
    sizes = (design.size,) * len(design.sizes("value_and_grad"))
    with np.errstate(all="ignore"):
        results = executed(lines)["watched"](double, np.arange(rows), rows, *sizes)
    return np.asarray(results[-1])


def _on_edges(kernel: Kernel, blocks: Sequence[Array], dtype: str) -> Array:
    """The examples within rounding of an edge between two cases: either case is right."""
    edges = np.zeros(len(blocks[0]), bool)
    design = replace(kernel.design(("value_and_grad",)), again=None)
    for result in () if not len(edges) else ("value", "gradient"):
        functions = Functions(design, result)
        if functions.known:
            with np.errstate(all="ignore"):
                edges |= Trial(functions, list(blocks), "typical", np.dtype(dtype or float)).edge
    return edges


def _allowed(kernel: Kernel, blocks: Sequence[Array], dtype: str) -> list[float]:
    """The ULP that the condition numbers of examples cost; none where they are computed again."""
    if kernel.accuracy == "faithful" or not len(blocks[0]):
        return [0.0] * len(blocks[0])
    design = kernel.design(("value_and_grad",))
    with np.errstate(all="ignore"):
        double = [b.astype(float) if b.dtype.kind == "f" else b for b in blocks]
        values = block_values(design, "value_and_grad")(double, np.dtype(float))
    condition = np.where(values["flagged"] > ILL_CONDITIONED, 1, values["flagged"])
    share = np.finfo(float).eps / np.finfo(dtype or float).eps
    return [float(c) for c in PER_CONDITION * condition * share]


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
