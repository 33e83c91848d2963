"""Models of observations given covariates: `y ~ normal(X @ beta, sigma)` as an entry of the table.

The likelihood is the product of the density of the named distribution over the observations, the
arguments of the statement in place of its parameters. Names that have an entry for each
observation are data; all others are parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import NamedTuple

from derive.argument_kinds import Names
from derive.calculus.formulas import free_name
from derive.calculus.problem import real_names
from derive.core.atoms import Dim, Tensor
from derive.core.indexing import exact
from derive.core.kinds import Kind
from derive.errors import DeriveError, NotationError, UnknownNameError
from derive.functions.function_records import FunctionTable
from derive.functions.intervals import interval
from derive.judge.rules.user_functions import Functions, function_table
from derive.notation.reading.declaration_lines import Given, declared_names, lines_of
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import Specification, specify
from derive.tables.distribution_table import (
    Distribution,
    distribution_for,
    link_for,
    links,
    parametrisations,
)

_STATEMENT = re.compile(
    r"\s*((?:[^\W\d]\w*\s*,\s*)*[^\W\d]\w*)\s*(?:\[\s*\w+\s*\])?\s*[~∼]\s*([A-Za-z][\w-]*)\s*"
    r"\((.*)\)\s*\Z", re.S)
_KEYWORD = re.compile(r"\s*(?:(\w+)\s*\(\s*)?([^\W\d]\w*)\s*(\))?\s*=(?!=)(.*)\Z", re.S)
_WORD = re.compile(r"(?<![\w.])([^\W\d]\w*)(\s*[\[(])?")
_CONTRACTED = re.compile(r"(\w+)\s*@\s*(\w+)")
_RANGE = re.compile(r"\bfor\s+(\w+)\s+in\s+(\w+)")
_LOOSE = 5  # names in an argument whose types are looked for
_COUNTERS = "nmijklpqrstuvabc"
_NUMBERS = ("N", "M", "T", "S", "R")  # names for the number of observations


@dataclass(frozen=True)
class Statement:
    """`y ~ name(arguments)` as typed: what is observed, the distribution, (keyword, text) pairs."""

    observed: tuple[str, ...]
    name: str
    arguments: tuple[tuple[str, str], ...]


def is_statement(text: str) -> bool:
    """Whether a text has the form `y ~ name(...)`."""
    return _STATEMENT.match(text) is not None


def read_statement(text: str) -> Statement:
    """The parts of a statement. Raises NotationError where it has another form."""
    match = _STATEMENT.match(text)
    if match is None:
        raise NotationError(f"{text.strip()!r} is no statement such as y ~ normal(X @ beta, sigma)")
    arguments = []
    for part in filter(str.strip, _between_commas(match[3])):
        keyword = _KEYWORD.match(part)
        if keyword is None or bool(keyword[1]) != bool(keyword[3]):
            arguments.append(("", part.strip()))
        elif keyword[1]:
            inverse = link_for(keyword[1]).inverse
            arguments.append((keyword[2], re.sub(r"\bz\b", f"({keyword[4].strip()})", inverse)))
        else:
            arguments.append((keyword[2], keyword[4].strip()))
    return Statement(tuple(n.strip() for n in match[1].split(",")), match[2], tuple(arguments))


def _between_commas(text: str) -> list[str]:
    """The parts of a text between commas outside of brackets."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


@dataclass(frozen=True)
class Value:
    """What stands for a name of the density: a text, and whether it has an entry for each row."""

    text: str
    each: bool = False


