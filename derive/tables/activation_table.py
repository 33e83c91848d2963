"""The table of activations: entries of `rules/activations.toml`. Reading it needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from derive.errors import DataFileError
from derive.resources import check_entry, read_table, rules_folder, unknown

_KEYS: dict[str, Any] = {
    "title": str, "aliases": list, "given": list, "activation": str, "range": str,
    "increasing": bool, "derivative": str, "inverse": str, "where": str, "output": list,
    "target": list, "outside": str, "source": str,
}


@dataclass(frozen=True)
class Activation:
    """One activation, as text: its formula in z, its inverse in y, and where they hold.

    `given` declares z and the parameters, `output` the output y, `target` a target t,
    `outside` says of which targets the cost is unbounded below, where `range` is no interval.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    given: tuple[str, ...]
    formula: str
    range: str
    increasing: bool
    derivative: str
    inverse: str
    where: str
    output: tuple[str, ...]
    target: tuple[str, ...]
    outside: str
    source: str

    @property
    def of_vector(self) -> bool:
        """Whether it takes a whole vector, such as softmax does."""
        return "[" in self.given[0]


@cache
def activations() -> tuple[Activation, ...]:
    """All activations, in file order. Raises DataFileError."""
    return read_activations(rules_folder() / "activations.toml")


def read_activations(path: Path) -> tuple[Activation, ...]:
    """The entries of an activation file. Raises DataFileError, naming file, entry and key."""
    found, seen = [], set()
    for name, entry in read_table(path).items():
        check_entry(path, name, entry, _KEYS,
                    ("title", "given", "activation", "range", "increasing", "target", "source"))
        for one in (name, *entry.get("aliases", ())):
            if one in seen:
                raise DataFileError(f"{path}: entry [{name}]: the name {one!r} is taken already")
            seen.add(one)
        texts = {k: entry.get(k, "") for k in ("derivative", "inverse", "where",
                                                 "outside")}
        found.append(Activation(
            name=name, title=entry["title"], aliases=tuple(entry.get("aliases", ())),
            given=tuple(entry["given"]), formula=entry["activation"], range=entry["range"],
            increasing=entry["increasing"], output=tuple(entry.get("output", ())),
            target=tuple(entry["target"]), source=entry["source"], **texts))
    return tuple(found)


def activation_for(name: str) -> Activation:
    """The activation of that name or alias. Raises UnknownNameError with the nearest names."""
    wanted = name.strip().lower().replace("_", "-")
    known: list[str] = []
    for entry in activations():
        if wanted == entry.name or wanted in entry.aliases:
            return entry
        known += [entry.name, *entry.aliases]
    raise unknown("activation", name, known,
                  f"there are {', '.join(a.name for a in activations())}")
