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
from derive.notation.printing.plain import plain
from derive.proof import Refusal
from derive.rendering.check_code import check_code, refusal_check
from derive.rendering.model_results import equations, matrix_results
from derive.rendering.plot_code import plot_code
from derive.rendering.terminal_text import sections
from derive.rendering.tex import align, listed, provided
from derive.version import __version__

Cell = tuple[str, str]  # "markdown" or "code", and its source


def notebook(derivation: Derivation, detail: str = "normal") -> str:
    """The derivation as the text of an .ipynb file: formulas, a check that runs, a plot."""
    return written(cells(derivation, detail))


def cells(derivation: Derivation, detail: str = "normal", level: int = 1) -> list[Cell]:
    """The cells of one derivation, its title as a heading of the `level`."""
    head = [f"{'#' * level} {derivation.title}"]
    if derivation.source:
        head.append(f"*{derivation.source}*")
    head.append("Given " + ", ".join(f"`{line}`" for line in derivation.given) + ".")
    if derivation.time is not None:
        head.append(_displayed(listed(equations(derivation, "latex"), "aligned")))
    found: list[Cell] = [("markdown", "\n\n".join(head))]
    for part in sections(derivation, detail):
        chain = _displayed(align(part, detail, "aligned"))
        found.append(("markdown", f"{part.note}\n\n{chain}" if part.note else chain))
    found.append(("markdown", "\n\n".join(_closing(derivation))))
    check = check_code(derivation)
    if check:
        found += [("markdown", "**Check.** The result beside numbers, in plain NumPy, at random "
                               "values."), ("code", check)]
    plot = plot_code(derivation)
    if plot:
        found.append(("code", plot))
    return found


def refusal_cells(proof: Refusal, detail: str = "normal", level: int = 1) -> list[Cell]:
    """The cells of the proof that a field has no cost."""
    from derive.rendering.refutation import render_refusal

    title, _, rest = render_refusal(proof, "markdown", detail).partition("\n")
    found: list[Cell] = [("markdown", f"{'#' * level} {title.lstrip('# ')}"),
                         ("markdown", rest.strip())]
    check = refusal_check(proof)
    if check:
        found += [("markdown", "**Check.** The two derivatives as difference quotients."),
                  ("code", check)]
    return found


def _closing(derivation: Derivation) -> list[str]:
    """The result in the notation, and what it rests on."""
    page = []
    if derivation.time is not None:
        said = matrix_results(derivation, "latex")
        page += ["In matrices:", _displayed(listed(said, "aligned"))] if said else []
    for one in (derivation, *derivation.others):
        left = "" if not derivation.others else f"{plain(one.quantity, one.reserved)} = "
        page.append(f"**Result:** `{left}{one.notation}`")
    if derivation.sequel is not None:
        page.append(f"In the output: `{derivation.sequel.notation}`")
    page += [f"{label.capitalize()}: {words}." for label, words in derivation.remarks]
    page += provided(derivation)
    if derivation.verification is not None:
        page.append(f"Verified: {derivation.verification.summary}.")
    return page


def _displayed(formula: str) -> str:
    return f"$$\n{formula}\n$$"


def written(found: Sequence[Cell]) -> str:
    """Cells as the text of a notebook file."""
    return json.dumps({
        "cells": [_cell(kind, source, place) for place, (kind, source) in enumerate(found)],
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
