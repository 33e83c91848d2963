"""The optional libraries: which extra has each, and what is said where one is missing."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType

from derive.errors import DeriveError

# module → the library's name for a reader, and the extra of pyproject.toml that installs it
LIBRARIES = {
    "fontTools": ("fontTools", "html"),
    "jax": ("JAX", "jax"),
    "matplotlib": ("matplotlib", "plot"),
    "starlette": ("Starlette", "studio"),
    "threadpoolctl": ("threadpoolctl", "threads"),
    "torch": ("PyTorch", "torch"),
    "uvicorn": ("uvicorn", "studio"),
}


def required(module: str, needs: str, error: type[DeriveError] = DeriveError) -> ModuleType:
    """The optional module. `needs` says what for, such as "plots need".

    Raises `error` where it is missing, with the line that installs it, or where it does not load.
    """
    library, extra = LIBRARIES[module]
    try:
        import_module(module.partition(".")[0])
        return import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name not in (module, module.partition(".")[0]):
            raise error(f"{needs} {library}, which is installed but does not load: {missing}"
                        ) from None
        raise error(f"{needs} {library}: {install(extra)}") from None
    except ImportError as broken:
        raise error(f"{needs} {library}, which is installed but does not load: {broken}") from None


def install(extra: str) -> str:
    """The line that installs an extra; the shell of Windows knows double quotes alone."""
    quote = '"' if os.name == "nt" else "'"
    return f"pip install {quote}derive-engine[{extra}]{quote}"