class _Factor:
    """The density of one statement over all its observations, as text.

    `given` are the declarations so far; `declared` then holds those that the statement adds.
    """

    def __init__(self, statement: Statement, given: Iterable[str], functions: FunctionTable | None,
                 link: str = "") -> None:
        self.statement, self.functions = statement, functions
        self.given = list(given)
        base = distribution_for(statement.name)
        if not base.density:
            raise DeriveError(f"{base.name} is a model of a whole sample; a statement takes a "
                              "distribution of one observation")
        self.entry, self.bound = _binding(base, statement)
        if link:
            self._put_through(link)
        self.dims: dict[str, str] = {}
        self.numbered = self._numbered()
        self.values = self._values()
        self.size = self._size()
        self.declared = self._declarations()

    def _put_through(self, link: str) -> None:
        left, sign, right = (part.strip() for part in link.partition("="))
        names = declared_names(self.entry.given)
        name = left if sign else self.entry.of or names[0]
        if name not in names:
            raise DeriveError(f"{name!r} is no parameter of {self.entry.name}; there are: "
                              f"{', '.join(names)}")
        inverse = link_for(right if sign else left).inverse
        self.bound[name] = re.sub(r"\bz\b", f"({self.bound.get(name, name)})", inverse)

    def _numbered(self) -> str:
        """The first dimension of what is observed, or of a declared array in an argument."""
        scope = specify("0", [g for g in self.given if ":" in g], functions=self.functions).scope
        inside = " ".join((*self.statement.observed, *self.bound.values()))
        contracted = {n for pair in _CONTRACTED.findall(inside) for n in pair}
        leaves = (scope.names.get(m[1]) for m in _WORD.finditer(inside))
        return next((str(x.kind.shape[0]) for x in leaves if isinstance(x, Tensor)
                     and (len(x.kind.shape) > 1 or x.name not in contracted)), "")

    def _values(self) -> dict[str, Value]:
        """The texts of the parameters, then of what the density's parametrisation defines."""
        values = {}
        lines = {n: line for line in (*self.entry.given, *self.entry.known) if ":" in line
                 for n in declared_names([line])}
        for name, line in lines.items():
            text = self.bound.get(name)
            if text is None or text == name:
                own = [g for g in self.given if name in declared_names([g])]
                if not own:
                    self.given.append(f"{name}:{line.partition(':')[2]}")
                text = name
            values[name] = self._argument(name, line.partition(":")[2].strip(), text)
        for line in self.entry.define:
            name, _, text = (part.strip() for part in line.partition("="))
            if "[" in name:
                raise DeriveError(f"the parametrisation {self.entry.name} is given by elements; "
                                  f"use {self.entry.base}")
            inner = _replaced(text, {n: v.text for n, v in values.items()})
            values[name] = Value(inner, any(
                v.each for n, v in values.items() if re.search(rf"\b{n}\b", text)))
        return values

    def _argument(self, name: str, kind: str, text: str) -> Value:
        """An argument: whether it has an entry for each observation. Raises DeriveError for what
        cannot be a value of the parameter.
        """
        read = self._read(text)
        if read.rows and self.numbered not in ("", str(read.rows[0].dim)):
            read = self._renumbered(text, read)
        self.given += read.assumed
        wants = Scope().kind(kind)
        own = len(wants.shape)
        if len(read.rows) not in (own, own + 1):
            raise DeriveError(f"{name} of the {self.entry.name} distribution is {kind}, and {text} "
                              f"has {len(read.rows)} axes; it takes {own}, or {own + 1} with one "
                              "for the observations")
        axes = [str(row.dim) for row in read.rows]
        self.dims |= dict(zip(map(str, wants.shape), axes[len(axes) - own:], strict=True))
        if own == 0:
            self._check_range(name, wants, text, read)
        return Value(text, len(axes) > own)

    def _read(self, text: str) -> Specification:
        """An argument as an array; names whose use decides nothing are numbers."""
        try:
            return specify(text, self.given, arrays=True, functions=self.functions)
        except NotationError:
            known = declared_names(self.given)
            loose = list(dict.fromkeys(m[1] for m in _WORD.finditer(text)
                                       if not m[2] and m[1] not in known))[:_LOOSE]
            for names in chain.from_iterable(combinations(loose, n + 1) for n in range(len(loose))):
                lines = [f"{name}: real" for name in names]
                with suppress(NotationError):
                    read = specify(text, [*self.given, *lines], arrays=True,
                                   functions=self.functions)
                    return replace(read, assumed=(*read.assumed, *lines))
            raise

    def _renumbered(self, text: str, read: Specification) -> Specification:
        """An argument whose data, where their types are assumed, are as many as the others."""
        dim = str(read.rows[0].dim)
        lines = [_replaced(line, {dim: self.numbered}) for line in read.assumed]
        try:
            again = specify(text, [*self.given, *lines], arrays=True, functions=self.functions)
        except NotationError:
            return read
        return replace(again, assumed=tuple(lines))

    def _check_range(self, name: str, wants: Kind, text: str, read: Specification) -> None:
        have, may = interval(read.loss), wants.interval
        if have.low >= may.low and have.high <= may.high:
            return
        fitting = [link.inverse.replace("z", text) for link in links() if link.of.endswith(
            f": {wants.domain}") and not link.unchanged]
        advice = f"write {fitting[0]} (or a --link), or " if fitting else ""
        raise DeriveError(f"{name} of the {self.entry.name} distribution is of type {wants}, and "
                          f"{text} can have other values; {advice}declare its names so that it "
                          "cannot, as in phi: positive")

    def _size(self) -> str:
        """The name of the number of observations: that of the data, else a free one."""
        first = self.statement.observed[0]
        for text in (first, *(v.text for v in self.values.values() if v.each)):
            if text != first or text in declared_names(self.given):
                rows = self._read(text).rows
                if rows:
                    return str(rows[0].dim)
                return ""
        scope = specify("0", self.given, functions=self.functions).scope
        return free_name({*scope.names, *scope.dims}, *_NUMBERS)

    def _declarations(self) -> list[str]:
        """The declarations, with those of what is observed."""
        own = declared_names(self.given)
        lines = [line for line in self.entry.observed if ":" in line]
        pairs = zip((n for line in lines for n in declared_names([line])),
                    (line.partition(":")[2].strip() for line in lines
                     for _ in declared_names([line])), strict=True)
        names = (*self.statement.observed, *declared_names(lines)[len(self.statement.observed):])
        added = []
        for (name, kind), typed in zip(pairs, names, strict=True):
            self.values[name] = Value(typed, bool(self.size))
            if typed not in own:
                kind = _replaced(kind, self.dims)
                shape = f"[{self.size}, {kind.partition('[')[2]}" if "[" in kind else \
                    f"[{self.size}]"
                added.append(f"{typed}: {kind.partition('[')[0]}{shape}")
        return [*self.given, *added]

    def conditions(self) -> list[str]:
        """The conditions of the entry, of what is named alone."""
        names = {n: v.text for n, v in self.values.items()}
        plain = [n for n, text in names.items() if text.isidentifier()]
        lines = (line for line in (*self.entry.given, *self.entry.known, *self.entry.observed)
                 if ":" not in line)
        return [_replaced(line, names) for line in lines
                if {m[1] for m in _WORD.finditer(line) if m[1] in names} <= set(plain)]

    def of_row(self, given: Iterable[str], known: Iterable[str], observed: Iterable[str],
               ) -> Distribution:
        """The entry of one observation: the arguments in place of the parameters' names.

        A row of a data matrix is a vector, so that `X @ beta` is its product with the coefficients.
        """
        def put(text: str) -> str:
            return _replaced(_apart(text, inside), names)

        inside = " ".join(v.text for v in self.values.values())
        names = {**self.dims, **{n: v.text for n, v in self.values.items()}}
        return replace(
            self.entry, given=tuple(given), known=tuple(self._row(line) for line in known),
            observed=(*(self._row(line) for line in observed if ":" in line), *(
                put(line) for line in self.entry.observed if ":" not in line)),
            density=put(self.entry.density), moments=tuple(map(put, self.entry.moments)),
            pivot="", define=(), base="",
            arguments=tuple((n, self.values[n].text) for n in _names(self.entry)))

    def _row(self, line: str) -> str:
        """A declaration of data without the axis of the observations."""
        name, _, kind = line.partition(":")
        shape = kind.partition("[")[2].rstrip().removesuffix("]").split(",")
        left = ", ".join(part.strip() for part in shape[1:])
        return line if shape[0].strip() != self.size else \
            f"{name}:{kind.partition('[')[0]}{f'[{left}]' if left else ''}"

    def text(self, weight: str = "") -> str:
        """The product of the densities."""
        inside = " ".join(v.text for v in self.values.values())
        density = _apart(self.entry.density, inside)
        taken = {m[1] for m in _WORD.finditer(f"{density} {inside}")}
        n = next(c for c in _COUNTERS if c not in taken) if self.size else ""
        body = _replaced(density, {**self.dims, **{
            name: _at(v, n) for name, v in self.values.items()}})
        if weight:
            body = f"({body})**{weight}[{n}]"
        return f"prod({body} for {n} in {self.size})" if n else f"({body})"


def _at(value: Value, index: str) -> Callable[[str], str]:
    """The text of a value at an index, by what follows its name: a bracket, or nothing."""
    inner = value.text if value.text.isidentifier() else f"({value.text})"

    def shown(after: str) -> str:
        if not value.each:
            return f"{inner}{after}"
        return f"{inner}[{index}, " if after else f"{inner}[{index}]"

    return shown


def _replaced(text: str, values: Mapping[str, str | Callable[[str], str]]) -> str:
    """A text with other texts for some names; what stands before a bracket ( is a function."""
    def put(match: re.Match[str]) -> str:
        name, after = match[1], match[2] or ""
        value = values.get(name)
        if value is None or after.strip() == "(":
            return match[0]
        if callable(value):
            return value(after)
        return f"{value if value.isidentifier() or value.isdigit() else f'({value})'}{after}"

    return _WORD.sub(put, text)


def _apart(density: str, inside: str) -> str:
    """The density with other letters for the indices of its sums that the arguments use too."""
    taken = {m[1] for m in _WORD.finditer(inside)}
    for letter, _ in _RANGE.findall(density):
        if letter in taken:
            used = {*taken, *(m[1] for m in _WORD.finditer(density))}
            density = re.sub(rf"\b{letter}\b", next(c for c in _COUNTERS if c not in used), density)
    return density


