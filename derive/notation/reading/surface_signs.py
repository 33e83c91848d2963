"""Signs that people type and the notation writes in letters: what each stands for."""

from __future__ import annotations

import unicodedata
from functools import cache
from keyword import kwlist

from derive.errors import DataFileError
from derive.resources import read_table, rules_folder

# Names of Greek letters as results print them; a letter with another name keeps its sign.
GREEK: dict[str, str] = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lam", "μ": "mu", "ν": "nu",
    "ξ": "xi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
    "ϵ": "epsilon", "ϑ": "theta", "ϕ": "phi", "ϱ": "rho", "ς": "sigma", "ϰ": "kappa",
    "π": "pi", "ℓ": "ell",
}
OPERATOR_SIGNS: dict[str, str] = {
    "·": "*", "×": "*", "⋅": "*", "∗": "*", "∙": "*", "⊙": "*", "÷": "/", "∕": "/",
    "⁄": "/", "−": "-", "–": "-", "≤": "<=", "⩽": "<=", "≦": "<=", "≥": ">=", "⩾": ">=",
    "≧": ">=", "≠": "!=", "∈": " in ", "∧": " and ", "∨": " or ", "¬": " not ",
}
FRACTIONS: dict[str, str] = {
    sign: "(" + unicodedata.normalize("NFKC", sign).replace("⁄", "/") + ")"
    for sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
RAISED: dict[str, str] = dict(zip(
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
    "0123456789+-()abcdefghijklmnoprstuvwxyz", strict=True))
TRANSPOSED = "ᵀ"
LOWERED_DIGITS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
LOWERED_LETTERS = dict(zip("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "aehijklmnoprstuvx", strict=True))
SIGNS_OF = {name: sign for sign, name in reversed(GREEK.items())}  # by the name: its letter
SCRIPTS = frozenset({*RAISED, *LOWERED_DIGITS, *LOWERED_LETTERS, *FRACTIONS, TRANSPOSED})

WRITTEN = {  # signs that stand for words of the notation, which say more than they do
    "’": "d(f, x)", "′": "d(f, x)", "∂": "d(f, x)", "∇": "d(f, x)", "∑": "sum(f for k in K)",
    "∏": "prod(f for k in K)", "∫": "integral(f, x)", "∞": "a large number"}
WORDS = frozenset({"if", "else", "for", "in", "and", "or", "not", "is"})  # between formulas
_LETTERS = {"lambda": "lam"}  # a word of Python
KEYWORDS = frozenset(kwlist) - WORDS - {"True", "False", "None", *_LETTERS}


def name_of(written: str) -> str:
    """A name as the notation writes it: λ, lambda and lam are one, µ and ﬁ as Python reads them.

    A Greek letter has its name where it stands for itself, σ, σ_x, σ2; within other letters it
    stays, as in Δx.
    """
    plain = unicodedata.normalize("NFKC", written) if not written.isascii() else written
    first, rest = plain[:1], plain[1:]
    if written[:1] == "ℓ":
        first, rest = "ℓ", plain[1:]
    if first in GREEK and (not rest or rest[0] in "_0123456789"):
        return GREEK[first] + "_".join(GREEK.get(part, part) for part in rest.split("_"))
    if not plain.isascii():
        plain = "_".join(GREEK.get(part, part) for part in plain.split("_"))
    return _LETTERS.get(plain, plain)


@cache
def _libraries() -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """The library of each prefix, and what to write for a function that means something else."""
    path = rules_folder() / "libraries.toml"
    prefixes, differs = {}, {}
    for name, entry in read_table(path).items():
        if not {"says", "prefixes"} <= entry.keys() <= {"says", "prefixes", "differs"}:
            raise DataFileError(f"{path}: entry [{name}] has says, prefixes and differs")
        prefixes.update(dict.fromkeys(entry["prefixes"], name))
        differs.update({(name, word): text for word, text in entry.get("differs", {}).items()})
    return prefixes, differs


def is_library(prefix: str) -> bool:
    """Whether what stands before a dot is the name of a library."""
    return prefix in _libraries()[0]


def differing(prefix: str, word: str) -> str:
    """What to write for a function of a library that means something else here; "" for none."""
    prefixes, differs = _libraries()
    return differs.get((prefixes[prefix], word), "")
