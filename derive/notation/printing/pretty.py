"""One-line Unicode, as a textbook prints it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sympy import Expr

from derive.core import heads
from derive.notation.operator_table import ATOM, BIG_OPERATORS, COMPARISONS, JUNCTIONS, MUL
from derive.notation.printing.print_target import ArraySigns, Target, Text
from derive.notation.printing.printer import Printer
from derive.notation.printing.shared_forms import FORMS

SUBSCRIPTS = dict(zip("aehijklmnoprstuvx0123456789+-βγρφχ",
                      "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉₊₋ᵦᵧᵨᵩᵪ", strict=True))
SUPERSCRIPTS = dict(zip("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", strict=True))
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


def greek(name: str) -> str:
    """Greek letters for a name such as `mu` or `log_sigma`, as far as its parts have them."""
    return "_".join(GREEK.get(part, part) for part in name.split("_"))


def subscript(text: str) -> str:
    """Text as a subscript: Unicode where every sign has one, else after an underscore."""
    low = text.translate(_SUBSCRIPT)
    if all(a != b for a, b in zip(text, low, strict=True) if a != ","):
        return low if "," not in text else f"_{text}"
    return f"_{text}" if len(text) <= 2 or text.isalnum() else f"_({text})"


def _subscripted(base: str, indices: Sequence[str]) -> str:
    parts = [i.replace(" ", "").replace("−", "-") for i in indices]
    return base + subscript(("" if all(len(p) == 1 for p in parts) else ",").join(parts))


def _stepped(base: str, step: str, indices: Sequence[str]) -> str:
    text = f"({step})".replace(" ", "").replace("−", "-")
    high = text.translate(_STEP) if all(c in STEPS for c in text) else f"^{text}"
    return (_subscripted(base, indices) if indices else base) + high


def _fraction(above: str, below: str) -> str:
    tight = len(above) + len(below) <= 3 and " " not in above + below
    return f"{above}/{below}" if tight else f"{above} / {below}"


def _joint(left: str, right: str) -> str:
    """What stands between two factors: a space, or a dot where a space would mislead."""
    name_then_bracket = right.startswith("(") and (left[-1:].isalnum() and left[-2:-1] in ("", " "))
    return " · " if name_then_bracket or right[:1].isdecimal() else " "


def _root(text: Text) -> str:
    return f"√{text[0]}" if text[1] == ATOM and len(text[0]) == 1 else f"√({text[0]})"


def _power(base: str, exponent: Text) -> str:
    above, level = exponent
    if above.removeprefix("−").isdecimal():
        return base + above.translate(_SUPERSCRIPT)
    return f"{base}^{above}" if level >= ATOM else f"{base}^({above})"


def _root_of(printer: Printer, node: Expr) -> Text:
    return "root of {} in {}".format(*printer.texts(node.args)), MUL


PRETTY = Target(
    signs={
        "-": "−", "minus": " − ", "plus": " + ", "@": " ", "pi": "π", "euler_gamma": "γₑ",
        ":": ": ", "where": " where ", True: "True", False: "False",
        heads.Not: "not ", heads.Delta: "δ", heads.Expect: "E",
        **{o.head: f" {o.unicode} " for o in COMPARISONS},
        **{o.head: f" {o.sign} " for o in JUNCTIONS},
        **{o.head: o.unicode for o in BIG_OPERATORS}},
    arrays=ArraySigns(times=" ", elementwise=" ∘ ", space=" ", link=" ",
                      transposed=lambda text: f"{text}ᵀ",
                      onehot=lambda text: f"onehot({text})",
                      over=lambda above, below: f"{above} / {below}"),
    name=greek, words=str, fenced=lambda left, text, right: f"{left}{text}{right}",
    subscripted=_subscripted, stepped=_stepped, fraction=_fraction, joint=_joint, root=_root,
    power=_power,
    partial=lambda body, variable: f"∂{body}/∂{variable}",
    integral=lambda body, variable: f"∫ {body} d{variable}",
    under=lambda sign, below: sign + subscript(_TIGHT.sub(r"\1", below)),
    low=lambda sign, parts: sign + subscript(",".join(parts)),
    function=lambda function: str(function.unicode), between=lambda sign: f" {sign} ",
    primed=lambda name, order: name + "\u2032" * order,
    forms={**FORMS, heads.Root: _root_of})


def pretty(node: Expr, reserved: Iterable[str] = (), time: Expr | None = None) -> str:
    """The expression as one line of Unicode; `time` is the dimension of a model's steps."""
    return Printer(PRETTY, reserved, time)(node)
