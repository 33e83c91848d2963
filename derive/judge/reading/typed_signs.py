"""Signs and names as people type them, for the judge's reading: λ, x₁, x², np.log."""

from __future__ import annotations

import ast
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
    (?P<number>(?:\d+[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)
  | (?P<high>[{_HIGH}]+|ᵀ)
  | (?P<half>[{_HALVES}])
  | (?P<name>π(?![\d_{LOW}])|[^\W\d{_HIGH}{LOW}{_HALVES}ᵀ][^\W{_HIGH}{LOW}{_HALVES}ᵀ]*[{LOW}]*)
  | (?P<sign>\*\*|//|<=|>=|==|!=|\|\||.)
)""", re.X | re.S)
_SAME = {"^": "**", "·": "*", "×": "*", "⋅": "*", "∗": "*", "∙": "*", "⊙": "*",
         "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-", "≤": "<=", "⩽": "<=", "≦": "<=",
         "≥": ">=", "⩾": ">=", "≧": ">=", "≠": "!=", "∈": "in", "∧": "and", "∨": "or",
         "¬": "not", "‖": "||", "∥": "||"}
_BETWEEN = frozenset({"if", "else", "for", "in", "and", "or", "not", "is"})
_NOT_SYNTAX = re.compile(r"\blambda\b|\b0[xXbBoO]|\d[jJ]\b|[\])\d]\s*\(|(?:^|[^\w\])\s])\s*\[")
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


@cache
def applied_names() -> frozenset[str]:
    """The names of functions, which have no power of their own: sin², as in sin²(x)."""
    entries = read_table(rules_folder() / "functions.toml")
    return frozenset({"sum", "prod", "mean", *entries, *(
        word for entry in entries.values() for word in entry.get("aliases", ()))})


Part = tuple[str, str, int, int]  # kind, text, start, end


def without_libraries(parts: list[Part]) -> list[Part]:
    """The tokens without the names of libraries before functions and constants."""
    made: list[Part] = []
    while parts:
        count = 1
        while len(parts) > count + 1 and parts[0][0] == parts[count + 1][0] == "name" \
                and parts[count][1] == "." and parts[count - 1][3] == parts[count][2] \
                and parts[count][3] == parts[count + 1][2]:
            count += 2
        made += _bare(parts[:count], parts[count:])
        parts = parts[count:]
    return made


def _bare(chain: list[Part], rest: list[Part]) -> list[Part]:
    """A chain such as np.log without the library, where it is one."""
    prefixes, others = _libraries()
    words = [part[1] for part in chain[::2]]
    written, last = ".".join(words), chain[-1]
    if len(words) < 2 or ".".join(words[:-1]) not in prefixes or written in others:
        return chain
    start, end = chain[0][2], last[3]
    if rest and rest[0][1] == "(":
        return [("name", words[-1], start, end)]
    if words[-1] == "pi":
        return [("name", "pi", start, end)]
    return [("half", "exp(1)", start, end)] if words[-1] == "e" else chain


def is_syntax(text: str) -> bool:
    """Whether Python reads a text as the notation is read."""
    if not text.isascii() or _NOT_SYNTAX.search(text):
        return False
    try:
        nodes = list(ast.walk(ast.parse(text.strip(), mode="eval")))
    except (SyntaxError, ValueError):
        return False
    return not any(
        isinstance(n, (ast.BitXor, ast.BitOr, ast.Set, ast.Attribute))
        or (isinstance(n, ast.Call) and not isinstance(n.func, ast.Name)) for n in nodes)


class TypedTokens:
    """The tokens of a text as typed, and which of them comes next."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.parts = without_libraries(self.cut(text))

    def cut(self, text: str) -> list[Part]:
        """The tokens of a text."""
        parts: list[Part] = []
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