def _binding(base: Distribution, statement: Statement) -> tuple[Distribution, dict[str, str]]:
    """The parametrisation that has the keywords, and the text of each parameter.

    Raises DeriveError for a keyword that none has, and for too many arguments.
    """
    for entry in parametrisations(base):
        names = _names(entry)
        keywords = {k: _keyword(entry, k) for k, _ in statement.arguments if k}
        if None in keywords.values():
            continue
        bound = {str(keywords[k]): text for k, text in statement.arguments if k}
        rest = [text for k, text in statement.arguments if not k]
        bound |= {text: text for text in rest if text in names and text not in bound}
        rest = [text for text in rest if bound.get(text) != text]
        places = [n for n in names if n not in bound]
        if len(rest) <= len(places):
            return entry, bound | dict(zip(places, rest, strict=False))
    parameters = "; ".join(", ".join(_names(e)) for e in parametrisations(base))
    raise DeriveError(f"{base.name} does not take "
                      f"({', '.join(f'{k} = {t}' if k else t for k, t in statement.arguments)}); "
                      f"its parametrisations are: {parameters}")


def _names(entry: Distribution) -> tuple[str, ...]:
    return declared_names((*entry.given, *entry.known))


def _keyword(entry: Distribution, word: str) -> str | None:
    """The parameter that a keyword means: by name, as the mean, or as that of a parametrisation."""
    names = _names(entry)
    if word in names:
        return word
    if word == "mean":
        means = [m.partition("=")[2].strip() for m in entry.moments
                 if m.partition("=")[0].strip() == entry.observed[0].partition(":")[0].strip()]
        if set(means) & set(names):
            return next(m for m in means if m in names)
    new = [n for n in names if n not in _names(distribution_for(entry.base))] if entry.base else []
    return new[0] if new and entry.name == f"{entry.base}-{word}" else None


class Beside(NamedTuple):
    """What stands beside a statement: a link, priors, and the name of the weights."""

    link: str = ""
    priors: tuple[str, ...] = ()
    weights: str = ""


def beside(link: str | None, prior: Names, weights: str | None) -> Beside:
    """The options of a direction."""
    priors = (prior,) if isinstance(prior, str) else tuple(map(str, prior or ()))
    return Beside(link or "", priors, weights or "")


