"""Routes to a gradient: entries of `rules/routes.toml`. Reading them needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive.entry_names import unknown
from derive.errors import DataFileError
from derive.resources import check_entry, read_entry, read_table, rules_folder
from derive.short_reprs import Brief

_FIELD_KEYS: dict[str, Any] = {"field": str, "potential": str, "wrt": str}


@dataclass(frozen=True)
class FieldForm(Brief):
    """A field that may be a loss's gradient, and its part without the target, as templates."""

    field: str
    potential: str
    wrt: str


@dataclass(frozen=True)
class Route(Brief, by=("name", "title")):
    """One way to a gradient; what the texts mean is said in `rules/routes.toml`."""

    name: str
    title: str
    says: str
    source: str
    fields: tuple[FieldForm, ...]
    first: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    bregman: str = ""


def routes() -> tuple[Route, ...]:
    """All routes. Raises DataFileError, naming file, entry and key."""
    path = rules_folder() / "routes.toml"
    return tuple(_route(path, name, entry) for name, entry in read_table(path).items())


def route_for(name: str) -> Route:
    """The route of that name. Raises UnknownNameError with near names."""
    known = {route.name: route for route in routes()}
    route = known.get(name.strip().lower())
    if route is None:
        raise unknown("route", name, known, f"there are: {', '.join(known)}")
    return route


def _route(path: Path, name: str, entry: dict[str, Any]) -> Route:
    fields = entry.pop("fields", [])
    if not isinstance(fields, list) or not all(isinstance(f, dict) for f in fields):
        raise DataFileError(f"{path}: entry [{name}]: write fields as [[{name}.fields]]")
    for form in fields:
        check_entry(path, f"{name}.fields", form, _FIELD_KEYS, tuple(_FIELD_KEYS))
    route = read_entry(Route, path, name, entry, fields=tuple(FieldForm(**f) for f in fields))
    if not fields and "through" not in entry and "first" not in entry:
        raise DataFileError(f"{path}: entry [{name}]: give 'first', 'through' or fields")
    return route
