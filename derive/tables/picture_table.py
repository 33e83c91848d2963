"""The pictures of `rules/pictures.toml` as they are listed. Reading them needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from derive.resources import fields_by_key, read_entry, read_table, rules_folder


@dataclass(frozen=True)
class ListedPicture:
    """What a list tells of a picture; what is drawn stands in its entry."""

    name: str
    title: str
    meaning: str = ""
    caption: str = ""


@cache
def listed_pictures() -> tuple[ListedPicture, ...]:
    """All pictures, in file order. Raises DataFileError."""
    path = rules_folder() / "pictures.toml"
    keys = fields_by_key(ListedPicture)
    return tuple(read_entry(ListedPicture, path, name, {k: entry[k] for k in keys if k in entry})
                 for name, entry in read_table(path).items())
