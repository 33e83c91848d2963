"""Runs a demonstration: derivations derived, numbers computed and compared, pictures made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from derive.argument_kinds import text_of
from derive.derivation import Derivation
from derive.errors import DataFileError
from derive.proof import Refusal
from derive.provided import provided
from derive.public_arguments import public
from derive.rendering.pictures import Picture
from derive.short_reprs import Brief, clipped
from derive.teaching.demonstrations.demonstration_files import Demo, demo_for, kind_of
from derive.teaching.demonstrations.deriving import settled
from derive.teaching.demonstrations.measuring import Value, measured, shown
from derive.teaching.demonstrations.picturing import picture_named

_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Words(Brief):
    """A paragraph, and the numbers in it by name; `code` in it stands between backticks."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Derived(Brief):
    """A derivation, or why there is none."""

    result: Derivation | Refusal | str
    says: str = ""
    detail: str = "brief"


@dataclass(frozen=True)
class Table(Brief):
    """Rows of words and numbers, and the numbers by name."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Plot(Brief):
    """A picture; `name` is the one by which it can be drawn alone."""

    name: str
    picture: Picture


@dataclass(frozen=True)
class Code(Brief):
    """Python that a notebook runs."""

    source: str
    says: str = ""


Block = Words | Derived | Table | Plot | Code


@dataclass(frozen=True)
class Shown(Brief, called="Demonstration, run"):
    """A demonstration that was run."""

    demo: Demo
    blocks: tuple[Block, ...]

    @property
    def numbers(self) -> dict[str, Value]:
        """Every number that it states, by name, as it was computed now."""
        return {name: value for block in self.blocks if isinstance(block, (Words, Table))
                for name, value in block.values.items()}

    def facts(self) -> str:
        """What it is about."""
        return f": {clipped(self.demo.title)}"

    def show(self, form: str = "text", **options: Any) -> str:
        """The demonstration as text (`width`, `ascii`, `color`), html (`embed_font`) or notebook.

        Raises ChoiceError for another form.
        """
        text: str = provided("render_demo")(self, form, **options)
        return text

    def __str__(self) -> str:
        return self.show()

    def _repr_markdown_(self) -> str:
        text: str = provided("demo_markdown")(self)
        return text


@public(name=text_of("the name of a demonstration"))
def demonstrate(name: str) -> Shown:
    """Runs the demonstration of that name.

    Raises UnknownNameError for a name that is none, VerificationError where a statement of the
    demonstration is not what comes out.
    """
    return run(demo_for(name))


def run(demo: Demo) -> Shown:
    """Runs a demonstration. Raises DeriveError."""
    return Shown(demo, tuple(_RUNNERS[kind_of(block)](block, f"{demo.name}, block {place}")
                             for place, block in enumerate(demo.blocks, 1)))


def _words(block: Mapping[str, Any], where: str) -> Block:
    return Words(block["text"].strip())


def _derived(block: Mapping[str, Any], where: str) -> Block:
    return Derived(settled(block), block.get("says", ""), block.get("detail", "brief"))


def _numbers(block: Mapping[str, Any], where: str) -> Block:
    values, fill = _measured(block, where)
    return Words(fill(block["numbers"].strip()), values)


def _table(block: Mapping[str, Any], where: str) -> Block:
    values, fill = _measured(block, where)
    rows = tuple(tuple(fill(cell.strip()) for cell in row) for row in block["rows"])
    return Table(block["table"].strip(), tuple(block["columns"]), rows, values)


def _measured(block: Mapping[str, Any], where: str,
              ) -> tuple[dict[str, Value], Callable[[str], str]]:
    """The numbers of a block, and what puts them into a text.

    That raises DataFileError for a name that is none of a number.
    """
    specs = block.get("of", {})
    values = {name: measured(spec, block, f"{where}, {name}") for name, spec in specs.items()}

    def text(hole: re.Match[str]) -> str:
        name = hole.group(1)
        if name not in values:
            raise DataFileError(f"{where}: there is no number {name!r}")
        return shown(values[name], specs[name].get("digits", 3))

    return values, lambda words: _HOLE.sub(text, words)


def _plot(block: Mapping[str, Any], where: str) -> Block:
    return Plot(block["plot"], picture_named(block["plot"]))


def _code(block: Mapping[str, Any], where: str) -> Block:
    return Code(block["code"].strip(), block.get("says", ""))


_RUNNERS: dict[str, Callable[[Mapping[str, Any], str], Block]] = {
    "text": _words, "derive": _derived, "numbers": _numbers, "table": _table, "plot": _plot,
    "code": _code}
