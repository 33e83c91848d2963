"""Functions that keras.ops lacks: `rules/keras_functions.toml`. Reading it needs no SymPy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief


@dataclass(frozen=True)
class PrintedFunction(Brief, by=("name", "says")):
    """A function as it is printed into a file, with how far it is from the true one."""

    name: str
    says: str
    error: str
    source: str
    code: str
    needs: tuple[str, ...] = ()


@cache
def _functions() -> dict[str, PrintedFunction]:
    path = rules_folder() / "keras_functions.toml"
    return {name: read_entry(PrintedFunction, path, name, entry)
            for name, entry in read_table(path).items()}


def printed_functions(lines: Iterable[str]) -> list[PrintedFunction]:
    """The functions that lines of code call, and those that these need, in order."""
    text = "\n".join(lines)
    used = {name for name in _functions() if re.search(rf"(?<![\w.]){name}\(", text)}
    used |= {need for name in used for need in _functions()[name].needs}
    return [function for name, function in _functions().items() if name in used]
