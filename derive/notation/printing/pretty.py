"""One-line Unicode, as a textbook prints it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from sympy import Rational, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import root
from derive.notation.printing.precedence import ATOM, CONDITIONAL, MUL, OR, POWER, Text
from derive.notation.printing.printer import Printer

SUBSCRIPTS = dict(zip("aehijklmnoprstuvx0123456789+-βγρφχ",
                      "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉₊₋ᵦᵧᵨᵩᵪ", strict=True))
SUPERSCRIPTS = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
STEPS = {**SUPERSCRIPTS, **dict(zip("+-()abcdefghijklmnoprstuvwxyz",
                                    "⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True)),
         **dict(zip("ABDEGHIJKLMNOPRTUVW", "ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ", strict=True))}
_SUBSCRIPT, _SUPERSCRIPT = str.maketrans(SUBSCRIPTS), str.maketrans(SUPERSCRIPTS)
_STEP = str.maketrans(STEPS)
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eps": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lam": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω", "ell": "ℓ",
}
_TIGHT = re.compile(r" ([<>=≤≠]) ")
_SIGNS: dict[type, str] = {heads.Sum: "Σ", heads.Product: "Π", heads.Maximum: "max",
                           heads.Minimum: "min", heads.ArgMax: "argmax"}


def greek(name: str) -> str:
    """Greek letters for a name such as `mu` or `log_sigma`, as far as its parts have them."""
    return "_".join(GREEK.get(part, part) for part in name.split("_"))


class Pretty(Printer):
    """Prints one line of Unicode mathematics."""

    infix: ClassVar[dict[str, str]] = {
        "-": "−", "minus": " − ", "plus": " + ", "@": " ", "pi": "π",
        "euler_gamma": "γₑ",
        "Less": " < ",
        "LessEqual": " ≤ ", "Equal": " = ", "NotEqual": " ≠ ", "Both": " and ",
        "Either": " or ", "Not": "not "}

    def leaf(self, node: Any) -> Text:
        return greek(node.name), ATOM

    def number(self, node: Any) -> Text:
        text, precedence = super().number(node)
        return text.replace("-", "−"), precedence

    def subscripted(self, base: str, indices: Sequence[Any]) -> Text:
        parts = [self.show(i)[0].replace(" ", "").replace("−", "-") for i in indices]
        joined = ("" if all(len(p) == 1 for p in parts) else ",").join(parts)
        return base + subscript(joined), ATOM

    def stepped(self, base: str, step: Any, indices: Sequence[Any]) -> Text:
        text = f"({self.show(step)[0]})".replace(" ", "").replace("−", "-")
        high = text.translate(_STEP) if all(c in STEPS for c in text) else f"^{text}"
        return (self.subscripted(base, indices)[0] if indices else base) + high, ATOM

    def fraction(self, above: Text, below: Text) -> Text:
        top = above[0] if above[1] >= MUL else self.brackets(above[0])
        bottom = below[0] if below[1] > MUL else self.brackets(below[0])
        tight = len(top) + len(bottom) <= 3 and " " not in top + bottom
        return f"{top}/{bottom}" if tight else f"{top} / {bottom}", MUL

    def joint(self, left: str, right: str) -> str:
        return _joint(left, right)

    def power(self, base: Any, exponent: Any) -> Text:
        if exponent == Rational(1, 2):
            text, precedence = self.show(base)
            return "√" + (text if precedence == ATOM and len(text) == 1 else f"({text})"), ATOM
        above, precedence = self.show(exponent)
        text = self.inside(base, ATOM)
        if isinstance(base, heads.Element) and self.timed(base.tensor):
            text = self.brackets(text)
        if above.isdigit():
            return text + above.translate(_SUPERSCRIPT), POWER
        if precedence < ATOM:
            above = self.brackets(above)
        return f"{text}^{above}", POWER

    def between(self, sign: str, arguments: list[str]) -> Text:
        return self.brackets(f" {sign} ".join(arguments)), ATOM

    def called(self, sign: str, low: list[str], arguments: list[str]) -> str:
        below = subscript(",".join(low)) if low else ""
        return f"{sign}{below}({', '.join(arguments)})"

    def comprehension(self, body: Any, index: Index, where: Any) -> str:
        text = f"{self.show(body)[0]} for {index.name} in {index.dim}"
        return text if where is true else f"{text} if {self.show(where)[0]}"

    def reduction(self, head: type, body: Any, index: Index, where: Any) -> Text:
        below = index.name if where is true else _TIGHT.sub(r"\1", self.show(where)[0])
        if where is not true and index.name not in below:
            below = f"{index.name}: {below}"
        sign = _SIGNS[head] + (subscript(below) if where is true else f"_({below})")
        inner = self.inside(body, MUL)
        if inner.startswith(self.infix["-"]):
            inner = self.brackets(inner)
        return f"{sign} {inner}", MUL if head in (heads.Sum, heads.Product) else POWER - 1

    def unique_maximum(self, node: Any) -> Text:
        index, body, where = self.named(node.args[0])
        return f"{self.reduction(heads.Maximum, body, index, where)[0]} is attained once", ATOM

    def everywhere(self, condition: Any, index: Index, where: Any) -> Text:
        text = f"{self.inside(condition, OR)} for every {index.name}"
        return (text if where is true else f"{text} with {self.show(where)[0]}"), CONDITIONAL

    def partial(self, node: Any) -> Text:
        body, variable = (self.show(a) for a in node.args)
        if not node.args[0].args or isinstance(node.args[0], heads.Element):
            return f"∂{body[0]}/∂{variable[0]}", MUL
        return f"∂/∂{variable[0]} [{body[0]}]", MUL

    def antiderivative(self, node: Any) -> Text:
        body, variable = (self.show(a) for a in node.args)
        inner = body[0] if body[1] >= MUL else self.brackets(body[0])
        return f"∫ {inner} d{variable[0]}", MUL

    def total(self, node: Any) -> Text:
        if root(node.args[1]).kind.differentiable:
            return self.antiderivative(node)
        body, variable = (self.show(a) for a in node.args)
        inner = body[0] if body[1] >= MUL else self.brackets(body[0])
        return f"Σ{subscript(variable[0])} {inner}", MUL

    def expect(self, node: Any) -> Text:
        return f"E[{self.show(node.args[0])[0]}]", ATOM

    def root(self, node: Any) -> Text:
        body, variable = (self.show(a) for a in node.args)
        return f"root of {body[0]} in {variable[0]}", MUL

    def delta(self, node: Any) -> Text:
        return self.subscripted("δ", node.args)

    def junction(self, node: Any) -> Text:
        """`a or not b` reads better as: a where b."""
        said = [a for a in node.args if not isinstance(a, heads.Not)]
        if isinstance(node, heads.Either) and len(said) == 1:
            (other,) = (a for a in node.args if a is not said[0])
            return f"{self.inside(said[0], OR)} where {self.inside(other.args[0], OR)}", OR
        return super().junction(node)

    def conditional(self, node: Any) -> Text:
        test, yes, no = node.args
        return (f"{self.inside(yes, OR)} if {self.inside(test, OR)} else "
                f"{self.inside(no, CONDITIONAL)}"), CONDITIONAL


def subscript(text: str) -> str:
    """Text as a subscript: Unicode where every sign has one, else after an underscore."""
    low = text.translate(_SUBSCRIPT)
    if all(a != b for a, b in zip(text, low, strict=True) if a != ","):
        return low if "," not in text else f"_{text}"
    return f"_{text}" if len(text) <= 2 or text.isalnum() else f"_({text})"


def _joint(left: str, right: str) -> str:
    """What stands between two factors: a space, or a dot where a space would mislead."""
    name_then_bracket = right.startswith("(") and (left[-1:].isalnum() and left[-2:-1] in ("", " "))
    return " · " if name_then_bracket or right[:1].isdigit() else " "


def pretty(node: Any, reserved: Sequence[str] = (), time: Any = None) -> str:
    """The expression as one line of Unicode; `time` is the dimension of a model's steps."""
    return Pretty(reserved, time)(node)
