"""A derivation in LaTeX (`align*`) and in Markdown."""

from __future__ import annotations

from derive.derivation import Derivation
from derive.expressions.atoms import is_opened
from derive.expressions.indexing import leaves
from derive.notation.latex import latex, latex_name
from derive.notation.pretty import GREEK, SUBSCRIPTS, SUPERSCRIPTS
from derive.rendering.text import chain_of, sections

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


def latex_document(derivation: Derivation, detail: str = "normal") -> str:
    r"""The equations as `align*` environments, for a document with amsmath."""
    parts = []
    for part in sections(derivation):
        parts += [*([escaped(part.note)] if part.note else []), align(part, detail, "align*")]
    notes = [f"% {derivation.title}", f"% given: {', '.join(derivation.given)}"]
    if derivation.verification is not None:
        notes.append(f"% verified: {derivation.verification.summary}")
    remarks = [f"\n{escaped(label.capitalize())}: {escaped(words)}."
               for label, words in derivation.remarks]
    return "\n".join([*notes, *parts, *_provided(derivation), *remarks])


def markdown(derivation: Derivation, detail: str = "normal") -> str:
    """The derivation as Markdown with mathematics between dollar signs."""
    page = [f"### {derivation.title}", ""]
    if derivation.source:
        page += [f"*{derivation.source}*", ""]
    page += ["Given " + ", ".join(f"`{line}`" for line in derivation.given) + ".", ""]
    for part in sections(derivation):
        page += [part.note, ""] if part.note else []
        page += ["$$", align(part, detail, "aligned"), "$$", ""]
    page.append("; ".join(f"**Result:** `{one.notation}`"
                          for one in (derivation, *derivation.others)))
    if derivation.sequel is not None:
        page += ["", f"In the output: `{derivation.sequel.notation}`"]
    page += [line for label, words in derivation.remarks
             for line in ("", f"{label.capitalize()}: {words}.")]
    for sentence in _provided(derivation):
        page += ["", sentence]
    if derivation.verification is not None:
        page += ["", f"Verified: {derivation.verification.summary}."]
    return "\n".join(page)


def align(part: Derivation, detail: str, environment: str) -> str:
    """The chain of equations of one part, in an environment of amsmath."""
    reserved = part.reserved
    rows: list[str] = []
    for quantity, expression, labels in chain_of(part, detail):
        names = "; ".join(labels)
        names = escaped(names) if environment == "align*" else names.replace("$", "")
        label = rf" && \text{{{names}}}" if names else ""
        left = "" if quantity is None else f"{latex(quantity, reserved)} "
        rows.append(f"{left}&= {latex(expression, reserved)}{label}")
    body = " \\\\\n  ".join(rows)
    return f"\\begin{{{environment}}}\n  {body}\n\\end{{{environment}}}"


def _provided(derivation: Derivation) -> list[str]:
    told = []
    for obligation in derivation.obligations:
        every = " for every index" if any(map(is_opened, leaves(obligation))) else ""
        told.append(f"Provided that ${latex(obligation, derivation.reserved)}${every}.")
    return told


def escaped(words: str) -> str:
    """Words for LaTeX's text mode."""
    words = words.translate(_ESCAPES)
    for sign, code in _SIGNS.items():
        words = words.replace(sign, code)
    return words
