"""How arrays look in each style of print: ones, identities, quotients by elements, norms, masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from derive.core import heads
from derive.deferred_dataclass import dataclass
from derive.notation.printing import markup
from derive.notation.printing.latex import LATEX, paired
from derive.notation.printing.markup import APPLICATION, element, fenced, operator, upright
from derive.notation.printing.mathml import MATHML
from derive.notation.printing.plain import PLAIN
from derive.notation.printing.pretty import PRETTY
from derive.notation.printing.print_target import Target

Unary = Callable[[str], str]


@dataclass(frozen=True, eq=False)
class ArrayStyle:
    """One style. `word` applies a name to texts; `divided` is the sign of an elementwise quotient.

    `raised` is an elementwise power of a matrix, of the base and the exponent.
    """

    target: Target
    word: Callable[[str, Sequence[str]], str]
    ones: Unary  # of the text of their number
    unit: Unary
    divided: str
    raised: Callable[[str, str], str]
    norm: Unary
    frobenius: Unary  # the square of the norm of a matrix
    mask: Unary
    inverse: Unary  # of a text in brackets where it needs them
    inverse_row: Unary  # the transpose of an inverse
    above: Mapping[object, str]  # the signs of > and >=, by the heads of < and <=
    second_partial: Callable[[str, str, str], str]


def _word(name: str, texts: Sequence[str]) -> str:
    return f"{name}({', '.join(texts)})"


def _operatorname(name: str, texts: Sequence[str]) -> str:
    return rf"\operatorname{{{name}}}{paired('(', ', '.join(texts), ')')}"


def _upright(name: str, texts: Sequence[str]) -> str:
    return element("mrow", upright(name), operator(APPLICATION),
                   fenced("(", markup.listed(texts), ")"))


def _scripted(text: str, above: str, below: str = "") -> str:
    return markup.scripts(text, below, above)


def _second_partial(of: str, first: str, second: str) -> str:
    """∂²L over ∂w ∂wᵀ."""
    sign = operator("∂", ' form="prefix" lspace="0" rspace="0"')
    return markup.fraction(_scripted(sign, element("mn", "2")) + of,
                           sign + first + sign + _scripted(second, upright("⊤")))


STYLES: dict[str, ArrayStyle] = {
    "unicode": ArrayStyle(
        PRETTY, _word, ones=lambda size: "𝟏", unit=lambda size: "I", divided=" ⊘ ",
        raised=lambda base, exponent: f"{base}^∘{exponent}",
        norm=lambda text: f"‖{text}‖", frobenius=lambda text: f"‖{text}‖²",
        mask=lambda test: f"𝟏[{test}]", inverse=lambda text: f"{text}⁻¹",
        inverse_row=lambda text: f"{text}⁻ᵀ",
        above={heads.Less: " > ", heads.LessEqual: " ≥ "},
        second_partial=lambda of, first, second: f"∂²{of}/∂{first} ∂{second}ᵀ"),
    "latex": ArrayStyle(
        LATEX, _operatorname, ones=lambda size: r"\mathbf{1}", unit=lambda size: "I",
        divided=r" \oslash ", raised=lambda base, exponent: rf"{base}^{{\circ {exponent}}}",
        norm=lambda text: rf"\lVert {text} \rVert",
        frobenius=lambda text: rf"\lVert {text} \rVert_F^2",
        mask=lambda test: rf"\mathbf{{1}}[{test}]", inverse=lambda text: f"{text}^{{-1}}",
        inverse_row=lambda text: rf"{text}^{{-\top}}",
        above={heads.Less: " > ", heads.LessEqual: r" \ge "},
        second_partial=lambda of, first, second:
            rf"\frac{{\partial^2 {of}}}{{\partial {first} \, \partial {second}^{{\top}}}}"),
    "mathml": ArrayStyle(
        MATHML, _upright, ones=lambda size: element("mn", "𝟏"), unit=lambda size: upright("I"),
        divided=operator("⊘"),
        raised=lambda base, exponent: _scripted(base, operator("∘") + exponent),
        norm=lambda text: fenced("‖", text, "‖"),
        frobenius=lambda text: _scripted(fenced("‖", text, "‖"), element("mn", "2"), upright("F")),
        mask=lambda test: element("mrow", element("mn", "𝟏"), fenced("[", test, "]")),
        inverse=lambda text: _scripted(text, element("mrow", operator("−"), element("mn", "1"))),
        inverse_row=lambda text: _scripted(text, element("mrow", operator("−"), upright("⊤"))),
        above={heads.Less: operator(">"), heads.LessEqual: operator("≥")},
        second_partial=_second_partial),
    "ascii": ArrayStyle(
        PLAIN, _word, ones=lambda size: f"ones({size})", unit=lambda size: f"eye({size})",
        divided=" / ", raised=lambda base, exponent: f"{base}**{exponent}",
        norm=lambda text: f"norm({text})", frobenius=lambda text: f"sum(({text})**2)",
        mask=str, inverse=lambda text: f"inv({text})",
        inverse_row=lambda text: f"inv({text}).T",
        above={heads.Less: " > ", heads.LessEqual: " >= "},
        second_partial=lambda of, first, second: f"d(d({of}, {first}), {second})"),
}
