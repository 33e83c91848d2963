"""Statements of a display: chains of equations, cut at equals signs, and remarks beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.label_forms import is_label
from derive.notation.latex_in.latex_words import run_end, spelled
from derive.notation.latex_in.token_records import Token, fail
from derive.notation.latex_in.tokens import tokens

OPEN = frozenset(("{", *words.OPENING, "\\langle"))
CLOSE = frozenset(("}", *words.CLOSING, "\\rangle"))
_LEADS = frozenset(("where", "with", "and", "so", "thus", "hence", "then", "since"))
_WHERE = "where"
_REMARKS = frozenset(("for", "for all", "for each", "for every"))
Tokens = tuple[Token, ...]


@dataclass(frozen=True)
class Statement:
    """Sides between equals signs; `goes_on` where it begins with one.

    `follows` is the sign, such as `\\Rightarrow`, that stands before it.
    """

    sides: tuple[Tokens, ...]
    goes_on: bool = False
    follows: str = ""

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.sides[0][0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.sides[-1][-1].end


@dataclass(frozen=True)
class Display:
    """The statements of a text, and the places of what is said beside them and left out."""

    statements: tuple[Statement, ...]
    remarks: tuple[tuple[int, int], ...]


def read_display(text: str) -> Display:
    """The statements of LaTeX text. Raises NotationError at the place of what is not read."""
    statements: list[Statement] = []
    remarks: list[tuple[int, int]] = []
    for chunk in _joined(_chunks(tokens(text), text), text):
        for part, follows in _parts(chunk):
            if statements and _is_remark(part):
                remarks.append((part[0].start, part[-1].end))
            else:
                statements.append(_statement(text, part, follows))
    if not statements:
        raise fail(text, 0, 1, "the formula is empty; type one, such as \\frac{(z - y)^2}{2}")
    return Display(tuple(statements), tuple(remarks))


# Rows


def _chunks(read: list[Token], text: str) -> list[list[Token]]:
    """The tokens of each row, without environments, marks of alignment and labels of rows."""
    chunks: list[list[Token]] = [[]]
    depth, cases, label = 0, 0, False
    for place, token in enumerate(read[:-1]):
        depth += opens(token)
        display = _is_display(token) and not cases
        cases += 0 if display else environment(token)
        if cases:
            chunks[-1] += [] if label else [token]
        elif display or token.kind == "row":
            _check_outside(text, token, depth)
            label = False
            chunks += [[]] if depth == 0 else []
        elif token.text == "&" and token.kind == "sign":
            label = label or _labelled(read[place + 1:])
        elif not label:
            chunks[-1].append(token)
    return [chunk for chunk in chunks if chunk]


def _is_display(token: Token) -> bool:
    """Whether an environment of rows begins or ends here."""
    return token.kind in ("begin", "end") and token.text in words.DISPLAYS


def _check_outside(text: str, token: Token, depth: int) -> None:
    """Refuses a display within brackets; a row may end in them."""
    if depth and _is_display(token):
        raise fail(text, token.start, token.end, "a display stands around whole rows")


def environment(token: Token) -> int:
    """1 where an environment begins, -1 where it ends."""
    return (token.kind == "begin") - (token.kind == "end")


def _labelled(ahead: list[Token]) -> bool:
    """Whether a second mark of alignment and words follow, as at the right of a row."""
    return ahead[0].text == "&" and ahead[1].kind in ("text", "word")


def opens(token: Token) -> int:
    """1 for an opening bracket, -1 for a closing one, 0 for what is none."""
    plain = token.kind in ("sign", "command")
    return (plain and token.text in OPEN) - (plain and token.text in CLOSE)


def outermost(read: list[Token] | Tokens) -> Iterator[tuple[int, Token]]:
    """The tokens that stand in no bracket and no environment, with their places."""
    depth = 0
    for place, token in enumerate(read):
        change = opens(token) + environment(token)
        if depth == 0 and change == 0:
            yield place, token
        depth += change


def _joined(chunks: list[list[Token]], text: str) -> list[list[Token]]:
    """A row that begins with an operator and holds no equals sign goes on with the one before."""
    joined: list[list[Token]] = []
    for chunk in chunks:
        sign = chunk[0].text in ("+", "-")
        equals = any(token.text == "=" for _, token in outermost(chunk))
        goes_on = (sign and not equals) or chunk[0].text in ("\\cdot", "\\times", "\\odot")
        if joined and sign and equals:
            raise fail(text, chunk[0].start, chunk[0].end, "this row may go on with the one above "
                       "or begin an equation; write the sign behind an equals sign, or the whole "
                       "formula in one row")
        if joined and goes_on:
            joined[-1].extend(chunk)
        else:
            joined.append(chunk)
    return joined


# Statements of a row


def _parts(chunk: list[Token]) -> Iterator[tuple[list[Token], str]]:
    """The statements and remarks of a row, each with the arrow before it."""
    start, follows = 0, ""
    places = {place for place, _ in outermost(chunk)}
    place = 1
    while place < len(chunk):
        after = _next_part(chunk, start, place) if place in places and place > start else None
        if after is None:
            place += 1
            continue
        yield chunk[start:place], follows
        follows = chunk[place].text if chunk[place].text in words.ARROWS else ""
        start, place = after, after + 1
    if start < len(chunk):
        yield chunk[start:], follows


def _next_part(chunk: list[Token], start: int, place: int) -> int | None:
    """Where a further statement or remark begins, if the one from `start` on ends at a place."""
    token = chunk[place]
    if token.kind == "command" and token.text in words.ARROWS:
        return place + 1
    ended = token.kind == "sign" and token.text in (",", ";", ".")
    after = place + ended
    if after >= len(chunk):
        return None
    lead = _lead(chunk, after)
    if lead > after or _is_word(chunk[after], _REMARKS):
        return lead
    wide = chunk[after].wide
    if not (wide if token.text == "." else ended) and not (
            wide and any(t.text == "=" for _, t in outermost(chunk[start:place]))):
        return None
    return after if _begins_statement(chunk[after:]) else None


def _lead(chunk: list[Token], place: int) -> int:
    """The place behind a word such as `where` at a place."""
    if _is_word(chunk[place], _LEADS):
        return place + 1
    run = chunk[place : place + len(_WHERE) + 1]
    alone = run[0].kind == "letter" and not run[0].joined and run_end(run, 0) == len(_WHERE)
    return place + len(_WHERE) if alone and spelled(run[: len(_WHERE)]) == _WHERE else place


def _is_word(token: Token, listed: frozenset[str]) -> bool:
    return token.kind in ("text", "word") and token.text.strip(" ,.:;~") in listed


def _begins_statement(ahead: list[Token]) -> bool:
    """Whether an equation or a remark about names begins here."""
    part: list[Token] = []
    for place, token in outermost(ahead):
        if token.text in (",", ";") or (place and token.wide):
            part = ahead[:place]
            break
    else:
        part = ahead
    equals = next((place for place, token in outermost(part) if token.text == "="), None)
    return _is_remark(part) or (equals is not None and is_label(part[:equals]))


def _is_remark(part: list[Token]) -> bool:
    """Whether a part says what names are, as `i = 1, \\dots, n` or `\\theta > 0` do."""
    if not part:
        return False
    if _is_word(part[0], _REMARKS) or part[0].text == "\\forall":
        return True
    relations = [token.text for _, token in outermost(part) if token.text in words.RELATIONS]
    if any(sign != "=" for sign in relations):
        return is_label(part[:1])
    signs = [token.text for _, token in outermost(part)]
    return bool(relations) and "," in signs and not words.DOTS.isdisjoint(signs)


def _statement(text: str, part: list[Token], follows: str) -> Statement:
    """A part, cut at its equals signs."""
    while len(part) > 1 and part[-1].kind == "sign" and part[-1].text in (",", ".", ";"):
        part = part[:-1]
    cuts = [place for place, token in outermost(part) if token.text == "="]
    goes_on = bool(cuts) and cuts[0] == 0
    sides = [tuple(part[a:b]) for a, b in zip([0, *(c + 1 for c in cuts)], [*cuts, len(part)],
                                              strict=True)][goes_on:]
    for side, cut in zip(sides, cuts if goes_on else [*cuts[:1], *cuts], strict=False):
        if not side:
            raise fail(text, part[cut].start, part[cut].end, "a formula was expected on this side "
                       "of the equals sign")
    return Statement(tuple(sides), goes_on, follows)
