"""How products of whole vectors and matrices look: Unicode, LaTeX, and NumPy-like ASCII."""

from __future__ import annotations

from derive.notation.latex import Latex, paired
from derive.notation.plain import Plain
from derive.notation.pretty import Pretty
from derive.notation.printing import Printer


class Unicode:
    """As a textbook prints it, in Unicode."""

    printer: type[Printer] = Pretty
    plus, minus, sign, times, elementwise = " + ", " − ", "−", " ", " ∘ "

    def transposed(self, text: str) -> str:
        return f"{text}ᵀ"

    def onehot(self, text: str) -> str:
        return f"onehot({text})"

    def brackets(self, text: str) -> str:
        return f"({text})"


class LatexStyle(Unicode):
    """As a textbook prints it, in LaTeX."""

    printer = Latex
    plus, minus, sign, times, elementwise = " + ", " - ", "-", r" \, ", r" \circ "

    def transposed(self, text: str) -> str:
        return rf"{text}^{{\top}}"

    def onehot(self, text: str) -> str:
        return rf"\operatorname{{onehot}}({text})"

    def brackets(self, text: str) -> str:
        return paired("(", text, ")")


class Ascii(Unicode):
    """As NumPy writes it."""

    printer = Plain
    plus, minus, sign, times, elementwise = " + ", " - ", "-", " @ ", " * "

    def transposed(self, text: str) -> str:
        return f"{text}.T"


STYLES = {"unicode": Unicode, "latex": LatexStyle, "ascii": Ascii}
