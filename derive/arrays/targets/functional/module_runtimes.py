"""How the text of a NumPy module has what its functions rest on: short, printed whole, imported."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

from derive.arrays.targets.functional import plain_module
from derive.arrays.targets.numpy import kernel_module
from derive.arrays.targets.numpy.kernel_module import Design, code
from derive.arrays.targets.numpy.module_lines import WIDTH, import_lines
from derive.arrays.targets.numpy.runtime_parts import needed, parts_of
from derive.errors import KernelError

RUNTIMES = ("auto", "minimal", "full", "import")


def written(design: Design) -> str:
    """The text of the module. Raises KernelError where plain NumPy cannot do what is promised."""
    runtime = design.runtime
    if runtime == "auto":
        runtime = "minimal" if is_plain(design) else "full"
    if runtime == "minimal" and not is_plain(design):
        why = "faithful results are computed in wide numbers" if design.faithful else \
            "functions of matrices watch themselves"
        raise KernelError(f"{why}, for which a module needs the runtime: full, or import")
    return {"minimal": plain_module.text, "full": kernel_module.text, "import": importing}[
        runtime](design)


def is_plain(design: Design) -> bool:
    """Whether a module of plain NumPy can have the functions of a design."""
    return not design.faithful and not design.program.linear


def is_minimal(kernel: Any) -> bool:
    """Whether the text of a kernel's module is of plain NumPy."""
    return kernel.runtime == "minimal" or (
        kernel.runtime == "auto" and is_plain(kernel.design(tuple(kernel.outputs))))


def importing(design: Design) -> str:
    """A module that imports what its functions rest on from this package."""
    body = code(design)
    imports, _ = needed(body)
    used = {n.id for n in ast.walk(ast.parse(body)) if isinstance(n, ast.Name)}
    own = []
    for folder in ("runtime", "wide"):
        package = import_module(f"derive.arrays.{folder}")
        for path in sorted(Path(str(package.__file__)).parent.glob("*.py")):
            parts = parts_of(path.read_text(encoding="utf-8"))
            names = used & {n for p in parts if p.kind != "import" for n in p.defines}
            if names:
                own.append(f"from {package.__name__}.{path.stem} import {', '.join(sorted(names))}")
    keep = [line for line in imports if line.rpartition(" import ")[2].split(" as ")[-1] in used]
    lines = [part for line in own for part in folded_import(line)]
    return "\n".join([*kernel_module.head(design, "module"), *import_lines(keep), "", *lines, "",
                      "", body])


def folded_import(line: str) -> list[str]:
    """An import, in brackets where it is too long."""
    if len(line) <= WIDTH:
        return [line]
    start, _, names = line.partition(" import ")
    return [f"{start} import (", *(f"    {name}," for name in names.split(", ")), ")"]
