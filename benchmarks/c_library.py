"""The C functions as a shared library of loops over arrays, for tests and measurements."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from derive.arrays.targets.c.math.c_functions import c_functions, c_parts

CAREFUL = ("-std=c11", "-O1", "-ffp-contract=off")
QUICK = ("-std=gnu11", "-O3", "-march=native", "-ffp-contract=fast", "-fopenmp-simd",
         "-fno-math-errno", "-fno-trapping-math")
KINDS = {np.dtype(np.float64): ("f64", "double"), np.dtype(np.float32): ("f32", "float")}


def compilers() -> list[str]:
    """The C compilers of this machine: the one of the environment, cc, gcc, clang."""
    named = [os.environ.get("CC", "cc"), "gcc", "clang"]
    return list(dict.fromkeys(os.path.realpath(path) for name in named if
                              (path := shutil.which(name))))


def source(names: Iterable[str]) -> str:
    """A loop for each function and dtype; it goes round `turns` times, so that it can be timed."""
    names, text = list(names), dict[str, None]()
    for dtype, (prefix, kind) in KINDS.items():
        text.update(dict.fromkeys(p.strip() for p in c_functions(names, dtype).split("\n\n")))
        for name in names:
            count = c_parts()[f"{prefix}_{name}"].parameters
            inputs = "".join(f"const {kind} *restrict x{n}, " for n in range(count))
            given = ", ".join(f"x{n}[i]" for n in range(count))
            text[f"void loop_{prefix}_{name}({inputs}{kind} *restrict out, long size, long turns)\n"
                 "{\n    for (long t = 0; t < turns; t++) {\n"
                 '        __asm__ volatile("" ::: "memory");\n        _Pragma("omp simd")\n'
                 f"        for (long i = 0; i < size; i++)\n"
                 f"            out[i] = {prefix}_{name}({given});\n    }}\n}}"] = None
    return "\n\n".join(text) + "\n"


class Library:
    """Functions compiled by one compiler with some options."""

    def __init__(self, names: Iterable[str], folder: Path, compiler: str,
                 options: Sequence[str] = CAREFUL, text: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path, made = folder / "functions.c", folder / "functions.so"
        path.write_text(text or source(names), encoding="utf-8")
        done = subprocess.run([compiler, *options, "-shared", "-fPIC", str(path), "-o", str(made),
                               "-lm"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        self.loaded = ctypes.CDLL(str(made))

    def call(self, name: str, *arrays: Any, out: Any = None, turns: int = 1) -> Any:
        """The function of each element."""
        arrays = tuple(np.ascontiguousarray(a) for a in arrays)
        out = np.empty_like(arrays[0]) if out is None else out
        prefix, _ = KINDS[arrays[0].dtype]
        self.loaded[f"loop_{prefix}_{name}"](
            *(ctypes.c_void_p(a.ctypes.data) for a in (*arrays, out)),
            ctypes.c_long(arrays[0].size), ctypes.c_long(turns))
        return out

    def nanoseconds(self, name: str, arrays: Sequence[Any], turns: int = 100) -> float:
        """The least time for one element, of seven."""
        out, best = np.empty_like(arrays[0]), np.inf
        for _ in range(7):
            start = time.perf_counter()
            self.call(name, *arrays, out=out, turns=turns)
            best = min(best, time.perf_counter() - start)
        return best / turns / out.size * 1e9
