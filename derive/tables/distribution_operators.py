"""A distribution from a distribution, such as truncated or censored, by the table of operators.

Operators are data, `rules/operators.toml`: templates of formulas in which the density and the
distribution function of the distribution that is given are put in. What comes out is an entry
like those of the table, so operators stand in operators. Works on texts, without SymPy.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from derive.errors import DataFileError, DeriveError, UnknownNameError
from derive.lazy import cached_property
from derive.resources import read_entry, read_table, rules_folder
from derive.short_reprs import Brief
from derive.tables.distribution_formulas import Formulas, names_in, renamed
from derive.tables.distribution_table import Distribution, distribution_for, parametrisations

_CALL = re.compile(r"\s*([A-Za-z][\w-]*)\s*\((.*)\)\s*\Z", re.DOTALL)
_NAME = re.compile(r"\s*[A-Za-z][\w-]*\s*")
_INSIDE = re.compile(r"(?:\w+\()+([\w-]+)")  # the distribution inside of operators
_DEEPEST = 6


@dataclass(frozen=True)
class Operator(Brief, by=("name", "title")):
    """What makes a distribution of a distribution, as templates; see `rules/operators.toml`."""

    name: str
    title: str
    meaning: str
    density: str
    example: str
    source: str
    arguments: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    observes: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    cdf: str = ""
    survival: str = ""
    moments: tuple[str, ...] = ()
    atoms: tuple[str, ...] = ()
    axis: str = ""
    of: str = ""
    censored: bool = False

    @property
    def usage(self) -> str:
        """How the operator is written."""
        return f"{self.name}({', '.join(('NAME', *self.arguments))})"


@cache
def operators() -> dict[str, Operator]:
    """The operators of `rules/operators.toml`. Raises DataFileError."""
    path = rules_folder() / "operators.toml"
    return {name: read_entry(Operator, path, name, entry)
            for name, entry in read_table(path).items()}


def entry_of(text: str, declared: bool = False) -> Distribution | None:
    """The distribution that a text names, or that operators make; None for a formula.

    With declarations a name that is no distribution is one of a formula. Raises UnknownNameError.
    """
    if not _NAME.fullmatch(text):
        return operated(text)
    named = operators().get(text.strip().replace("-", "_"))
    if named is not None and not declared:
        raise DeriveError(f"{named.name} is written {named.usage}, with the name of a "
                          f"distribution: {named.example}")
    try:
        return distribution_for(text)
    except UnknownNameError:
        if declared or len(text.strip()) == 1:
            return None
        raise


def operated(text: str, depth: int = 0) -> Distribution | None:
    """The distribution that an operator's call stands for; None where it is no such call.

    Raises DeriveError for arguments that do not fit, UnknownNameError for an unknown distribution.
    """
    call = _CALL.match(text)
    operator = operators().get(call[1].replace("-", "_")) if call else None
    if call is None or operator is None:
        return None
    if depth > _DEEPEST:
        raise DeriveError(f"operators stand in each other more than {_DEEPEST} deep")
    first, *arguments = _split(call[2])
    if not first or len(arguments) != len(operator.arguments):
        raise DeriveError(f"{operator.name} is written {operator.usage}, with the name of a "
                          f"distribution: {operator.example}")
    base = operated(first, depth + 1) or _named(first, operator)
    return applied(operator, base, arguments)


def parametrisations_of(entry: Distribution) -> tuple[Distribution, ...]:
    """An entry with its further parametrisations; of what operators make, those of what is inside.
    """
    inside = _INSIDE.match(entry.name)
    if inside is None:
        return parametrisations(entry)
    before, after = entry.name[:inside.start(1)], entry.name[inside.end(1):]
    forms = parametrisations(distribution_for(inside[1]))
    made = (operated(f"{before}{form.name}{after}") for form in forms)
    return tuple(m for m in made if m is not None)


def applied(operator: Operator, base: Distribution, arguments: Sequence[str] = (),
            ) -> Distribution:
    """The distribution that an operator makes of a distribution. Raises DeriveError."""
    _check(operator, base)
    values = dict(zip(operator.arguments, arguments, strict=True))
    formulas = Formulas(base, operator.name, operator.axis)
    values |= {end: formulas.end(values[end], low=place == 0)
               for place, end in enumerate(operator.ends)}
    return _Application(operator, formulas, values).entry(
        f"{operator.name}({', '.join((base.name, *arguments))})")


@dataclass(frozen=True)
class _Application:
    """An operator on a distribution, with the values of its arguments."""

    operator: Operator
    formulas: Formulas
    values: dict[str, str]

    @cached_property
    def own(self) -> dict[str, str]:
        """Other names for those of the operator that are taken."""
        return _fresh_names(self.operator, self.formulas.names | set().union(
            *map(names_in, self.values.values())))

    def entry(self, name: str) -> Distribution:
        """The entry that comes out."""
        operator, formulas, base = self.operator, self.formulas, self.formulas.base
        ends = [self.values[end] for end in operator.ends]
        new = sorted(set().union(*map(names_in, ends)) - formulas.names - {"inf"})
        axis = self.own.get(operator.axis, operator.axis)
        return replace(
            base, name=name, title=operator.title.format(title=base.title),
            source=f"{operator.source}; {base.source}", meaning=operator.meaning, base="",
            aliases=(), losses=(), pivot="", law="", note="", scipy="", draw="", centre="",
            given=(*formulas.given(axis), *(renamed(line, self.own) for line in operator.given)),
            known=(*base.known, *(f"{name}: {formulas.kind}" for name in new),
                   *formulas.within(ends)),
            observed=self.observed(), define=() if operator.axis else base.define,
            moments=tuple(map(self.filled, operator.moments)),
            density=self.filled(operator.density),
            cdf=self.filled(operator.cdf) if operator.cdf and base.cdf else "",
            survival=self.filled(operator.survival) if operator.survival and base.survival else "",
            atoms=() if formulas.counts else self.finite(operator.atoms),
            censored=operator.censored)

    def observed(self) -> tuple[str, ...]:
        """What is observed, and the conditions on it."""
        operator, formulas = self.operator, self.formulas
        declared = [f"{', '.join(operator.observes)}: {formulas.kind}"] if operator.observes else \
            formulas.base.observed
        further = [renamed(line, self.own) for line in operator.observed if ":" in line]
        conditions = [line for line in operator.observed if ":" not in line]
        return (*declared, *further, *self.finite(
            (*conditions, *(operator.counted if formulas.counts else ()))))

    def finite(self, templates: Iterable[str]) -> tuple[str, ...]:
        """Templates filled, without those that speak of an infinite end."""
        lines = map(self.filled, templates)
        return tuple(line for line in lines if "inf" not in names_in(line))

    def filled(self, template: str) -> str:
        """A template with the formulas of the distribution."""
        return self.formulas.filled(renamed(template, self.own), self.values)


def _named(name: str, operator: Operator) -> Distribution:
    """The distribution of that name. Raises DeriveError for a formula, UnknownNameError."""
    if not _NAME.fullmatch(name):
        raise DeriveError(f"{operator.name} takes a distribution of the table by its name, not the "
                          f"formula {name!r}; see `derive distributions`")
    return distribution_for(name)


def _check(operator: Operator, base: Distribution) -> None:
    """Raises DeriveError where an operator does not go with a distribution."""
    what = f"{operator.name} does not go with {base.name}: "
    if base.likelihood or base.censored or base.up_to or base.atoms:
        raise DeriveError(what + "that is no density of one observation without point masses")
    declared = [line for line in base.observed if ":" in line]
    if not operator.axis and (len(declared) != 1 or "," in declared[0].partition(":")[0]
                              or re.search(r"[\[(]", declared[0])):
        raise DeriveError(what + "it is for distributions of one number")
    if operator.of == "counts":
        _check_counts(base, declared, what, operator)
    if operator.axis and base.name.startswith(f"{operator.name}("):
        raise DeriveError(what + "that is one already")


def _check_counts(base: Distribution, declared: Sequence[str], what: str, operator: Operator,
                  ) -> None:
    if not declared[0].endswith(": count"):
        raise DeriveError(what + "it is for distributions of counts")
    if Formulas(base, operator.name).excludes("0"):
        raise DeriveError(what + "it has no 0")


def _split(text: str) -> list[str]:
    """Arguments at the commas outside of brackets."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _fresh_names(operator: Operator, taken: Iterable[str]) -> dict[str, str]:
    """Other names for those of an operator that a distribution has already."""
    texts = (operator.density, *operator.given, *operator.observed, *operator.moments)
    own = set().union(*map(names_in, (*texts, operator.axis or "0"))) - set(operator.arguments)
    own -= {"y", "density", "cdf", "survival", "mass", "sum", "inf"}
    taken = set(taken)
    fresh = {}
    for name in sorted(own & taken):
        others = (f"{name}{n}" for n in range(1, 100)) if len(name) > 1 or not name.isupper() \
            else iter("KMCJBGQ")
        fresh[name] = next(o for o in others if o not in taken | own)
    return fresh


def check_templates() -> None:
    """Raises DataFileError where a template of an operator is no formula."""
    for operator in operators().values():
        for text in (operator.density, operator.cdf, operator.survival, *operator.moments):
            try:
                ast.parse(text.partition(" = ")[0] or "0", mode="eval")
            except SyntaxError:
                raise DataFileError(f"operators.toml: entry [{operator.name}]: {text!r} is no "
                                    "formula") from None
