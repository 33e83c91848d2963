"""Runs a demonstration: derivations derived, numbers computed and compared, pictures made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from derive.derivation import Derivation
from derive.errors import DataFileError
from derive.proof import Refusal
from derive.rendering.pictures import Picture
from derive.teaching.demonstration_files import Demo, demo_for, kind_of
from derive.teaching.deriving import settled
from derive.teaching.measuring import measured, shown
from derive.teaching.picturing import picture_named

_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Words:
    """A paragraph; `code` in it stands between backticks."""

    text: str


@dataclass(frozen=True)
class Derived:
    """A derivation, or why there is none."""

    found: Derivation | Refusal | str
    says: str = ""
    detail: str = "brief"


@dataclass(frozen=True)
class Numbers:
    """A sentence with numbers in it, and the numbers by name."""

    text: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """Rows of words and numbers."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Plot:
    """A picture; `name` is the one by which it can be drawn alone."""

    name: str
    picture: Picture


@dataclass(frozen=True)
class Code:
    """Python that a notebook runs."""

    source: str
    says: str = ""


Block = Words | Derived | Numbers | Table | Plot | Code


@dataclass(frozen=True)
class Shown:
    """A demonstration that was run."""

    demo: Demo
    blocks: tuple[Block, ...]

    @property
    def numbers(self) -> dict[str, Any]:
        """Every number that it states, by name, as it was computed now."""
        return {name: value for block in self.blocks if isinstance(block, (Numbers, Table))
                for name, value in block.values.items()}


def demonstrate(name: str) -> Shown:
    """Runs the demonstration of that name.

    Raises UnknownNameError for a name that is none, VerificationError where a statement of the
    demonstration is not what comes out.
    """
    return run(demo_for(name))


def run(demo: Demo) -> Shown:
    """Runs a demonstration. Raises DeriveError."""
    return Shown(demo, tuple(_run(block, f"{demo.name}, block {place}")
                             for place, block in enumerate(demo.blocks, 1)))


def _run(block: Mapping[str, Any], where: str) -> Block:
    found: Block = _RUNNERS[kind_of(block)](block, where)
    return found


def _words(block: Mapping[str, Any], where: str) -> Block:
    return Words(block["text"].strip())


def _derived(block: Mapping[str, Any], where: str) -> Block:
    return Derived(settled(block), block.get("says", ""), block.get("detail", "brief"))


def _values(block: Mapping[str, Any], where: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The numbers of a block, and how they are shown."""
    values, texts = {}, {}
    for name, spec in block.get("of", {}).items():
        values[name] = measured(spec, block, f"{where}, {name}")
        texts[name] = shown(values[name], spec.get("digits", 3))
    return values, texts


def _filled(text: str, texts: Mapping[str, str], where: str) -> str:
    """The text with its numbers put in. Raises DataFileError for a name that is none."""
    for name in _HOLE.findall(text):
        if name not in texts:
            raise DataFileError(f"{where}: there is no number {name!r}")
    return _HOLE.sub(lambda hole: texts[hole.group(1)], text.strip())


def _numbers(block: Mapping[str, Any], where: str) -> Block:
    values, texts = _values(block, where)
    return Numbers(_filled(block["numbers"], texts, where), values)


def _table(block: Mapping[str, Any], where: str) -> Block:
    values, texts = _values(block, where)
    rows = tuple(tuple(_filled(cell, texts, where) for cell in row) for row in block["rows"])
    return Table(block["table"].strip(), tuple(block["columns"]), rows, values)


def _plot(block: Mapping[str, Any], where: str) -> Block:
    return Plot(block["plot"], picture_named(block["plot"]))


def _code(block: Mapping[str, Any], where: str) -> Block:
    return Code(block["code"].strip(), block.get("says", ""))


_RUNNERS: dict[str, Any] = {"text": _words, "derive": _derived, "numbers": _numbers,
                            "table": _table, "plot": _plot, "code": _code}
