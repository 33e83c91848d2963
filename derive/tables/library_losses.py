"""What libraries have of their own, by loss: `rules/library_losses.toml`. It needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief


@dataclass(frozen=True)
class OwnLoss(Brief, by=("name", "own")):
    """An expression of a library that minimises the same as a file made for it.

    `imports` are the lines that its names need, `given` arguments of the file's own under which
    the two are compared.
    """

    name: str
    own: str
    imports: str
    given: str = ""


@cache
def own_losses(library: str) -> dict[str, OwnLoss]:
    """The losses of a library, by their names in the catalogue. Raises DataFileError."""
    path = rules_folder() / "library_losses.toml"
    return {name: read_entry(OwnLoss, path, name, entry)
            for name, entry in read_table(path).get(library, {}).items()}
