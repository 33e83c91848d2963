"""The equations of a model as they were typed."""

from __future__ import annotations

import re

from derive.notation.reading.model_equations import Model


def model_lines(model: Model) -> list[str]:
    """The lines of a model as they were typed, in signs that may stand in remarks of code."""
    lines = (model.text or "").replace('"', "'").splitlines()
    shown = ("".join(c if c.isprintable() else " " for c in line).strip() for line in lines)
    return [line for line in shown if line]


def equation_lines(model: Model) -> dict[str, str]:
    """The lines that define names of a model, by the names."""
    names = {e.name for e in model.equations}
    lines = dict.fromkeys(names, "")
    for line in model_lines(model):
        head = line.partition("=")[0].partition("[")[0].strip()
        if head in names and not re.match(r"\w+\s*\[\s*(-\s*1|T)\s*\]", line):
            lines[head] = line
    return lines
