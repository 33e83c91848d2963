"""The table of regressions: entries of `rules/regressions.toml`. Reading it needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from derive.entry_names import check_names, entry_named
from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief
from derive.tables.entry_lists import Entries, selected


@dataclass(frozen=True)
class Regression(Brief, by=("name", "statement")):
    """A model of observations given covariates, as text.

    `statement` says which distribution they have, `y ~ NAME(X @ b, s)`, `priors` are
    statements on parameters. `given` declares the parameters, `known` the data and what is not
    estimated, `observed` the observations.
    """

    name: str
    title: str
    statement: str
    given: tuple[str, ...]
    known: tuple[str, ...]
    observed: tuple[str, ...]
    source: str
    meaning: str
    priors: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    note: str = ""


def regressions(*words: str) -> Entries[Regression]:
    """The regressions in file order: all, or those that words are about.

    Words are looked for in names, titles, meanings and statements, and all must be there; the
    entry whose name or alias they are comes first. Raises UnknownNameError where nothing matches.

    >>> first = derive.regressions()[0]
    >>> derive.regressions(first.name)[0] == first
    True
    """
    return selected("regressions", "regression", _regressions(), words)


@cache
def _regressions() -> tuple[Regression, ...]:
    """All regressions, in file order. Raises DataFileError."""
    path = rules_folder() / "regressions.toml"
    entries = [read_entry(Regression, path, name, entry)
               for name, entry in read_table(path).items()]
    check_names(entries, f"{path}: ")
    return tuple(entries)


def regression_for(name: str) -> Regression:
    """The regression of that name or alias. Raises UnknownNameError with the nearest names."""
    return entry_named("regression", name, _regressions(), "see `derive regressions`")
