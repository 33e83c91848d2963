"""Formulas as people type them, put into the notation: `^ 2x x² |x| · − λ np.log e^{x}`.

A pass over tokens before Python's syntax is read. What has one meaning is written as the notation
writes it; what has two is refused with both. A text in the notation stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from derive.errors import NotationError
from derive.notation.reading.surface_names import is_function, joined, known_word, side_by_side
from derive.notation.reading.surface_signs import KEYWORDS, RAISED, SCRIPTS, WRITTEN
from derive.notation.reading.surface_text import Level, Surface
from derive.notation.reading.surface_tokens import FORM, Token, tokens

_POWERS = ("^", "**")
_DIVIDING = ("/", "//", "%")
_FACTORS = ("*", "@", *_DIVIDING)
_BARS = ("|", "||")


@lru_cache(maxsize=4096)
def surface(line: str, start: int = 0) -> Surface:
    """What a line says from `start` on, in the notation; what stands before is left out.

    Raises NotationError for what has two readings, or is not read, at its column.
    """
    typed = line[start:]
    if not FORM.search(typed):
        return Surface(typed, typed)
    try:
        pieces = list(_Pass(typed).pieces())
    except NotationError as error:
        raise type(error)(error.message, line, error.column + start, error.length) from None
    text = "".join(piece for piece, _ in pieces)
    if text == typed:
        return Surface(typed, typed)
    return Surface(typed, text, tuple(place for piece, place in pieces for _ in piece))


def in_notation(line: str) -> str:
    """A line as the notation writes it; see `surface`."""
    return surface(line).text


class _Pass:
    """One pass over the tokens."""

    def __init__(self, typed: str) -> None:
        self.typed = typed
        self.tokens = list(joined(list(tokens(typed)), typed))
        self.levels, self.at = [Level("")], 0

    @property
    def here(self) -> Level:
        """The innermost open bracket."""
        return self.levels[-1]

    def error(self, token: Token, message: str) -> NotationError:
        """An error that points at a token."""
        return NotationError(message, self.typed, token.start + 1, token.end - token.start)

    def unclosed(self, level: Level, where: str) -> NotationError:
        return NotationError(f"this bar is not closed{where}; |…| is abs(…), ‖…‖ is norm(…), 'or' "
                             "is a word", self.typed, level.place + 1)

    def pieces(self) -> Iterator[tuple[str, int]]:
        """The text of the notation in pieces, each with its place in the typed text."""
        end = 0
        for place, token in enumerate(self.tokens):
            self.at = place
            product = self.begun(token)
            text = getattr(self, f"on_{token.kind}")(token)
            if product:
                yield "*", token.start
            else:
                yield from ((sign, end + n) for n, sign in enumerate(token.gap))
            same = text == self.typed[token.start:token.end]
            yield from ((sign, token.start + n * same) for n, sign in enumerate(text))
            end = token.end
            self.here.last = token
        if self.here.sign in _BARS:
            raise self.unclosed(self.here, "")
        if end < len(self.typed):
            yield from ((sign, end + n) for n, sign in enumerate(self.typed[end:]))

    # Where operands begin

    def begun(self, token: Token) -> bool:
        """Notes where an operand begins; whether it follows another, as a factor without sign."""
        level, last = self.here, self.here.last
        if not self.begins(token):
            return False
        if level.ended:
            self.check_product(token)
            level.ended = level.power = False
            return True
        if not level.power:
            level.factor = token.start
            level.term = level.term if level.before else token.start
        elif token.text in "({" and last is not None and last.text in _POWERS:
            level.power = False
        return False

    def begins(self, token: Token) -> bool:
        """Whether an operand begins here."""
        level, last = self.here, self.here.last
        if token.kind == "bar":
            return not level.ended or not self.closes(token)
        if token.text == "{" and last is not None and last.text not in _POWERS:
            return False  # refused where it is read
        if token.kind == "open":
            applied = token.text == "[" or (token.text == "(" and last is not None
                                            and last.kind == "name")
            return not (level.ended and applied)
        attribute = last is not None and last.text == "."
        return token.kind in ("number", "name", "group") and not attribute

    def check_product(self, token: Token) -> None:
        """Raises NotationError unless operands side by side are a product, and only that."""
        last = self.here.last
        assert last is not None
        if token.kind == "number":
            raise self.error(token, "what stands before a number needs a sign; a product is a*2, "
                             "a power a**2")
        if last.kind == "name" and not (token.kind == "bar" or self.applied(token)):
            raise self.error(token, side_by_side(last.text, token.text, self.here.power))
        if last.kind == "name" and is_function(last.text):
            raise self.error(token, f"write {last.text}(…), with brackets")
        if token.kind == "name" and token.gap and last.kind != "number" and not known_word(
                token.text):
            raise self.error(token, f"a word beside a formula; write *{token.text} for a product")
        if last.kind == "bar" or (token.kind == "bar" and self.here.sign in _BARS):
            raise self.error(token, "bars pair in more than one way here; write abs(…) for |…|")
        self.check_number(last, token)
        self.check_meaning(token)

    def applied(self, token: Token) -> bool:
        """Whether a name is that of a function with its brackets, log(p), or e with a power."""
        after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else token
        if token.text == "e":
            return after.text in _POWERS or after.kind == "raised"
        return is_function(token.text) and after.text == "("

    def check_number(self, last: Token, token: Token) -> None:
        """Raises NotationError for a number with e after it, and no exponent: 2e, 1.5e x."""
        if last.kind != "number" or token.gap or token.text not in ("e", "E"):
            return
        after = self.typed[token.end:].lstrip()
        if not after.startswith(("^", "**", *RAISED)):
            raise self.error(last, f"{last.text}{token.text} is a number without its exponent, as "
                             f"in {last.text}e3, or a product, {last.text}*{token.text}")

    def check_meaning(self, token: Token) -> None:
        """Raises NotationError for a product without a sign after a division or in an exponent."""
        level = self.here
        if not level.power and level.before not in _DIVIDING:
            return
        operand = self.typed[level.factor:token.start].strip()
        other = self.typed[token.start:self.extent(token)]
        if level.power:
            base, exponent = re.split(r"\^|\*\*", operand, maxsplit=1)
            readings = f"{base}^({exponent}*{other}) or ({operand})*{other}"
        else:
            above = self.typed[level.term:level.factor].rstrip(" /÷∕⁄+-%")
            readings = f"{above}/({operand}*{other}) or ({above}/{operand})*{other}"
        raise self.error(token, f"this has two readings, {readings}; write the one that is meant")

    def extent(self, token: Token) -> int:
        """Where the operand that begins at a token ends, with its brackets."""
        depth, end = int(token.kind == "open"), token.end
        for other in self.tokens[self.at + 1:]:
            depth += (other.kind == "open") - (other.kind == "close")
            if depth < 0 or (depth == 0 and other.kind not in ("close", "raised")):
                break
            end = other.end
        return end

    # Tokens

    def on_number(self, token: Token) -> str:
        self.here.ended = True
        return token.text

    on_group = on_number

    def on_name(self, token: Token) -> str:
        if token.text in KEYWORDS:
            raise self.error(token, f"{token.text!r} is a word of Python and no name; choose "
                             f"another, such as {token.text}_")
        self.here.ended = True
        return token.text

    def on_raised(self, token: Token) -> str:
        """A power in raised signs, or a transpose."""
        if not self.here.ended:
            raise self.error(token, "a raised sign stands after what it is a power of")
        self.check_power(token)
        return token.text

    def check_power(self, token: Token) -> None:
        """Raises NotationError for the power of a function's name, or of raised signs."""
        last = self.here.last
        if last is not None and last.kind == "name" and is_function(last.text):
            raise self.error(token, f"write {last.text}(x)**2 for a power of {last.text}(x)")
        if last is not None and (last.kind == "raised" or last.text == "}"):
            raise self.error(token, "a power of a power has two readings; write brackets")

    def on_open(self, token: Token) -> str:
        level = self.here
        exponent = level.last is not None and level.last.text in _POWERS
        grouping = token.text == "[" and not level.ended
        if token.text == "{" and not exponent:
            raise self.error(token, "{ } are the brackets of an exponent, as in e^{-x}; write ( )")
        if token.text == "[" and level.last is not None and (
                level.last.kind == "raised" or level.last.text == "}"):
            raise self.error(token, "a subscript belongs before the power, as in x[k]**2")
        level.ended = False
        written = "(" if grouping or (token.text == "{" and exponent) else token.text
        closing = ")" if written != token.text else ""
        self.levels.append(Level(token.text, token.start, closing, None, factor=token.end,
                                  term=token.end))
        return written

    def on_close(self, token: Token) -> str:
        level = self.here
        if level.sign in _BARS:
            raise self.unclosed(level, " within its brackets")
        self.levels = self.levels[:-1] or self.levels
        self.here.ended = True
        return level.closing or token.text

    def closes(self, token: Token) -> int:
        """How many bars a bar closes after an operand."""
        if self.here.sign == token.text:
            return 1
        return 2 if token.text == "||" and [x.sign for x in self.levels[-2:]] == ["|", "|"] else 0

    def on_bar(self, token: Token) -> str:
        """|x| and ‖x‖ where bars pair in one way."""
        count = self.closes(token) if self.here.ended else 0
        if not count:
            self.levels.append(Level(token.text, token.start, factor=token.end, term=token.end))
            return "abs(" if token.text == "|" else "norm("
        del self.levels[-count:]
        self.here.ended = True
        return ")" * count

    def check_attribute(self, token: Token) -> None:
        """Raises NotationError for a dot that stands before no name."""
        after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        raised = getattr(self.here.last, "kind", "") == "raised"
        if not self.here.ended or raised or after is None or after.gap or after.kind != "name":
            raise self.error(token, "a dot belongs to a number, 2.5, or to a matrix, A.T")

    def on_word(self, token: Token) -> str:
        level = self.here
        level.ended, level.before, level.power = False, "", False
        level.term = level.factor = token.end
        return token.text

    def on_sign(self, token: Token) -> str:
        level, text = self.here, token.text
        if text in _POWERS:
            self.check_power(token)
            level.power, level.ended = True, False
            return "**"
        if text == "&&":
            raise self.error(token, "write 'and'")
        if text in ("+", "-") and not level.ended:
            return text
        if text == ".":
            self.check_attribute(token)
            return text
        if text in WRITTEN:
            raise self.error(token, f"the sign {text!r} is no part of the notation; write "
                             f"{WRITTEN[text]}")
        if text in SCRIPTS or (text in _FACTORS and not level.ended):
            raise self.error(token, "a formula was expected here")
        level.before = text if text in _FACTORS else ""
        level.ended = level.power = False
        return text
