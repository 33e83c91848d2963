"""Functions whose homes are named once, by the package's root, and loaded when first called.

The public functions of `derive`, and methods of records whose work is done in rooms above theirs:
a derivation is data, and shows, replays or judges itself by what those rooms provide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

_homes: dict[str, str] = {}


def provide(homes: Mapping[str, str]) -> None:
    """Says where functions live: `name` → `module:function`. A name has one home."""
    taken = {name for name, home in homes.items() if _homes.get(name, home) != home}
    assert not taken, f"{taken} have another home already"
    _homes.update(homes)


def provided(name: str) -> Callable[..., Any]:
    """The function of that name. Raises KeyError where none was provided."""
    return loaded(_homes[name])


@cache
def loaded(home: str) -> Callable[..., Any]:
    """The function at `module:function`; its module is imported when it is first asked for."""
    module, _, name = home.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function
