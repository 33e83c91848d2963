"""A derivation in LaTeX (`align*`) and in Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.core.indexing import leaves
from derive.core.walk import is_opened
from derive.derivation import Derivation
from derive.notation.printing.latex import latex, latex_name
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import GREEK, SUBSCRIPTS, SUPERSCRIPTS
from derive.rendering.model_results import equations, matrix_results
from derive.rendering.terminal_text import chain_of, gathered, sections

_ESCAPES = str.maketrans({"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "$": r"\$", "{": r"\{",
                          "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
                          "\\": r"\textbackslash{}"})
_SIGNS = {"∂": r"$\partial$", "Σ": r"$\sum$", "Π": r"$\prod$", "−": "$-$", "⁻¹": "$^{-1}$",
          "·": r"$\cdot$", "∫": r"$\int$", "′": "$'$", "″": "$''$", "≤": r"$\le$",
          "≠": r"$\ne$", "→": r"$\to$", "√": r"$\surd$", "π": r"$\pi$", "½": r"$\frac12$",
          "Φ": r"$\Phi$", "φ": r"$\varphi$", "Γ": r"$\Gamma$", "γₑ": r"$\gamma_e$", "…": "...",
          **{sign: f"${latex_name(word)}$" for word, sign in GREEK.items()},
          **{low: f"$_{letter}$" for letter, low in SUBSCRIPTS.items() if letter.isascii()},
          **{high: f"$^{digit}$" for digit, high in SUPERSCRIPTS.items()}}

_TOKEN = re.compile(r"[{}()\[\]]| [-+] ")
_LONG = 180  # signs of LaTeX after which a sum goes on below


def latex_document(derivation: Derivation, detail: str = "normal") -> str:
    r"""The equations as `align*` environments, for a document with amsmath."""
    parts = []
    if derivation.time is not None:
        parts.append(listed(equations(derivation, "latex"), "align*"))
    for part in sections(derivation, detail):
        parts += [*([escaped(part.note)] if part.note else []), align(part, detail, "align*")]
    if derivation.time is not None:
        said = matrix_results(derivation, "latex")
        parts += ["In matrices:", listed(said, "align*")] if said else []
    notes = [f"% {derivation.title}", f"% given: {', '.join(derivation.given)}"]
    if derivation.verification is not None:
        notes.append(f"% verified: {derivation.verification.summary}")
    remarks = [f"\n{escaped(label.capitalize())}: {escaped(words)}."
               for label, words in derivation.remarks]
    return "\n".join([*notes, *parts, *provided(derivation), *remarks])


def markdown(derivation: Derivation, detail: str = "normal") -> str:
    """The derivation as Markdown with mathematics between dollar signs."""
    page = [f"### {derivation.title}", ""]
    if derivation.source:
        page += [f"*{derivation.source}*", ""]
    page += ["Given " + ", ".join(f"`{line}`" for line in derivation.given) + ".", ""]
    if derivation.time is not None:
        page += ["$$", listed(equations(derivation, "latex"), "aligned"), "$$", ""]
    for part in sections(derivation, detail):
        page += [part.note, ""] if part.note else []
        page += ["$$", align(part, detail, "aligned"), "$$", ""]
    if derivation.time is not None:
        said = matrix_results(derivation, "latex")
        page += ["In matrices:", "", "$$", listed(said, "aligned"), "$$", ""] if said else []
    page.append(_results(derivation))
    if derivation.sequel is not None:
        page += ["", f"In the output: `{derivation.sequel.notation}`"]
    page += [line for label, words in derivation.remarks
             for line in ("", f"{label.capitalize()}: {words}.")]
    for sentence in provided(derivation):
        page += ["", sentence]
    if derivation.verification is not None:
        page += ["", f"Verified: {derivation.verification.summary}."]
    return "\n".join(page)


def _results(derivation: Derivation) -> str:
    """The results in the notation."""
    every = (derivation, *derivation.others)
    if derivation.time is None:
        return "; ".join(f"**Result:** `{one.notation}`" for one in every)
    rows = [f"- `{plain(one.quantity, one.reserved)} = {one.notation}`" for one in every]
    return "\n".join(["**Results:**", "", *rows])


def listed(rows: Sequence[tuple[str, str]], environment: str) -> str:
    """Equations under each other, in an environment of amsmath."""
    body = " \\\\\n  ".join(" \\\\\n  &\\quad".join(
        [f"{left} &= {pieces[0]}", *pieces[1:]]) for left, right in rows
        for pieces in [broken(right)])
    return f"\\begin{{{environment}}}\n  {body}\n\\end{{{environment}}}"


def broken(formula: str) -> list[str]:
    """A long sum in pieces, broken before signs that no bracket holds."""
    depth, start, pieces = 0, 0, []
    for found in _TOKEN.finditer(formula):
        token = found.group()
        if token in ("{", "(", "["):
            depth += 1
        elif token in ("}", ")", "]"):
            depth -= 1
        elif depth == 0 and found.start() - start > _LONG:
            pieces.append(formula[start:found.start()])
            start = found.start()
    return [*pieces, formula[start:]]


def align(part: Derivation, detail: str, environment: str) -> str:
    """The chain of equations of one part, in an environment of amsmath."""
    reserved, time = part.reserved, part.time
    rows: list[str] = []
    for quantity, expression, labels in chain_of(part, detail):
        names = "; ".join(gathered(labels))
        names = escaped(names) if environment == "align*" else names.replace("$", "")
        label = rf" && \text{{{names}}}" if names else ""
        left = "" if quantity is None else f"{latex(quantity, reserved, time)} "
        pieces = [latex(expression, reserved, time)]
        if time is not None:
            pieces = broken(pieces[0])
        rows.append(" \\\\\n  &\\quad".join([f"{left}&= {pieces[0]}", *pieces[1:]]) + label)
    body = " \\\\\n  ".join(rows)
    return f"\\begin{{{environment}}}\n  {body}\n\\end{{{environment}}}"


def provided(derivation: Derivation) -> list[str]:
    """Sentences on the conditions under which the result holds, with LaTeX."""
    told = []
    for obligation in derivation.obligations:
        every = " for every index" if any(map(is_opened, leaves(obligation))) else ""
        shown = latex(obligation, derivation.reserved, derivation.time)
        told.append(f"Provided that ${shown}${every}.")
    return told


def escaped(words: str) -> str:
    """Words for LaTeX's text mode."""
    words = words.translate(_ESCAPES)
    for sign, code in _SIGNS.items():
        words = words.replace(sign, code)
    return words
