"""Recurrent cells, heads and reductions: entries of `rules/`. Reading them needs no SymPy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from derive.errors import DataFileError
from derive.resources import check_entry, read_table, rules_folder, unknown

_CELL: dict[str, Any] = {"title": str, "aliases": list, "given": list, "equations": list,
                         "output": str, "source": str, "note": str}
_HEAD: dict[str, Any] = {"title": str, "loss": str, "outputs": list, "targets": str,
                         "measures": list, "metric": str, "nats": bool, "threshold": float,
                         "baselines": list}
_REDUCTION: dict[str, Any] = {"title": str, "given": list, "loss": str, "source": str,
                              "batch": str}


@dataclass(frozen=True)
class Cell:
    """The equations of one step of a recurrent layer; `output` is what others read."""

    name: str
    title: str
    aliases: tuple[str, ...]
    given: tuple[str, ...]
    equations: tuple[str, ...]
    output: str
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Head:
    """A loss of the catalogue, and which of its names the network computes.

    `targets` are those of which it is the usual head: "classes", "flags", "numbers". `measures`
    are its metrics, `metric` the usual one, `baselines` what is measured beside it; `nats`: its
    loss is the negative log-likelihood, with the first output as log-weights of classes. Of flags,
    an output above the `threshold` predicts 1.
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


@dataclass(frozen=True)
class Reduction:
    """How the losses of the steps become one number; `batch` is the dimension of sequences."""

    name: str
    title: str
    given: tuple[str, ...]
    loss: str
    source: str
    batch: str = ""

    @property
    def masked(self) -> bool:
        """Whether it knows which steps count."""
        return any(line.startswith("m:") for line in self.given)

    @property
    def batched(self) -> bool:
        """Whether it reduces over the sequences of a batch, too."""
        return bool(self.batch)


@cache
def cells() -> tuple[Cell, ...]:
    """All cells, in the order of their files. Raises DataFileError."""
    return tuple(c for path in sorted((rules_folder() / "cells").glob("*.toml"))
                 for c in read_cells(path))


def read_cells(path: Path) -> tuple[Cell, ...]:
    """The cells of one file. Raises DataFileError, naming file, entry and key."""
    found = tuple(Cell(name, **entry) for name, entry in _entries(
        path, _CELL, ("title", "given", "equations", "output")))
    if not found:
        raise DataFileError(f"{path}: no cell in it; write one under [name]")
    return found


def _entries(path: Path, keys: dict[str, Any], needed: tuple[str, ...],
             ) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entries of a file with all keys; one that is left out is empty. Raises DataFileError."""
    for name, entry in read_table(path).items():
        check_entry(path, name, entry, keys, needed)
        yield name, {key: tuple(entry.get(key, ())) if kind is list else entry.get(key, kind())
                     for key, kind in keys.items()}


def find_cell(name: str) -> Cell:
    """The cell of that name or alias. Raises UnknownNameError with the nearest names."""
    wanted = name.strip().lower().replace("_", "-")
    for cell in cells():
        if wanted == cell.name or wanted in cell.aliases:
            return cell
    known = [n for c in cells() for n in (c.name, *c.aliases)]
    raise unknown("cell", name, known, f"there are {', '.join(c.name for c in cells())}")


@cache
def heads() -> tuple[Head, ...]:
    """The heads that have a name of their own."""
    return tuple(Head(name, **entry) for name, entry in _entries(
        rules_folder() / "heads.toml", _HEAD, ("title", "loss", "outputs")))


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


@cache
def reductions() -> tuple[Reduction, ...]:
    """The reductions."""
    return tuple(Reduction(name, **entry) for name, entry in _entries(
        rules_folder() / "reductions.toml", _REDUCTION, ("title", "given", "loss", "source")))


def find_reduction(name: str) -> Reduction:
    """The reduction of that name. Raises UnknownNameError with the nearest names."""
    for reduction in reductions():
        if reduction.name == name.strip().lower().replace("_", "-"):
            return reduction
    names = [r.name for r in reductions()]
    raise unknown("reduction", name, names, f"there are {', '.join(names)}")
