"""Finds and reads the knowledge: the TOML files of `rules/`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from derive.errors import DataFileError, UnknownNameError
from derive.plain_toml import loads

_HERE = Path(__file__).resolve().parent


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
        content = _content(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataFileError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise DataFileError(f"{path}: cannot be read: {error.strerror}") from None
    for name, entry in content.items():
        if not isinstance(entry, dict):
            raise DataFileError(f"{path}: {name!r} stands outside an entry; write it under [name]")
    return {name: dict(entry) for name, entry in content.items()}


@lru_cache(maxsize=64)  # more than the files that one call reads
def _content(text: str) -> dict[str, Any]:
    """The content of a TOML text; several readers take different things from one file."""
    return loads(text)


def check_entry(path: Path | str, name: str, entry: dict[str, Any], keys: dict[str, Any],
                needed: tuple[str, ...]) -> None:
    """Raises DataFileError unless `entry` has the needed keys and only known ones, well typed."""
    where = f"{path}: entry [{name}]"
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


def unknown(what: str, name: str, known: Iterable[str], otherwise: str) -> UnknownNameError:
    """The error for a name that is none of the known ones: with the nearest, or with a hint."""
    typed, every = name.lower().strip().replace("_", "-"), list(known)
    near = get_close_matches(typed, every, 3, 0.6) or \
        [k for k in every if len(typed) > 2 and typed in k][:3]
    hint = f"did you mean {' or '.join(near)}?" if near else otherwise
    return UnknownNameError(f"there is no {what} {name!r}; {hint}")


def loss_files() -> Iterator[Path]:
    """The files of the loss catalogue, in the order in which they are listed."""
    yield from sorted((rules_folder() / "losses").glob("*.toml"))
