"""Derivations in Markdown: the paragraphs of a page, and of the cells of a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from derive.derivation import Derivation
from derive.proof import Refusal
from derive.rendering.array_results import matrix_results
from derive.rendering.derivation_rows import closing_lines, result_equation, sections
from derive.rendering.model_results import equations
from derive.rendering.no_cost_facts import claim, proof_facts
from derive.rendering.tex import align, aligned, conditions


def markdown(derivation: Derivation, detail: str = "normal") -> str:
    """The derivation as Markdown with mathematics between dollar signs."""
    results = (derivation, *derivation.others)
    if derivation.time is None:
        listed = ["; ".join(f"**Result:** `{result.notation}`" for result in results)]
    else:
        listed = ["**Results:**", "\n".join(f"- `{result_equation(result)}`" for result in results)]
    return paragraphs([head(derivation, 3), *chains(sections(derivation, detail), detail),
                       *closing(derivation, listed)])


def refusal_markdown(proof: Refusal, detail: str = "normal") -> str:
    """The proof that no cost exists as Markdown."""
    return paragraphs([refusal_head(proof, 3), refusal_body(proof, detail)])


def paragraphs(texts: Iterable[str]) -> str:
    """Texts as paragraphs."""
    return "\n\n".join(texts)


def head(derivation: Derivation, level: int) -> str:
    """The title as a heading of the `level`, the source, what is given, the model."""
    texts = [f"{'#' * level} {derivation.title}"]
    if derivation.source:
        texts.append(f"*{derivation.source}*")
    texts.append(given_sentences(derivation.stated, derivation.assumed))
    if derivation.time is not None:
        texts.append(_displayed(aligned(equations(derivation, "latex"), "aligned")))
    return paragraphs(texts)


def given_sentences(stated: Sequence[str], assumed: Sequence[str]) -> str:
    """What is given, and what the use of names told."""
    sentences = [f"{word} {', '.join(f'`{line}`' for line in lines)}."
                 for word, lines in (("Given", stated), ("Assumed", assumed)) if lines]
    return " ".join(sentences or ["Given nothing."])


def chains(parts: Iterable[Derivation], detail: str) -> list[str]:
    """The chain of equations of each part, under its note."""
    return [paragraphs([*([part.note] if part.note else []),
                        _displayed(align(part, detail, "aligned"))]) for part in parts]


def closing(derivation: Derivation, results: Sequence[str] = ()) -> list[str]:
    """The results, as they are given or one a paragraph, and what they rest on."""
    texts = []
    rows = matrix_results(derivation, "latex")
    if rows:
        texts += ["In matrices:", _displayed(aligned(rows, "aligned"))]
    texts += results or [
        f"**Result:** `{result_equation(result) if derivation.others else result.notation}`"
        for result in (derivation, *derivation.others)]
    texts += [f"{label}: `{text}`" for label, text in closing_lines(derivation)]
    if derivation.sequel is not None:
        texts.append(f"In the output: `{derivation.sequel.notation}`")
    texts += [f"{label.capitalize()}: {words}." for label, words in derivation.remarks]
    texts += conditions(derivation)
    if derivation.verification is not None:
        texts.append(f"Verified: {derivation.verification.summary}.")
    return texts


def refusal_head(proof: Refusal, level: int) -> str:
    """What is proved, as a heading of the `level`."""
    return f"{'#' * level} {claim(proof)}"


def refusal_body(proof: Refusal, detail: str) -> str:
    """Both derivations of a proof, and the numbers."""
    return paragraphs([*chains((proof.jacobian, proof.difference), detail), *proof_facts(proof)])


def _displayed(formula: str) -> str:
    return f"$$\n{formula}\n$$"
