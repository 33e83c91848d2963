"""A place in a list of tokens, and errors at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from derive.errors import NotationError
from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.questions import Questions
from derive.notation.latex_in.token_records import Token, fail
from derive.notation.latex_in.tree import Node

MAX_DEPTH = 200  # nested parts of a formula

@dataclass(frozen=True)
class Grammar:
    """What reads the parts of a formula from a cursor on."""

    condition: Callable[[Cursor], Node]
    formula: Callable[[Cursor], Node]
    term: Callable[[Cursor], Node]
    factor: Callable[[Cursor], Node]
    starts_factor: Callable[[Cursor], bool]


class Cursor:
    """A place in the tokens of a text, from which on the parts of the grammar are read."""

    def __init__(self, text: str, tokens: list[Token], grammar: Grammar, questions: Questions,
                 ) -> None:
        self.text, self.tokens, self.grammar, self.place = text, tokens, grammar, 0
        self.questions = questions
        self.applies, self.declared = questions.applies, questions.declared
        self.depth, self.bars = 0, [""]

    @property
    def token(self) -> Token:
        """The token at the place."""
        return self.tokens[self.place]

    @property
    def ahead(self) -> Token:
        """The token after it."""
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)]

    @property
    def behind(self) -> int:
        """Where the last token read ends."""
        return self.tokens[self.place - 1].end if self.place else 0

    def at(self, *texts: str) -> bool:
        """Whether one of these signs or commands stands here."""
        return self.token.kind in ("sign", "command") and self.token.text in texts

    def take(self) -> Token:
        """The token at the place, which moves on."""
        token = self.token
        if token.kind != "stop":
            self.place += 1
        return token

    def took(self, *texts: str) -> bool:
        """Whether one of these stood here; it is passed then."""
        if self.at(*texts):
            self.take()
            return True
        return False

    def expect(self, sign: str, why: str) -> Token:
        """Passes a sign that has to stand here."""
        if not self.at(sign):
            raise self.expected(f"{sign!r} {why}".strip())
        return self.take()

    def expected(self, what: str) -> NotationError:
        """An error at the place: what was expected, and what stands there."""
        token = self.token
        there = "the end" if token.kind == "stop" else repr(self.text[token.start : token.end])
        return self.error(token, f"{what} was expected, not {there}")

    def error(self, part: Token | Node, message: str) -> NotationError:
        """An error at a token or part."""
        return fail(self.text, part.start, part.end, message)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """One level deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(self.token, f"the formula nests more than {MAX_DEPTH} operations")
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def inside(self, closing: str) -> Iterator[None]:
        """Within brackets, where a bar outside of them closes nothing."""
        self.bars.append(closing)
        try:
            yield
        finally:
            self.bars.pop()

    def closes_bar(self) -> bool:
        """Whether a bar here ends the absolute value around the place."""
        if not self.at(*words.BARS):
            return False
        token = self.token
        if token.side == "right" or token.text in words.RIGHT_BARS:
            return True
        return self.bars[-1] == words.BARS[token.text] and token.side != "left" and \
            token.text not in words.LEFT_BARS

    # Parts, by the grammar

    def condition(self) -> Node:
        """A condition, or a formula without a relation."""
        return self.grammar.condition(self)

    def formula(self) -> Node:
        """A sum of terms."""
        return self.grammar.formula(self)

    def term(self) -> Node:
        """A product."""
        return self.grammar.term(self)

    def factor(self) -> Node:
        """One factor of a product."""
        return self.grammar.factor(self)

    def starts_factor(self) -> bool:
        """Whether a factor begins here."""
        return self.grammar.starts_factor(self)
