"""Recurrent cells, heads and reductions: entries of `rules/`. Reading them needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from derive.entry_names import entry_named
from derive.errors import DataFileError
from derive.resources import key, read_entry, read_table, rules_folder
from derive.short_reprs import Brief
from derive.tables.entry_lists import Entries, selected


@dataclass(frozen=True)
class Cell(Brief, by=("name", "title")):
    """The equations of one step of a recurrent layer; `output` is what others read."""

    name: str
    title: str
    given: tuple[str, ...]
    equations: tuple[str, ...]
    output: str
    aliases: tuple[str, ...] = ()
    source: str = ""
    note: str = ""
    meaning: str = ""
    section: str = key("", "")


@dataclass(frozen=True)
class Head(Brief, by=("name", "title")):
    """A loss of the catalogue, and which of its names the network computes.

    `targets` are those of which it is the usual head: "classes", "flags", "numbers" that are
    standardised, "amounts" that are not, "label sequences". `measures` are its metrics, `metric`
    the usual one, `baselines` what is measured beside it; `nats`: its loss is the negative log-
    likelihood, with the first output as log-weights of classes. Of flags, an output above the
    `threshold` predicts 1. A head with `equations` of its own (with `given`, their parameters and
    states) has the outputs and targets of its `loss`, `step_loss` in place of its formula, or
    `sequence_loss`, which is once a sequence. `decode` are lines of what it predicts, where that
    has a recurrence of its own.
    """

    name: str
    title: str
    loss: str
    outputs: tuple[str, ...]
    targets: str = ""
    measures: tuple[str, ...] = ()
    metric: str = ""
    nats: bool = False
    threshold: float = 0.0
    baselines: tuple[str, ...] = ()
    meaning: str = ""
    given: tuple[str, ...] = ()
    equations: tuple[str, ...] = ()
    step_loss: str = ""
    sequence_loss: str = ""
    decode: tuple[str, ...] = ()
    source: str = ""

    @property
    def listed_formula(self) -> str:
        """None: its loss is an entry by its name."""
        return ""


@dataclass(frozen=True)
class Reduction(Brief, by=("name", "title")):
    """How the losses of the steps become one number; `batch` is the dimension of sequences."""

    name: str
    title: str
    given: tuple[str, ...]
    loss: str
    source: str
    batch: str = ""
    meaning: str = ""

    @property
    def masked(self) -> bool:
        """Whether it knows which steps count."""
        return any(line.startswith("m:") for line in self.given)

    @property
    def batched(self) -> bool:
        """Whether it reduces over the sequences of a batch, too."""
        return bool(self.batch)


def cells(*words: str) -> Entries[Cell]:
    """The recurrent cells in the order of their files: all, or those that words are about.

    Words are looked for in names, titles, meanings and formulas, and all must be there; the entry
    whose name or alias they are comes first. Raises UnknownNameError where nothing matches.

    >>> first = derive.cells()[0]
    >>> derive.cells(first.name)[0] == first
    True
    """
    return selected("cells", "cell", _cells(), words)


@cache
def _cells() -> tuple[Cell, ...]:
    """All cells, in the order of their files. Raises DataFileError."""
    return tuple(c for path in sorted((rules_folder() / "cells").glob("*.toml"))
                 for c in read_cells(path))


def read_cells(path: Path) -> tuple[Cell, ...]:
    """The cells of one file. Raises DataFileError, naming file, entry and key."""
    section = path.stem.partition("-")[2] or path.stem
    entries = tuple(read_entry(Cell, path, name, entry, section=section)
                    for name, entry in read_table(path).items())
    if not entries:
        raise DataFileError(f"{path}: no cell in it; write one under [name]")
    return entries


def find_cell(name: str) -> Cell:
    """The cell of that name or alias. Raises UnknownNameError with the nearest names."""
    return entry_named("cell", name, _cells())


def heads(*words: str) -> Entries[Head]:
    """The heads that have a name of their own: all, or those that words are about.

    Raises UnknownNameError where nothing matches.

    >>> derive.heads()[0].name
    'softmax'
    """
    return selected("heads", "head", _heads(), words, command="cells --heads")


@cache
def _heads() -> tuple[Head, ...]:
    """The heads that have a name of their own."""
    path = rules_folder() / "heads.toml"
    return tuple(read_entry(Head, path, name, entry) for name, entry in read_table(path).items())


@cache
def measured_heads() -> dict[str, Head]:
    """The heads whose metrics are known, by name."""
    return {head.name: head for head in heads() if head.measures}


def usual_head(targets: str) -> str:
    """The name of the usual head of such targets: "classes", "flags" or "numbers"."""
    return next(head.name for head in heads() if head.targets == targets)


def targets_of(head: str) -> str:
    """The targets of which a head is the usual one; "" of any other."""
    known = measured_heads().get(head)
    return "" if known is None else known.targets


def reductions(*words: str) -> Entries[Reduction]:
    """The reductions: all, or those that words are about.

    Raises UnknownNameError where nothing matches.

    >>> first = derive.reductions()[0]
    >>> derive.reductions(first.name)[0] == first
    True
    """
    return selected("reductions", "reduction", _reductions(), words, command="cells --reductions")


@cache
def _reductions() -> tuple[Reduction, ...]:
    """The reductions."""
    path = rules_folder() / "reductions.toml"
    return tuple(read_entry(Reduction, path, name, entry)
                 for name, entry in read_table(path).items())


def find_reduction(name: str) -> Reduction:
    """The reduction of that name. Raises UnknownNameError with the nearest names."""
    return entry_named("reduction", name, _reductions())
