"""A formula of the notation with the signs of mathematics, sign by sign. Needs no SymPy.

Nothing is moved or left out, so that the text still reads as the same formula: `**2` is ², `*` a
dot, `log_sigma` is log_σ, `t[k]` is tₖ, `sum(` is Σ(.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(r"\s+|\d+(?:\.\d+)?|[^\W\d]\w*|\*\*|<=|>=|==|!=|.", re.S)
_SIGNS = {"-": "−", "*": "·", "<=": "≤", ">=": "≥", "!=": "≠", "==": "=", "**": "^"}
_NAMES = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eps": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lam": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω", "ell": "ℓ", "pi": "π", "Phi": "Φ"}
_CALLS = {"sum": "Σ", "prod": "Π", "sqrt": "√"}  # before a bracket
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = dict(zip("aehijklmnoprstuvx0123456789", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉", strict=True))


def with_signs(text: str) -> str:
    """The formula with ², ·, −, ≤, Greek letters, and single indices as subscripts."""
    tokens: list[str] = _TOKEN.findall(text)
    written: list[str] = []
    place = 0
    while place < len(tokens):
        count, sign = _sign(tokens, place)
        written.append(sign)
        place += count
    return "".join(written)


def _sign(tokens: list[str], place: int) -> tuple[int, str]:
    """How many tokens from a place on are one sign, and the sign."""
    token, *after = tokens[place:place + 4]
    follows = after[0] if after else ""
    if token == "**" and follows.isdecimal() and _next(tokens, place + 2) != "**":
        return 2, follows.translate(_RAISED)
    if token == "[" and after[1:2] == ["]"] and _has_subscript(tokens, place):
        return 3, _LOWERED[follows]
    if token == "*" and _reads_as_factor(tokens, place):
        return 1, ""
    if follows == "(" and token in _CALLS:
        return 1, _CALLS[token]
    if _is_name(token):
        return 1, "_".join(_NAMES.get(part, part) for part in token.split("_"))
    return 1, _SIGNS.get(token, token)


def _has_subscript(tokens: list[str], place: int) -> bool:
    """Whether an index in brackets can stand below the name before it."""
    name = tokens[place - 1] if place else ""
    return tokens[place + 1] in _LOWERED and _is_name(name) and name[-1].isalpha()


def _reads_as_factor(tokens: list[str], place: int) -> bool:
    """Whether a number and a letter stand side by side without a sign, as in 2y and 3σ²."""
    number, behind = tokens[max(0, place - 1)], tokens[place + 1:place + 3]
    before = [t for t in tokens[:max(0, place - 1)] if not t.isspace()][-1:]
    letter = behind[0] if behind else ""
    return (number.isdecimal() and before not in (["/"], ["**"]) and behind[1:] != ["("]
            and letter != "e" and len(_NAMES.get(letter, letter)) == 1 and letter[:1].isalpha())


def _next(tokens: list[str], place: int) -> str:
    """The next token that is no space."""
    rest: Iterator[str] = (t for t in tokens[place:] if not t.isspace())
    return next(rest, "")


def _is_name(token: str) -> bool:
    return token[:1].isalpha() or token[:1] == "_"
