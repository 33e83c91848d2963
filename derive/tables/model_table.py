"""Recurrent models with their loss: entries of `rules/models`. Reading them needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from derive.entry_names import names_of
from derive.resources import key, read_entry, read_table, rules_folder
from derive.short_reprs import Brief
from derive.tables.entry_lists import Entries, selected


@dataclass(frozen=True)
class ModelEntry(Brief, by=("name", "title")):
    """The equations of a model and its loss, one number for a sequence.

    `decode` are lines of what it predicts once it is trained, such as the best path.
    """

    name: str
    title: str
    given: tuple[str, ...]
    equations: tuple[str, ...]
    loss: str
    aliases: tuple[str, ...] = ()
    source: str = ""
    note: str = ""
    meaning: str = ""
    section: str = key("", "")
    decode: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The model as a person types it."""
        return "\n".join([*self.given, *self.equations, self.loss]) + "\n"


def models(*words: str) -> Entries[ModelEntry]:
    """The recurrent models of the catalogue: all, or those that words are about.

    Words are looked for in names, titles, meanings and formulas, and all must be there; the entry
    whose name or alias they are comes first. Raises UnknownNameError where nothing matches.

    >>> first = derive.models()[0]
    >>> derive.models(first.name)[0] == first
    True
    """
    return selected("models", "model", _models(), words, command="cells --models")


@cache
def _models() -> tuple[ModelEntry, ...]:
    """All models, in the order of their files. Raises DataFileError."""
    return tuple(read_entry(ModelEntry, path, name, entry, section=path.stem.partition("-")[2])
                 for path in sorted((rules_folder() / "models").glob("*.toml"))
                 for name, entry in read_table(path).items())


def find_model(name: str) -> ModelEntry | None:
    """The model of that name or alias; None where there is none."""
    sought = name.strip().lower().replace("_", "-")
    return next((m for m in _models() if sought in names_of(m)), None)
