r"""The objective of `\min_w f(w)` and `\arg\max_\theta f(\theta)`, which is what is meant."""

from __future__ import annotations

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.label_forms import group_end
from derive.notation.latex_in.names import Names
from derive.notation.latex_in.token_records import Token
from derive.notation.latex_in.tree import Symbol

_EXTREMES = ("\\min", "\\max", "\\argmin", "\\argmax", "min", "max", "argmin", "argmax")
_RUNNING = "hijklmnpqrst"  # letters of indices rather than of variables
Side = tuple[Token, ...]


def objective(side: Side, names: Names) -> tuple[Side, str]:
    """The side without `\\min_w` in front of the whole, and a note; the side itself without one."""
    place = 1 if side[0].text == "\\arg" else 0
    if len(side) < place + 4 or side[place].kind not in ("command", "word") or \
            side[place].text not in _EXTREMES or side[place + 1].text != "_":
        return side, ""
    end = group_end(list(side), place + 2)
    below = side[place + 2 : end]
    symbols = [s for s in map(_symbol, below) if s is not None]
    if not symbols or end >= len(side) or not all(_is_variable(s, side[end:], names)
                                                  for s in symbols):
        return side, ""
    written = names.text[side[0].start : below[-1].end]
    return side[end:], f"{written} is left out: the objective is read"


def _symbol(token: Token) -> Symbol | None:
    """The symbol of a letter below the sign; words in fonts and signs are none."""
    if token.kind == "letter":
        return Symbol(token.start, token.end, (token.text,), token.text)
    if token.kind == "command" and token.text in words.LETTERS:
        return Symbol(token.start, token.end, words.LETTERS[token.text], token.text)
    return None


def _is_variable(symbol: Symbol, body: Side, names: Names) -> bool:
    """Whether a letter is a variable, not an index that runs."""
    if any(names.known(n) for n in symbol.names):
        return names.is_value(symbol)
    return symbol.sign not in _RUNNING and (len(symbol.sign) > 1 or any(
        token.text == symbol.sign for token in body))
