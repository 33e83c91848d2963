"""Stored derivations as Jupyter notebooks (nbformat 4.5); nothing is computed here.

A notebook is JSON, written without nbformat, which reads and checks it. The ids of cells are made
from their content and place: the same derivation gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from derive.derivation import Derivation
from derive.proof import Refusal
from derive.rendering.check_code import check_code
from derive.rendering.derivation_rows import sections
from derive.rendering.markdown import (
    chains,
    closing,
    head,
    paragraphs,
    refusal_body,
    refusal_head,
)
from derive.rendering.plot_code import plot_code
from derive.rendering.refusal_code import refusal_check
from derive.version import __version__

Cell = tuple[str, str]  # "markdown" or "code", and its source


def notebook(derivation: Derivation, detail: str = "normal") -> str:
    """The derivation as the text of an .ipynb file: formulas, a check that runs, a plot."""
    return written(cells(derivation, detail))


def refusal_notebook(proof: Refusal, detail: str = "normal") -> str:
    """The proof that no cost exists as the text of such a file."""
    return written(refusal_cells(proof, detail))


def cells(derivation: Derivation, detail: str = "normal", level: int = 1) -> list[Cell]:
    """The cells of one derivation, its title as a heading of the `level`."""
    texts = [head(derivation, level), *chains(sections(derivation, detail), detail),
             paragraphs(closing(derivation))]
    check, plot = check_code(derivation), plot_code(derivation)
    return [*(("markdown", text) for text in texts),
            *_checked("The result beside numbers, in plain NumPy, at random values.", check),
            *([("code", plot)] if plot else [])]


def refusal_cells(proof: Refusal, detail: str = "normal", level: int = 1) -> list[Cell]:
    """The cells of the proof that a field has no cost."""
    return [("markdown", refusal_head(proof, level)), ("markdown", refusal_body(proof, detail)),
            *_checked("The two derivatives as difference quotients.", refusal_check(proof))]


def _checked(words: str, code: str) -> list[Cell]:
    """The cell of a check below its heading; none where no code runs."""
    return [("markdown", f"**Check.** {words}"), ("code", code)] if code else []


def written(cells: Sequence[Cell]) -> str:
    """Cells as the text of a notebook file."""
    return json.dumps({
        "cells": [_cell(kind, source, place) for place, (kind, source) in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "derive": {"version": __version__},
        },
        "nbformat": 4, "nbformat_minor": 5,
    }, ensure_ascii=False, indent=1)


def _cell(kind: str, source: str, place: int) -> dict[str, Any]:
    name = hashlib.sha256(f"{place} {kind} {source}".encode()).hexdigest()[:12]
    cell: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {},
                            "source": source.splitlines(keepends=True)}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell
