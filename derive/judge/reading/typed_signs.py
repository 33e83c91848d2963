"""Signs and names as people type them, for the judge's reading: λ, x₁, x², np.log."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from derive.errors import NotationError
from derive.resources import read_table, rules_folder

_LETTERS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon",
    "ζ": "zeta", "η": "eta", "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "ϰ": "kappa",
    "λ": "lam", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "ϱ": "rho",
    "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi",
    "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega"}
_HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
LOW = "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ"
_HALVES = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_TOKEN = re.compile(rf"""\s*(?:
    (?P<number>(?:\d+[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)
  | (?P<high>[{_HIGH}]+|ᵀ)
  | (?P<half>[{_HALVES}])
  | (?P<name>[^\W\d{_HIGH}{LOW}{_HALVES}ᵀ][^\W{_HIGH}{LOW}{_HALVES}ᵀ]*[{LOW}]*)
  | (?P<sign>\*\*|//|<=|>=|==|!=|\|\||.)
)""", re.X | re.S)
_SAME = {"^": "**", "·": "*", "×": "*", "⋅": "*", "∗": "*", "∙": "*", "⊙": "*",
         "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-", "≤": "<=", "⩽": "<=", "≦": "<=",
         "≥": ">=", "⩾": ">=", "≧": ">=", "≠": "!=", "∈": "in", "∧": "and", "∨": "or",
         "¬": "not", "‖": "||", "∥": "||"}
_BETWEEN = frozenset({"if", "else", "for", "in", "and", "or", "not", "is"})
_MODULES = re.compile(r"\b((?:[A-Za-z]\w*\.)+)(\w+)(?=\()|\b(?:np|numpy|jnp|math)\.(pi|e)\b(?!\w)")
_VARIABLES = re.compile(r"[^\W\d]\w*")


def plain_names(text: str) -> str:
    """A text in which every name is written as the notation writes it: λ and lambda are lam."""
    return _VARIABLES.sub(lambda match: plain_name(match.group()), lowered(text))


def lowered(text: str) -> str:
    """A text with its lowered digits on the line."""
    return text.translate({ord(sign): str(n) for n, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")})


def plain_name(name: str) -> str:
    """A name as the notation writes it."""
    if name.isascii():
        return "lam" if name == "lambda" else name
    name = "ell" + name[1:] if name[0] == "ℓ" else name
    name = unicodedata.normalize("NFKC", name)
    head = re.fullmatch(r"(.)(\d\w*)", name)
    if head and head[1] in _LETTERS:
        name = _LETTERS[head[1]] + head[2]
    return "_".join(_LETTERS.get(part, part) for part in name.split("_"))


@cache
def _libraries() -> tuple[frozenset[str], frozenset[str]]:
    """What may stand before a function, np, and with which functions it may not, torch.std."""
    entries = read_table(rules_folder() / "libraries.toml").values()
    names = frozenset(p for entry in entries for p in entry["prefixes"])
    others = frozenset(f"{p}.{word}" for entry in entries for p in entry["prefixes"]
                       for word in entry.get("differs", ()))
    return names, others


def without_libraries(text: str) -> str:
    """The text without the names of libraries before functions and constants."""
    prefixes, others = _libraries()

    def without(match: re.Match[str]) -> str:
        if match[3]:
            return "pi" if match[3] == "pi" else "(exp(1))"
        known = match[1].rstrip(".") in prefixes and match[0] not in others
        return match[2] if known else match[0]

    return _MODULES.sub(without, text)


class TypedTokens:
    """The tokens of a text as typed, and which of them comes next."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.parts = self.cut(without_libraries(text))  # kind, text, start, end

    def cut(self, text: str) -> list[tuple[str, str, int, int]]:
        """The tokens of a text."""
        parts: list[tuple[str, str, int, int]] = []
        text = text.rstrip()
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or "sign"
            word = match[kind]
            if kind == "name" and word[0] not in LOW and word in _BETWEEN:
                kind = "sign"
            if kind == "sign":
                word = _SAME.get(word, word)
            parts.append((kind, word, match.start(kind), match.end()))
        return [*parts, ("end", "", len(text), len(text))]

    @property
    def kind(self) -> str:
        """The kind of the next token."""
        return self.parts[self.at][0]

    @property
    def word(self) -> str:
        """The next sign or word; "" before a number or a name."""
        kind, word, _, _ = self.parts[self.at]
        return word if kind == "sign" else ""

    def take(self) -> str:
        """The text of the next token, which is read by that."""
        self.at += 1
        return self.parts[self.at - 1][1]

    def need(self, word: str) -> None:
        """Reads a sign. Raises NotationError for another one."""
        if self.word != word:
            raise self.error(f"{word!r} was expected")
        self.at += 1

    def error(self, message: str) -> NotationError:
        """An error that quotes the text."""
        return NotationError(f"{self.text!r} is not read: {message}")

    def touches(self) -> bool:
        """Whether no space stands before the next token."""
        return self.parts[self.at - 1][3] == self.parts[self.at][2]
