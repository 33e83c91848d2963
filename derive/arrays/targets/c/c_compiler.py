"""The system's C compiler: where it is, which one it is, and what it makes of a text."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

SECONDS = 300  # that a compiler may take
# No -ffast-math: compensated sums and NaN must survive. Nothing is contracted unless C says so.
FLAGS = ("-std=c11", "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
         "-fopenmp-simd", "-shared", *(() if os.name == "nt" else ("-fPIC",)))
HERE = ("-march=native",)  # for what is loaded on this machine alone


class Compiler(NamedTuple):
    """A compiler: how it is called, and what it says of itself."""

    command: tuple[str, ...]
    version: str


class CompilerError(Exception):
    """What keeps a text from being compiled, in one line."""


@cache
def compiler_of(choice: str | None) -> Compiler:
    """The compiler that CC names, else `cc`. Raises CompilerError where there is none."""
    try:
        words = shlex.split(choice) if choice and choice.strip() else ["cc"]
    except ValueError as error:
        raise CompilerError(f"CC={choice!r} is no command: {error}") from None
    path = shutil.which(words[0])
    if path is None:
        raise CompilerError(f"there is no C compiler {words[0]!r}, which CC names"
                            if choice and choice.strip() else
                            "there is no C compiler: cc was not found, and CC names none")
    command = (path, *words[1:])
    return Compiler(command, _output([*command, "--version"], 30))


def compiler() -> Compiler:
    """The compiler of this environment."""
    return compiler_of(os.environ.get("CC"))


def _output(command: list[str], seconds: float) -> str:
    """What a command prints. Raises CompilerError where it fails."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                              timeout=seconds, stdin=subprocess.DEVNULL, check=False)
    except subprocess.TimeoutExpired:
        raise CompilerError(f"{name} did not answer within {seconds:g} seconds") from None
    except OSError as error:
        raise CompilerError(f"{name} does not run: {error.strerror or error}") from None
    if done.returncode:
        raise CompilerError(f"{name}: {_first_error(done.stderr, done.returncode)}")
    return done.stdout


def _first_error(text: str, status: int) -> str:
    """The first line that says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [f"it ended with the status {status}"])[0][:300]


def library_bytes(text: str, flags: tuple[str, ...] = (*FLAGS, *HERE)) -> bytes:
    """The shared library of a text. Raises CompilerError with the compiler's first error."""
    chosen = compiler()
    try:
        with tempfile.TemporaryDirectory(prefix="derive-") as folder:
            source, made = Path(folder, "kernel.c"), Path(folder, "kernel.lib")
            source.write_text(text, encoding="utf-8")
            _output([*chosen.command, *flags, "-o", str(made), str(source), "-lm"], SECONDS)
            if not made.exists():
                raise CompilerError(f"{Path(chosen.command[0]).name} wrote no library")
            return made.read_bytes()
    except OSError as error:
        raise CompilerError(f"nothing can be compiled in {tempfile.gettempdir()}: "
                            f"{error.strerror or error}") from None


@cache
def processor() -> str:
    """What tells this machine's processor from others, for which a library may not run."""
    words = [platform.machine(), platform.processor(), sys.platform]
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return " ".join(words)
    for name in ("model name", "flags", "Features", "CPU part"):
        words += [line.partition(":")[2].strip() for line in lines if line.startswith(name)][:1]
    return " ".join(words)
