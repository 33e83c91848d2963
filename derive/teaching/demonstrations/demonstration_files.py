"""Reads demonstrations: files of `rules/demonstrations/`, one each, named as the demonstration."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from derive.entry_names import unknown
from derive.errors import DataFileError
from derive.resources import rules_folder
from derive.short_reprs import Brief
from derive.tables.entry_lists import Entries, selected

_HEAD: dict[str, type] = {"title": str, "seed": int, "topic": str, "question": str,
                          "answer": str, "blocks": list, "names": list, "time": str,
                          "given": list, "at": dict}
_OPTIONAL = ("names", "time", "given", "at")
_NUMBER: dict[str, Any] = {
    "formula": str, "kernel": str, "output": str, "options": dict, "derive": str, "pick": str,
    "given": list, "at": dict, "expect": (int, float, list), "digits": int, "reduction": str,
    "target": str, "wrt": str, "field": str, "data": str, "through": list, "label": str,
    "route": str, "detail": str, "link": str, "recorded": (int, float, list)}
_CALL: dict[str, Any] = {"target": str, "given": list, "wrt": str, "through": list, "route": str,
                         "link": str, "data": str, "output": str, "detail": str, "ends": str,
                         "refused": bool, "says": str, "title": str}
_MEASURED: dict[str, Any] = {"given": list, "at": dict, "of": dict, "holds": list}
_BLOCKS: dict[str, dict[str, Any]] = {
    "text": {"text": str},
    "derive": {"derive": str, **_CALL},
    "numbers": {"numbers": str, **_MEASURED},
    "table": {"table": str, "columns": list, "rows": list, "each": list, "first": int,
              **_MEASURED},
    "plot": {"plot": str, "caption": str},
    "code": {"code": str, "says": str},
}


@dataclass(frozen=True)
class Demo(Brief, called="Demonstration", by=("name", "title")):
    """One demonstration as it stands in its file.

    `seed` is the document of which it answers a question, `answer` what it comes to, `blocks`
    tables of which each is one of text, derive, numbers, table, plot, code. `names` declare what
    stands in the formulas of its prose, where indices over the dimension `time` are the steps of a
    sequence. `given` and `at` are declarations and data of all its blocks.
    """

    name: str
    title: str
    seed: int
    topic: str
    question: str
    answer: str
    blocks: tuple[Mapping[str, Any], ...]
    names: tuple[str, ...] = ()
    time: str = ""
    given: tuple[str, ...] = ()
    at: Mapping[str, Any] = field(default_factory=dict)


def demos(*words: str) -> Entries[Demo]:
    """The demonstrations, by seed, in the order of their files' numbers: all, or those of words.

    Words are looked for in names, titles and questions, and all must be there; the demonstration
    of that name comes first. Raises UnknownNameError where nothing matches.

    >>> first = derive.demos()[0]
    >>> derive.demos(first.name)[0] == first
    True
    """
    return selected("demos", "demonstration", _demos(), words, command="demo")


@cache
def _demos() -> tuple[Demo, ...]:
    """All demonstrations, by seed, in the order of their files' numbers. Raises DataFileError."""
    return tuple(read_demo(path) for path in sorted(
        (rules_folder() / "demonstrations").glob("*.toml")))


def demo_for(name: str) -> Demo:
    """The demonstration of that name. Raises UnknownNameError with near names."""
    by_name = {demo.name: demo for demo in _demos()}
    demo = by_name.get(name.strip().lower())
    if demo is None:
        raise unknown("demonstration", name, by_name, "see `derive demo`")
    return demo


def read_demo(path: Path) -> Demo:
    """The demonstration in a file. Raises DataFileError, naming file, block and key."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataFileError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise DataFileError(f"{path}: cannot be read: {error.strerror}") from None
    _check(path, "the head", content, _HEAD, tuple(k for k in _HEAD if k not in _OPTIONAL))
    for place, block in enumerate(content["blocks"], 1):
        _check_block(path, f"block {place}", block)
    name = path.stem.partition("-")[2]
    return Demo(name, content["title"], content["seed"], content["topic"],
                content["question"].strip(), content["answer"].strip(), tuple(content["blocks"]),
                tuple(content.get("names", ())), content.get("time", ""),
                tuple(content.get("given", ())), content.get("at", {}))


def kind_of(block: Mapping[str, Any]) -> str:
    """Which sort of block it is."""
    return next(kind for kind in _BLOCKS if kind in block)


def _check_block(path: Path, where: str, block: Any) -> None:
    if not isinstance(block, dict) or not {*_BLOCKS} & {*block}:
        raise DataFileError(f"{path}: {where}: give one of {', '.join(_BLOCKS)}")
    _check(path, where, block, _BLOCKS[kind_of(block)], (kind_of(block),))
    for name, number in block.get("of", {}).items():
        _check(path, f"{where}, number {name!r}", number, _NUMBER,
               () if "recorded" in number else ("expect",))


def _check(path: Path, where: str, entry: Any, keys: Mapping[str, Any], needed: tuple[str, ...],
           ) -> None:
    if not isinstance(entry, dict):
        raise DataFileError(f"{path}: {where}: should be a table")
    for key in needed:
        if key not in entry:
            raise DataFileError(f"{path}: {where}: key {key!r} is missing")
    for key, value in entry.items():
        if key not in keys:
            raise DataFileError(f"{path}: {where}: unknown key {key!r}; known are "
                                f"{', '.join(keys)}")
        if not isinstance(value, keys[key]):
            raise DataFileError(f"{path}: {where}: key {key!r} is of a wrong type")
