"""A derivation for the terminal: aligned `=`, rule names in the margin, wrapped to the width."""

from __future__ import annotations

from sympy.core.basic import Basic

from derive.derivation import Derivation
from derive.proof import Refusal
from derive.rendering.array_results import matrix_results
from derive.rendering.derivation_rows import (
    binds_indices,
    closing_lines,
    result_equation,
    rows_of,
    sections,
)
from derive.rendering.layout import folded
from derive.rendering.no_cost_facts import claim, proof_facts
from derive.rendering.text_page import TextPage

_LONGEST_LABEL = 9
_SHORT = {"With": "with", "Written out": "in full"}


def text(derivation: Derivation, detail: str = "normal", width: int = 80, ascii: bool = False,
         color: bool = False) -> str:
    """The derivation as lines of text; `ascii` prints the notation instead of Unicode."""
    page = TextPage(width, ascii, color)
    lines = page.heading(derivation.title)
    if derivation.source:
        lines += page.heading(derivation.source, "dim")
    lines += ["", *_given(page, derivation.stated, derivation.assumed)]
    if derivation.time is not None:
        from derive.rendering.model_results import equations  # other pages start without it

        lines += page.aligned("model", equations(derivation, _style(page)))
    for part in sections(derivation, detail):
        lines += ["", *section(page, part, detail)]
    return "\n".join([*lines, "", *_results(page, derivation), *_closing(page, derivation)])


def _given(page: TextPage, stated: tuple[str, ...], assumed: tuple[str, ...]) -> list[str]:
    """What is given, and what the use of names told."""
    given = page.listed("given", stated or ("nothing",)) if stated or not assumed else []
    return given + (page.listed("assumed", assumed) if assumed else [])


def refusal_text(proof: Refusal, detail: str = "normal", width: int = 80, ascii: bool = False,
                 color: bool = False) -> str:
    """The proof that no cost exists as lines of text; see `text`."""
    page = TextPage(width, ascii, color)
    lines = page.heading(claim(proof, ascii))
    lines += ["", *_given(page, proof.stated, proof.assumed), ""]
    for part in (proof.jacobian, proof.difference):
        lines += [*section(page, part, detail), ""]
    for fact in proof_facts(proof, ascii):
        lines += ["  " + line for line in folded(page.sentence(fact), page.width - 4, "  ")]
    return "\n".join(lines)


def section(page: TextPage, part: Derivation, detail: str) -> list[str]:
    """One chain of equations, with its own heading where there are several."""
    note = ["  " + page.styled(line, "dim") for line in
            folded(page.sentence(part.note), page.width - 2, "") if part.note]
    return note + page.equations([
        ("" if row.left is None else _formula(page, row.left, part), _formula(page, row.line, part),
         page.sentence(row.rules)) for row in rows_of(part, detail)])


def _formula(page: TextPage, node: Basic, part: Derivation) -> str:
    return page.formula(node, part.reserved, part.time)


def _style(page: TextPage) -> str:
    """The style of formulas with whole arrays."""
    return "ascii" if page.ascii else "unicode"


def _results(page: TextPage, derivation: Derivation) -> list[str]:
    """The results in the notation; where there are several, each under what it is."""
    if derivation.time is not None:
        return _model_results(page, derivation)
    lines = []
    for result in (derivation, *derivation.others):
        name = _formula(page, result.quantity, derivation)
        if not derivation.others:
            lines += page.labelled("result", result.notation, formula=True)
        elif len(name) > _LONGEST_LABEL:
            lines += page.labelled("result", result_equation(result), formula=True)
        else:
            lines += page.labelled(name, result.notation, formula=True)
    lines += page.aligned("matrices", matrix_results(derivation, _style(page)))
    before = ""
    for words, line in closing_lines(derivation):
        lines += page.labelled("" if words == before else _SHORT[words], line, formula=True)
        before = words
    return lines


def _model_results(page: TextPage, derivation: Derivation) -> list[str]:
    """The results of a model in the notation, and those that can be written in matrices."""
    lines = []
    for place, result in enumerate((derivation, *derivation.others)):
        lines += page.labelled("" if place else "results", result_equation(result), formula=True)
    rows = matrix_results(derivation, _style(page))
    if rows and page.ascii:
        lines += ["", *page.labelled("matrices", "* is elementwise, @ the matrix product"),
                  *page.aligned("", rows)]
    elif rows:
        lines += ["", *page.aligned("matrices", rows)]
    return lines


def _closing(page: TextPage, derivation: Derivation) -> list[str]:
    """The sequel, what the results rest on, and what was verified."""
    lines = []
    if derivation.sequel is not None:
        name = derivation.sequel.definitions[-1].name
        lines += page.labelled(f"in {name}", derivation.sequel.notation, formula=True)
    for label, words in derivation.remarks:
        equations = derivation.time is not None and words.count(" = ") > 1
        lines += page.listed(label, words.split("; "), "; ") if equations else \
            page.labelled(label, words)
    for condition in derivation.obligations:
        bound = " for every index" if binds_indices(condition) else ""
        lines += page.labelled("where", _formula(page, condition, derivation) + bound)
    if derivation.verification is not None:
        lines += page.labelled("verified", derivation.verification.summary)
    return lines
