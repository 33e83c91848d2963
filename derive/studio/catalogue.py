"""What the studio's page offers: questions, examples by topic, the catalogue for its search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from derive.entry_names import names_of
from derive.resources import check_entry, read_table, rules_folder
from derive.studio.studio_questions import questions
from derive.tables.activation_table import activations
from derive.tables.cell_table import cells
from derive.tables.distribution_table import distributions
from derive.tables.entry_lists import heading_of
from derive.tables.loss_table import losses

Data = dict[str, Any]
TABLES: dict[str, Callable[[], Sequence[Any]]] = {
    "losses": losses, "distributions": distributions, "activations": activations, "cells": cells}


def offered() -> Data:
    """Questions, examples and entries as plain data."""
    return {"questions": [_question(name) for name in questions()],
            "examples": _examples(),
            "entries": [_entry(table, entry) for table, read in TABLES.items()
                        for entry in read()]}


def entry_of(table: str, name: str) -> Any | None:
    """The entry that a text names, by its name or an alias; None for a formula."""
    entries = TABLES[table]() if table in TABLES else ()
    return next((entry for entry in entries if name in names_of(entry)), None)


def _question(name: str) -> Data:
    asked = questions()[name]
    return {"name": name, "label": asked.label, "says": asked.says, "target": asked.target,
            "placeholder": asked.placeholder, "inputs": list(asked.inputs),
            "entries": asked.entries}


def _entry(table: str, entry: Any) -> Data:
    return {"table": table, "name": entry.name, "title": entry.title, "meaning": entry.meaning,
            "section": heading_of(table, entry), "words": " ".join(names_of(entry)[1:])}


@cache
def _examples() -> list[Data]:
    """The examples of `rules/studio/examples.toml`. Raises DataFileError."""
    path = rules_folder() / "studio" / "examples.toml"
    keys = {"topic": str, "title": str, "ask": str, "formula": str, "given": list,
            "options": dict}
    made = []
    for name, entry in read_table(path).items():
        check_entry(path, name, entry, keys, ("topic", "title", "ask", "formula"))
        made.append({"name": name, "given": [], "options": {}, **entry})
    return made
