"""One derivation as an article: title, given, result, chains of equations, what was checked."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from derive.derivation import Derivation
from derive.notation.printing.latex import latex
from derive.notation.printing.plain import plain
from derive.rendering.derivation_json import defined
from derive.rendering.model_results import equations as model_equations
from derive.rendering.model_results import matrix_results
from derive.rendering.page.equation_chain import Chains
from derive.rendering.page.page_formulas import (
    button,
    code,
    condition,
    equations,
    math,
    scroll,
    styled,
)
from derive.rendering.terminal_text import sections
from derive.rendering.tex import latex_document

STYLES = ("mathml", "latex", "unicode")


def article(derivation: Derivation, detail: str = "normal", heading: int = 1,
            prefix: str = "line", above: Sequence[Derivation] = ()) -> str:
    """A derivation as an `article` whose title has the level `heading`.

    `prefix` names its lines, and has to differ where a page has several; parts that derivations
    `above` it have shown are left out.
    """
    check = derivation.verification
    chains = Chains(detail, f"Checked: {check.summary}" if check else "", prefix, heading + 2)
    shown = {(p.quantity, p.start, p.result) for one in above for p in sections(one, detail)}
    parts = "".join(chains.chain(part) for part in sections(derivation, detail)
                    if (part.quantity, part.start, part.result) not in shown)
    low = heading + 1
    return (f'<article id="{prefix}-article">{header(derivation, heading)}'
            f"{result(derivation, low)}{chapter('Derivation', parts, low, unfolds=True)}"
            f"{closing(derivation, low)}</article>")


def header(derivation: Derivation, heading: int) -> str:
    """Title, source, and what is given."""
    source = f'<p class="source">{escape(derivation.source)}</p>' if derivation.source else ""
    page = f"<header><h{heading}>{escape(derivation.title)}</h{heading}>{source}</header>"
    page += given(derivation.given, heading + 1)
    if derivation.time is not None:
        rows = {style: model_equations(derivation, style)
                for style in STYLES}
        page += f'<section>{label("Model", heading + 1)}{equations(styled(rows))}</section>'
    return page


def given(lines: tuple[str, ...], level: int = 2) -> str:
    """Declarations and conditions as a list."""
    told = "".join(f"<li>{code(line)}</li>" for line in lines)
    return (f'<section>{label("Given", level)}<ul class="given">{told or "<li>nothing</li>"}</ul>'
            "</section>")


def label(words: str, level: int = 2) -> str:
    """A small heading."""
    return f'<h{level} class="label">{escape(words)}</h{level}>'


def chapter(words: str, inner: str, level: int = 2, unfolds: bool = False) -> str:
    """A section with its heading, and a button that opens all steps in it."""
    opener = ('<button type="button" class="small" hidden data-unfold aria-pressed="false">'
              "Open all steps</button>") if unfolds else ""
    return f'<section><div class="bar">{label(words, level)}{opener}</div>{inner}</section>'


def result(derivation: Derivation, level: int = 2) -> str:
    """The result, large; where there are several, each under what it is."""
    every = (derivation, *derivation.others)
    rows = [(math(one.quantity, one), math(one.result, one)) for one in every]
    texts = [one.notation for one in every]
    tex = [latex(one.result, one.reserved, one.time) for one in every]
    if derivation.sequel is not None:
        after = derivation.sequel
        rows.append(("", math(after.result, after)))
        texts.append(after.notation)
    if len(every) > 1:
        texts[:len(every)] = [f"{plain(one.quantity, one.reserved)} = {one.notation}"
                              for one in every]
        tex = [f"{latex(one.quantity, one.reserved, one.time)} = {formula}"
               for one, formula in zip(every, tex, strict=True)]
    shown = "".join(f'<div class="notation scroll">{code(text)}</div>' for text in texts)
    many = " many" if len(rows) > 2 else ""
    if many:
        shown = f"<details><summary>In the notation</summary>{shown}</details>"
    head = label("Results" if len(rows) > 1 else "Result", level)
    return (f'<section class="result{many}">{head}'
            f"{equations(rows)}{_matrices(derivation, level + 1)}{shown}"
            f'<div class="buttons">{button("Copy LaTeX", _joined(tex))}'
            f'{button("Copy notation", chr(10).join(texts))}'
            f'{button("Copy derivation as LaTeX", latex_document(derivation))}</div></section>')


def _joined(tex: list[str]) -> str:
    return tex[0] if len(tex) == 1 else " \\\\\n".join(tex)


def _matrices(derivation: Derivation, level: int) -> str:
    """The results of a recurrent model with whole vectors and matrices."""
    if derivation.time is None:
        return ""
    rows = {style: matrix_results(derivation, style) for style in STYLES}
    return f"{label('In matrices', level)}{equations(styled(rows))}" if rows["latex"] else ""


def closing(derivation: Derivation, level: int = 2) -> str:
    """Definitions, remarks, what it rests on, and what was verified."""
    rows: list[tuple[str, str]] = [
        ("defined", "<br>".join(map(code, lines))) for lines in [defined(derivation)] if lines]
    rows += [(name, escape(words)) for name, words in derivation.remarks]
    rows += [("where", scroll(condition(o, derivation))) for o in derivation.obligations]
    if derivation.verification is not None:
        rows.append(("verified", escape(derivation.verification.summary)))
    return chapter("Conditions and checks", facts(rows), level) if rows else ""


def facts(rows: list[tuple[str, Any]]) -> str:
    """A list of labels with what they say, which is HTML."""
    told = "".join(f"<dt>{escape(name)}</dt><dd>{words}</dd>" for name, words in rows)
    return f'<dl class="closing">{told}</dl>'
