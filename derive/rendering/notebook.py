"""Stored derivations as Jupyter notebooks (nbformat 4.5); nothing is computed here.

A notebook is JSON, written without nbformat, which reads and checks it. The ids of cells are made
from their content and place: the same derivation gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from derive.derivation import Derivation
from derive.outgoing_text import as_json
from derive.proof import Refusal
from derive.rendering.check_code import check_code
from derive.rendering.derivation_contents import (
    Chain,
    Entry,
    contents,
    in_form,
)
from derive.rendering.markdown import paragraphs, writers
from derive.rendering.numpy_code import declared_names
from derive.rendering.plot_code import plot_code
from derive.rendering.python_names import with_own_names
from derive.rendering.refusal_code import refusal_check
from derive.version import __version__

Cell = tuple[str, str]  # "markdown" or "code", and its source


def notebook(subject: Derivation | Refusal, detail: str = "normal") -> str:
    """A derivation as the text of an .ipynb file: formulas, a check that runs, a plot."""
    return written(cells(subject, detail))


def cells(subject: Derivation | Refusal, detail: str = "normal", level: int = 1) -> list[Cell]:
    """The cells of a derivation, its title as a heading of the `level`."""
    if isinstance(subject, Refusal):
        words, check, plot = ("The two derivatives as difference quotients.",
                              refusal_check(subject), "")
    else:
        words = "The result beside numbers, in plain NumPy, at random values."
        check, plot = with_own_names((check_code(subject), plot_code(subject)),
                                     declared_names(subject.given))
    return [*_texts(contents(subject, detail), level), *_checked(words, check),
            *([("code", plot)] if plot else [])]


def _texts(entries: Sequence[Entry], level: int) -> list[Cell]:
    """A cell for what stands above the lines, one for every chain, one for what stands below."""
    groups: list[list[str]] = []
    before = ""
    for entry, made in zip(entries, in_form(entries, writers(level)), strict=True):
        place = {"premises": "head", "closing": "results"}.get(entry.block, entry.block)
        if place != before or isinstance(entry, Chain):
            groups.append([])
        groups[-1].append(made)
        before = place
    return [("markdown", paragraphs(group)) for group in groups]


def _checked(words: str, code: str) -> list[Cell]:
    """The cell of a check below its heading; none where no code runs."""
    return [("markdown", f"**Check.** {words}"), ("code", code)] if code else []


def written(cells: Sequence[Cell]) -> str:
    """Cells as the text of a notebook file."""
    return as_json({
        "cells": [_cell(kind, source, place) for place, (kind, source) in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "derive": {"version": __version__},
        },
        "nbformat": 4, "nbformat_minor": 5,
    }, indent=1)


def _cell(kind: str, source: str, place: int) -> dict[str, Any]:
    name = hashlib.sha256(f"{place} {kind} {source}".encode()).hexdigest()[:12]
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {},
                            "source": source.splitlines(keepends=True)}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell
