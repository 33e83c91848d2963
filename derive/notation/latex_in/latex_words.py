"""Letters side by side that spell a function, a Greek letter or a declared name."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.questions import Questions
from derive.notation.latex_in.token_records import Token
from derive.notation.latex_in.tree import Symbol

_BEFORE_ARGUMENTS = frozenset(("(", "[", "\\{", "\\lbrace", "{", "_", "^"))
_LONGEST = 40  # letters of a word
_SHORTEST_NAME = 4  # letters side by side that are rather a name than a product
_BRACKETS = frozenset(("(", "[", "\\{", "\\lbrace"))


def with_words(read: list[Token], questions: Questions) -> list[Token]:
    """The tokens with `l o g` before an argument as one function, and names in plain letters."""
    result: list[Token] = []
    place = 0
    while place < len(read):
        end = run_end(read, place)
        braced = _run_in_braces(read, place, questions)
        if braced is not None:
            result.append(braced)
            place = run_end(read, place + 1) + 1
            continue
        result += _run(read[place:end], read[end:end + 1], questions)
        place = end
    return result


def _run_in_braces(read: list[Token], place: int, questions: Questions) -> Token | None:
    """One token for a function in braces, `{\\rm softmax}(z)`; None for what is none."""
    if read[place].text != "{" or read[place].kind != "sign":
        return None
    if place + 1 >= len(read):
        return None
    end = run_end(read, place + 1)
    if end - place < 3 or end >= len(read) or read[end].text != "}":
        return None
    made = _run(read[place + 1:end], read[end + 1:end + 2], questions)
    return made[0] if len(made) == 1 else None


def run_end(read: list[Token], place: int) -> int:
    """The place behind the letters side by side that begin at a place."""
    end = place + 1
    if read[place].kind == "letter":
        while end < len(read) and read[end].kind == "letter" and read[end].joined:
            end += 1
    return end


def spelled(run: list[Token]) -> str:
    """The letters of a run."""
    return "".join(token.text for token in run)


def joined_token(run: list[Token], kind: str, text: str) -> Token:
    """One token in place of several."""
    return replace(run[0], kind=kind, text=text, end=run[-1].end, joined=False)


def _run(run: list[Token], ahead: list[Token], questions: Questions) -> list[Token]:
    """The letters of a run, or tokens in place of them."""
    word = spelled(run)
    if not 2 <= len(run) <= _LONGEST:
        return run
    declared = [questions.declared(letter) for letter in word]
    if not all(declared):
        token = _name(run, word, questions)
        if token is not None:
            return [token]
    for cut in range(len(run) - 1):
        function = _function(word[cut:], ahead, questions, cut == 0)
        if function and not all(declared[cut:]):
            return [*run[:cut], joined_token(run[cut:], *function)]
    return [joined_token(run, "word", word)] if not any(declared) and _is_word(word, ahead) else run


def _name(run: list[Token], word: str, questions: Questions) -> Token | None:
    """The token of a declared name, or of a Greek letter without its backslash."""
    if questions.declared(word):
        return joined_token(run, "word", word)
    if f"\\{word}" in words.LETTERS and len(word) > 2:
        return joined_token(run, "command", f"\\{word}")
    return None


def _is_word(word: str, ahead: list[Token]) -> bool:
    """Whether letters side by side are rather a name than a product, and none of a function."""
    applied = bool(ahead) and ahead[0].text in _BEFORE_ARGUMENTS - {"_", "^"}
    return len(word) >= _SHORTEST_NAME and f"\\{word}" not in words.KNOWN and not applied


def _function(word: str, ahead: list[Token], questions: Questions, alone: bool,
              ) -> tuple[str, str] | None:
    """Kind and text of the token for a function that is spelled here, if one is."""
    sign = ahead[0].text if ahead and ahead[0].kind in ("sign", "command") else ""
    if f"\\{word}" in words.PREFIX:
        applied = sign in _BEFORE_ARGUMENTS or (alone and bool(ahead) and _starts(ahead[0]))
        return ("command", f"\\{word}") if applied else None
    if word in ("max", "min"):
        return ("command", f"\\{word}") if sign in (*_BRACKETS, "_") else None
    if not alone or sign not in _BRACKETS or not (len(word) > 2 or word in words.MATRIX_WORDS):
        return None
    applies = questions.applies(Symbol(0, 0, (word,), word, word=True))
    return ("word", word) if applies else None


def _starts(token: Token) -> bool:
    """Whether an argument without brackets begins with a token."""
    return token.kind in ("letter", "number", "word") or (
        token.kind == "command" and token.text in (*words.LETTERS, *words.FRACTIONS))
