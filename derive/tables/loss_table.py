"""The catalogue of losses: entries of `rules/losses/*.toml`. Reading it needs no SymPy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from derive.errors import DataFileError, UnknownNameError
from derive.resources import check_entry, loss_files, read_table, unknown

_KEYS: dict[str, Any] = {
    "title": str, "aliases": list, "given": list, "define": list, "loss": str, "wrt": str,
    "source": str, "note": str, "catalogue": int, "domain": str,
}
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


@dataclass(frozen=True)
class Entry:
    """One loss: its formula as text, with what it is called and where it comes from."""

    name: str
    title: str
    aliases: tuple[str, ...]
    given: tuple[str, ...]
    define: tuple[str, ...]
    loss: str
    wrt: str
    source: str
    note: str
    catalogue: int
    section: str


def losses() -> tuple[Entry, ...]:
    """All losses, in the order of the catalogue. Raises DataFileError."""
    entries = tuple(e for path in loss_files() for e in read_losses(path))
    check_names(entries)
    return entries


@lru_cache(maxsize=256)
def read_losses(path: Path) -> tuple[Entry, ...]:
    """The entries of one loss file. Raises DataFileError, naming file, entry and key."""
    section = path.stem.partition("-")[2] or path.stem
    found = []
    for name, entry in read_table(path).items():
        check_entry(path, name, entry, _KEYS, ("title", "given", "loss", "wrt", "source"))
        found.append(Entry(
            name, entry["title"], tuple(entry.get("aliases", ())), tuple(entry["given"]),
            tuple(entry.get("define", ())), entry["loss"], entry["wrt"], entry["source"],
            entry.get("note", ""), entry.get("catalogue", 0), section))
    return tuple(found)


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
        if declared:
            return None
        raise


def entry_for(name: str) -> Entry:
    """The entry of that name or alias. Raises UnknownNameError with the nearest names."""
    wanted = name.strip()
    known: list[str] = []
    for path in loss_files():
        for entry in read_losses(path):
            if wanted == entry.name or wanted in entry.aliases:
                return entry
            known += [entry.name, *entry.aliases]
    raise unknown("loss", wanted, known, "see `derive losses`")


def check_names(entries: tuple[Entry, ...]) -> None:
    """Raises DataFileError if two entries share a name or an alias."""
    seen: dict[str, str] = {}
    for entry in entries:
        for name in (entry.name, *entry.aliases):
            if name in seen:
                raise DataFileError(f"the name {name!r} belongs to both [{seen[name]}] and "
                                    f"[{entry.name}]")
            seen[name] = entry.name
