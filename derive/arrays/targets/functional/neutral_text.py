"""Functions of arrays that are written once for all libraries, as text for each.

They stand in the files whose names begin with neutral, for a library of the name `xp`. What a file
imports from the runtime are functions of the language, which each library has by the name in
rules/functions.toml.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from derive.arrays.targets.numpy.runtime_parts import Part, parts_of
from derive.functions.function_records import standard_functions

FOLDER = Path(__file__).parent
Array: TypeAlias = Any  # of whatever library


@dataclass(frozen=True)
class Library:
    """How a library is named in code, its arrays, and what it has under another name."""

    short: str
    array: str
    renamed: Mapping[str, str] = field(default_factory=dict)


LIBRARIES = {"jax": Library("jnp", "Array"), "numpy": Library("np", "Array"),
             "torch": Library("torch", "Tensor", {"bool_": "bool", "size": "numel"})}


@cache
def printed_parts(files: Sequence[str], key: str) -> tuple[Part, ...]:
    """What may be printed into the modules of a library, from some files of this folder."""
    made: list[Part] = []
    for name in files:
        text = (FOLDER / name).read_text(encoding="utf-8")
        neutral = name.startswith("neutral_")
        parts = parts_of(library_text(text, key) if neutral else text)
        made += [p for p in parts if not neutral or p.kind != "import"]
    return tuple(made)


def library_text(text: str, key: str) -> str:
    """The text of a neutral file for one library."""
    library = LIBRARIES[key]
    functions = {a.name: str(getattr(standard_functions()[a.name], key))
                 for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)
                 if (node.module or "").startswith("derive.arrays.runtime") for a in node.names}

    def written(word: re.Match[str]) -> str:
        if word[1]:
            return f"{library.short}.{library.renamed.get(word[1], word[1])}"
        return functions.get(word[0], library.array)

    words = "".join(rf"|\b{name}\b(?=\()" for name in functions)
    return re.sub(rf"\bxp\.(\w+)|\bArray\b{words}", written, text)
