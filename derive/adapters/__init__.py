"""Losses as files for the libraries that people train with.

`derive.adapters.xgboost(LOSS, tau=0.9).save("objective.py")` writes one; there is one function for
each library of `rules/adapters.toml`. The object that it gives has the text of the file
(`source`), its functions (`objective`, `metric`, `predict`, …), and what one must know of them
(`notes`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from derive.adapters.making import Adapter as Adapter
from derive.adapters.making import adapter as adapter
from derive.tables.adapter_table import libraries as libraries


def __getattr__(name: str) -> Callable[..., Adapter]:
    if name not in (library.name for library in libraries()):
        raise AttributeError(f"module 'derive.adapters' has no attribute {name!r}")
    return partial(adapter, name)


def __dir__() -> list[str]:
    return ["Adapter", "adapter", "libraries", *(library.name for library in libraries())]
