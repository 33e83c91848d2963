"""A kernel as the text of a module of its own."""

from __future__ import annotations

import textwrap
from typing import Any

from derive.kernels.kernel import Argument, Kernel, helper_sources, safe_name
from derive.notation.plain import plain


def module(kernel: Kernel) -> str:
    """The module: imports, the helpers it needs, and `value_and_grad` with its docstring."""
    results = [kernel.results["value"], kernel.results["gradient"]]
    body = list(kernel.program.lines(results))
    text = "\n".join(body)
    imports = ["from typing import Any", "", "import numpy as np"]
    if "special." in text:
        imports.append("from scipy import special")
    names = ", ".join(f"{a.safe}: Any" for a in kernel.arguments)
    function = [f"def value_and_grad({names}) -> tuple[Any, Any]:",
                textwrap.indent(_docstring(kernel), "    "),
                *(f"    {line}" for line in (*_heading(kernel, text), *body)),
                *_return(kernel, results)]
    helpers = "\n\n".join(helper_sources(text + "dtype_of(shaped(")).split("\n")
    return "\n".join([f'"""{kernel.title}: value and gradient, derived and generated."""', "",
                      *imports, "", "", *helpers, "", *function]) + "\n"


def _heading(kernel: Kernel, text: str) -> list[str]:
    """Arrays of one dtype, and the sizes of dimensions."""
    lines = []
    reals = [a.safe for a in kernel.arguments if not a.integral]
    lines.append(f"DTYPE = dtype_of({', '.join(reals)})")
    for argument in kernel.arguments:
        dtype = "" if argument.integral else ", DTYPE"
        lines.append(f"{argument.safe} = np.asarray({argument.safe}{dtype})")
    if "ONE" in text:
        lines.append("ONE = DTYPE.type(1)")
    done: set[Any] = set()
    for argument in kernel.arguments:
        rank = len(argument.kind.shape)
        for place, dim in enumerate(argument.kind.shape):
            if dim in kernel.dims and dim not in done:
                done.add(dim)
                lines.append(f"{safe_name(dim.name)} = {argument.safe}.shape[{place - rank}]")
    return lines


def _return(kernel: Kernel, results: list[Any]) -> list[str]:
    """The last lines: both results in their full shape."""
    batches = []
    for argument in kernel.arguments:
        rank = len(argument.kind.shape)
        batches.append(f"{argument.safe}.shape" + (f"[:-{rank}]" if rank else ""))
    shape = "".join(f", {safe_name(str(d)) if d in kernel.dims else d}" for d in kernel.shape)
    full = f"(*batch{shape})" if shape else "batch"
    return [f"    batch = np.broadcast_shapes({', '.join(batches)})",
            f"    return shaped({results[0]}, batch, DTYPE), shaped({results[1]}, {full}, DTYPE)"]


def _docstring(kernel: Kernel) -> str:
    derivation = kernel.derivation
    formula = plain(derivation.start.args[0])
    at = plain(derivation.quantity.args[1])
    lines = [f'"""{kernel.title}.', "", f"value     {formula}",
             f"gradient  d/d{at}: {plain(derivation.result)}", ""]
    lines += [_describe(a) for a in kernel.arguments]
    if derivation.obligations:
        lines += ["", "The gradient holds where " + ", ".join(
            plain(o) for o in derivation.obligations) + "."]
    if derivation.source:
        lines += ["", f"Source: {derivation.source}."]
    return "\n".join([*lines, '"""'])


def _describe(argument: Argument) -> str:
    shape = ", ".join(["...", *map(str, argument.kind.shape)])
    what = f"integers in [0, {argument.kind.over})" if argument.integral else argument.kind.domain
    return f"{argument.safe}: shape ({shape}), {what}"
