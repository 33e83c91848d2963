"""Entries of `rules/` by name, whatever the habit of writing; and in which table a name stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple, Protocol, TypeVar

from derive.errors import DataFileError, UnknownNameError
from derive.resources import read_table, rules_folder

_PUNCTUATION = re.compile(r"[\s_-]+")


class Named(Protocol):
    """An entry of a table."""

    @property
    def name(self) -> str:
        """The name under which it stands."""


N = TypeVar("N", bound=Named)


class Table(NamedTuple):
    """A table of `rules/`: its files, what an entry of it is, and the command that takes one."""

    files: str
    what: str
    command: str


TABLES = (
    Table("losses/*.toml", "a loss", "derive grad {}"),
    Table("distributions/*.toml", "a distribution", "derive nll {}"),
    Table("regressions.toml", "a regression", "derive mle {}"),
    Table("activations.toml", "an activation", "derive cost --activation {}"),
    Table("cells/*.toml", "a recurrent cell", "derive bptt {}"),
    Table("models/*.toml", "a recurrent model", "derive bptt {}"),
    Table("demonstrations/*.toml", "a demonstration", "derive demo {}"),
    Table("pictures.toml", "a picture", "derive plot {}"),
    Table("tasks.toml", "a training task", "derive train {}"),
    Table("links.toml", "a link", "derive nll … --link {}"),
    Table("functions.toml", "a function", "derive notation {0}, or a formula such as {0}(z)"),
)


def names_of(entry: Named) -> tuple[str, ...]:
    """The name of an entry and its aliases."""
    return (entry.name, *getattr(entry, "aliases", ()))


def check_names(entries: Iterable[Named], where: str = "") -> None:
    """Raises DataFileError if two entries share a name or an alias."""
    owners: dict[str, str] = {}
    for entry in entries:
        for name in names_of(entry):
            if name in owners:
                raise DataFileError(f"{where}entry [{entry.name}]: the name {name!r} is taken "
                                    f"already by [{owners[name]}]")
            owners[name] = entry.name


def _plainly(name: str) -> str:
    """A name without what habits differ in: capitals, hyphens, `loss` at its end."""
    plain = _PUNCTUATION.sub("", name.lower())
    return plain.removesuffix("loss") or plain


def entry_named(what: str, name: str, entries: Iterable[N], otherwise: str = "") -> N:
    """The entry of that name or alias, with or without capitals, hyphens, and `loss` at its end.

    Raises UnknownNameError: with the table that has the name, else with the nearest names.
    """
    sought, known = name.strip().lower().replace("_", "-"), []
    for entry in entries:
        if sought in names_of(entry):
            return entry
        known.append(entry)
    plain = _plainly(name)
    alike = [e for e in known if plain in map(_plainly, names_of(e))]
    if len(alike) == 1:
        return alike[0]
    raise unknown(what, name.strip(), [n for e in known for n in names_of(e)],
                  otherwise or f"there are {', '.join(e.name for e in known)}")


def unknown(what: str, name: str, known: Iterable[str], otherwise: str) -> UnknownNameError:
    """The error for a name that is none of the known ones.

    It names the tables that have the name, else the nearest of the known ones, else a hint.
    """
    typed, names = name.lower().strip().replace("_", "-"), list(known)
    elsewhere = [f"{typed!r} is {table.what}: {table.command.format(typed)}"
                 for table in TABLES if table.what.split()[-1] != what.split()[-1]
                 and typed in _names_in(table)]
    near = get_close_matches(typed, names, 3, 0.6) or \
        [k for k in names if len(typed) > 2 and typed in k][:3]
    hint = "; ".join(elsewhere) or (f"did you mean {' or '.join(near)}?" if near else otherwise)
    return UnknownNameError(f"there is no {what} {name!r}; {hint}")


def is_loss(text: str) -> bool:
    """Whether a text is the name of a loss, and nothing else."""
    return text.strip().lower().replace("_", "-") in _names_in(TABLES[0])


def _names_in(table: Table) -> set[str]:
    """The names and aliases of a table's entries; a demonstration is named as its file is."""
    files = sorted(rules_folder().glob(table.files))
    if table.files.startswith("demonstrations"):
        return {path.stem.partition("-")[2] for path in files}
    tables = [read_table(path) for path in files]
    return {name.replace("_", "-") for entries in tables
            for key, entry in entries.get("tasks", entries).items()
            for name in _entry_names(key, entry)}


def _entry_names(name: str, entry: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """The names under which an entry stands: its own, its aliases, its further forms."""
    yield name
    yield from entry.get("aliases", ())
    yield from (f"{name}-{form}" for form in entry.get("forms", {}))
