"""Tokens that belong together: np.log, a root with its operand, a norm with its order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.errors import NotationError
from derive.functions.function_records import standard_functions
from derive.notation.operator_table import BIG_OPERATORS
from derive.notation.reading.surface_signs import SIGNS_OF, differing, is_library
from derive.notation.reading.surface_tokens import Token

_REDUCTIONS = frozenset({*(o.word for o in BIG_OPERATORS), "mean"})
_LONGEST = 8  # parts of a chain such as torch.nn.functional.softplus, dots counted
_CONSTANTS = {"pi": "pi", "e": "exp(1)"}


def is_function(name: str) -> bool:
    """Whether a name is one of a standard function or reduction."""
    return name in standard_functions() or name in _REDUCTIONS or any(
        name in f.words for f in standard_functions().values())


def known_word(name: str) -> bool:
    """Whether a name stands for a factor behind a space: a letter, π, a function."""
    return len(name.split("_")[0].rstrip("0123456789")) == 1 or name in SIGNS_OF or \
        name in _CONSTANTS.values() or is_function(name)


def side_by_side(name: str, other: str, power: bool) -> str:
    """What to write for two names without a sign between them."""
    if is_function(name):
        return f"write {name}({other}), with brackets"
    if power and name == "T":
        return "a transpose is written x.T, a product of matrices x.T @ A @ x"
    tail = "(…)" * is_function(other)
    matrices = f", {name} @ {other}{tail} for one of matrices" if name[:1].isupper() else ""
    return f"two names side by side; write {name}*{other}{tail} for a product{matrices}"


def joined(parts: list[Token], typed: str) -> Iterator[Token]:
    """The tokens, those that belong together as one. Raises NotationError."""
    place = 0
    while place < len(parts):
        token = parts[place]
        count, made = 1, token
        if token.kind == "name":
            count, made = _without_library(parts, place, typed)
        elif token.kind == "root":
            count, made = _root(parts, place, typed)
        elif token.text == "||":
            count, made = _norm(parts, place, typed)
        yield made
        place += count


def _without_library(parts: list[Token], place: int, typed: str) -> tuple[int, Token]:
    """A name with the library's name before it, as one: np.log(x) is log(x)."""
    end = place + 1
    while end + 1 < len(parts) and end - place < _LONGEST and parts[end].text == "." \
            and parts[end + 1].kind == "name" and not parts[end].gap and not parts[end + 1].gap:
        end += 2
    first, last = parts[place], parts[end - 1]
    words = [part.text for part in parts[place:end:2]]
    if len(words) < 2 or not is_library(".".join(words[:-1])):
        return 1, first
    word = words[-1]
    applied = end < len(parts) and parts[end].text == "("
    made = replace(first, text=word, end=last.end)
    differs = differing(".".join(words[:-1]), word)
    if applied and differs:
        raise NotationError(differs, typed, first.start + 1, last.end - first.start)
    if applied:
        return end - place, made
    if word in _CONSTANTS:
        return end - place, replace(made, kind="group", text=_CONSTANTS[word])
    return 1, first


def _root(parts: list[Token], place: int, typed: str) -> tuple[int, Token]:
    """√(x) is applied as sqrt is; √x is read of a single name or number."""
    root, (operand, beyond) = parts[place], (*parts[place + 1:place + 3], None, None)[:2]
    if operand is not None and operand.text == "(":
        return 1, replace(root, kind="name")
    attached = beyond is not None and (
        beyond.kind in ("number", "name", "group", "open", "raised", "root")
        or beyond.text in ("^", "**", "."))
    if operand is None or operand.kind not in ("number", "name") or attached:
        raise NotationError("write brackets after a root, as in √(x)", typed, root.start + 1)
    return 2, replace(root, kind="group", text=f"sqrt({operand.text})", end=operand.end)


def _norm(parts: list[Token], place: int, typed: str) -> tuple[int, Token]:
    """The bar of a norm with its order, which may be 2: ‖x‖₂ or ||x||_2."""
    bar, after = parts[place], (*parts[place + 1:place + 2], None)[0]
    order = "" if after is None or after.gap else after.text.lstrip("_")
    if after is None or not (typed[after.start] in "_₀₁₂₃₄₅₆₇₈₉∞" and order):
        return 1, bar
    if order not in ("2", "₂"):
        raise NotationError("only the Euclidean norm has bars here; write another out, as in "
                            "sum(abs(x)) or max(abs(x))", typed, after.start + 1)
    return 2, replace(bar, end=after.end)
