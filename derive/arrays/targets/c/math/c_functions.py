"""The C text of the mathematical functions that a kernel uses.

For each function NAME there are `static inline double f64_NAME(double)` and `static inline float
f32_NAME(float)`, with as many parameters as NAME has arguments. They stand in the `.h` files of
this folder, in C11 with `<math.h>`, `<stdint.h>` and `<string.h>`, which the text includes. Where a
function has no text in float32 it is computed in float64 and rounded, as in NumPy. What is
the same in both is written once, with `fN_` before its name (`both_precisions`).

`c_functions` gives the text of some functions in one dtype and of all that they rest on, in an
order that compiles. The key `c` of rules/functions.toml has their names; `difference`, `power` and
`max` stand for operations of a program. The accuracy that is promised needs IEEE arithmetic: no
`-ffast-math`, and none of `-fassociative-math`, `-freciprocal-math`, `-ffinite-math-only`,
`-fno-signed-zeros`. Contraction (`-ffp-contract`) may be on or off; gcc needs `-std=gnu11` or
`-ffp-contract=fast` to have it. Loops over the functions become vector code with `-O3
-fno-math-errno -fno-trapping-math`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from derive.arrays.targets.c.math.both_precisions import in_both_precisions
from derive.errors import KernelError

INCLUDES = """#include <math.h>
#include <stdint.h>
#include <string.h>

/* A loop becomes vector code only where all that it calls is put into it. */
#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif"""
_NAME = re.compile(r"\bf(?:32|64)_\w+\b")
_DEFINED = re.compile(r"^static (?:inline|const) \w+ (f(?:32|64)_\w+)([\[(].*)$", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class CPart:
    """A function or an array of C, and the names of others that it uses."""

    name: str
    text: str
    uses: frozenset[str]
    parameters: int  # 0 for an array


@cache
def c_texts() -> tuple[str, ...]:
    """The texts of the `.h` files, by the names of the files, each function in its precisions."""
    return tuple(in_both_precisions(path.read_text(encoding="utf-8"))
                 for path in sorted(Path(__file__).parent.glob("*.h")))


@cache
def c_parts() -> dict[str, CPart]:
    """All functions and arrays by their names."""
    made: dict[str, CPart] = {}
    for text in c_texts():
        for part in re.split(r"\n\n+", text.strip()):
            if defined := _DEFINED.search(part):
                name, rest = defined.groups()
                uses = frozenset(_NAME.findall(_COMMENT.sub("", part))) - {name}
                count = rest.partition(")")[0].count(",") + 1 if rest.startswith("(") else 0
                text = part.strip().replace("static inline ", "INLINE ")
                made[name] = CPart(name, text, uses, count)
    for name, part in list(made.items()):
        single = f"f32_{name[4:]}"
        if name.startswith("f64_") and part.parameters and single not in made:
            made[single] = _rounded(part, single)
    return made


def _rounded(part: CPart, name: str) -> CPart:
    """A function of float that is computed in double and rounded."""
    letters = "xyz"[:part.parameters]
    head = f"INLINE float {name}({', '.join(f'float {x}' for x in letters)})"
    body = f"return (float){part.name}({', '.join(letters)});"
    return CPart(name, f"{head}\n{{\n    {body}\n}}", frozenset({part.name}), part.parameters)


def c_functions(names: Iterable[str], dtype: Any) -> str:
    """The text of functions for one dtype, and of all that they rest on.

    Raises KernelError for a function that is not there.
    """
    kind = f"f{np.dtype(dtype).itemsize * 8}_"
    parts, ordered = c_parts(), dict[str, None]()

    def add(name: str) -> None:
        for other in sorted(parts[name].uses):
            if other in parts and other not in ordered:
                add(other)
        ordered[name] = None

    for name in names:
        if kind + name not in parts:
            raise KernelError(f"there is no C text of the function {name} in {np.dtype(dtype)}")
        if kind + name not in ordered:
            add(kind + name)
    return "\n\n".join([INCLUDES, *(parts[name].text for name in ordered)]) + "\n"
