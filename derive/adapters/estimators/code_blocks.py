"""Pieces of Python text: functions, docstrings, headings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

WIDTH = 100


class Block(NamedTuple):
    """A function as text: its arguments with their types, and its statements."""

    name: str
    arguments: Sequence[str]
    returns: str
    says: str
    lines: Sequence[str]
    quiet: bool = False  # whether floating point warnings are beside the point

    @property
    def text(self) -> str:
        """The definition."""
        head = f"def {self.name}({', '.join(self.arguments)}) -> {self.returns}:"
        if len(head) > WIDTH:
            gap = " " * (len(self.name) + 5)
            head = textwrap.fill(head.replace(", ", ",\0").replace(" ", "\1").replace("\0", " "),
                                 WIDTH, subsequent_indent=gap, break_long_words=False,
                                 break_on_hyphens=False).replace("\1", " ")
        decorator = [QUIET] if self.quiet else []
        return "\n".join([*decorator, head, *indented([f'"""{self.says}"""', *self.lines])])


QUIET = '@np.errstate(over="ignore", divide="ignore", invalid="ignore")'


def returning(lines: Sequence[str], names: Sequence[str]) -> list[str]:
    """Statements that end with the return of names; one that was just given stands there itself."""
    if len(names) == 1 and lines[-1].startswith(f"{names[0]} = "):
        return [*lines[:-1], f"return {lines[-1].partition(' = ')[2]}"]
    return [*lines, f"return {', '.join(names)}"]


def indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    """Lines under a head."""
    return [textwrap.indent(line, " " * 4 * depth) for line in lines]


def paragraph(text: str) -> str:
    """A paragraph within the width of a file."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False,
                         break_on_hyphens=False)


def class_name(words: str, ending: str = "") -> str:
    """A name of the catalogue as that of a class: softmax-nll, SoftmaxNll."""
    parts = [part for part in words.replace("_", "-").split("-") if part]
    return "".join(part[:1].upper() + part[1:] for part in parts) + ending


def module_text(docstring: str, imports: Sequence[str], body: Sequence[str]) -> str:
    """A module: docstring, imports in order, and what it defines."""
    return "\n".join([f'"""{docstring.strip()}\n"""', "", "from __future__ import annotations", "",
                      *imports, "", *body]).rstrip() + "\n"
