"""A derivation in LaTeX (`align*`) and in Markdown."""

from __future__ import annotations

from derive.derivation import Derivation
from derive.expressions.atoms import is_opened
from derive.expressions.indexing import leaves
from derive.notation.latex import latex
from derive.rendering.text import shown_parts

_ESCAPES = str.maketrans({"&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "$": r"\$", "{": r"\{",
                          "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
                          "\\": r"\textbackslash{}"})
_SIGNS = {"∂": r"$\partial$", "δ": r"$\delta$", "Σ": r"$\sum$", "σ": r"$\sigma$", "−": "$-$",
          "²": r"$^2$", "ⱼ": "$_j$", "ᵢ": "$_i$", "·": r"$\cdot$", "Φ": r"$\Phi$",
          "φ": r"$\varphi$", "ψ": r"$\psi$", "Γ": r"$\Gamma$", "₁": "$_1$"}


def latex_document(derivation: Derivation, detail: str = "normal") -> str:
    r"""The equations as `align*` environments, for a document with amsmath."""
    parts = [_align(part, detail, "align*") for part in (*shown_parts(derivation), derivation)]
    notes = [f"% {derivation.title}", f"% given: {', '.join(derivation.given)}"]
    if derivation.verification is not None:
        notes.append(f"% verified: {derivation.verification.summary}")
    return "\n".join([*notes, *parts, *_provided(derivation)])


def markdown(derivation: Derivation, detail: str = "normal") -> str:
    """The derivation as Markdown with mathematics between dollar signs."""
    page = [f"### {derivation.title}", ""]
    if derivation.source:
        page += [f"*{derivation.source}*", ""]
    page += ["Given " + ", ".join(f"`{line}`" for line in derivation.given) + ".", ""]
    for part in (*shown_parts(derivation), derivation):
        page += ["$$", _align(part, detail, "aligned"), "$$", ""]
    page.append(f"**Result:** `{derivation.notation}`")
    for sentence in _provided(derivation):
        page += ["", sentence]
    if derivation.verification is not None:
        page += ["", f"Verified: {derivation.verification.summary}."]
    return "\n".join(page)


def _align(part: Derivation, detail: str, environment: str) -> str:
    reserved = part.reserved
    rows = [f"{latex(part.quantity, reserved)} &= {latex(part.start, reserved)}"]
    for line in part.lines(detail):
        names = "; ".join(line.labels)
        names = escaped(names) if environment == "align*" else names.replace("$", "")
        rows.append(rf"&= {latex(line.expression, reserved)} && \text{{{names}}}")
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
