"""Lines of a module: statements that are not too long, imports in order."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 99


def short_lines(line: str) -> list[str]:
    """A statement in lines of at most 100 columns, broken after commas inside brackets."""
    parts = []
    while len(line) > WIDTH and ", " in line[:WIDTH]:
        cut = line[:WIDTH].rindex(", ") + 1
        if not line[:cut].strip() or cut < 12:
            break
        parts.append(line[:cut])
        line = "        " + line[cut + 1:]
    return [*parts, line]


def import_lines(lines: Sequence[str]) -> list[str]:
    """Standard library first, NumPy last; names from one module in one line."""
    plainly = [line for line in lines if not line.startswith("from ")]
    parts: dict[str, set[str]] = {"typing": {"Any"}}
    for line in lines:
        if line.startswith("from "):
            module, _, names = line.removeprefix("from ").partition(" import ")
            parts.setdefault(module, set()).update(n.strip() for n in names.split(","))
    plainly += [f"from {module} import {', '.join(sorted(names))}"
              for module, names in parts.items()]
    ordered = sorted(plainly, key=lambda t: (t.startswith("from"), t))
    numpy = [line for line in ordered if line.split()[1].partition(".")[0] == "numpy"]
    return [*(line for line in ordered if line not in numpy), "", *numpy]
