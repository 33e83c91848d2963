"""Pieces of Python text: functions, docstrings, headings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from derive.adapters.printed_functions import printed
from derive.arrays.targets.functional.functional_text import code_lines, signature

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
        head = signature(f"def {self.name}(", self.arguments, f") -> {self.returns}:")
        decorator = [QUIET] if self.quiet else []
        return "\n".join([*decorator, *head, *indented([f'"""{self.says}"""', *self.lines])])


QUIET = '@np.errstate(over="ignore", divide="ignore", invalid="ignore")'


def indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    """Lines under a head."""
    return [textwrap.indent(line, " " * 4 * depth) for line in lines]


def paragraph(text: str) -> str:
    """A paragraph within the width of a file."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False,
                         break_on_hyphens=False)


def class_name(words: str, ending: str = "") -> str:
    """A name of the catalogue as that of a class: its-name, ItsName."""
    parts = [part for part in words.replace("_", "-").split("-") if part]
    return "".join(part[:1].upper() + part[1:] for part in parts) + ending


_TYPES = '# mypy: disable-error-code="no-any-return"'  # NumPy's operators return Any


def module_text(docstring: str, imports: Sequence[str], body: Sequence[str]) -> str:
    """A module: docstring, imports in order, and what it defines, in lines of some 100 columns."""
    head = [part for line in docstring.strip().splitlines() for part in _formula_lines(line)]
    code = "\n".join(body)
    helpers = [f"\n\n{text}" for text in printed(code)]
    text = "\n".join([*imports, "", *helpers, *body]) if helpers else \
        "\n".join([*imports, "", *body])
    lines = code_lines(text)
    return "\n".join([f'"""{head[0]}', *head[1:], '"""', "", _TYPES, "",
                      "from __future__ import annotations", "", *lines]).rstrip() + "\n"


def _formula_lines(line: str) -> list[str]:
    """A line of a docstring; the rest of a long one stands under its formula."""
    if len(line) <= WIDTH:
        return [line]
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * 17, break_long_words=False,
                         break_on_hyphens=False, drop_whitespace=True)
