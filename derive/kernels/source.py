"""A kernel as the text of a module of its own."""

from __future__ import annotations

import textwrap
from typing import Any

from derive.kernels.kernel import Argument, Kernel, helper_sources
from derive.notation.plain import plain


def module(kernel: Kernel) -> str:
    """The module: imports, the helpers it needs, and `value_and_grad` with its docstring."""
    results = [kernel.results["value"], kernel.results["gradient"]]
    body = list(kernel.program.lines(results))
    text = "\n".join(body)
    imports = ["from typing import Any", "", "import numpy as np"]
    if "special." in text:
        imports.append("from scipy import special")
    names = ", ".join(f"{a.name}: Any" for a in kernel.arguments)
    function = [f"def value_and_grad({names}) -> tuple[Any, Any]:",
                textwrap.indent(_docstring(kernel), "    "),
                *(f"    {line}" for line in (*_heading(kernel, text), *body)),
                f"    return {results[0]}, {results[1]}"]
    return "\n".join([f'"""{kernel.title}: value and gradient, derived and generated."""', "",
                      *imports, "", "", *("\n\n".join(helper_sources(text)).split("\n")),
                      "", *function]) + "\n"


def _heading(kernel: Kernel, text: str) -> list[str]:
    """Arrays of one dtype, and the sizes of dimensions."""
    lines = []
    reals = [a.name for a in kernel.arguments if not a.integral]
    lines.append(f"DTYPE = np.result_type(np.float32, {', '.join(reals)})")
    for argument in kernel.arguments:
        dtype = "" if argument.integral else ", DTYPE"
        lines.append(f"{argument.name} = np.asarray({argument.name}{dtype})")
    if "ONE" in text:
        lines.append("ONE = DTYPE.type(1)")
    done: set[Any] = set()
    for argument in kernel.arguments:
        rank = len(argument.kind.shape)
        for place, dim in enumerate(argument.kind.shape):
            if dim in kernel.dims and dim not in done:
                done.add(dim)
                lines.append(f"{dim} = {argument.name}.shape[{place - rank}]")
    return lines


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
    return f"{argument.name}: shape ({shape}), {what}"
