"""The files of a kernel in C that are handed out: the text, its header, a loader for Python."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace

from derive.arrays.targets.c.block_functions import parameters
from derive.arrays.targets.c.c_compiler import FLAGS
from derive.arrays.targets.c.c_source import c_text, entry_name
from derive.arrays.targets.numpy import kernel_module
from derive.arrays.targets.numpy.kernel_module import Design
from derive.arrays.targets.numpy.runtime_parts import needed
from derive.errors import KernelError
from derive.outgoing_text import plain_signs
from derive.version import __version__

_PARAMETERS = """\
n examples; n_... is the length of an axis. p_x are the values of the argument x, example after
example, p_x_step how far one is from the next in elements: 0 where one holds for all. scale (NULL,
or with scale_step as above) multiplies derivatives. r_... are results; r_value may be NULL. total
(NULL, or one number) is set to the sum of the values. flagged (NULL, or n bytes that were 0) is
set where plain floats may be off by more than is promised. Labels must be in range: they are not
looked at. 0 is returned, 1 where there is no memory."""


def dtypes_of(design: Design) -> tuple[str, ...]:
    """The dtypes that a module computes in."""
    return (design.dtype,) if design.dtype else ("float64", "float32")


def text(design: Design) -> str:
    """The text of C of a design."""
    if design.faithful:
        raise KernelError("the target c computes in plain floats; accuracy='faithful' is computed "
                          "in wide numbers, which the target numpy has")
    return f"{_head(design)}\n{c_text(design, design.plans, dtypes_of(design))}"


def header(design: Design, name: str) -> str:
    """The header of a module of that name."""
    guard = f"{name.upper()}_H"
    lines = [_head(design), f"#ifndef {guard}", f"#define {guard}", "", "#include <stddef.h>",
             "#include <stdint.h>", "", "#ifdef __cplusplus", 'extern "C" {', "#endif", ""]
    for plan in design.plans:
        for dtype in dtypes_of(design):
            taken = ",\n    ".join(parameters(design, plan, dtype))
            lines.append(f"int {entry_name(plan, dtype)}(\n    {taken});\n")
    return "\n".join([*lines, "#ifdef __cplusplus", "}", "#endif", "", "#endif", ""])


def _head(design: Design) -> str:
    """The comment at the head of a file: what it is, how it is built and called, who wrote it."""
    what = design.docstrings.get("module", design.title).partition("\nConventions")[0].rstrip()
    build = f"    cc {' '.join(FLAGS)} -o libNAME.so NAME.c -lm"
    lines_of_head = [what.partition("\nLeading batch")[0].rstrip(), "", "Build: ", "",
            *textwrap.wrap(build, 96, subsequent_indent="        ", initial_indent="    "), "",
            _PARAMETERS, "", f"Written by derive {__version__}."]
    lines = plain_signs("\n".join(lines_of_head)).replace("*/", "* /").splitlines()
    return "\n".join(["/* " + lines[0], *(f"   {line}".rstrip() for line in lines[1:]), "*/"])


def loader(design: Design, name: str) -> str:
    """The text of a Python module that loads the library of that name, and runs NumPy without."""
    module = kernel_module.text(replace(design, faithful=False))
    own = "\n".join(_bindings(design, name))
    imports, parts = needed(own)
    missing = [part for part in parts if part not in module]
    first, rest = module.split("from __future__ import annotations\n", 1)
    lines = [line for line in imports if line not in module]
    return "".join([first, "from __future__ import annotations\n\n", "\n".join(lines),
                    "\n" if lines else "", rest.lstrip("\n"), "\n\n",
                    "\n\n\n".join(missing), "\n\n\n", own, "\n"])


def _bindings(design: Design, name: str) -> Iterator[str]:
    """The statements that put compiled functions in the place of NumPy's."""
    yield f"LIBRARY = shared_library(__file__, {name!r})"
    for plan in design.plans:
        counts = (len(design.sizes(plan)), len(design.taken(plan)), len(design.plans[plan]))
        names = {dtype: entry_name(plan, dtype) for dtype in dtypes_of(design)}
        yield f"{plan.upper()} = bound_to_library({plan.upper()}, LIBRARY, {names!r}, {counts!r})"
