"""Recipes for SciPy of a distribution: its negative log-likelihood, the parameters its unknowns."""

from __future__ import annotations

from derive.adapters.data_columns import check
from derive.adapters.estimators.code_blocks import Block, module_text, paragraph
from derive.adapters.estimators.distribution_parts import DistributionParts
from derive.adapters.estimators.law_recipe_test import law_recipe_test
from derive.adapters.estimators.linear_parts import FIT_WEIGHTS
from derive.adapters.estimators.ngboost_text import start_values
from derive.adapters.request import Request, Written
from derive.arrays.targets.functional.short_code import assigned, returned
from derive.errors import KernelError
from derive.notation.printing.plain import plain
from derive.tables.distribution_table import Distribution

_FUN = "The weighted mean of the loss and its gradient, for `minimize(…, jac=True)`."
_FIT = "The maximum likelihood; `parameters(fit(y).x)` has it on the scales of the density."


def law_file(request: Request, law: Distribution) -> Written:
    """The file of a distribution for SciPy. Raises DeriveError."""
    parts = DistributionParts(law)
    if parts.dims:
        raise KernelError(f"{law.name} has vectors for parameters; --for ngboost writes those")
    blocks = _blocks(parts)
    special = any("special." in line for block in blocks for line in block.lines)
    imports = ["import itertools", "from typing import Any", "", "import numpy as np",
               "from numpy.typing import NDArray",
               f"from scipy import optimize{', special' if special else ''}"]
    names = ", ".join(p.inner for p in parts.parameters)
    scales = "; ".join(f"{p.name} = {p.inverse}" for p in parts.parameters if p.link)
    formulas = [f"    loss           {plain(parts.formulas[0].loss)}",
                *(f"    d/d{p.inner:<11} {plain(f.derivation.result)}"
                  for p, f in zip(parts.parameters, parts.formulas, strict=True))]
    exact = "information(z) is the Fisher information of an observation on these scales: hess " \
        "for scoring, and standard errors by the root of its inverse over the number of " \
        "observations." if _exact(parts) else ""
    docstring = "\n\n".join([
        f"{law.title}: recipes for scipy.optimize.", "\n".join(formulas),
        paragraph(f"z is {names}, on unconstrained scales{': ' + scales if scales else ''}. "
                  f"{law.note} {exact}"),
        paragraph(f"Source: {law.source.rstrip('.')}."), request.provenance])
    body = ["Array = NDArray[np.float64]", *(f"\n\n{block.text}" for block in blocks)]
    return Written(module_text(docstring, imports, body),
                   law_recipe_test(parts, request.provenance, _exact(parts)))


def _exact(parts: DistributionParts) -> bool:
    return parts.information is not None and not parts.singular


def _blocks(parts: DistributionParts) -> list[Block]:
    """The functions of the file."""
    count = len(parts.parameters)
    names = ", ".join(p.inner for p in parts.parameters)
    taken = f"{names} = z" if count > 1 else f"{names}, = z"
    fixed = [f"{n}: float" for n in parts.fixed]
    passed = "".join(f", {n}" for n in parts.fixed)
    slopes = parts.gradient("", "y")
    both = ", ".join(slopes.outputs)
    natural = [line for p in parts.parameters if p.link
               for line in assigned(parts.formula_body(f" = {p.inverse}", p.name, ""))]
    shown = ", ".join(f'"{p.name}": {p.name}' for p in parts.parameters)
    blocks = [
        Block("loss_of_each", ["z: Array", "y: Array", *fixed], "Array",
              "The negative log-likelihood of each observation.",
              [taken, *returned(parts.score("", "y"))], True),
        Block("slopes_of_each", ["z: Array", "y: Array", *fixed], "Array",
              f"Its derivatives by {names}, a column for each.",
              [taken, *assigned(slopes), f"return np.column_stack([x + 0 * y for x in ({both},)])"],
              True),
        Block("fun_and_grad", ["z: Array", "y: Array", *fixed, "weight: Array | None = None"],
              "tuple[float, Array]", _FUN, [
                  "share = np.ones(len(y)) if weight is None else np.asarray(weight, float)",
                  "share = share / share.sum()",
                  f"return float(share @ loss_of_each(z, y{passed})), "
                  f"share @ slopes_of_each(z, y{passed})"]),
        Block("parameters", ["z: Array"], "dict[str, Any]",
              "The parameters on the scales of the density.",
              [taken, *natural, f"return {{{shown}}}"])]
    if _exact(parts):
        blocks.append(_information(parts, taken))
    return [*blocks, _fit(parts, fixed, passed)]


def _information(parts: DistributionParts, taken: str) -> Block:
    """The Fisher information of one observation."""
    count = len(parts.parameters)
    lines = [taken, f"info = np.zeros(({count}, {count}))"]
    for a, b, before, value in parts.information_entries(""):
        place = f"info[{a}, {b}]"
        lines += [*before, f"{place} = {value}" if a == b else
                  f"{place} = info[{b}, {a}] = {value}"]
    data = ["y: Any", *(f"{n}: float" for n in parts.fixed), "weight: Any = None"] \
        if parts.fixed else ["*data: Any"]
    return Block("information", ["z: Array", *data], "Array",
                 "The Fisher information of one observation, whatever the data.",
                 [*lines, "return info"])


def _fit(parts: DistributionParts, fixed: list[str], passed: str) -> Block:
    leaf = parts.formulas[0].posed.scope.names[parts.label[0][0]]
    return Block("fit", ["y: Array", *fixed, "weight: Array | None = None"], "Any", _FIT, [
        "y = np.asarray(y, float)",
        "weight = np.ones(len(y)) if weight is None else np.asarray(weight, float)",
        "if weight.shape != y.shape or not np.all(weight >= 0) or not weight.any():",
        f"    raise ValueError(\"{FIT_WEIGHTS}\")", "if not np.all(np.isfinite(y)):",
        "    raise ValueError(\"y must be finite numbers\")", *check(leaf, "y"), *start_values("y"),
        f"starts = [np.array(z, float) for z in itertools.product("
        f"{', '.join(parts.start_names)})]",
        f"values = [fun_and_grad(z, y{passed}, weight)[0] for z in starts]",
        "best = starts[int(np.argmin(np.where(np.isfinite(values), values, np.inf)))]",
        f"return optimize.minimize(fun_and_grad, best, (y{passed}, weight), \"L-BFGS-B\", "
        "jac=True)"], True)
