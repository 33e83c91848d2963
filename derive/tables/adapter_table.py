"""The libraries for which files are written: `rules/adapters.toml`. Reading it needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from derive.entry_names import entry_named
from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief


@dataclass(frozen=True)
class Library(Brief, by=("name", "title")):
    """A library that people train with, and who writes files for it.

    `needs` are the modules that such a file imports besides NumPy, `versions` those with which
    it was tried, `factor` what its own objectives put before the diagonal of the Hessian of K
    scores that matter only up to a constant, `vectors` whether a row's label may be a
    vector. `own` are its own objectives for losses of the catalogue: loss and values, policy,
    settings, between bars.
    """

    name: str
    title: str
    writer: str
    needs: tuple[str, ...]
    install: str
    versions: str
    says: str
    source: str
    factor: str = ""
    vectors: bool = False
    own: tuple[str, ...] = ()


@cache
def libraries() -> tuple[Library, ...]:
    """The libraries, in order. Raises DataFileError."""
    path = rules_folder() / "adapters.toml"
    return tuple(read_entry(Library, path, name, entry)
                 for name, entry in read_table(path).items())


def library_for(name: str) -> Library:
    """The library of that name. Raises UnknownNameError with the nearest names."""
    return entry_named("library", name, libraries())
