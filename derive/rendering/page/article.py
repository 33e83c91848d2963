"""One derivation as an article: title, given, result, chains of equations, what was checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from sympy.core.basic import Basic

from derive.derivation import Derivation
from derive.notation.printing.latex import latex
from derive.rendering.array_results import matrix_results
from derive.rendering.derivation_contents import (
    Code,
    Condition,
    Entry,
    Notation,
    Sentence,
    contents,
    in_form,
)
from derive.rendering.derivation_rows import result_equation, sections
from derive.rendering.model_results import equations as model_equations
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
    shown = {_key(part) for earlier in above for part in sections(earlier, detail)}
    parts = "".join(chains.chain(part) for part in sections(derivation, detail)
                    if _key(part) not in shown)
    low = heading + 1
    return (f'<article id="{prefix}-article">{header(derivation, heading)}'
            f"{result(derivation, low)}{chapter('Derivation', parts, low, unfolds=True)}"
            f"{closing(derivation, low, detail)}</article>")


def _key(part: Derivation) -> tuple[Basic, Basic, Basic]:
    return part.quantity, part.start, part.result


def header(derivation: Derivation, heading: int) -> str:
    """Title, source, and what is given."""
    meaning = f"<p>{escape(derivation.meaning)}</p>" if derivation.meaning else ""
    source = f'<p class="source">{escape(derivation.source)}</p>' if derivation.source else ""
    page = f"<header><h{heading}>{escape(derivation.title)}</h{heading}>{meaning}{source}</header>"
    page += given(derivation.stated, heading + 1, derivation.assumed)
    if derivation.time is not None:
        rows = {style: model_equations(derivation, style)
                for style in STYLES}
        page += f'<section>{label("Model", heading + 1)}{equations(styled(rows))}</section>'
    return page


def given(lines: tuple[str, ...], level: int = 2, assumed: tuple[str, ...] = ()) -> str:
    """Declarations and conditions as a list, and those that the use of names told."""
    made = [f'<section>{label(words, level)}<ul class="given">{_items(part)}</ul></section>'
            for words, part in (("Given", lines), ("Assumed", assumed))
            if part or (words == "Given" and not assumed)]
    return "".join(made)


def _items(lines: tuple[str, ...]) -> str:
    return "".join(f"<li>{code(line)}</li>" for line in lines) or "<li>nothing</li>"


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
    results = (derivation, *derivation.others)
    rows = [(math(r.quantity, r), math(r.result, r)) for r in results]
    texts = [r.notation for r in results]
    tex = [latex(r.result, r.reserved, r.time) for r in results]
    if derivation.others:
        texts = list(map(result_equation, results))
        tex = [f"{latex(r.quantity, r.reserved, r.time)} = {formula}"
               for r, formula in zip(results, tex, strict=True)]
    if derivation.written_out is not None:
        rows.append(("", math(derivation.written_out.result, derivation.written_out)))
        texts.append(derivation.written_out.notation)
    if derivation.sequel is not None:
        rows.append(("", math(derivation.sequel.result, derivation.sequel)))
        texts.append(derivation.sequel.notation)
    notation = "".join(f'<div class="notation scroll">{code(text)}</div>' for text in texts)
    many = " many" if len(rows) > 2 else ""
    if many:
        notation = f"<details><summary>In the notation</summary>{notation}</details>"
    head = label("Results" if len(rows) > 1 else "Result", level)
    buttons = (button("Copy LaTeX", " \\\\\n".join(tex)) + button("Copy notation", "\n".join(texts))
               + button("Copy derivation as LaTeX", latex_document(derivation)))
    return (f'<section class="result{many}">{head}'
            f"{equations(rows)}{_matrices(derivation, level + 1)}{notation}"
            f'<div class="buttons">{buttons}</div></section>')


def _matrices(derivation: Derivation, level: int) -> str:
    """The results with whole vectors and matrices."""
    rows = {style: matrix_results(derivation, style) for style in STYLES}
    return f"{label('In matrices', level)}{equations(styled(rows))}" if rows["latex"] else ""


def closing(derivation: Derivation, level: int = 2, detail: str = "normal") -> str:
    """Definitions, remarks, what it rests on, and what was verified."""
    entries = [entry for entry in contents(derivation, detail)
               if entry.block == "closing" or entry.name in ("definitions", "names")]
    return chapter("Conditions and checks", facts(in_form(entries, _FACTS)), level) \
        if entries else ""


_FACTS: Mapping[type[Entry], Callable[[Any], tuple[str, str]]] = {
    Notation: lambda entry: (entry.label, ("<br>" if entry.below else entry.separator).join(
        map(code, entry.lines))),
    Sentence: lambda entry: (entry.label, escape(entry.words)),
    Condition: lambda entry: ("where", scroll(condition(entry.formula, entry.part))),
    Code: lambda entry: (entry.label, code(entry.text)),
}


def facts(rows: list[tuple[str, str]]) -> str:
    """A list of labels with their entries, which are HTML."""
    entries = "".join(f"<dt>{escape(name)}</dt><dd>{words}</dd>" for name, words in rows)
    return f'<dl class="closing">{entries}</dl>'
