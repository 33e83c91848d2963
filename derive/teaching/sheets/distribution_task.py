"""An estimate for a distribution by name: its log-likelihood of a sample, and its declarations."""

from __future__ import annotations

import re
from dataclasses import replace

from derive.errors import UnknownNameError
from derive.tables.distribution_table import Distribution, distribution_for
from derive.teaching.sheets.latex_lines import variable_text
from derive.teaching.sheets.sheet_header import Header
from derive.teaching.sheets.sheet_rows import Row
from derive.teaching.sheets.task import Wording

_NAMED = re.compile(r"(?:(?:the|a|an)\s+)?(?P<name>[\w\s-]+?)\s+(?:distribution|law|model|sample)"
                    r"(?:\s+with\b.*)?", re.IGNORECASE)


def with_distribution(header: Header, wording: Wording, row: Row) -> tuple[Header, Wording]:
    """The header and wording of a task with the formula written out, where it names a distribution.

    What the sheet declares stays as it is.
    """
    entry = _named(wording.formula.strip())
    if wording.kind != "estimate" or entry is None or len(_names(entry.observed)) != 1:
        return header, wording
    seen, = _names(entry.observed)
    asked = variable_text(wording.variable, header.scope).strip(" $").lstrip("\\")
    asked = {"lambda": "lam"}.get(asked, asked)
    own = _names(entry.given)
    renamed = {own[0]: asked} if len(own) == 1 and asked.isidentifier() else {}
    sizes = {line.rpartition("[")[2].strip(" ]") for line in header.declared if "[" in line}
    size = next(iter(sizes)) if len(sizes) == 1 else "N"
    made = Header(header.scope.copy(), [*header.declared], [*header.conditions],
                  [*header.definitions], [*header.rows])
    for text in (*entry.given, *entry.known, *entry.observed):
        line = _with(text, renamed)
        name = line.partition(":")[0].strip()
        if ":" in line and name not in made.scope.names:
            made.read_what_is_known(Row(f"{line}[{size}]" if name == seen else line, row.pieces))
    body = _with(entry.density, {**renamed, seen: f"{seen}[n]"})
    return made, replace(wording, formula=f"sum(log({body}) for n in {size})")


def _named(formula: str) -> Distribution | None:
    match = _NAMED.fullmatch(formula)
    try:
        return distribution_for(match["name"].lower() if match else formula)
    except UnknownNameError:
        return None


def _with(text: str, renamed: dict[str, str]) -> str:
    """A text with other names."""
    return re.sub(r"[^\W\d]\w*", lambda m: renamed.get(m[0], m[0]), text)


def _names(lines: tuple[str, ...]) -> list[str]:
    return [line.partition(":")[0].strip() for line in lines if ":" in line]
