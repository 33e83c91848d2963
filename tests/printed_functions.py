"""The functions that modules for a library print, to be called by tests."""

from __future__ import annotations

from functools import cache
from typing import Any

from derive.arrays.targets.functional.native_module import NEUTRAL, NativeModule
from derive.arrays.targets.functional.neutral_text import printed_parts


@cache
def printed_functions(writer: type[NativeModule]) -> dict[str, Any]:
    """All functions that modules of a writer may print, by name."""
    names: dict[str, Any] = {}
    for kind in ("import", "constant", "definition"):
        for part in printed_parts((*writer.functions, *NEUTRAL), writer.key):
            if part.kind == kind and "__future__" not in part.text:
                exec(part.text, names)
    return names
