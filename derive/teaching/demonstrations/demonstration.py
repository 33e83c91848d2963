"""Runs a demonstration: derivations derived, numbers computed and compared, pictures made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from derive.argument_kinds import text_of
from derive.derivation import Derivation
from derive.proof import Refusal
from derive.provided import provided
from derive.public_arguments import public
from derive.rendering.pictures import Picture
from derive.short_reprs import Brief, clipped
from derive.teaching.demonstrations.demonstration_files import Demo, demo_for, kind_of
from derive.teaching.demonstrations.deriving import settled
from derive.teaching.demonstrations.measuring import Value, measured
from derive.teaching.demonstrations.picturing import picture_named
from derive.teaching.demonstrations.relations import compare
from derive.teaching.demonstrations.row_templates import Filling, filled_row, rows_of_data


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

    >>> first = derive.demos()[0]
    >>> derive.demonstrate(first.name).demo == first
    True
    """
    return run(demo_for(name))


def run(demo: Demo) -> Shown:
    """Runs a demonstration. Raises DeriveError."""
    return Shown(demo, tuple(
        _RUNNERS[kind_of(block)](_with_data(block, demo), f"{demo.name}, block {place}")
        for place, block in enumerate(demo.blocks, 1)))


def _with_data(block: Mapping[str, Any], demo: Demo) -> Mapping[str, Any]:
    """A block with the data of the whole demonstration, where it has none of its own."""
    if kind_of(block) not in ("numbers", "table"):
        return block
    return {"given": demo.given, **block, "at": {**demo.at, **block.get("at", {})}}


def _words(block: Mapping[str, Any], where: str) -> Block:
    return Words(block["text"].strip())


def _derived(block: Mapping[str, Any], where: str) -> Block:
    return Derived(settled(block), block.get("says", ""), block.get("detail", "brief"))


def _numbers(block: Mapping[str, Any], where: str) -> Block:
    filling = _measured(block, where)
    return Words(filled_row([block["numbers"].strip()], filling)[0], filling.values)


def _table(block: Mapping[str, Any], where: str) -> Block:
    filling = _measured(block, where)
    if "each" in block:
        rows = rows_of_data(block["rows"], block["each"], block.get("first", 0), filling)
    else:
        rows = tuple(filled_row(row, filling) for row in block["rows"])
    return Table(filled_row([block["table"]], filling)[0], tuple(block["columns"]), rows,
                 filling.values)


def _measured(block: Mapping[str, Any], where: str) -> Filling:
    """The numbers of a block, compared as it says, and its data: what its texts may name."""
    specs, values = block.get("of", {}), dict[str, Value]()
    data = {name: value for name, value in block.get("at", {}).items() if name not in specs}
    for name, spec in specs.items():
        values[name] = measured(spec, block, f"{where}, {name}", {**data, **values})
    digits = {name: int(spec.get("digits", 3)) for name, spec in specs.items()}
    compare(block.get("holds", ()), {**data, **values}, digits, where)
    return Filling(values, data, digits, where)


def _plot(block: Mapping[str, Any], where: str) -> Block:
    return Plot(block["plot"], picture_named(block["plot"]))


def _code(block: Mapping[str, Any], where: str) -> Block:
    return Code(block["code"].strip(), block.get("says", ""))


_RUNNERS: dict[str, Callable[[Mapping[str, Any], str], Block]] = {
    "text": _words, "derive": _derived, "numbers": _numbers, "table": _table, "plot": _plot,
    "code": _code}
