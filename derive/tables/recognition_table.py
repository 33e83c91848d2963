"""How distributions are recognised by their density: `rules/recognition.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief


@dataclass(frozen=True)
class Signature(Brief, by=("name",)):
    """How the parameters of a distribution follow from its density: lines read in order.

    They are computed at the value `at` of the observation.
    """

    name: str
    values: tuple[str, ...]
    at: str


@cache
def signatures() -> dict[str, Signature]:
    """The signatures by the names of the distributions. Raises DataFileError."""
    path = rules_folder() / "recognition.toml"
    return {name: read_entry(Signature, path, name, entry)
            for name, entry in read_table(path).items()}
