"""Which modules the engine needs where there is no NumPy: run as a script, it prints their files.

Every module of derive is imported that can be without NumPy and the terminal's libraries, and
what these have loaded of the libraries is needed, too.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

ABSENT = ("numpy", "scipy", "click", "rich", "torch", "jax", "matplotlib", "starlette", "uvicorn",
          "threadpoolctl", "fontTools", "nbformat")
PACKAGES = ("derive", "sympy", "mpmath")
# Of SymPy's rooms those that are only loaded by what the engine never asks of it.
_IDLE = ("benchmarks", "categories", "codegen", "crypto", "diffgeom", "geometry", "holonomic",
         "interactive", "liealgebras", "parsing", "physics", "plotting", "sandbox", "solvers",
         "stats", "testing", "tests", "vector")


def needed_files() -> dict[str, Path]:
    """The files of the modules by their names, after all that can be has been imported."""
    for name in ABSENT:
        sys.modules[name] = None  # type: ignore[assignment]
    root = str(Path(__file__).resolve().parents[1])
    for module in walk_packages([root], "derive.", onerror=lambda _: None):
        if module.name.rpartition(".")[2] in ("__main__", "warm_engine"):
            continue
        try:
            import_module(module.name)
        except ImportError:
            continue
    files = {name: Path(file) for name, module in sorted(sys.modules.items())
             if name.partition(".")[0] in PACKAGES and (file := getattr(module, "__file__", None))}
    return files | _loaded_later(files["sympy"].parent)


def _loaded_later(root: Path) -> dict[str, Path]:
    """The modules of SymPy that functions of it may import."""
    places = {path.relative_to(root).with_suffix(""): path for path in sorted(root.rglob("*.py"))}
    return {".".join(("sympy", *place.parts)).removesuffix(".__init__"): path
            for place, path in places.items() if not set(place.parts) & set(_IDLE)}


if __name__ == "__main__":
    for name, path in needed_files().items():
        print(name, path, sep="\t")
