"""Sides of equations, read as trees; and labels, which name what stands on the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from derive.errors import NotationError
from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.label_forms import is_label, label_head
from derive.notation.latex_in.latex_formulas import GRAMMAR
from derive.notation.latex_in.latex_words import joined_token, run_end, spelled, with_words
from derive.notation.latex_in.questions import Questions
from derive.notation.latex_in.scripts import with_scripts
from derive.notation.latex_in.symbols import (
    read_accented,
    read_arguments,
    read_symbol,
    split_letters,
    starts_symbol,
)
from derive.notation.latex_in.token_records import Token


@dataclass(frozen=True)
class Label:
    """A name on the left: a symbol, perhaps with scripts; `arguments` of a function."""

    head: tree.Node
    arguments: tree.Nodes | None = None

    @property
    def symbol(self) -> tree.Symbol:
        """The letter or word."""
        node = self.head.base if isinstance(self.head, tree.Scripted) else self.head
        assert isinstance(node, tree.Symbol)
        return node

    @property
    def raised(self) -> bool:
        r"""Whether it is a power, as in `\sigma_B^2 = …`."""
        return isinstance(self.head, tree.Scripted) and self.head.power is not None

    @property
    def below(self) -> tree.Nodes:
        """The step and the subscripts."""
        if not isinstance(self.head, tree.Scripted):
            return ()
        step = () if self.head.step is None else (self.head.step,)
        return (*step, *(p for part in self.head.below for p in split_letters(part)))


@contextmanager
def bounded(text: str) -> Iterator[None]:
    """Turns what Python cannot nest into an error of the notation."""
    try:
        yield
    except RecursionError:
        raise NotationError("the formula nests too deep; name its parts in definitions of their "
                            "own", text, 1) from None


def read_side(text: str, side: Sequence[Token], questions: Questions) -> tree.Node:
    """The tree of a side. Raises NotationError at the place of what is not read."""
    reader = _cursor(text, with_words(list(side), questions), questions)
    with bounded(text):
        node = reader.condition()
    if reader.token.kind != "stop":
        raise _unread(reader)
    return node


def read_label(text: str, side: Sequence[Token], questions: Questions) -> Label | None:
    """The name that a side gives to what stands on the right of it; None where it is none."""
    read = list(side)
    if not is_label(read) or label_head(read):
        return None
    end = run_end(read, 0)
    if end > 1:
        read = [joined_token(read[:end], "word", spelled(read[:end])), *read[end:]]
    reader = _cursor(text, read, questions)
    try:
        head = _head(reader)
        arguments = read_arguments(reader) if reader.at("(", "[", "\\{", "\\lbrace") else None
    except NotationError:
        return None
    base = head.base if isinstance(head, tree.Scripted) else head
    if reader.token.kind != "stop" or not isinstance(base, tree.Symbol) or (
            isinstance(head, tree.Scripted) and head.power is not None and arguments is not None):
        return None
    return Label(head, arguments)


def _head(reader: Cursor) -> tree.Node:
    """The letter or word of a label, with its scripts."""
    if starts_symbol(reader):
        return with_scripts(reader, read_symbol(reader))
    if reader.token.text in words.ACCENTS or reader.token.text in words.FONTS:
        return with_scripts(reader, read_accented(reader))
    if reader.took("{"):
        node = _head(reader)
        reader.expect("}", "")
        return with_scripts(reader, node) if isinstance(node, tree.Symbol) else node
    raise reader.expected("a name")


def _cursor(text: str, read: list[Token], questions: Questions) -> Cursor:
    """A cursor at the beginning of a side."""
    end = read[-1].end
    stop = Token("stop", "", max(end - 1, 0) if end == len(text) else end, end + 1)
    first = replace(read[0], spaced=False, wide=False)
    return Cursor(text, [first, *read[1:], stop], GRAMMAR, questions)


def _unread(reader: Cursor) -> NotationError:
    """The error for what stands behind a formula."""
    token = reader.token
    if token.kind == "command" and token.text in words.REASONS and token.text != "\\mid":
        return reader.error(token, words.REASONS[token.text])
    if reader.at("|", "\\mid"):
        return reader.error(token, "a condition after a bar is not read; absolute values "
                            "need two bars")
    return reader.expected("an operator, a factor or the end")
