"""What made a module, and the command that makes it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from derive.version import __version__

WIDTH = 94
USUAL = ("value", "grad", "value_and_grad")


def making_command(kernel: Any, plans: tuple[str, ...], dtype: str) -> tuple[str, ...]:
    """The lines of the comment; a user's functions are given by a file that is not known here."""
    formula = kernel.formula
    words = ["derive", "kernel", formula.target]
    for line in formula.given:
        words += ["-g", line]
    if formula.wrt:
        words += ["--wrt", formula.wrt]
    usual = {"outputs": ",".join(USUAL), "accuracy": "fast", "dtype": "both", "target": "numpy",
             "runtime": "auto"}
    asked = {"outputs": ",".join(plans), "accuracy": kernel.accuracy, "dtype": dtype or "both",
             "target": kernel.asked, "runtime": kernel.runtime}
    for name, value in asked.items():
        if value != usual[name]:
            words += [f"--{name}", value]
    if formula.functions is not None:
        words += ["--functions", "FILE"]
    return (f"Made by derive {__version__}. To make it again:", *_lines(words))


def _lines(words: list[str]) -> Iterator[str]:
    """A command in lines that are not too long, as a shell reads them."""
    line = " "
    for word in map(shlex.quote, words):
        if len(line) + len(word) + 3 > WIDTH and line.strip():
            yield line + " \\"
            line = "    "
        line += f" {word}"
    yield line
