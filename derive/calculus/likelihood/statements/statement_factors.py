"""The density of a statement over all its observations, as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import chain, combinations

from derive.calculus.formulas import free_name
from derive.calculus.likelihood.statements.regression_statements import (
    Statement,
    binding_of,
    parameter_names,
)
from derive.calculus.likelihood.statements.replaced_names import (
    COUNTERS,
    WORD,
    Value,
    at_index,
    letters_apart,
    replaced,
)
from derive.calculus.likelihood.statements.stated_entries import RowEntry
from derive.core.atoms import Tensor
from derive.core.kinds import Kind
from derive.errors import DeriveError, NotationError
from derive.functions.function_records import FunctionTable
from derive.functions.intervals import interval
from derive.notation.reading.declaration_lines import declared_names
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import Specification, specify
from derive.tables.distribution_operators import operated
from derive.tables.distribution_table import distribution_for, link_for, links

_CONTRACTED = re.compile(r"(\w+)\s*@\s*(\w+)")
_LOOSE = 5  # names in an argument whose types are looked for
_NUMBERS = ("N", "M", "T", "S", "R")  # names for the number of observations


class Factor:
    """The density of one statement over all its observations, as text.

    `given` are the declarations so far; `declared` then holds those that the statement adds.
    """

    def __init__(self, statement: Statement, given: Iterable[str], functions: FunctionTable | None,
                 link: str = "") -> None:
        self.statement, self.functions = statement, functions
        self.given = list(given)
        base = operated(statement.name) or distribution_for(statement.name)
        if not base.density:
            raise DeriveError(f"{base.name} is a model of a whole sample; a statement takes a "
                              "distribution of one observation")
        self.entry, self.bound = binding_of(base, statement)
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
        leaves = (scope.names.get(m[1]) for m in WORD.finditer(inside))
        return next((str(x.kind.shape[0]) for x in leaves if isinstance(x, Tensor)
                     and (len(x.kind.shape) > 1 or x.name not in contracted)), "")

    def _values(self) -> dict[str, Value]:
        """The texts of the parameters, then of what the density's parametrisation defines."""
        values = {}
        lines = {n: line for line in (*self.entry.given, *self.entry.known) if ":" in line
                 for n in declared_names([line])}
        for name, line in lines.items():
            text = self.bound.get(name, name)
            if text.isidentifier() and text not in declared_names(self.given):
                self.given.append(f"{text}:{line.partition(':')[2]}")
            values[name] = self._argument(name, line.partition(":")[2].strip(), text)
        for line in self.entry.define:
            name, _, text = (part.strip() for part in line.partition("="))
            values[name] = self._defined(name, text, values)
        return values

    def _defined(self, name: str, text: str, values: dict[str, Value]) -> Value:
        """What the parametrisation says of a name. Raises DeriveError for one by elements."""
        if "[" in name:
            raise DeriveError(f"the parametrisation {self.entry.name} is given by elements; "
                              f"use {self.entry.base}")
        inner = replaced(text, {n: v.text for n, v in values.items()})
        return Value(inner, any(v.each for n, v in values.items()
                                if re.search(rf"\b{n}\b", text)))

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
            loose = list(dict.fromkeys(m[1] for m in WORD.finditer(text)
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
        lines = [replaced(line, {dim: self.numbered}) for line in read.assumed]
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
                kind = replaced(kind, self.dims)
                shape = f"[{self.size}, {kind.partition('[')[2]}" if "[" in kind else \
                    f"[{self.size}]"
                added.append(f"{typed}: {kind.partition('[')[0]}{shape}")
        return [*self.given, *added]

    def arguments(self) -> list[Value]:
        """What stands for the parameters."""
        return [self.values[name] for name in parameter_names(self.entry)]

    def conditions(self) -> list[str]:
        """The conditions of the entry; of what each observation has, for all of them."""
        lines = [line for line in (*self.entry.given, *self.entry.known, *self.entry.observed)
                 if ":" not in line]
        inside = " ".join((*lines, *(v.text for v in self.values.values())))
        n = next(c for c in COUNTERS if c not in {m[1] for m in WORD.finditer(inside)})
        made = []
        for line in lines:
            each = any(self.values[m[1]].each for m in WORD.finditer(line) if m[1] in self.values)
            text = replaced(line, {name: at_index(v, n) for name, v in self.values.items()})
            made.append(f"all({text} for {n} in {self.size})" if each else text)
        return made

    def of_row(self, given: Iterable[str], known: Iterable[str], observed: Iterable[str],
               ) -> RowEntry:
        """The entry of one observation: the arguments in place of the parameters' names.

        A row of a data matrix is a vector, so that `X @ b` is its product with the coefficients.
        """
        def put(text: str) -> str:
            return replaced(letters_apart(text, inside), names)

        inside = " ".join(v.text for v in self.values.values())
        names = {**self.dims, **{n: v.text for n, v in self.values.items()}}
        base = self.entry
        return RowEntry(
            base.name, base.title, source=base.source, section="", moments=tuple(
                map(put, base.moments)),
            given=(*given, *map(put, (line for line in base.given if ":" not in line))),
            known=tuple(self._row(line) for line in known),
            observed=(*(self._row(line) for line in observed), *map(put, (
                line for line in base.observed if ":" not in line))),
            density=put(base.density), censored=base.censored, up_to=base.up_to, note=base.note,
            arguments=tuple((n, self.values[n].text) for n in parameter_names(self.entry)))

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
        density = letters_apart(self.entry.density, inside)
        taken = {m[1] for m in WORD.finditer(f"{density} {inside}")}
        n = next(c for c in COUNTERS if c not in taken) if self.size else ""
        body = replaced(density, {**self.dims, **{
            name: at_index(v, n) for name, v in self.values.items()}})
        if weight:
            body = f"({body})**{weight}[{n}]"
        return f"prod({body} for {n} in {self.size})" if n else f"({body})"
