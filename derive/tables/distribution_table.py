"""The tables of distributions, standard laws and links in `rules/`. Reading them needs no SymPy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from derive.entry_names import check_names, entry_named
from derive.errors import DataFileError
from derive.resources import key, read_entry, read_table, rules_folder
from derive.short_reprs import Brief
from derive.tables.entry_lists import Entries, selected


@dataclass(frozen=True)
class Distribution(Brief, by=("name", "title")):
    """A distribution in one of its parametrisations, as text.

    `given` declares the parameters, `known` what is not estimated, `observed` one observation and
    conditions on it; `define` says the names of the density in terms of the parameters. `density`
    is that of one observation (`likelihood` that of a whole sample, where observations are not
    independent), of which a factor free of the parameters may be left out: `up_to` says which.
    `moments` are expected values, `E = value`. `pivot` writes the observation in terms of a
    variable whose `law` is free of the parameters. `losses` names entries of the catalogue by
    link. `of` is the parameter that a network puts out. `meaning` says in one sentence what it
    models. `scipy` is the same distribution in scipy.stats, in terms of the names of the density,
    `draw` an expression that draws from one that is not there; `centre` says what is predicted
    where the mean is no formula, or does not exist: "median = mu". `cdf` is the probability of
    values not above y, `survival` that of values above; `atoms` are values with a probability of
    their own beside the density, which operators make.
    """

    name: str
    title: str
    given: tuple[str, ...]
    observed: tuple[str, ...]
    source: str
    section: str = key("")
    aliases: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    density: str = ""
    likelihood: str = ""
    moments: tuple[str, ...] = ()
    pivot: str = ""
    law: str = ""
    losses: tuple[tuple[str, str], ...] = ()
    note: str = ""
    censored: bool = False
    up_to: str = ""
    of: str = ""
    define: tuple[str, ...] = key("", ())
    base: str = key("", "")
    meaning: str = ""
    scipy: str = ""
    draw: str = ""
    centre: str = ""
    cdf: str = ""
    survival: str = ""
    atoms: tuple[str, ...] = key("", ())


@dataclass(frozen=True)
class StandardLaw(Brief, by=("name", "says")):
    """A law without parameters, with known expected values; `even` if symmetric about 0.

    `of_quantiles` if minus the logarithm of any continuous distribution function has it.
    """

    name: str
    says: str
    variable: str
    density: str
    moments: tuple[str, ...]
    source: str
    even: bool = False
    of_quantiles: bool = False


@dataclass(frozen=True)
class Link(Brief, by=("name", "title")):
    """A link function: `link` in terms of the parameter p, `inverse` in terms of the output z."""

    name: str
    title: str
    link: str
    inverse: str
    of: str
    source: str
    given: tuple[str, ...] = ()
    meaning: str = ""

    @property
    def unchanged(self) -> bool:
        """Whether the output is the parameter itself."""
        return self.inverse == "z"


def distributions(*words: str) -> Entries[Distribution]:
    """The distributions: all, each with its further parametrisations, or those of some words.

    Words are looked for in names, titles, meanings and formulas, and all must be there; the entry
    whose name or alias they are comes first. Raises UnknownNameError where nothing matches.

    >>> first = derive.distributions()[0]
    >>> derive.distributions(first.name)[0] == first
    True
    """
    return selected("distributions", "distribution", _distributions(), words,
                    (d for d in _distributions() if not d.base))


@cache
def _distributions() -> tuple[Distribution, ...]:
    """All distributions, each with its further parametrisations. Raises DataFileError."""
    entries: list[Distribution] = []
    for path in sorted((rules_folder() / "distributions").glob("*.toml")):
        entries += read_distributions(path)
        check_names(entries, f"{path}: ")
    return tuple(entries)


@lru_cache(maxsize=256)
def read_distributions(path: Path) -> tuple[Distribution, ...]:
    """The entries of one file of distributions. Raises DataFileError: file, entry and key."""
    section = path.stem.partition("-")[2] or path.stem
    entries: list[Distribution] = []
    for name, entry in read_table(path).items():
        base = read_entry(Distribution, path, name, entry, {"forms": dict}, section=section)
        if ("density" in entry) == ("likelihood" in entry):
            raise DataFileError(f"{path}: entry [{name}]: one of 'density' and 'likelihood' is "
                                "needed")
        forms = entry.get("forms", {})
        entries += [base, *(_form(path, base, form, lines) for form, lines in forms.items())]
    return tuple(entries)


def _form(path: Path, base: Distribution, form: str, lines: Any) -> Distribution:
    """Another parametrisation: declarations of the new parameters, and what the old ones are."""
    where = f"{path}: entry [{base.name}]: form {form!r}"
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise DataFileError(f"{where} should be a list of strings")
    define = tuple(filter(_defines, lines))
    new = [line for line in lines if line not in define]
    replaced = {line.partition("=")[0].partition("[")[0].strip() for line in define}
    kept = [line for line in base.given if replaced.isdisjoint({*_names(line), *line.split()})]
    if not define or not replaced <= set().union(*map(_names, base.given)):
        raise DataFileError(f"{where} should define parameters of the entry, such as "
                            "'sigma = sqrt(v)'")
    return replace(base, name=f"{base.name}-{form}", aliases=(), base=base.name, define=define,
                   given=(*kept, *new), losses=(), title=f"{base.title} ({', '.join(define)})",
                   of="" if base.of in replaced else base.of)


def _defines(line: str) -> bool:
    """Whether a line is a definition, no declaration or condition."""
    return "=" in line and not any(sign in line for sign in ":<>")


def _names(line: str) -> set[str]:
    """The names that a line declares."""
    return {n.strip() for n in line.partition(":")[0].split(",")} if ":" in line else set()


def distribution_for(name: str) -> Distribution:
    """The distribution of that name or alias. Raises UnknownNameError with the nearest names."""
    return entry_named("distribution", name, _distributions(), "see `derive distributions`")


def parametrisations(entry: Distribution) -> tuple[Distribution, ...]:
    """An entry with its further parametrisations; of one of these, itself alone."""
    return entry, *(e for e in _distributions() if not entry.base and e.base == entry.name)


@cache
def standard_laws() -> dict[str, StandardLaw]:
    """The laws of `rules/laws.toml`. Raises DataFileError."""
    path = rules_folder() / "laws.toml"
    return {name: read_entry(StandardLaw, path, name, entry)
            for name, entry in read_table(path).items()}


@cache
def links() -> tuple[Link, ...]:
    """The links of `rules/links.toml`. Raises DataFileError."""
    path = rules_folder() / "links.toml"
    return tuple(read_entry(Link, path, name, entry) for name, entry in read_table(path).items())


def link_for(name: str) -> Link:
    """The link of that name. Raises UnknownNameError with the nearest names."""
    return entry_named("link", name, links())
