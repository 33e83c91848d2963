"""The tables of distributions, standard laws and links in `rules/`. Reading them needs no SymPy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from derive.errors import DataFileError
from derive.resources import check_entry, read_table, rules_folder, unknown

_KEYS: dict[str, Any] = {
    "title": str, "aliases": list, "given": list, "known": list, "observed": list, "density": str,
    "likelihood": str, "moments": list, "pivot": str, "law": str, "losses": dict, "forms": dict,
    "source": str, "note": str, "censored": bool, "up_to": str, "of": str,
}
_TEXTS = ("density", "likelihood", "pivot", "law", "note", "up_to", "of")
_LISTS = ("aliases", "given", "known", "observed", "moments")
_LAW_KEYS: dict[str, Any] = {"says": str, "variable": str, "density": str, "moments": list,
                             "even": bool, "source": str}
_LINK_KEYS: dict[str, Any] = {"title": str, "link": str, "inverse": str, "of": str, "given": list,
                              "source": str}


@dataclass(frozen=True)
class Distribution:
    """A distribution in one of its parametrisations, as text.

    `given` declares the parameters, `known` what is not estimated, `observed` one observation and
    conditions on it; `define` says the names of the density in terms of the parameters. `density`
    is that of one observation (`likelihood` that of a whole sample, where observations are not
    independent), of which a factor free of the parameters may be left out: `up_to` says which.
    `moments` are expected values, `E = value`. `pivot` writes the observation in terms of a
    variable whose `law` is free of the parameters. `losses` names entries of the catalogue by
    link. `of` is the parameter that a network puts out.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    given: tuple[str, ...]
    known: tuple[str, ...]
    observed: tuple[str, ...]
    density: str
    likelihood: str
    moments: tuple[str, ...]
    pivot: str
    law: str
    losses: tuple[tuple[str, str], ...]
    source: str
    note: str
    censored: bool
    up_to: str
    of: str
    section: str
    define: tuple[str, ...] = ()
    base: str = ""


@dataclass(frozen=True)
class StandardLaw:
    """A law without parameters, with known expected values; `even` if symmetric about 0."""

    name: str
    says: str
    variable: str
    density: str
    moments: tuple[str, ...]
    even: bool
    source: str


@dataclass(frozen=True)
class Link:
    """A link function: `link` in terms of the parameter p, `inverse` in terms of the output z."""

    name: str
    title: str
    link: str
    inverse: str
    of: str
    source: str

    @property
    def unchanged(self) -> bool:
        """Whether the output is the parameter itself."""
        return self.inverse == "z"


@cache
def distributions() -> tuple[Distribution, ...]:
    """All distributions, each with its further parametrisations. Raises DataFileError."""
    found: dict[str, Distribution] = {}
    for path in sorted((rules_folder() / "distributions").glob("*.toml")):
        for one in read_distributions(path):
            for name in (one.name, *one.aliases):
                if name in found:
                    raise DataFileError(f"{path}: entry [{one.name}]: the name {name!r} is taken "
                                        "already")
                found[name] = one
    return tuple(dict.fromkeys(found.values()))


@lru_cache(maxsize=256)
def read_distributions(path: Path) -> tuple[Distribution, ...]:
    """The entries of one file of distributions. Raises DataFileError: file, entry and key."""
    section = path.stem.partition("-")[2] or path.stem
    found: list[Distribution] = []
    for name, entry in read_table(path).items():
        forms = entry.get("forms", {})
        check_entry(path, name, entry, _KEYS, ("title", "given", "observed", "source"))
        if ("density" in entry) == ("likelihood" in entry):
            raise DataFileError(f"{path}: entry [{name}]: one of 'density' and 'likelihood' is "
                                "needed")
        texts: dict[str, Any] = {k: entry.get(k, "") for k in _TEXTS}
        lists: dict[str, Any] = {k: tuple(entry.get(k, ())) for k in _LISTS}
        base = Distribution(
            name=name, title=entry["title"], source=entry["source"], section=section,
            losses=tuple(entry.get("losses", {}).items()),
            censored=entry.get("censored", False), **texts, **lists)
        found += [base, *(_form(path, base, form, lines) for form, lines in forms.items())]
    return tuple(found)


def _form(path: Path, base: Distribution, form: str, lines: Any) -> Distribution:
    """Another parametrisation: declarations of the new parameters, and what the old ones are."""
    where = f"{path}: entry [{base.name}]: form {form!r}"
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise DataFileError(f"{where} should be a list of strings")
    define = tuple(line for line in lines if "=" in line and ":" not in line
                   and not any(sign in line for sign in ("<", ">")))
    new = [line for line in lines if line not in define]
    gone = {line.partition("=")[0].partition("[")[0].strip() for line in define}
    kept = [line for line in base.given
            if not (_names(line) & gone) and not any(g in line.split() for g in gone)]
    if not define or not gone <= set().union(*map(_names, base.given)):
        raise DataFileError(f"{where} should define parameters of the entry, such as "
                            "'sigma = sqrt(v)'")
    return replace(base, name=f"{base.name}-{form}", aliases=(), base=base.name, define=define,
                   given=(*kept, *new), losses=(), title=f"{base.title} ({', '.join(define)})",
                   of="" if base.of in gone else base.of)


def _names(line: str) -> set[str]:
    """The names that a line declares."""
    return {n.strip() for n in line.partition(":")[0].split(",")} if ":" in line else set()


def distribution_for(name: str) -> Distribution:
    """The distribution of that name or alias. Raises UnknownNameError with the nearest names."""
    found: Distribution = _named("distribution", name, distributions(),
                                 "see `derive distributions`")
    return found


@cache
def standard_laws() -> dict[str, StandardLaw]:
    """The laws of `rules/laws.toml`. Raises DataFileError."""
    path = rules_folder() / "laws.toml"
    found = {}
    for name, entry in read_table(path).items():
        check_entry(path, name, entry, _LAW_KEYS, ("says", "variable", "density", "moments",
                                                   "source"))
        found[name] = StandardLaw(name, entry["says"], entry["variable"], entry["density"],
                                  tuple(entry["moments"]), entry.get("even", False),
                                  entry["source"])
    return found


@cache
def links() -> tuple[Link, ...]:
    """The links of `rules/links.toml`. Raises DataFileError."""
    path = rules_folder() / "links.toml"
    found = []
    for name, entry in read_table(path).items():
        check_entry(path, name, entry, _LINK_KEYS, ("title", "link", "inverse", "of", "source"))
        found.append(Link(name, entry["title"], entry["link"], entry["inverse"], entry["of"],
                          entry["source"]))
    return tuple(found)


def link_for(name: str) -> Link:
    """The link of that name. Raises UnknownNameError with the nearest names."""
    found: Link = _named("link", name, links(),
                         f"there are {', '.join(one.name for one in links())}")
    return found


def _named(what: str, name: str, entries: Iterable[Any], otherwise: str) -> Any:
    wanted = name.strip().lower().replace("_", "-")
    known: list[str] = []
    for entry in entries:
        names = tuple(_called(entry))
        if wanted in names:
            return entry
        known += names
    raise unknown(what, name, known, otherwise)


def _called(entry: Any) -> Iterator[str]:
    yield entry.name
    yield from getattr(entry, "aliases", ())