@exact
def stated_entry(target: str, given: Given, options: Beside, functions: Functions | None,
                 ) -> Distribution | None:
    """The entry of a statement, typed or named; None for another target.

    Raises DeriveError for a statement that cannot be read, and for priors without one.
    """
    table = function_table(functions)
    if is_statement(target):
        return conditional_entry(target, lines_of(given), options, functions=table)
    with suppress(UnknownNameError):
        named = distribution_for(target)
        if named.statement:
            lines = [*lines_of(given), *_left(named, lines_of(given))]
            made = conditional_entry(named.statement, lines, options._replace(
                priors=(*named.priors, *options.priors)), functions=table)
            return replace(made, name=named.name, title=named.title, source=named.source,
                           note=named.note, meaning=named.meaning)
    if options.priors or options.weights:
        raise DeriveError("priors and weights stand beside a statement, such as "
                          "y ~ normal(X @ beta, sigma)")
    return None


def _left(named: Distribution, lines: list[str]) -> list[str]:
    """The declarations of a named model that a user's own do not take the place of."""
    own = set(declared_names(lines))
    return [line for line in _single((*named.given, *named.known, *named.observed))
            if own.isdisjoint(declared_names([line]))]


def conditional_entry(text: str, given: Iterable[str], options: Beside = Beside(),
                      functions: FunctionTable | None = None) -> Distribution:
    """A statement as an entry: `likelihood` is that of all observations, `known` are the data.

    Priors are statements on parameters, whose densities are further factors; the weights say how
    often each observation counts. Raises DeriveError and NotationError for what cannot be read.
    """
    factor = _Factor(read_statement(text), given, functions, options.link)
    first = factor.statement.observed[0]
    if not factor.size:
        raise DeriveError(f"{first} is one observation here, not an array; declare it with its "
                          f"number, as in {first}: real[N]")
    lines, weights = factor.declared, options.weights
    if weights and weights not in declared_names(lines):
        lines = [*lines, f"{weights}: nonnegative[{factor.size}]"]
    body = factor.text(weights)
    own = {m[1] for m in _WORD.finditer(body)}  # what only a prior names is known
    for prior in options.priors:
        other = _prior(prior, lines, functions)
        lines = other.declared
        body += f" * {other.text()}"
    read = specify(body, lines, functions=functions)
    seen = [factor.values[n].text for n in declared_names(factor.entry.observed)]
    parameters = [n for n in real_names(read.scope, seen)
                  if n in own and not _is_data(read.scope.names[n], factor.size)]
    if not parameters:
        raise DeriveError("the statement has no parameter to estimate; name one, as in "
                          "y ~ normal(X @ beta, sigma)")
    made = _entry_of(factor, body, _single(read.declared), parameters, seen, weights)
    return replace(made, priors=options.priors)


def _entry_of(factor: _Factor, body: str, declared: list[str], parameters: list[str],
              seen: list[str], weights: str) -> Distribution:
    """The entry with its declarations sorted: parameters, data, what is observed."""
    conditions = [*(line for line in declared if ":" not in line), *factor.conditions()]
    given = (*(line for line in declared if _about(line, parameters)), *conditions)
    known = tuple(line for line in declared if ":" in line
                  and not _about(line, [*parameters, *seen]))
    observed = tuple(line for line in declared if _about(line, seen))
    return Distribution(
        name=factor.entry.name, title=f"{factor.entry.title} of {', '.join(seen)} given covariates",
        given=given, known=known, observed=observed, likelihood=body, source=factor.entry.source,
        section="", censored=factor.entry.censored, up_to=factor.entry.up_to,
        note=factor.entry.note, weights=weights, of_row=factor.of_row(given, (
            line for line in known if not _about(line, [weights])), observed))


def _prior(text: str, lines: list[str], functions: FunctionTable | None) -> _Factor:
    statement = read_statement(text)
    unknown = [n for n in statement.observed if n not in declared_names(lines)]
    if unknown:
        raise DeriveError(f"the prior {text.strip()} is on {unknown[0]}, which is no parameter of "
                          "the model")
    return _Factor(statement, lines, functions)


def _single(lines: Iterable[str]) -> list[str]:
    """The lines with one declaration each."""
    return [part for line in lines for part in (
        [f"{n}: {line.partition(':')[2].strip()}" for n in declared_names([line])]
        if ":" in line else [line])]


def _about(line: str, names: Iterable[str]) -> bool:
    return ":" in line and line.partition(":")[0] in names


def _is_data(leaf: object, size: str) -> bool:
    return isinstance(leaf, Tensor) and any(
        isinstance(d, Dim) and str(d) == size for d in leaf.kind.shape)
