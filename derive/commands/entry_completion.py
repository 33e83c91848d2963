"""Names of entries for the completion of a shell, read from the lines of `rules/` alone.

A shell asks at every press of a key, so no table is parsed, and no entry is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from derive.resources import rules_folder

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_HEAD = re.compile(r"""^\[(?P<name>[\w.-]+)\]|^title\s*=\s*"(?P<title>[^"]*)"|"""
                   r"""^says\s*=\s*"(?P<says>[^"]*)"|^aliases\s*=\s*\[(?P<aliases>[^\]]*)\]|"""
                   r"""^(?P<form>[\w-]+)\s*=\s*\[""", re.MULTILINE)
_ALIAS = re.compile(r'"([^"]+)"')
_LINE_OF_RULE = re.compile(r"^(from|tactic|method)\s*=", re.MULTILINE)
_NO_RULES = ("misconceptions", "functions")  # tables whose entries are like rules
if TYPE_CHECKING:
    _Text = click.ParamType[str]
else:
    _Text = click.ParamType  # not generic in older versions of click
Names = dict[str, str]  # a name and what the shell shows beside it


def _entries(pattern: str) -> tuple[Names, Names]:
    """The names in files of `rules/` with their titles, and the aliases with what they are of."""
    names: Names = {}
    aliases: Names = {}
    for path in sorted(rules_folder().glob(pattern)):
        entry = section = ""
        for line in _HEAD.finditer(path.read_text(encoding="utf-8-sig")):
            read = line.groupdict()
            if read["name"]:
                entry, _, section = read["name"].partition(".")
                if not section:
                    names[entry] = ""
            elif section == "forms" and read["form"]:
                names[f"{entry}-{read['form']}"] = names.get(entry, "")
            elif not section and (read["title"] or read["says"]):
                names[entry] = names.get(entry) or read["title"] or read["says"]
            elif not section and read["aliases"]:
                aliases.update(dict.fromkeys(_ALIAS.findall(read["aliases"]), f"= {entry}"))
    return names, aliases


def _demonstrations() -> tuple[Names, Names]:
    files = sorted((rules_folder() / "demonstrations").glob("*.toml"))
    return {path.stem.partition("-")[2]: _title(path) for path in files}, {}


def _title(path: Path) -> str:
    line = re.search(r'^title\s*=\s*"([^"]*)"', path.read_text(encoding="utf-8-sig"), re.MULTILINE)
    return line[1] if line else ""


def _rules() -> tuple[Names, Names]:
    """The entries of the files that hold rules: an entry that says `from` is one."""
    names: Names = {}
    for path in sorted(rules_folder().glob("*.toml")):
        if path.stem in _NO_RULES:
            continue
        text = path.read_text(encoding="utf-8-sig")
        starts = [(m.start(), m[1]) for m in re.finditer(r"^\[([\w-]+)\]", text, re.MULTILINE)]
        for (start, name), (end, _) in pairwise([*starts, (len(text), "")]):
            body = text[start:end]
            if _LINE_OF_RULE.search(body) and "\nsource" in body:
                says = re.search(r'^says\s*=\s*"([^"]*)"', body, re.MULTILINE)
                names[name] = says[1] if says else ""
    return names, {}


def _tasks() -> tuple[Names, Names]:
    text = (rules_folder() / "tasks.toml").read_text(encoding="utf-8-sig")
    return dict(re.findall(r'^\[tasks\.([\w-]+)\]\s+title\s*=\s*"([^"]*)"', text,
                           re.MULTILINE)), {}


def _words() -> tuple[Names, Names]:
    from derive.tables.notation_table import notation_words

    return {word.name: word.says for word in notation_words()}, {}


_TABLES: dict[str, Callable[[], tuple[Names, Names]]] = {
    "losses": partial(_entries, "losses/*.toml"),
    "distributions": partial(_entries, "distributions/*.toml"),
    "regressions": partial(_entries, "regressions.toml"),
    "activations": partial(_entries, "activations.toml"),
    "cells": partial(_entries, "cells/*.toml"),
    "models": partial(_entries, "models/*.toml"),
    "heads": partial(_entries, "heads.toml"),
    "reductions": partial(_entries, "reductions.toml"),
    "links": partial(_entries, "links.toml"),
    "pictures": partial(_entries, "pictures.toml"),
    "routes": partial(_entries, "routes.toml"),
    "practice": partial(_entries, "practice.toml"),
    "demonstrations": _demonstrations, "rules": _rules, "tasks": _tasks, "notation": _words,
}


class EntryName(_Text):
    """A text that may be the name of an entry of these tables; a shell completes it.

    `files` where it may be a file too.
    """

    name = "text"

    def __init__(self, *tables: str, files: bool = True) -> None:
        self.tables, self.files = tables, files

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str,
                       ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        if self.files and ("/" in incomplete or "." in incomplete):
            return [CompletionItem(incomplete, type="file")]
        items = [CompletionItem(name, help=says) for name, says in self.beginning(incomplete)]
        return items or ([CompletionItem(incomplete, type="file")] if self.files else [])

    def beginning(self, start: str) -> Iterator[tuple[str, str]]:
        """The names that begin so; an alias where no name does."""
        read = [_TABLES[table]() for table in self.tables]
        for part in (0, 1):
            fit = {n: says for tables in read for n, says in tables[part].items()
                   if n.startswith(start)}
            if fit:
                yield from fit.items()
                return
