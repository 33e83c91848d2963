"""Examples in docstrings as code blocks: an extension of griffe, for the API pages."""

from __future__ import annotations

from typing import Any

import griffe
from doctest_text import without_prompts  # beside this file, as mkdocs loads its hooks


def fenced(text: str) -> str:
    """The text with each example, a line that begins with >>> and what follows it, in a fence."""
    lines: list[str] = []
    example: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.strip() and (example or line.lstrip().startswith(">>>")):
            example.append(line.strip() if line.lstrip().startswith(">>>") else line)
            continue
        if example:
            lines += ["", "```python", *without_prompts(example), "```"]
            example = []
        lines.append(line)
    return "\n".join(lines[:-1])


class DoctestFences(griffe.Extension):
    """Puts fences around the examples of every docstring."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for each object that was read."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)
