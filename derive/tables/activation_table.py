"""The table of activations: entries of `rules/activations.toml`. Reading it needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from derive.entry_names import check_names, entry_named
from derive.resources import key, read_entry, read_table, rules_folder
from derive.short_reprs import Brief
from derive.tables.entry_lists import Entries, selected


@dataclass(frozen=True)
class Activation(Brief, by=("name", "formula")):
    """One activation, as text: its formula in z, its inverse in y, and where they hold.

    `given` declares z and the parameters, `output` the output y, `target` a target t,
    `outside` says of which targets the cost is unbounded below, where `range` is no interval.
    """

    name: str
    title: str
    given: tuple[str, ...]
    range: str
    increasing: bool
    target: tuple[str, ...]
    source: str
    formula: str = key("activation")
    aliases: tuple[str, ...] = ()
    derivative: str = ""
    inverse: str = ""
    where: str = ""
    output: tuple[str, ...] = ()
    outside: str = ""
    meaning: str = ""
    section: str = ""

    @property
    def of_vector(self) -> bool:
        """Whether it takes a whole vector, such as softmax does."""
        return "[" in self.given[0]


def activations(*words: str) -> Entries[Activation]:
    """The activations in file order: all, or those that words are about.

    Words are looked for in names, titles, meanings and formulas, and all must be there; the entry
    whose name or alias they are comes first. Raises UnknownNameError where nothing matches.

    >>> derive.activations("probit")[0].name
    'probit'
    """
    return selected("activations", "activation", _activations(), words)


@cache
def _activations() -> tuple[Activation, ...]:
    """All activations, in file order. Raises DataFileError."""
    return read_activations(rules_folder() / "activations.toml")


def read_activations(path: Path) -> tuple[Activation, ...]:
    """The entries of an activation file. Raises DataFileError, naming file, entry and key."""
    entries = tuple(read_entry(Activation, path, name, entry)
                    for name, entry in read_table(path).items())
    check_names(entries, f"{path}: ")
    return entries


def activation_for(name: str) -> Activation:
    """The activation of that name or alias. Raises UnknownNameError with the nearest names."""
    return entry_named("activation", name, _activations())
