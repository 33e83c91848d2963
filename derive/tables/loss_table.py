"""The catalogue of losses: entries of `rules/losses/*.toml`. Reading it needs no SymPy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from derive.entry_names import check_names, entry_named
from derive.errors import UnknownNameError
from derive.resources import key, loss_files, read_entry, read_table
from derive.short_reprs import Brief
from derive.tables.entry_lists import Entries, selected

_FORMULA = re.compile(r"[a-z][0-9]*(-[a-z][0-9]*)*\Z")  # of single letters: x, x-y
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


@dataclass(frozen=True)
class Entry(Brief, called="Loss", by=("name", "loss")):
    """One loss: its formula as text, with what it is called and where it comes from.

    `meaning` says in one sentence what it measures and when one uses it. `soft` names the entry
    that takes soft labels, `score` the same loss of a variable that may be any real number.
    `observed` are the names of what a row of data holds, the label first, where that is not y
    alone; `predict` is what a prediction z means, such as sigmoid(z), where neither a distribution
    nor `define` says it. `compares` are predictions for different inputs, `across` a dimension
    that runs over rows.
    """

    name: str
    title: str
    given: tuple[str, ...]
    loss: str
    wrt: str
    source: str
    section: str = key("")
    aliases: tuple[str, ...] = ()
    define: tuple[str, ...] = ()
    note: str = ""
    catalogue: int = 0
    meaning: str = ""
    soft: str = ""
    score: str = ""
    observed: tuple[str, ...] = ()
    predict: str = ""
    compares: tuple[str, ...] = ()
    across: str = ""

    @property
    def domains(self) -> dict[str, str]:
        """The type of each argument as it is declared, by its name."""
        typed = (line.partition(":") for line in self.given if ":" in line)
        return {name.strip(): kind.strip() for names, _, kind in typed
                for name in names.split(",")}

    @property
    def advice(self) -> dict[str, str]:
        """What to tell who gives an argument other values: the entry that takes them."""
        texts = {self.wrt: f"for scores on the whole line see {self.score}"} if self.score else {}
        if self.soft:
            wider = entry_for(self.soft).domains
            texts |= {name: f"for soft labels see {self.soft}"
                     for (name, kind), other in zip(self.domains.items(), wider.values(),
                                                    strict=True) if kind != other}
        return texts


def losses(*words: str) -> Entries[Entry]:
    """The losses in the order of the catalogue: all, or those that words are about.

    Words are looked for in names, titles, meanings and formulas, and all must be there; the entry
    whose name or alias they are comes first. Raises UnknownNameError where nothing matches.

    >>> first = derive.losses()[0]
    >>> derive.losses(first.name)[0] == first
    True
    """
    entries = tuple(e for path in loss_files() for e in read_losses(path))
    check_names(entries)
    return selected("losses", "loss", entries, words)


@lru_cache(maxsize=256)
def read_losses(path: Path) -> tuple[Entry, ...]:
    """The entries of one loss file. Raises DataFileError, naming file, entry and key."""
    section = path.stem.partition("-")[2] or path.stem
    return tuple(read_entry(Entry, path, name, entry, {"domain": str}, section=section)
                 for name, entry in read_table(path).items())


def find_entry(text: str, declared: bool) -> Entry | None:
    """The entry that a text names, or None if it reads like a formula.

    Capitals count as small letters, and _ as -. With declarations, what is no entry is a formula.
    Raises UnknownNameError for what reads like a name without being one.
    """
    name = text.strip().lower().replace("_", "-")
    if not _NAME.match(name):
        return None
    try:
        return entry_for(name)
    except UnknownNameError:
        if declared or _FORMULA.match(name):
            return None
        raise


def entry_for(name: str) -> Entry:
    """The entry of that name or alias. Raises UnknownNameError with the nearest names."""
    entries = (entry for path in loss_files() for entry in read_losses(path))
    return entry_named("loss", name, entries, "see `derive losses`")
