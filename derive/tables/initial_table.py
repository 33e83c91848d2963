"""The ways in which a parameter may start: `rules/initials.toml`. Reading it needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from derive.errors import DataFileError
from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief


@dataclass(frozen=True)
class Method(Brief, by=("name", "says")):
    """How the entries of a parameter are drawn; see the head of the table."""

    name: str
    says: str
    draw: str
    aliases: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    variance: float = 0.0
    inputs: float = 0.0
    outputs: float = 0.0
    value: float = 0.0
    axes: int = 0
    example: str = ""
    source: str = ""

    @property
    def call(self) -> str:
        """As it is written, with the names of its numbers."""
        return f"{self.name}({', '.join(self.numbers)})" if self.numbers else self.name


DRAWS = ("even", "bell", "between", "around", "orthonormal", "diagonal", "fixed")


@cache
def methods() -> dict[str, Method]:
    """All methods, by name and alias. Raises DataFileError."""
    path = rules_folder() / "initials.toml"
    by_name: dict[str, Method] = {}
    for name, content in read_table(path).items():
        method = read_entry(Method, path, name, content)
        if method.draw not in DRAWS:
            raise DataFileError(f"{path}: entry [{name}]: draw is one of {', '.join(DRAWS)}")
        by_name.update(dict.fromkeys((name, *method.aliases), method))
    return by_name
