"""Which modules the engine needs where there is no NumPy: run as a script, it prints their files.

Every module of derive is imported that can be without NumPy and the terminal's libraries, and
what these have loaded of the libraries is needed, too. Modules of derive that need NumPy are taken
along: what they lack is then NumPy, which is answered in words.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages

ABSENT = ("numpy", "scipy", "click", "rich", "torch", "jax", "matplotlib", "starlette", "uvicorn",
          "threadpoolctl", "fontTools", "nbformat")
PACKAGES = ("derive", "sympy", "mpmath")
_ELSEWHERE = ("derive.commands.", "derive.__main__", "derive.studio.warm_engine",
              "derive.studio.serving", "derive.studio.studio_server",
              "derive.studio.answering_processes")  # of the terminal and the server
# Of SymPy's rooms those that are only loaded by what the engine never asks of it.
_IDLE = ("benchmarks", "categories", "codegen", "crypto", "diffgeom", "geometry", "holonomic",
         "interactive", "liealgebras", "parsing", "physics", "plotting", "sandbox", "solvers",
         "stats", "testing", "tests", "vector")


def needed_files() -> dict[str, Path]:
    """The files of the modules by their names, after all that can be has been imported."""
    for name in ABSENT:
        sys.modules[name] = None  # type: ignore[assignment]
    files: dict[str, Path] = {}
    root = str(Path(__file__).resolve().parents[1])
    for module in walk_packages([root], "derive.", onerror=lambda _: None):
        if module.name.startswith(_ELSEWHERE):
            continue
        if (spec := find_spec(module.name)) is not None and spec.origin:
            files[module.name] = Path(spec.origin)
        with suppress(ImportError):
            import_module(module.name)
    loaded = {name: Path(file) for name, module in sys.modules.items()
              if name.partition(".")[0] in PACKAGES and (file := getattr(module, "__file__", None))}
    files |= loaded | _loaded_later(loaded["sympy"].parent)
    return dict(sorted(files.items()))


def _loaded_later(root: Path) -> dict[str, Path]:
    """The modules of SymPy that functions of it may import."""
    places = {path.relative_to(root).with_suffix(""): path for path in sorted(root.rglob("*.py"))}
    return {".".join(("sympy", *place.parts)).removesuffix(".__init__"): path
            for place, path in places.items() if not set(place.parts) & set(_IDLE)}


if __name__ == "__main__":
    for name, path in needed_files().items():
        print(name, path, sep="\t")
