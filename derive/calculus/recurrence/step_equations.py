"""Equations of one step as text: run backwards in time, or kept where a step is padded."""

from __future__ import annotations

import re

from derive.calculus.recurrence.composed_text import NAME, ComposedText, numbered
from derive.notation.reading.declaration_lines import declared_names
from derive.notation.reading.line_kinds import is_edge

_SHIFT = re.compile(r"\[\s*t\s*([-+])\s*1\s*")
_BOUNDARY = re.compile(r"\s*([^\W\d]\w*)\s*\[\s*(-\s*1|T)\s*\](?=\s*=(?!=))")


def masked(equations: list[str], text: ComposedText, back: bool) -> list[str]:
    """Equations whose states stay as they are where m[t] is 0."""
    before, mask = "t+1" if back else "t-1", text.roles["mask"]
    carried = {n for e in equations
               for n in re.findall(r"([^\W\d]\w*)\[\s*t\s*[-+]\s*1\s*[],]", e)}
    taken = text.names() | {n for e in equations for n in NAME.findall(e)}
    kept = []
    for equation in equations:
        name, indices = left_name(equation), equation.partition("[")[2].partition("]")[0].strip()
        if name not in carried or is_edge(equation):
            kept.append(equation)
            continue
        left, _, right = equation.partition("=")
        fresh = numbered(taken, f"{name}_new")
        rest = "".join(indices.partition(",")[1:])
        if rest:  # an equation with explicit indices needs the shape of its name
            text.given += [f"{fresh}: {given.partition(':')[2].strip()}" for given in text.given
                           if name in declared_names([given])]
        kept.append(f"{left.replace(name, fresh, 1)}={right}")
        kept.append(f"{name}[{indices}] = {fresh}[{indices}] if {mask}[t] == 1 else "
                      f"{name}[{before}{rest}]")
    return kept


def backwards(equation: str) -> str:
    """An equation that runs backwards in time; a value before the first step is one after T."""
    edge = _BOUNDARY.match(equation)
    if edge is not None:
        there = "[T]" if edge.group(2).startswith("-") else "[-1]"
        return f"{edge.group(1)}{there}{equation[edge.end():]}"
    return _SHIFT.sub(lambda m: f"[t{'+' if m.group(1) == '-' else '-'}1", equation)


def left_name(equation: str) -> str:
    """The name that an equation defines."""
    return equation.partition("[")[0].strip()
