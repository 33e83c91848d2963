"""How products of whole vectors and matrices look: Unicode, LaTeX, MathML, NumPy-like ASCII."""

from __future__ import annotations

from derive.notation.printing import markup
from derive.notation.printing.latex import Latex, paired
from derive.notation.printing.markup_names import markup_name
from derive.notation.printing.mathml import Mathml
from derive.notation.printing.plain import Plain
from derive.notation.printing.pretty import SUPERSCRIPTS, Pretty, subscript
from derive.notation.printing.printer import Printer


class Unicode:
    """As a textbook prints it, in Unicode.

    `space` stands between numbers, `link` between numbers and arrays; `braces` tells whether
    cases stand under each other.
    """

    printer: type[Printer] = Pretty
    plus, minus, sign, times, elementwise = " + ", " − ", "−", " ", " ∘ "
    space, link = " ", " "
    braces = False

    def transposed(self, text: str) -> str:
        return f"{text}ᵀ"

    def onehot(self, text: str) -> str:
        return f"onehot({text})"

    def brackets(self, text: str) -> str:
        return f"({text})"

    def partial(self, name: str, place: str) -> str:
        return f"∂{name}/∂{place}"

    def over(self, above: str, below: str) -> str:
        return f"{above} / {below}"

    def power(self, base: str, exponent: str) -> str:
        return base + "".join(SUPERSCRIPTS[c] for c in exponent)

    def cases(self, first: str, test: str, second: str) -> str:
        return f"{first} if {test} else {second}"

    def sum(self, index: str, text: str) -> str:
        return f"Σ{subscript(index)} {text}"


class LatexStyle(Unicode):
    """As a textbook prints it, in LaTeX."""

    printer = Latex
    plus, minus, sign, times, elementwise = " + ", " - ", "-", r" \, ", r" \circ "
    link = r" \, "
    braces = True

    def transposed(self, text: str) -> str:
        return rf"{text}^{{\top}}"

    def onehot(self, text: str) -> str:
        return rf"\operatorname{{onehot}}({text})"

    def brackets(self, text: str) -> str:
        return paired("(", text, ")")

    def partial(self, name: str, place: str) -> str:
        return rf"\frac{{\partial {name}}}{{\partial {place}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def cases(self, first: str, test: str, second: str) -> str:
        return (rf"\begin{{cases}} {first} & \text{{if }} {test} \\ "
                rf"{second} & \text{{otherwise}} \end{{cases}}")

    def sum(self, index: str, text: str) -> str:
        return rf"\sum_{{{index}}} {text}"


class MathmlStyle(Unicode):
    """As a textbook prints it, in MathML."""

    printer = Mathml
    plus, minus, sign = (Mathml.infix[name] for name in ("plus", "minus", "-"))
    times = space = link = Mathml.infix["@"]
    elementwise = markup.operator("∘")
    braces = True

    def transposed(self, text: str) -> str:
        return markup.scripts(text, above=markup.upright("⊤"))

    def onehot(self, text: str) -> str:
        head = markup.upright("onehot") + markup.operator(markup.APPLICATION)
        return markup.element("mrow", head, self.brackets(text))

    def brackets(self, text: str) -> str:
        return markup.fenced("(", text, ")")

    def partial(self, name: str, place: str) -> str:
        sign = markup.operator("∂", ' form="prefix" lspace="0" rspace="0"')
        return markup.fraction(sign + name, sign + place)

    def over(self, above: str, below: str) -> str:
        return markup.fraction(above, below)

    def power(self, base: str, exponent: str) -> str:
        return markup.scripts(base, above=markup.digits(exponent))

    def cases(self, first: str, test: str, second: str) -> str:
        rows = [(first, markup.words("if ") + test), (second, markup.words("otherwise"))]
        brace = markup.operator("{", ' form="prefix" stretchy="true"')
        return markup.element("mrow", brace, markup.table(rows, "cases"))

    def sum(self, index: str, text: str) -> str:
        return markup.under(markup.operator("∑"), markup_name(index)) + text


class Ascii(Unicode):
    """As NumPy writes it."""

    printer = Plain
    plus, minus, sign, times, elementwise = " + ", " - ", "-", " @ ", " * "
    space, link = " * ", " * "

    def transposed(self, text: str) -> str:
        return f"{text}.T"

    def partial(self, name: str, place: str) -> str:
        return f"d({name}, {place})"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}**{exponent}"


STYLES: dict[str, type[Unicode]] = {"unicode": Unicode, "latex": LatexStyle,
                                    "mathml": MathmlStyle, "ascii": Ascii}
