"""Finds and reads the knowledge: the TOML files of `rules/`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, field, fields
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from derive.errors import DataFileError
from derive.given_files import text_of
from derive.outgoing_text import unseen_sign

_HERE = Path(__file__).resolve().parent
_TOML_TYPES: dict[Any, type] = {
    "str": str, "bool": bool, "int": int, "float": float, "tuple[str, ...]": list,
    "tuple[tuple[str, str], ...]": dict}  # by the annotation of a record's field
_ESCAPE = re.compile(r"\\[uUbfrex]")  # by which TOML may write a sign that controls a reader
_NONE: Mapping[str, Any] = MappingProxyType({})


class Named(Protocol):
    """An entry of a table, which has a name; some have aliases."""

    @property
    def name(self) -> str:
        """The name."""


N = TypeVar("N", bound=Named)


@cache
def rules_folder() -> Path:
    """The folder of rule files: inside the installed package, else beside it in a checkout."""
    for folder in (_HERE / "rules", _HERE.parent / "rules"):
        if folder.is_dir():
            return folder
    raise DataFileError(f"the folder of rule files is missing beside {_HERE}; reinstall derive")


def read_table(path: Path) -> dict[str, dict[str, Any]]:
    """Reads a TOML file of entries `[name]` with their keys.

    Raises DataFileError, naming the file and the line or entry at fault.
    """
    try:
        content, unseen = _content(text_of(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataFileError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise DataFileError(f"{path}: cannot be read: {error.strerror}") from None
    if unseen:
        raise DataFileError(f"{path}: the sign {unseen}, which a terminal obeys and does not show, "
                            "stands in it; leave it out")
    for name, entry in content.items():
        if not isinstance(entry, dict):
            raise DataFileError(f"{path}: {name!r} stands outside an entry; write it under [name]")
    return {name: dict(entry) for name, entry in content.items()}


@lru_cache(maxsize=64)  # more than the files that one call reads
def _content(text: str) -> tuple[dict[str, Any], str]:
    """The content of a TOML text, and a sign in it that controls a reader, by its number.

    Several readers take different things from one file.
    """
    content = tomllib.loads(text)
    texts = chain((text,), _texts(content) if _ESCAPE.search(text) else ())
    return content, next(filter(None, map(unseen_sign, texts)), "")


def _texts(value: object) -> Iterator[str]:
    """The texts in data, keys among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        parts = chain(value, value.values()) if isinstance(value, dict) else value
        for part in parts:
            yield from _texts(part)


def check_entry(path: Path | str, name: str, entry: Mapping[str, object],
                keys: Mapping[str, Any], needed: tuple[str, ...]) -> None:
    """Raises DataFileError unless `entry` has the needed keys and only known ones, well typed."""
    where = f"{path}: entry [{name}]" if name else str(path)
    for key in needed:
        if key not in entry:
            raise DataFileError(f"{where}: key {key!r} is missing")
    for key, value in entry.items():
        if key not in keys:
            raise DataFileError(f"{where}: unknown key {key!r}; known are {', '.join(keys)}")
        if not isinstance(value, keys[key]):
            kind = getattr(keys[key], "__name__", str(keys[key]))
            raise DataFileError(f"{where}: key {key!r} should be a {kind}")
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise DataFileError(f"{where}: key {key!r} should be a list of strings")


def key(name: str, default: object = MISSING) -> Any:
    """A field of a record that is read from the key of that name; from none, if it is empty."""
    return field(default=default, metadata={"key": name})


def read_entry(record: type[N], path: Path | str, name: str, entry: Mapping[str, object],
               further: Mapping[str, type] = _NONE, needed: tuple[str, ...] = (),
               **values: object) -> N:
    """The record of an entry: each field from the key of its name (see `key`).

    A field with a default may be missing, unless its key is `needed`. `values` are fields that
    the caller has read itself, `further` keys that the entry may hold besides. Raises
    DataFileError as `check_entry`.
    """
    read: Mapping[str, Field[Any]] = fields_by_key(record)
    types = {k: _TOML_TYPES[f.type] for k, f in read.items() if f.name not in values}
    required = (k for k in types if read[k].default is MISSING)
    check_entry(path, name, entry, {**types, **further}, (*required, *needed))
    return record(**{"name": name, **values}, **{
        read[k].name: _frozen(v) for k, v in entry.items() if k in types})


@cache
def fields_by_key(record: Any) -> dict[str, Field[Any]]:
    """The fields of a record that an entry gives, by their key."""
    keys = {f.metadata.get("key", f.name): f for f in fields(record)}
    return {k: f for k, f in keys.items() if f.type in _TOML_TYPES and k not in ("", "name")}


def _frozen(value: object) -> Any:
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value


def loss_files() -> Iterator[Path]:
    """The files of the loss catalogue, in the order in which they are listed."""
    yield from sorted((rules_folder() / "losses").glob("*.toml"))
