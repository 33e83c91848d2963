"""Pieces of Python text: functions, docstrings, headings."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from derive.adapters.printed_functions import printed

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
    lines = [part for line in text.splitlines() for part in fitted(line)]
    return "\n".join([f'"""{head[0]}', *head[1:], '"""', "", _TYPES, "",
                      "from __future__ import annotations", "", *lines]).rstrip() + "\n"


def _formula_lines(line: str) -> list[str]:
    """A line of a docstring; the rest of a long one stands under its formula."""
    if len(line) <= WIDTH:
        return [line]
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * 17, break_long_words=False,
                         break_on_hyphens=False, drop_whitespace=True)


def fitted(line: str) -> list[str]:
    """A statement in lines that are not too long: broken after commas, else before operators."""
    if len(line) <= WIDTH or line.lstrip().startswith("#"):
        return [line]
    margin = line[:len(line) - len(line.lstrip())]
    if '"""' in line:
        return textwrap.wrap(line, WIDTH, subsequent_indent=margin, break_long_words=False)
    cut = line.rfind(", ", len(margin) + 12, WIDTH - 1)
    opened = line.find("(", 0, WIDTH)
    if cut > 0 and 0 <= opened < cut and '"' not in line[:cut]:
        return [line[:cut + 1], *fitted(f"{margin}        {line[cut + 2:]}")]
    cut = max(line.rfind(sign, len(margin) + 12, WIDTH - 3)
              for sign in (" + ", " - ", " * ", " / "))
    head = re.match(r"\s*(?:return |[\w.\[\]:, ]+ = )", line)
    if cut < 0 or head is None or "#" in line:
        return [line]
    return [f"{head.group()}({line[head.end():cut]}",
            f"{margin}        {line[cut + 1:]})"]
